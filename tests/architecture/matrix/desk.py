"""The desk's day: seen by the practice's secretary and doctors, kept by the secretary alone. Nobody else reads names."""

from tests.architecture.access_matrix import Row, practice, signed_in

DAY = "2026-03-04"
START = "2026-03-04T09:00:00Z"
SEEN = practice(secretary=200, practitioner=200)
KEPT = practice(secretary=200)
POSTED = practice(secretary=302)


def _practice(p):
    return p.slug


def _day(p):
    return {**p.slug, "site_slug": p.site.slug, "day": DAY}


def _visit(p):
    return {**p.slug, "appointment_id": p.appointment.pk}


def _patient(p):
    return {**p.slug, "patient_id": p.patient.pk}


def _draft(p):
    return {**p.slug, "draft_key": "0123456789ab"}


ROWS = [
    # Straight to the only practice; 403 for whoever has none whose day they may see.
    Row("desk:choose", signed_in(403, secretary=302, practitioner=302, outsider=302)),
    Row("desk:today", practice(secretary=302, practitioner=302), _practice),
    Row("desk:day", SEEN, _day),
    Row("desk:day", SEEN, _day, query="?vue=plateau"),
    Row("desk:print", SEEN, _day),
    Row("desk:visit", SEEN, _visit),
    # Nobody arrives before the day of the visit: refused, with the reason.
    Row("desk:step", practice(secretary=409), _visit, method="post", data={"status": "arrived"}),
    Row("desk:move", KEPT, _visit),
    Row(
        "desk:move",
        POSTED,
        _visit,
        method="post",
        data=lambda p: {"creneau": f"{p.shift.pk}@{START}", "sequence": "0"},
    ),
    Row("desk:cancel", KEPT, _visit),
    Row("desk:cancel", POSTED, _visit, method="post", data={"who": "patient", "reason": "Empêché"}),
    Row("desk:patients", SEEN, _practice),
    Row(
        "desk:patients",
        practice(secretary=302, practitioner=302),
        _practice,
        method="post",
        data={"q": "essai"},
    ),
    Row("desk:suggest", SEEN, _practice, method="post", data={"q": "essai"}),
    Row("desk:patient", SEEN, _patient),
    Row("desk:correct", KEPT, _patient),
    Row(
        "desk:correct",
        POSTED,
        _patient,
        method="post",
        data={"family_name": "Essai", "given_name": "Claire", "birth_date": "12/03/1950", "sex": "female"},
    ),
    Row("desk:book", KEPT, _practice),
    Row("desk:book", POSTED, _practice, method="post", data={"q": "Durand Paul"}),
    # A draft lives in the session of whoever made it: for anybody else it is gone.
    Row("desk:book_draft", practice(secretary=410), _draft),
    Row("desk:book_draft", practice(secretary=410), _draft, method="post"),
]
