"""The JSON API over Django's client: the whole journey, and each kind of bad input."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine

from releve.contexts.booking import services
from releve.contexts.booking.models import Appointment, Hold
from releve.kernel.models import OutboxMessage
from tests.factories.booking import NOW, make_identity, make_world

pytestmark = pytest.mark.django_db
KEY = "cle-de-test"


@pytest.fixture
def world():
    services.create_api_client(name="Mairie", token=KEY, now=NOW)
    with time_machine.travel(NOW, tick=False):
        yield make_world()


class Api:
    def __init__(self, client, key=KEY):
        self.client, self.headers = client, {"authorization": f"Bearer {key}"} if key else {}

    def get(self, path, **params):
        return self.client.get(f"/api/v1{path}", params, headers=self.headers)

    def post(self, path, body, **headers):
        data = body if isinstance(body, str) else json.dumps(body)
        return self.client.post(
            f"/api/v1{path}", data, content_type="application/json", headers={**self.headers, **headers}
        )

    def delete(self, path):
        return self.client.delete(f"/api/v1{path}", headers=self.headers)


@pytest.fixture
def api(client):
    return Api(client)


@pytest.fixture
def anonymous(client):
    return Api(client, key=None)


def hold_body(world, hour=9, minute=0, **kw):
    return {
        "site": world.site.slug,
        "reason": world.reasons["first_visit"].pk,
        "starts_at": world.at(hour, minute).isoformat(),
        **kw,
    }


def person(hold, **kw):
    return {
        "hold": hold,
        "patient": {"family_name": "Durand", "given_name": "Paul", "birth_date": "1980-05-17"},
        "contact": {"phone": "06 39 98 12 34"},
        **kw,
    }


def assert_problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    return body


def test_partner_books_reads_and_cancels(world, api):
    slots = api.get("/slots", site=world.site.slug, reason=world.reasons["first_visit"].pk, days=7).json()[
        "slots"
    ]
    assert slots[0]["starts_at"] == "2026-03-04T09:00:00+01:00"
    held = api.post("/holds", hold_body(world))
    assert held.status_code == 201
    booked = api.post("/appointments", person(held.json()["hold"]), **{"idempotency-key": "a1"})
    assert booked.status_code == 201, booked.content
    token = booked.json()["manage_token"]
    read = api.get(f"/appointments/{token}")
    assert read.json()["status"] == "booked"
    assert "Durand" not in read.content.decode()
    again = api.post("/appointments", person(held.json()["hold"]), **{"idempotency-key": "a1"})
    assert (again.status_code, again.json()) == (201, booked.json())
    assert Appointment.objects.count() == 1
    assert api.delete(f"/appointments/{token}").json()["status"] == "cancelled"
    assert_problem(api.delete(f"/appointments/{token}"), 410, "already-cancelled")
    assert api.post("/holds", hold_body(world)).status_code == 201


def test_anonymous_confirms_with_a_code(world, anonymous):
    hold = anonymous.post("/holds", hold_body(world)).json()["hold"]
    sent = anonymous.post("/appointments", person(hold), **{"idempotency-key": "a"})
    assert (sent.status_code, sent.json()["status"]) == (202, "code-sent")
    assert not Appointment.objects.exists()
    replay = anonymous.post("/appointments", person(hold), **{"idempotency-key": "a"})
    assert replay.json() == sent.json()
    assert OutboxMessage.objects.filter(kind="booking-code").count() == 1
    code = OutboxMessage.objects.get(kind="booking-code").body[:6]
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    assert_problem(anonymous.post(f"/holds/{hold}/confirm", {"code": wrong}), 422, "wrong-code")
    assert anonymous.post(f"/holds/{hold}/confirm", {"code": code}).status_code == 201


def test_taken_slot_comes_with_alternatives(world, api):
    api.post("/holds", hold_body(world))
    body = assert_problem(api.post("/holds", hold_body(world)), 409, "slot-taken")
    assert body["alternatives"][0]["starts_at"] == "2026-03-04T09:30:00+01:00"


def test_expired_hold(world, api):
    hold = api.post("/holds", hold_body(world)).json()["hold"]
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        response = api.post("/appointments", person(hold), **{"idempotency-key": "x"})
        assert_problem(response, 410, "hold-expired")
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        ({"starts_at": "2026-03-04T09:00:00"}, 422),  # no offset
        ({"starts_at": "hier"}, 422),
        ({"colour": "red"}, 422),
        ({"reason": "x"}, 422),
        ({"reason": 999999}, 404),
        ({"site": "ailleurs"}, 404),
        ({"starts_at": "2020-01-01T09:00:00+01:00"}, 410),
        ({"starts_at": "2026-03-04T09:01:00+01:00"}, 422),
    ],
)
def test_bad_holds_change_nothing(world, api, spoil, status):
    response = api.post("/holds", hold_body(world, **spoil))
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert not Hold.objects.exists()


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "", "\x00"])
def test_malformed_json(world, api, body):
    response = api.post("/holds", body)
    assert response.status_code in (400, 422)
    assert response["Content-Type"] == "application/problem+json"


def test_oversized_json(world, api):
    assert_problem(api.post("/holds", {"site": "x" * 20_000}), 413, "too-large")


@pytest.mark.parametrize(
    "params", [{"days": 100000}, {"days": -1}, {"limit": "1;drop"}, {"from": "2026-13-01"}]
)
def test_hostile_slot_parameters(world, api, params):
    response = api.get("/slots", site=world.site.slug, reason=world.reasons["child"].pk, **params)
    assert_problem(response, 422, "invalid")


def test_past_day(world, api):
    response = api.get(
        "/slots", site=world.site.slug, reason=world.reasons["child"].pk, **{"from": "2020-01-01"}
    )
    assert_problem(response, 422, "past")


@pytest.mark.parametrize("token", ["x", "a" * 500, "22222222222221-AAAAAAAAAAAAAAAA", "é-x"])
def test_forged_links(world, api, token):
    assert_problem(api.get(f"/appointments/{token}"), 404, "bad-link")


def test_unknown_key_is_refused_not_anonymous(world, client):
    assert_problem(Api(client, "faux").get("/communes", q="nieul"), 401, "bad-key")


def test_key_of_one_practice_does_not_reach_another(world, client):
    other = make_world("autre")
    services.create_api_client(name="Autre", practice_ids=[other.practice.pk], token="cle-autre", now=NOW)
    assert Api(client, "cle-autre").post("/holds", hold_body(world)).status_code == 404
    assert Api(client, "cle-autre").post("/holds", hold_body(other)).status_code == 201


def test_idempotency_key_is_required_and_bound_to_its_request(world, api):
    hold = api.post("/holds", hold_body(world)).json()["hold"]
    assert api.post("/appointments", person(hold)).status_code == 422
    api.post("/appointments", person(hold), **{"idempotency-key": "k"})
    other = api.post("/holds", hold_body(world, 10)).json()["hold"]
    assert_problem(api.post("/appointments", person(other), **{"idempotency-key": "k"}), 409, "key-reused")


def test_partner_may_not_see_inactive_reasons(world, api):
    detail = api.get(f"/sites/{world.site.slug}").json()
    assert "nurse" in {r["category"] for r in detail["reasons"]}
    assert "nurse" not in {
        r["category"] for r in Api(api.client, None).get(f"/sites/{world.site.slug}").json()["reasons"]
    }


def test_sites_near(world, api):
    body = api.get("/sites", commune="85161").json()
    assert body["sites"][0]["slug"] == world.site.slug
    assert len(body["sites"][0]["next_slots"]) == 3
    assert api.get("/sites", commune="00000").status_code == 404


def test_openapi_is_published(client):
    spec = client.get("/api/v1/openapi.json").json()
    assert "/api/v1/holds" in spec["paths"]


def test_identity_errors_name_the_field(world, api):
    hold = api.post("/holds", hold_body(world)).json()["hold"]
    body = person(hold, patient={"family_name": "Durand", "given_name": "Paul", "birth_date": "2090-01-01"})
    problem = api.post("/appointments", body, **{"idempotency-key": "z"}).json()
    assert (problem["status"], problem["field"]) == (422, "birth_date")
    assert make_identity()


def ask_code(anonymous, world, contact, minute=0, key="a"):
    held = anonymous.post("/holds", hold_body(world, 9, minute)).json()
    patient = {"family_name": "Durand", "given_name": "Paul", "birth_date": "1970-01-01"}
    return anonymous.post(
        "/appointments",
        {"hold": held["hold"], "patient": patient, "contact": contact},
        **{"Idempotency-Key": key},
    )


def test_a_landline_with_a_mail_receives_the_code_by_mail(anonymous, world):
    sent = ask_code(anonymous, world, {"phone": "02 51 00 00 00", "email": "paul@exemple.fr"})
    assert (sent.status_code, sent.json()["channel"]) == (202, "mail")
    assert OutboxMessage.objects.get(kind="booking-code").to == "paul@exemple.fr"


def test_one_phone_is_not_flooded_with_codes(anonymous, world, settings):
    settings.BOOKING_CODES_PER_CONTACT = 1
    contact = {"phone": "06 12 34 56 78"}
    assert ask_code(anonymous, world, contact).status_code == 202
    # Written otherwise, it is the same phone.
    refused = ask_code(anonymous, world, {"phone": "+33612345678"}, minute=30, key="b")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert OutboxMessage.objects.filter(kind="booking-code").count() == 1


def test_one_address_does_not_hold_every_time(anonymous, world, settings):
    settings.BOOKING_HOLDS_PER_ADDRESS = 1
    assert anonymous.post("/holds", hold_body(world)).status_code == 201
    assert anonymous.post("/holds", hold_body(world, 10)).status_code == 429
    assert Hold.objects.count() == 1
