"""The roster calendar of a practice: seen by its people, changed by secretary, project lead and coordinator."""

from tests.architecture.access_matrix import Row, practice

SEEN = practice(
    secretary=200, practitioner=200, paramedical=200, project_lead=200, coordinator=200, administrator=200
)
CHANGED = practice(secretary=200, project_lead=200, coordinator=200)
POSTED = practice(secretary=302, project_lead=302, coordinator=302)
# The shift is promised to a patient: giving it back is refused, with the reason.
PROMISED = practice(secretary=409, project_lead=409, coordinator=409)


def _shift(p):
    return {**p.slug, "shift_id": p.shift.pk}


def _line(p):
    return {**p.slug, "site_slug": p.site.slug, "template_id": p.template.pk}


def _site(p):
    return {**p.slug, "site_slug": p.site.slug}


def _practice(p):
    return p.slug


ROWS = [
    Row("roster:calendar", SEEN, _practice),
    Row("roster:print", SEEN, _practice),
    Row("roster:shift", SEEN, _shift),
    Row("roster:shift_new", CHANGED, _practice),
    Row("roster:shift_cancel", CHANGED, _shift),
    Row("roster:shift_act", PROMISED, _shift, method="post", data={"action": "liberer"}),
    Row("roster:place", CHANGED, _practice),
    Row("roster:templates", CHANGED, _practice),
    Row("roster:template_new", CHANGED, _site),
    Row("roster:template", CHANGED, _line),
    Row("roster:template_delete", POSTED, _line, method="post"),
    Row("roster:generate", CHANGED, _site),
]
