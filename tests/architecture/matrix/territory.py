"""The territory: diagnosis, map and scenarios are public data; knowledge and moderation belong to the place."""

from tests.architecture.access_matrix import Row, everyone, signed_in


def _territory(p):
    return {"code": p.site.commune_id}


def _no_tile(p):
    return {"fingerprint": "000000000000", "z": 5, "x": 16, "y": 11}


def _scenario(p):
    return {"token": p.scenario_token}


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


def _survey(p):
    return {"survey_id": p.survey.pk}


def _token(p):
    return {"token": p.survey.token}


def _answer(p):
    return {"form_id": f"matrice-matrice-{p.survey.pk}", "delay": "more"}


def _response(p):
    return {"survey_id": p.survey.pk, "response_id": p.response.pk}


def _fact(p):
    return {
        "commune": p.site.commune_id,
        "kind": "doctor_leaves",
        "doctors": "1",
        "starts_on": "2026-06-01",
        "origin": "Conseil municipal",
    }


def _perimeter(p):
    return {"slug": p.perimeter.slug}


def _speakers(refused, allowed=200):
    """Those who speak for the place: its coordination, the lead of a project there, the administration."""
    return signed_in(refused, coordinator=allowed, project_lead=allowed, administrator=allowed)


ROWS += [
    Row("territory:survey", everyone(), _token, other=everyone()),
    Row("territory:survey", everyone(), _token, other=everyone(), query="?je=nurse"),
    Row("territory:survey", everyone(302), _token, everyone(302), "post", _answer, "?je=inhabitant"),
    Row("territory:survey-thanks", everyone(), _token, other=everyone()),
    Row("territory:survey-poster", everyone(), _token, other=everyone()),
    Row("territory:survey-place", everyone(), _territory, other=everyone()),
    Row("territory:surveys", _speakers(403)),
    Row("territory:survey-new", _speakers(403)),
    Row("territory:survey-new", _speakers(403), query="?territoire=85161"),
    Row("territory:survey-new", signed_in(403, administrator=200), query="?territoire=25462"),
    Row("territory:survey-manage", _speakers(404), _survey),
    Row("territory:survey-edit", _speakers(404), _survey),
    Row("territory:survey-results", _speakers(404), _survey),
    Row(
        "territory:survey-moderate",
        _speakers(404, 302),
        _response,
        method="post",
        data={"decision": "kept", "vu": "pending"},
    ),
    Row("territory:knowledge", everyone(), _territory, other=everyone()),
    Row(
        "territory:knowledge",
        _speakers(403, 302),
        _territory,
        signed_in(403, administrator=302),
        "post",
        _fact,
    ),
    Row(
        "territory:knowledge-withdraw",
        _speakers(404, 302),
        lambda p: {"knowledge_id": p.knowledge.pk},
        method="post",
    ),
    Row("territory:perimeters", everyone()),
    Row("territory:perimeter-new", _speakers(403)),
    # Only who speaks for all its communes, or saved it, may change a group.
    Row(
        "territory:perimeter-edit",
        signed_in(403, coordinator=200, administrator=200),
        _perimeter,
        signed_in(403, administrator=200),
    ),
    Row(
        "territory:perimeter-delete",
        signed_in(403, coordinator=302, administrator=302),
        _perimeter,
        signed_in(403, administrator=302),
        "post",
    ),
    Row("territory:parameters", signed_in(403, administrator=200)),
    Row(
        "territory:parameter-withdraw",
        signed_in(403, administrator=302),
        lambda p: {"parameter_id": p.parameter.pk},
        signed_in(403, administrator=302),
        "post",
    ),
    Row("territory:scenarios", everyone()),
    Row("territory:scenario-new", everyone()),
    Row("territory:scenario-new", everyone(), query="?territoire=85161"),
    Row("territory:scenario-calculate", everyone(422), method="post", data={"content": {}}, json=True),
    Row("territory:scenario-communes", everyone(), query="?r0-commune=nie"),
    Row("territory:scenario-compare", everyone(422), query="?s=un-seul"),
    Row("territory:scenario-siting", everyone(), query="?territoire=85161"),
    Row("territory:scenario", everyone(), _scenario, other=everyone()),
    Row("territory:scenario-csv", everyone(), _scenario, other=everyone()),
    Row("territory:scenario-json", everyone(), _scenario, other=everyone()),
    # Nobody of the matrix made it: read, never changed.
    Row("territory:scenario-edit", everyone(403), _scenario, other=everyone(403)),
    Row("territory:scenario-delete", everyone(403), _scenario, other=everyone(403), method="post"),
    # Without the name of a practice there is nowhere to put it; out of no file, nothing happens.
    Row("territory:scenario-attach", signed_in(404), _scenario, other=signed_in(404), method="post"),
    Row("territory:scenario-detach", signed_in(302), _scenario, other=signed_in(302), method="post"),
]
