"""Partners book where a practice invited them, and see only what they booked themselves."""

from tests.architecture.access_matrix import Row, practice, signed_in


def _site(p):
    return {"site_slug": p.site.slug}


def _hold(p):
    return {"hold_token": p.hold_token}


def _appointment(p):
    return {"public_id": p.appointment.public_id}


# The appointment of the world was booked by the desk: no partner sees it.
NOT_MINE = signed_in(404)

ROWS = [
    Row("partner:home", signed_in(403, paramedical=200)),
    Row("partner:book", practice(paramedical=200), _site),
    Row("partner:hold", practice(paramedical=200), _hold),
    Row("partner:hold-release", practice(paramedical=302), _hold, method="post"),
    Row("partner:appointment", NOT_MINE, _appointment, other=NOT_MINE),
    Row("partner:appointment-cancel", NOT_MINE, _appointment, other=NOT_MINE),
    Row("partner:appointment-cancel", NOT_MINE, _appointment, other=NOT_MINE, method="post"),
]
