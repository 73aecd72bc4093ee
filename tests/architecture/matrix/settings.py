"""The settings of a practice: secretary, project lead and administrator; nobody else, and never another
practice."""

from tests.architecture.access_matrix import Row, practice

SET = practice(secretary=200, project_lead=200, administrator=200)
POSTED = practice(secretary=302, project_lead=302, administrator=302)
# It is open already, and does not close while patients are expected.
REFUSED = practice(secretary=422, project_lead=422, administrator=422)
# Inviting gives an account: the secretary does not.
INVITED = practice(project_lead=302, administrator=302)


def _practice(p):
    return p.slug


def _site(p):
    return {**p.slug, "site_slug": p.site.slug}


def _room(p):
    return {**_site(p), "room_id": p.site.rooms.order_by("pk").values_list("pk", flat=True)[0]}


def _closure(p):
    return {**_site(p), "closure_id": p.closure.pk}


def _feed(p):
    return {**_site(p), "feed_id": p.feed.pk}


def _reason(p):
    return {**p.slug, "reason_id": p.reason.pk}


def _member(p):
    return {**p.slug, "practitioner_id": p.practitioner.pk}


ROWS = [
    Row("settings:overview", SET, _practice),
    Row("settings:practice", SET, _practice),
    Row("settings:notice", SET, _practice),
    Row("settings:open", REFUSED, _practice, method="post"),
    Row("settings:close", REFUSED, _practice, method="post"),
    Row("settings:sites", SET, _practice),
    Row("settings:site_new", SET, _practice),
    Row("settings:site", SET, _site),
    Row("settings:contours", SET, _site),
    Row("settings:rooms", SET, _site),
    Row("settings:room", SET, _room),
    Row("settings:room_remove", POSTED, _room, method="post"),
    Row("settings:equipment", SET, _site),
    Row("settings:closures", SET, _site),
    Row("settings:closure_remove", POSTED, _closure, method="post"),
    Row("settings:feeds", SET, _site),
    Row("settings:feed_revoke", POSTED, _feed, method="post"),
    Row("settings:reasons", SET, _practice),
    Row("settings:reasons_default", POSTED, _practice, method="post"),
    Row("settings:reason_new", SET, _practice),
    Row("settings:reason", SET, _reason),
    Row("settings:team", SET, _practice),
    Row("settings:member_add", SET, _practice),
    Row("settings:member_new", SET, _practice),
    Row("settings:member", SET, _member),
    Row(
        "settings:member_dates",
        POSTED,
        _member,
        method="post",
        data={"since": "2026-01-01", "until": ""},
    ),
    Row("settings:member_invite", INVITED, _member, method="post"),
]
