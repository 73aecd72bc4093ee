"""The territory: diagnosis, map and scenarios are public data; knowledge and moderation belong to the place."""

from tests.architecture.access_matrix import Row, everyone


def _territory(p):
    return {"code": p.site.commune_id}


def _no_tile(p):
    return {"fingerprint": "000000000000", "z": 5, "x": 16, "y": 11}


ROWS: list[Row] = [
    Row("territory:home", everyone()),
    Row("territory:suggestions", everyone(), query="?q=nie"),
    Row("territory:diagnosis", everyone(), _territory, other=everyone()),
    Row("territory:diagnosis-pdf", everyone(), _territory, other=everyone()),
    Row("territory:diagnosis-csv", everyone(), _territory, other=everyone()),
    Row("territory:map", everyone()),
    Row("territory:map", everyone(404), query="?territoire=99999"),
    Row("territory:map-table", everyone()),
    Row("territory:map-table", everyone(400), query="?tri=bof"),
    Row("territory:map-csv", everyone()),
    Row("territory:map-index", everyone()),
    Row("territory:map-sites", everyone()),
    Row("territory:map-layer", everyone(), lambda p: {"layer": "population"}, other=everyone()),
    Row("territory:map-tile", everyone(404), _no_tile, other=everyone(404)),
]
