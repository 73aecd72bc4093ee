"""The practitioner's phone: see, come, give back, say when, profile, calendar address."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering.models import Availability, CalendarFeed
from tests.factories.accounts import make_staff
from tests.factories.practices import NOW, make_practice, make_site
from tests.factories.practitioners import make_practitioner
from tests.factories.rostering import DAY, make_shift
from tests.factories.territory import make_commune


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def site(db):
    return make_site(
        make_practice(phone="0251000000"),
        name="Maison de santé",
        directions="Bus 12, arrêt Mairie",
        lodging="Studio de la mairie",
    )


@pytest.fixture
def doctor(site, client):
    person = make_practitioner(practice=site.practice, family_name="Martin", given_name="Claire")
    person.user = make_staff("practitioner", practice=site.practice)
    person.save(update_fields=["user"])
    client.force_login(person.user)
    return person


def text(response):
    return response.content.decode()


def test_my_shifts_say_where_how_to_come_and_who_is_there(client, site, doctor):
    make_shift(site, practitioner=doctor)
    make_shift(site, practitioner=make_practitioner(practice=site.practice, family_name="Bernard"))
    page = text(client.get(reverse("clinician:shifts")))
    for words in ("Maison de santé", "Bus 12, arrêt Mairie", "Studio de la mairie", "Bernard"):
        assert words in page


def test_statements_of_my_shifts_do_not_grow(client, site, doctor):
    def count():
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("clinician:shifts"))
        return len(found)

    make_shift(site, practitioner=doctor)
    count()
    one = count()
    for day in range(5, 12):
        make_shift(site, practitioner=doctor, day=date(2026, 3, day))
    assert count() == one


def test_one_tap_takes_the_need_and_offers_to_undo(client, site, doctor):
    shift = make_shift(site)
    assert "Je viens" in text(client.get(reverse("clinician:needs")))
    answer = client.post(reverse("clinician:take", args=[shift.pk]), follow=True)
    shift.refresh_from_db()
    assert (shift.status, shift.practitioner_id) == ("confirmed", doctor.pk)
    assert "annuler" in text(answer)
    client.post(reverse("clinician:give_back", args=[shift.pk]))
    shift.refresh_from_db()
    assert (shift.status, shift.practitioner_id) == ("open", None)


def test_second_taker_reads_why_and_changes_nothing(client, site, doctor):
    other = make_practitioner(practice=site.practice)
    shift = make_shift(site, practitioner=other)
    answer = client.post(reverse("clinician:take", args=[shift.pk]))
    assert answer.status_code == 409
    assert "vient d’être prise" in text(answer)
    shift.refresh_from_db()
    assert shift.practitioner_id == other.pk


def test_need_that_cannot_be_taken_is_shown_with_its_reason(client, site, doctor):
    make_shift(site, practitioner=doctor)
    make_shift(site)
    page = text(client.get(reverse("clinician:needs")))
    assert "que vous ne pouvez pas prendre" in page
    assert "Déjà pris" in page


def test_shift_of_somebody_else_is_unknown(client, site, doctor):
    shift = make_shift(site, practitioner=make_practitioner(practice=site.practice))
    assert client.post(reverse("clinician:give_back", args=[shift.pk])).status_code == 404


def test_account_without_profile_is_refused(client, site):
    client.force_login(make_staff("secretary", practice=site.practice))
    assert client.get(reverse("clinician:shifts")).status_code == 403


def test_availability_by_list_without_javascript(client, site, doctor):
    address = reverse("clinician:availability")
    client.post(address, {"2026-03-04-morning": "available", "2026-03-04-afternoon": "if_needed"})
    assert set(Availability.objects.values_list("half_day", "state")) == {
        ("morning", "available"),
        ("afternoon", "if_needed"),
    }
    client.post(address, {"2026-03-04-morning": ""})
    assert list(Availability.objects.values_list("half_day", flat=True)) == ["afternoon"]


def test_availability_outside_the_six_weeks_or_past_is_ignored(client, site, doctor):
    client.post(
        reverse("clinician:availability"),
        {"2026-03-01-morning": "available", "2027-03-04-morning": "available"},
    )
    assert not Availability.objects.exists()


def test_unknown_answer_is_refused(client, site, doctor):
    answer = client.post(reverse("clinician:availability"), {"2026-03-04-morning": "peut-être"})
    assert answer.status_code == 422
    assert not Availability.objects.exists()


def test_unavailable_over_a_shift_is_refused_and_typed_answers_stay(client, site, doctor):
    make_shift(site, practitioner=doctor, day=DAY)
    answer = client.post(
        reverse("clinician:availability"),
        {"2026-03-04-morning": "unavailable", "2026-03-05-morning": "if_needed"},
    )
    assert answer.status_code == 409
    assert '<option value="if_needed" selected>' in text(answer)
    assert not Availability.objects.exists()


def test_calendar_address_is_shown_once_then_closed(client, site, doctor):
    address = reverse("clinician:feeds")
    first = text(client.post(address))
    feed = CalendarFeed.objects.get()
    assert "/calendriers/" in first
    assert "/calendriers/" not in text(client.get(address))
    client.post(reverse("clinician:feed_revoke", args=[feed.pk]))
    feed.refresh_from_db()
    assert feed.revoked_at is not None


def _profile(**changes):
    return {"rhythm_minutes": "20", "phone": "", "email": "", "home": "", **changes}


def test_profile(client, site, doctor):
    make_commune("85191", name="La Roche-sur-Yon")
    answer = client.post(reverse("clinician:profile"), _profile(name_is_public="on", home="La Roche-sur-Yon"))
    assert answer.status_code == 302
    saved = Practitioner.objects.get(pk=doctor.pk)
    assert (saved.rhythm_minutes, saved.home_commune_id) == (20, "85191")


def test_unknown_commune_is_refused_and_kept(client, site, doctor):
    answer = client.post(reverse("clinician:profile"), _profile(home="Trifouilly"))
    assert answer.status_code == 422
    assert "Trifouilly" in text(answer)


def test_licence_end_and_status_cannot_be_changed_here(client, site, doctor):
    client.post(reverse("clinician:profile"), _profile(licence_ends_on="2040-01-01", status="titulaire"))
    saved = Practitioner.objects.get(pk=doctor.pk)
    assert (saved.licence_ends_on, saved.status) == (None, "replacement")
