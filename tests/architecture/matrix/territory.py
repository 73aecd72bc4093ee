"""The territory: diagnosis, map and scenarios are public data; knowledge and moderation belong to the place."""

from tests.architecture.access_matrix import Row, everyone


def _territory(p):
    return {"code": p.site.commune_id}


ROWS: list[Row] = [
    Row("territory:home", everyone()),
    Row("territory:suggestions", everyone(), query="?q=nie"),
    Row("territory:diagnosis", everyone(), _territory, other=everyone()),
    Row("territory:diagnosis-pdf", everyone(), _territory, other=everyone()),
    Row("territory:diagnosis-csv", everyone(), _territory, other=everyone()),
]
