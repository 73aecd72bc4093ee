"""The link of an appointment: read, cancel, move, calendar; forged, replaced, reused, too late."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from releve.contexts.booking import services
from releve.contexts.booking.models import Appointment, Hold, Occupation
from releve.kernel.audit import PATIENT
from tests.factories.booking import NOW, make_contact, make_identity, make_world

from .test_booking import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.fixture
def booked(world):
    return services.book_appointment(
        site_id=world.site.pk, reason_id=world.reasons["first_visit"].pk, starts_at=world.at(9),
        identity=make_identity(), contact=make_contact(), booked_by="patient", by=PATIENT, now=NOW,
    )  # fmt: skip


@pytest.fixture
def link(booked):
    return f"/rdv/{booked.manage_token}/"


def test_reading_shows_no_name_and_is_kept_private(client, link):
    response = client.get(link)
    html = text(response)
    assert response.status_code == 200
    assert "P. D." in html
    for secret in ("Durand", "Paul", "06 39", "paul@"):
        assert secret not in html
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store, private"
    assert "noindex" in response["X-Robots-Tag"]


def test_every_page_of_the_link_is_private(client, link):
    for page in (f"{link}annuler/", f"{link}deplacer/"):
        response = client.get(page)
        # A form without any referrer is sent with `Origin: null`, which the CSRF protection refuses.
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cache-Control"] == "no-store, private"
        assert "noindex" in response["X-Robots-Tag"]
    assert client.get("/rdv/faux/")["Cache-Control"] == "no-store, private"


def test_cancelling_asks_first_then_frees_the_time(client, link):
    assert "Annuler ce <span" in text(client.get(f"{link}annuler/"))
    assert Appointment.objects.get().status == "booked"
    response = client.post(f"{link}annuler/", follow=True)
    assert "rendez-vous</span> est annulé" in text(response)
    assert Appointment.objects.get().cancelled_by == "patient"
    assert not Occupation.objects.exists()


def test_cancelling_twice_changes_nothing(client, link):
    client.post(f"{link}annuler/")
    sequence = Appointment.objects.get().sequence
    again = client.post(f"{link}annuler/")
    assert again.status_code == 410
    assert "déjà annulé" in text(again)
    assert Appointment.objects.get().sequence == sequence
    assert client.get(f"{link}annuler/").status_code == 302
    assert client.get(f"{link}deplacer/").status_code == 410


def test_moving_is_confirmed_without_a_code(client, world, link, booked):
    page = text(client.get(f"{link}deplacer/"))
    assert "Quel nouvel horaire ?" in page
    held = client.post(f"{link}deplacer/", {"horaire": world.at(10).isoformat()})
    assert "Déplacer le <span" in text(client.get(held["Location"]))
    assert Appointment.objects.get().starts_at == world.at(9)
    moved = client.post(held["Location"])
    assert moved["Location"] == f"{link}?fait=deplace"
    assert "déplacé" in text(client.get(moved["Location"]))
    assert Appointment.objects.get().starts_at == world.at(10)
    assert not Hold.objects.exists()
    # The back button, then the same button again.
    assert client.post(held["Location"])["Location"] == link
    assert client.get(held["Location"])["Location"] == link


def test_a_move_that_is_abandoned_keeps_the_appointment(client, world, link):
    held = client.post(f"{link}deplacer/", {"horaire": world.at(10).isoformat()})["Location"]
    assert client.post(f"{held}rendre/")["Location"] == f"{link}deplacer/"
    assert not Hold.objects.exists()
    assert Appointment.objects.get().starts_at == world.at(9)


def test_moving_onto_a_taken_time(client, world, link):
    services.place_hold(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(10),
        by=PATIENT,
        now=NOW,
    )
    response = client.post(f"{link}deplacer/", {"horaire": world.at(10).isoformat()})
    assert response.status_code == 409
    assert "vient d’être pris" in text(response)
    assert Appointment.objects.get().starts_at == world.at(9)


@pytest.mark.parametrize("value", ["", "x", "2026-03-29T02:30:00", "2020-01-01T10:00:00Z"])
def test_moving_to_an_impossible_time(client, link, value, world):
    response = client.post(f"{link}deplacer/", {"horaire": value})
    assert response.status_code in (410, 422)
    assert ">10 h</time>" in text(response)
    assert not Hold.objects.exists()


def test_too_late_says_whom_to_call(client, world, link):
    with time_machine.travel(world.at(8), tick=False):
        page = text(client.get(link))
        assert "ne peut plus être changé en ligne" in page
        assert "Déplacer</a>" not in page
        for action in ("annuler", "deplacer"):
            response = client.post(f"{link}{action}/", {"horaire": world.at(10).isoformat()})
            assert response.status_code == 409
            assert "Rien n’a été changé" in text(response)
            assert "02 51 00 00 00" in text(response)
    assert Appointment.objects.get().status == "booked"


def test_a_move_begun_in_time_but_confirmed_too_late(client, world, link):
    with time_machine.travel(world.at(6, 55), tick=False):
        held = client.post(f"{link}deplacer/", {"horaire": world.at(11).isoformat()})["Location"]
    with time_machine.travel(world.at(7, 3), tick=False):
        assert client.post(held).status_code == 409
    assert Appointment.objects.get().starts_at == world.at(9)


def test_past(client, world, link):
    with time_machine.travel(world.at(15), tick=False):
        assert "est passé" in text(client.get(link))


def test_forged_and_replaced_links(client, booked, link):
    token = booked.manage_token
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for forged in (flipped, "inconnu", "x" * 300, "%00", "é-é", "abcdefghjkmn1-" + "A" * 16):
        for page in ("", "annuler/", "deplacer/", "rendez-vous.ics"):
            assert client.get(f"/rdv/{forged}/{page}").status_code == 404, forged
        assert client.post(f"/rdv/{forged}/annuler/").status_code == 404
    Appointment.objects.update(link_version=2)
    for page in ("", "annuler/", "deplacer/"):
        response = client.get(f"{link}{page}")
        assert response.status_code == 410
        assert "remplacé" in text(response)
    assert client.post(f"{link}annuler/").status_code == 410
    assert Appointment.objects.get().status == "booked"


def test_calendar_file_names_nobody(client, link, booked):
    response = client.get(f"{link}rendez-vous.ics")
    body = response.content.decode()
    assert response["Content-Type"].startswith("text/calendar")
    assert "attachment" in response["Content-Disposition"]
    assert "DTSTART:20260304T080000Z" in body
    for secret in ("Durand", "Paul", booked.manage_token, "Première"):
        assert secret not in body
    client.post(f"{link}annuler/")
    assert "STATUS:CANCELLED" in client.get(f"{link}rendez-vous.ics").content.decode()


def test_another_browser_cannot_read_a_name_from_a_kept_time(client, world, link):
    held = client.post(f"{link}deplacer/", {"horaire": world.at(10).isoformat()})["Location"]
    page = text(Client().get(held))
    assert "Durand" not in page
    assert link not in page


def test_weeks_of_a_move(client, world, link):
    world.shift_on(date(2026, 3, 18))
    assert "du=2026-03-18" in text(client.get(f"{link}deplacer/"))
    assert "18 mars" in text(client.get(f"{link}deplacer/?du=2026-03-18"))
    assert client.get(f"{link}deplacer/?du=2020-01-01").status_code == 422


def test_moving_counts_as_a_hold(client, world, link, settings):
    settings.BOOKING_HOLDS_PER_ADDRESS = 1
    client.post(f"{link}deplacer/", {"horaire": world.at(10).isoformat()})
    assert client.post(f"{link}deplacer/", {"horaire": world.at(11).isoformat()}).status_code == 429


def test_the_day_after(client, world, link):
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        assert client.post(f"{link}annuler/").status_code == 409
