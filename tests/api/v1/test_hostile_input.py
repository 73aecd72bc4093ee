"""Values at the edge of the calendar, of integers and of text: refused with their status, on both databases."""

from __future__ import annotations

import json

import pytest
import time_machine

from releve.contexts.booking import services
from releve.contexts.booking.models import Hold, Occupation
from releve.kernel.audit import PATIENT
from tests.factories.booking import NOW, make_world

pytestmark = pytest.mark.django_db
HEADERS = {"authorization": "Bearer cle-de-test"}


@pytest.fixture
def world():
    services.create_api_client(name="Mairie", token="cle-de-test", now=NOW)
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.mark.parametrize(
    "hostile",
    [
        {"site": "a\x00"},
        {"site": "\ud800"},
        {"practitioner": 10**30},
        {"practitioner": 0},
        {"reason": 10**30},
        {"starts_at": "0001-01-01T00:00:00Z"},
        {"starts_at": "0001-01-01T00:00:00+14:00"},
        {"starts_at": "9999-12-31T23:55:00-12:00"},
    ],
)
def test_a_hold_asked_with_an_impossible_value(client, world, hostile):
    body = {
        "site": world.site.slug,
        "reason": world.reasons["first_visit"].pk,
        "starts_at": world.at(9).isoformat(),
        **hostile,
    }
    response = client.post(
        "/api/v1/holds", json.dumps(body), content_type="application/json", headers=HEADERS
    )
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert not Hold.objects.exists()
    assert not Occupation.objects.exists()


@pytest.mark.parametrize(
    "address", ["api/v1/sites/%00", "api/v1/slots?site=%00&reason=1", "api/v1/communes?q=%00", "lieux/a%00/"]
)
def test_the_nul_character_in_an_address_is_never_a_crash(client, world, address):
    """PostgreSQL cannot even compare with it; SQLite finds nothing."""
    assert client.get(f"/{address}").status_code in (200, 400, 404)


def test_the_nul_character_in_a_contact(client, world):
    hold = services.place_hold(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(9),
        by=PATIENT,
        now=NOW,
    )
    body = {
        "hold": hold.token,
        "patient": {"family_name": "Durand", "given_name": "Paul", "birth_date": "1970-01-01"},
        "contact": {"phone": "0612345678", "name": "x\x00"},
    }
    response = client.post(
        "/api/v1/appointments",
        json.dumps(body),
        content_type="application/json",
        headers={**HEADERS, "Idempotency-Key": "k"},
    )
    assert response.status_code == 422


def test_free_times_at_the_end_of_the_calendar(client, world):
    response = client.get(
        "/api/v1/slots",
        {
            "site": world.site.slug,
            "reason": world.reasons["first_visit"].pk,
            "from": "9999-12-31",
            "days": 62,
        },
    )
    assert response.status_code == 200
    assert response.json()["slots"] == []


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:55:00Z"])
def test_a_page_with_an_impossible_instant(client, world, moment):
    page = f"/lieux/{world.site.slug}/rendez-vous/?pour=moi&deja=non&motif={world.reasons['first_visit'].pk}"
    assert client.get(f"{page}&debut={moment}").status_code == 422
    assert client.post(page, {"horaire": moment}).status_code == 422
    assert not Hold.objects.exists()
