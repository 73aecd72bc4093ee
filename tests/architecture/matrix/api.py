"""The JSON API: a session gives nothing there. Reading is public; a link's token is the right to one appointment."""

from datetime import time

from releve.kernel.clock import local_instant
from tests.architecture.access_matrix import Row, everyone
from tests.architecture.world import DAY

OPEN, MADE, UNKNOWN, REFUSED = everyone(), everyone(201), everyone(404), everyone(422)


def _site(p):
    return {"slug": p.site.slug}


def _slots(p):
    return f"?site={p.site.slug}&reason={p.reason.pk}"


def _hold(p):
    return {
        "site": p.site.slug,
        "reason": p.reason.pk,
        "starts_at": local_instant(DAY, time(10, 0), p.site.time_zone).isoformat(),
    }


def _link(p):
    return {"token": p.manage_token}


def _held(p):
    return {"token": p.hold_token}


def _forged(p):
    return {"token": "0" * 43}


ROWS = [
    Row("api-v1:openapi-json", OPEN),
    Row("api-v1:api-root", UNKNOWN),
    Row("api-v1:unknown", UNKNOWN, lambda p: {"rest": "patients"}, other=UNKNOWN),
    Row("api-v1:search_communes", OPEN, query="?q=commune"),
    Row("api-v1:read_diagnosis", OPEN, lambda p: {"code": "85161"}, other=OPEN),
    Row("api-v1:sites_near_commune", OPEN, query="?commune=85161"),
    Row("api-v1:site_detail", OPEN, _site, other=OPEN),
    Row("api-v1:free_slots", OPEN, query=_slots),
    Row("api-v1:place_hold", MADE, method="post", data=_hold, json=True),
    Row("api-v1:release_hold", everyone(204), _held, other=everyone(204), method="delete"),
    # Without an Idempotency-Key nothing is booked.
    Row("api-v1:book", REFUSED, method="post", data={}, json=True),
    # No code was ever sent for this hold.
    Row("api-v1:confirm", REFUSED, _held, other=REFUSED, method="post", data={"code": "000000"}, json=True),
    Row("api-v1:read_appointment", OPEN, _link, other=OPEN),
    Row("api-v1:read_appointment", UNKNOWN, _forged, other=UNKNOWN),
    Row("api-v1:cancel_appointment", OPEN, _link, other=OPEN, method="delete"),
    Row("api-v1:cancel_appointment", UNKNOWN, _forged, other=UNKNOWN, method="delete"),
]
