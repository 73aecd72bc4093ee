"""Anonymous callers are counted by network address; a partner's key is not, and a forged header changes nothing."""

import json

import pytest

from releve.contexts.booking import services
from releve.kernel import clock

pytestmark = pytest.mark.django_db
NOWHERE = {"site": "nulle-part", "reason": 1, "starts_at": "2030-03-04T09:00:00+01:00"}
BOOKING = {
    "hold": "x",
    "patient": {"family_name": "Lilas", "given_name": "Odile", "birth_date": "1950-01-01"},
    "contact": {"phone": "06 39 98 00 01"},
}


def _post(client, path, body, **headers):
    return client.post(
        f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers
    ).status_code


def test_the_thirty_first_hold_of_a_minute_waits(client):
    assert {_post(client, "/holds", NOWHERE) for _ in range(30)} == {404}
    assert _post(client, "/holds", NOWHERE) == 429
    assert _post(client, "/holds", NOWHERE, **{"X-Forwarded-For": "203.0.113.9"}) == 429


def test_bookings_are_counted_apart_from_holds(client):
    for _ in range(20):
        _post(client, "/holds", NOWHERE)
    codes = [_post(client, "/appointments", BOOKING, **{"Idempotency-Key": f"k{n}"}) for n in range(11)]
    assert codes == [410] * 10 + [429]


def test_a_partner_is_not_limited(client):
    services.create_api_client(name="Mairie", token="cle", now=clock.now())
    codes = {_post(client, "/holds", NOWHERE, Authorization="Bearer cle") for _ in range(35)}
    assert codes == {404}
