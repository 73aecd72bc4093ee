"""The calendar feeds, parsed back: who sees what, stable identifiers, revocation, 304, no patient and no note."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from icalendar import Calendar

from releve.contexts.rostering import services
from releve.contexts.rostering.models import CalendarFeed
from releve.kernel.audit import SYSTEM
from tests.contexts.rostering.conftest import make_place
from tests.factories.practices import NOW
from tests.factories.practitioners import make_member, make_practitioner
from tests.factories.rostering import DAY, make_feed, make_shift

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place():
    return make_place()


@pytest.fixture
def doctor(place):
    return make_practitioner(practice=place.practice, family_name="Martin", given_name="Claire")


def read(client, token, **headers):
    return client.get(f"/calendriers/{token}.ics", headers=headers)


def events(response) -> list:
    assert response.status_code == 200, response.content
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def test_a_practitioner_s_feed_holds_all_their_places(client, place, doctor, settings):
    settings.RELEVE_BASE_URL = "https://releve.example:8443"
    other = make_place("Mazingarbe", address="9 rue de la Gare")
    make_member(other.practice, doctor)
    mine = make_shift(place.site, practitioner=doctor, room_id=place.rooms[0].pk, note="Mme Durand viendra")
    make_shift(other.site, practitioner=doctor, day=date(2026, 3, 5), status="proposed")
    make_shift(place.site, starts=time(14), ends=time(17))
    _, token = make_feed(practitioner_id=doctor.pk)
    response = read(client, token)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    first, second = events(response)
    assert str(first["UID"]) == f"shift-{mine.pk}@releve.example"
    assert (first["SEQUENCE"], str(first["STATUS"])) == (0, "CONFIRMED")
    assert first["DTSTART"].dt == datetime(2026, 3, 4, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
    assert first["DTSTART"].params["TZID"] == "Europe/Paris"
    assert str(first["SUMMARY"]) == "Consultation\u00a0: Maison de santé de Nieul"
    assert str(first["LOCATION"]) == ("Maison de santé de Nieul, 1 place de la Mairie, 85430 Nieul-le-Dolent")
    assert str(second["STATUS"]) == "TENTATIVE"
    assert str(second["SUMMARY"]).endswith("(à confirmer)")
    assert "Durand viendra" not in response.content.decode()


def test_a_site_s_feed_shows_names_and_open_needs(client, place, doctor):
    make_shift(place.site, practitioner=doctor)
    make_shift(place.site, day=date(2026, 3, 5))
    make_shift(make_place("Mazingarbe").site)
    _, token = make_feed(site_id=place.site.pk)
    found = events(read(client, token))
    assert [str(e["SUMMARY"]) for e in found] == [
        "Dr Claire Martin\u00a0: consultation",
        "À pourvoir\u00a0: consultation",
    ]
    assert [str(e["STATUS"]) for e in found] == ["CONFIRMED", "TENTATIVE"]


def test_the_time_zone_travels_with_the_feed(client):
    island = make_place("Saint-Paul", time_zone="Indian/Reunion")
    make_shift(island.site)
    _, token = make_feed(site_id=island.site.pk)
    response = read(client, token)
    calendar = Calendar.from_ical(response.content)
    assert [str(z["TZID"]) for z in calendar.walk("VTIMEZONE")] == ["Indian/Reunion"]
    assert events(response)[0]["DTSTART"].dt.astimezone(UTC) == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


def test_paris_has_both_halves_of_the_year(client, place):
    make_shift(place.site)
    _, token = make_feed(site_id=place.site.pk)
    zone = Calendar.from_ical(read(client, token).content).walk("VTIMEZONE")[0]
    assert {part.name for part in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}


def test_form_of_the_file(client, place):
    make_shift(place.site)
    place.site.name = (
        "Maison de santé pluriprofessionnelle intercommunale de l’Océan et du Bocage vendéen réunis"
    )
    place.site.save()
    _, token = make_feed(site_id=place.site.pk)
    body = read(client, token).content
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in body
    assert b"METHOD:PUBLISH" in body
    assert place.site.name in str(events(read(client, token))[0]["LOCATION"])


def test_a_change_keeps_the_identifier_and_raises_the_sequence(client, place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    _, token = make_feed(practitioner_id=doctor.pk)
    before = events(read(client, token))[0]
    services.edit_shift(shift_id=shift.pk, expected_version=1, ends=time(13), by=SYSTEM, now=NOW)
    after = events(read(client, token))[0]
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)


def test_a_cancellation_is_told_then_leaves(client, place, doctor):
    shift = make_shift(place.site, practitioner=doctor, day=date(2026, 4, 15))
    _, token = make_feed(practitioner_id=doctor.pk)
    services.cancel_shift(shift_id=shift.pk, reason="Verglas", by=SYSTEM, now=NOW)
    (event,) = events(read(client, token))
    assert str(event["STATUS"]) == "CANCELLED"
    assert str(event["SUMMARY"]).endswith("(annulée)")
    with time_machine.travel(NOW + timedelta(days=31), tick=False):
        assert events(read(client, token)) == []


def test_not_modified(client, place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    _, token = make_feed(practitioner_id=doctor.pk)
    first = read(client, token)
    assert read(client, token).content == first.content
    same = read(client, token, if_none_match=first["ETag"])
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    assert read(client, token, if_modified_since=first["Last-Modified"]).status_code == 304
    # A shift that leaves the feed changes it, though nothing that remains says so.
    services.release_shift(shift_id=shift.pk, by=SYSTEM, now=NOW + timedelta(minutes=1))
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert read(client, token, if_none_match=first["ETag"]).status_code == 200
        again = read(client, token, if_modified_since=first["Last-Modified"])
        assert again.status_code == 200
        assert events(again) == []


def test_headers_keep_it_private(client, place):
    _, token = make_feed(site_id=place.site.pk)
    response = read(client, token)
    assert response["Cache-Control"] == "private, max-age=900"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response


def test_unknown_and_revoked_addresses(client, place):
    feed, token = make_feed(site_id=place.site.pk)
    assert read(client, "nimporte-quoi").status_code == 404
    assert read(client, token + "a").status_code == 404
    assert read(client, "a" * 4000).status_code == 404
    assert read(client, feed.token_sha256).status_code == 404
    assert client.post(f"/calendriers/{token}.ics").status_code == 405
    assert read(client, token).status_code == 200
    services.revoke_feed(feed_id=feed.pk, by=SYSTEM, now=NOW)
    gone = read(client, token)
    assert (gone.status_code, gone["Content-Type"]) == (410, "text/plain; charset=utf-8")


def test_the_token_is_long_and_only_its_digest_is_kept(place):
    feed, token = make_feed(site_id=place.site.pk)
    assert len(token) >= 27  # 160 bits in base 64
    assert token not in str(CalendarFeed.objects.filter(pk=feed.pk).values())
    assert len({make_feed(site_id=place.site.pk)[1] for _ in range(5)}) == 5


def test_reading_is_noted_at_most_once_an_hour(client, place, django_assert_num_queries):
    feed, token = make_feed(site_id=place.site.pk)
    with django_assert_num_queries(3):
        read(client, token)
    with django_assert_num_queries(2):
        read(client, token)
    feed.refresh_from_db()
    assert feed.last_read_at == NOW


def test_cost_does_not_grow(client, place, django_assert_num_queries):
    _, token = make_feed(site_id=place.site.pk)
    read(client, token)
    make_shift(place.site, room_id=place.rooms[0].pk)
    with django_assert_num_queries(2):
        assert len(events(read(client, token))) == 1
    make_shift(place.site)
    make_shift(place.site, day=DAY + timedelta(days=1))
    with django_assert_num_queries(2):
        assert len(events(read(client, token))) == 3
