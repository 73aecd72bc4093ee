"""Taking an appointment on the public pages: the four steps, and every way they can go wrong."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from releve.contexts.booking import services
from releve.contexts.booking.models import Appointment, Hold, Occupation
from releve.contexts.patients.models import Patient
from releve.kernel.audit import PATIENT
from releve.kernel.models import OutboxMessage
from tests.factories.booking import DAY, NOW, make_contact, make_doctor, make_identity, make_world

pytestmark = pytest.mark.django_db

PERSON = {
    "family_name": "Durand", "given_name": "Paul", "birth_day": "17", "birth_month": "5", "birth_year": "1980",
    "phone": "06 39 98 12 34", "email": "",
}  # fmt: skip


@pytest.fixture
def world():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def text(response):
    return response.content.decode().replace("\u00a0", " ")


def address(world, **query):
    path = reverse("public:booking", args=[world.site.slug])
    return path + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")


def times(world, category="first_visit", **query):
    known = {"first_visit": "non", "follow_up": "oui"}.get(category, "non")
    return address(world, **{"pour": "moi", "deja": known, "motif": world.reasons[category].pk, **query})


def take(client, world, hour=9, minute=0, **query):
    """Press the button of a time; the address of the kept time."""
    response = client.post(times(world, **query), {"horaire": world.at(hour, minute).isoformat()})
    assert response.status_code == 302, text(response)
    return response["Location"]


def last_code():
    body = OutboxMessage.objects.filter(kind="booking-code").latest("pk").body
    return re.search(r"\b\d{6}\b", body)[0]


def book(client, world, **person):
    """The whole journey; the address of the confirmed appointment."""
    here = take(client, world)
    assert client.post(here, {**PERSON, **person}).status_code == 302
    response = client.post(f"{here}code/", {"code": last_code()})
    assert response.status_code == 302, text(response)
    return response["Location"]


def untouched():
    assert (Appointment.objects.count(), Patient.objects.count()) == (0, 0)


# --- The four steps --------------------------------------------------------------------------------------------


def test_one_question_at_a_time(client, world):
    assert "Pour qui est ce " in text(client.get(address(world)))
    assert " déjà venu·e dans ce cabinet" in text(client.get(address(world, pour="moi")))
    assert "Cette personne " in text(client.get(address(world, pour="proche")))
    reasons = text(client.get(address(world, pour="moi", deja="non")))
    assert "Première consultation" in reasons
    assert "30 min" in reasons
    assert "carte Vitale" in reasons
    assert "Consultation de suivi" not in reasons
    assert "ASALÉE" not in reasons
    assert "Consultation de suivi" in text(client.get(address(world, pour="moi", deja="oui")))


def test_times_by_day_with_the_choice_in_view(client, world):
    response = client.get(times(world))
    html = text(response)
    assert response.status_code == 200
    assert "Première consultation, 30 min" in html
    assert ">mercredi 4 mars</time>" in html
    assert ">9 h</time>" in html
    assert "Dr Claire Martin" in html
    assert "csrfmiddlewaretoken" in html
    assert response["Cache-Control"] == "no-store, private"


def test_two_doctors_at_the_same_hour_are_one_button(client, world):
    world.shift_on(doctor=make_doctor("Petit", rhythm_minutes=15))
    html = text(client.get(times(world)))
    assert html.count(">9 h</time>") == 1
    assert "l’équipe" in html
    assert "Dr Claire Martin" not in html


def test_a_time_seen_elsewhere_is_proposed_first(client, world):
    query = {"debut": "2026-03-04T09:00:00Z"}
    assert "debut=2026-03-04T09:00:00Z" in text(client.get(address(world, **query)))
    assert "encore libre" in text(client.get(times(world, **query)))
    assert "pas libre pour ce motif" in text(client.get(times(world, debut="2026-03-04T09:05:00Z")))


def test_weeks_follow_each_other(client, world):
    world.shift_on(date(2026, 3, 18))
    html = text(client.get(times(world)))
    assert "du=2026-03-18" in html
    assert "mercredi 18 mars" not in html
    later = text(client.get(times(world, du="2026-03-18")))
    assert "mercredi 18 mars" in later
    assert "Semaine précédente" in later


def test_from_a_time_to_a_confirmed_appointment(client, world):
    here = take(client, world)
    page = text(client.get(here))
    assert "Cet horaire vous est réservé jusqu’à" in page
    assert "8 h 10" in page
    response = client.post(here, PERSON)
    assert (response.status_code, response["Location"]) == (302, f"{here}code/")
    code = text(client.get(f"{here}code/"))
    assert "numéro finissant par 34" in code
    assert 'autocomplete="one-time-code"' in code
    assert 'inputmode="numeric"' in code
    response = client.post(f"{here}code/", {"code": last_code()})
    appointment = Appointment.objects.get()
    assert (appointment.patient.family_name, appointment.booked_by) == ("Durand", "patient")
    page = client.get(response["Location"])
    html = text(page)
    assert "rendez-vous</span> est confirmé" in html
    assert "mercredi 4 mars 2026" in html
    assert "Durand" not in html
    assert "Paul" not in html
    assert "P. D." in html
    assert "1 place de l’Église" in html
    assert "carte Vitale" in html


def test_mail_and_mobile_leave_the_choice(client, world):
    here = take(client, world)
    client.post(here, {**PERSON, "email": "paul@exemple.fr"})
    assert not OutboxMessage.objects.exists()
    html = text(client.get(f"{here}code/"))
    assert "Par SMS" in html
    assert "pa…@exemple.fr" in html
    client.post(f"{here}code/", {"canal": "mail"})
    assert OutboxMessage.objects.get().channel == "mail"
    assert client.post(f"{here}code/", {"code": last_code()}).status_code == 302


def test_for_a_relative(client, world):
    here = take(client, world, pour="proche")
    assert "La personne qui vient" in text(client.get(here))
    response = client.post(here, PERSON)
    assert response.status_code == 422
    assert "Indiquez votre nom" in text(response)
    client.post(here, {**PERSON, "booker_name": "Anne Durand", "relation": "sa fille"})
    client.post(f"{here}code/", {"code": last_code()})
    appointment = Appointment.objects.get()
    assert (appointment.booked_by, appointment.contact_name) == ("relative", "Anne Durand (sa fille)")


def test_who_says_known_and_is_not_is_told_to_the_desk_only(client, world):
    here = take(client, world, category="follow_up")
    client.post(here, PERSON)
    page = client.get(client.post(f"{here}code/", {"code": last_code()})["Location"])
    assert "vérifier" in Appointment.objects.get().desk_note
    assert "vérifier" not in text(page)


def test_going_back_shows_what_was_typed_to_this_browser_only(client, world):
    here = take(client, world)
    client.post(here, {**PERSON, "email": "paul@exemple.fr"})
    assert 'value="Durand"' in text(client.get(here))
    stranger = text(Client().get(here))
    assert "Durand" not in stranger
    assert "06 39" not in stranger


def test_changing_ones_mind_frees_the_time(client, world):
    here = take(client, world)
    response = client.post(f"{here}rendre/")
    assert response["Location"].startswith(address(world))
    assert "motif=" in response["Location"]
    assert not Hold.objects.exists()
    assert not Occupation.objects.exists()


# --- Nothing happens twice -------------------------------------------------------------------------------------


def test_double_submit_of_the_code_books_once(client, world):
    here = take(client, world)
    client.post(here, PERSON)
    code = last_code()
    first = client.post(f"{here}code/", {"code": code})
    second = client.post(f"{here}code/", {"code": code}, follow=True)
    assert second.status_code == 200
    assert second.redirect_chain[-1][0].split("?")[0] == first["Location"].split("?")[0]
    assert Appointment.objects.count() == 1


def test_back_and_reload_lead_to_the_appointment(client, world):
    here = take(client, world)
    client.post(here, PERSON)
    done = client.post(f"{here}code/", {"code": last_code()})["Location"].split("?")[0]
    for page in (here, f"{here}code/"):
        assert client.get(page)["Location"] == done
        assert client.post(page, PERSON)["Location"] == done
    assert client.post(f"{here}rendre/")["Location"] == done
    assert Appointment.objects.get().status == "booked"


def test_submitting_the_same_identity_again_sends_no_second_code(client, world):
    here = take(client, world)
    client.post(here, PERSON)
    client.post(here, PERSON)
    assert OutboxMessage.objects.count() == 1


def test_a_code_does_not_prove_another_contact(client, world):
    here = take(client, world)
    client.post(here, {**PERSON, "phone": "", "email": "moi@exemple.fr"})
    mine = last_code()
    client.post(here, {**PERSON, "email": "victime@exemple.fr"})
    response = client.post(f"{here}code/", {"code": mine})
    assert response.status_code == 422
    untouched()


# --- Bad input -------------------------------------------------------------------------------------------------


def test_unknown_place(client, world):
    assert client.get("/lieux/nulle-part/rendez-vous/").status_code == 404
    assert client.post("/lieux/nulle-part/rendez-vous/", {"horaire": "x"}).status_code == 404


@pytest.mark.parametrize(
    "query, status",
    [
        ({"pour": "autre"}, 422),
        ({"pour": "moi", "deja": "peut-etre"}, 422),
        ({"motif": "abc"}, 422),
        ({"motif": "-1"}, 422),
        ({"motif": "9" * 40}, 422),
        ({"motif": "%C2%B2"}, 422),
        ({"debut": "hier"}, 422),
        ({"debut": "2026-03-29T02:30"}, 422),
        ({"debut": "9999-12-31T23:59:59-14:00"}, 422),
        ({"pour": "moi", "deja": "non", "motif": "999999"}, 404),
    ],
)
def test_hostile_parameters(client, world, query, status):
    response = client.get(address(world, **query))
    assert response.status_code == status
    assert "Rien n’a été enregistré" in text(response) or status == 404


@pytest.mark.parametrize("day", ["2020-01-01", "demain", "2026-02-30", "0"])
def test_impossible_days(client, world, day):
    assert client.get(times(world, du=day)).status_code == 422


def test_a_day_beyond_the_horizon_says_what_to_do(client, world):
    html = text(client.get(times(world, du="2030-01-01")))
    assert "116 117" in html
    assert "Semaine précédente" in html


@pytest.mark.parametrize(
    "value, status, words",
    [
        ("", 422, "illisible"),
        ("n’importe quoi", 422, "illisible"),
        ("2026-03-04T08:00:00Z~abc", 422, "illisible"),
        ("2026-03-04T08:02:00Z", 422, "multiple de 5"),
        ("2026-02-27T08:00:00Z", 410, "plus ouvertes"),
        ("2026-03-29T02:30:00", 422, "changement d’heure"),
        ("2026-03-04T04:00:00Z", 410, "plus ouvertes"),
        ("2026-03-04T08:00:00Z~999999", 410, "plus ouvertes"),
    ],
)
def test_impossible_times_show_fresh_ones(client, world, value, status, words):
    response = client.post(times(world), {"horaire": value})
    html = text(response)
    assert response.status_code == status, html
    assert words in html
    assert ">9 h</time>" in html
    assert not Hold.objects.exists()


def test_a_past_time_of_today(client, world):
    with time_machine.travel(world.at(10), tick=False):
        response = client.post(times(world), {"horaire": world.at(9).isoformat()})
    assert response.status_code == 422
    assert "passé" in text(response)


def test_another_practices_reason(client, world):
    other = make_world("ailleurs")
    path = address(world, pour="moi", deja="non", motif=other.reasons["first_visit"].pk)
    assert client.get(path).status_code == 404
    assert client.post(path, {"horaire": world.at(9).isoformat()}).status_code == 404
    assert not Hold.objects.exists()


def test_a_reason_of_the_desk_or_partners(client, world):
    assert client.get(times(world, category="nurse")).status_code == 404


def test_a_reason_for_others_is_asked_again(client, world):
    html = text(client.get(address(world, pour="moi", deja="non", motif=world.reasons["follow_up"].pk)))
    assert "réservé aux patients déjà venus" in html


def test_taken_time_shows_fresh_ones(client, world):
    take(client, world)
    response = Client().post(times(world), {"horaire": world.at(9).isoformat()})
    html = text(response)
    assert response.status_code == 409
    assert "vient d’être pris" in html
    assert ">9 h</time>" not in html
    assert ">9 h 30</time>" in html
    assert Hold.objects.count() == 1


def test_taken_by_someone_else_then_nothing_left(client, world):
    world.shift.ends_at = world.at(9, 30)
    world.shift.save()
    take(client, world)
    html = text(client.get(times(world)))
    assert "Aucun horaire n’est libre" in html
    assert "116 117" in html
    assert "02 51 00 00 00" in html
    assert 'href="tel:15"' in html


def test_nothing_free_proposes_nearby_places(client, world):
    near = make_world("voisin")
    world.shift.delete()
    html = text(client.get(times(world)))
    assert f"/lieux/{near.site.slug}/rendez-vous/" in html


def test_a_practice_that_is_not_open(client, world):
    world.practice.status = "preparing"
    world.practice.save()
    assert "pas encore ouvert" in text(client.get(address(world)))
    assert client.post(times(world), {"horaire": world.at(9).isoformat()}).status_code == 410


@pytest.mark.parametrize(
    "change, words",
    [
        ({"family_name": ""}, "Indiquez le nom de naissance"),
        ({"family_name": "x" * 100}, "limité à 80"),
        ({"given_name": "<b>"}, "s’écrit avec des lettres"),
        ({"birth_day": ""}, "Indiquez le jour"),
        ({"birth_day": "31", "birth_month": "2"}, "n’existe pas"),
        ({"birth_year": "80"}, "en entier"),
        ({"birth_year": "deux mille"}, "en chiffres"),
        ({"birth_day": "²"}, "en chiffres"),
        ({"birth_year": "2099"}, "dans le futur"),
        ({"birth_year": "1850"}, "antérieure à 1900"),
        ({"sex": "autre"}, "Choisissez le sexe"),
        ({"phone": ""}, "téléphone mobile ou une adresse mail"),
        ({"phone": "12"}, "numéro"),
        ({"phone": "02 51 00 00 00"}, "ne reçoit pas de SMS"),
        ({"phone": "", "email": "paul@"}, "adresse mail est incomplète"),
    ],
)
def test_identity_errors_lose_nothing(client, world, change, words):
    here = take(client, world)
    response = client.post(here, {**PERSON, **change})
    html = text(response)
    assert response.status_code == 422, html
    assert words in html
    kept = {**PERSON, **change}["given_name"]
    assert f'value="{kept}"' in html or "&lt;b&gt;" in html
    assert "data-autofocus" in html
    assert not OutboxMessage.objects.exists()
    untouched()


def test_too_old_for_the_reason(client, world):
    here = take(client, world, category="child")
    response = client.post(here, PERSON)
    assert response.status_code == 422
    assert "15 ans ou moins" in text(response)


def test_wrong_code_counts_the_attempts(client, world):
    here = take(client, world)
    client.post(here, PERSON)
    wrong = "000000" if last_code() != "000000" else "111111"
    for left in (4, 3, 2, 1):
        response = client.post(f"{here}code/", {"code": wrong})
        assert response.status_code == 422
        assert f"reste {left} essai" in text(response)
    client.post(f"{here}code/", {"code": wrong})
    refused = client.post(f"{here}code/", {"code": last_code()})
    assert refused.status_code == 429
    assert "Demandez un nouveau code" in text(refused)
    untouched()
    assert client.post(f"{here}code/", {"canal": "sms"}).status_code == 302
    assert client.post(f"{here}code/", {"code": last_code()}).status_code == 302


@pytest.mark.parametrize("code", ["", "abc", "12345", "9" * 500])
def test_unreadable_codes(client, world, code):
    here = take(client, world)
    client.post(here, PERSON)
    assert client.post(f"{here}code/", {"code": code}).status_code == 422
    untouched()


def test_a_code_page_before_the_identity(client, world):
    here = take(client, world)
    assert client.get(f"{here}code/")["Location"] == here
    assert client.post(f"{here}code/", {"code": "123456"})["Location"] == here
    untouched()


def test_only_three_codes(client, world):
    here = take(client, world)
    client.post(here, PERSON)
    assert client.post(f"{here}code/", {"canal": "pigeon"}).status_code == 422
    assert client.post(f"{here}code/", {"canal": "mail"}).status_code == 422
    for _ in range(2):
        client.post(f"{here}code/", {"canal": "sms"})
    response = client.post(f"{here}code/", {"canal": "sms"})
    assert response.status_code == 429
    assert "Trois codes" in text(response)


def test_expired_hold_keeps_the_choice_not_the_person(client, world):
    here = take(client, world)
    client.post(here, {**PERSON, "email": "paul@exemple.fr"})
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        for page in (here, f"{here}code/"):
            response = client.get(page)
            html = text(response)
            assert response.status_code == 410
            assert "écoulé" in html
            assert f"motif={world.reasons['first_visit'].pk}" in html
            assert "Durand" not in html
        posted = client.post(f"{here}code/", {"code": "123456"}, follow=True)
        assert posted.status_code == 410
        assert Client().post(here, PERSON).status_code == 410
    untouched()


def test_forged_hold(client, world):
    for path in ("/reservation/inconnu/", "/reservation/inconnu/code/", "/reservation/%00/"):
        assert client.get(path).status_code == 410
        assert client.post(path, PERSON).status_code == 410


def test_shift_closed_meanwhile(client, world):
    here = take(client, world)
    client.post(here, PERSON)
    world.shift.status = "cancelled"
    world.shift.save()
    response = client.post(f"{here}code/", {"code": last_code()}, follow=True)
    assert Appointment.objects.count() == 0
    assert response.status_code in (200, 410)


def test_patient_busy_elsewhere_that_hour(client, world):
    services.book_appointment(
        site_id=world.site.pk, reason_id=world.reasons["first_visit"].pk, starts_at=world.at(9),
        identity=make_identity(), contact=make_contact(), booked_by="desk", by=PATIENT, now=NOW,
    )  # fmt: skip
    world.shift_on(doctor=make_doctor("Petit", rhythm_minutes=15))
    here = take(client, world)
    client.post(here, PERSON)
    response = client.post(f"{here}code/", {"code": last_code()})
    assert response.status_code == 409
    assert "déjà un rendez-vous" in text(response)
    assert Appointment.objects.count() == 1


def test_oversized_form(client, world):
    here = take(client, world)
    response = client.post(here, {**PERSON, "used_name": "x" * 40_000})
    assert response.status_code == 413
    assert "trop long" in text(response)
    untouched()


def test_unknown_fields_are_ignored(client, world):
    here = take(client, world)
    client.post(
        here, {**PERSON, "patient_id": "1", "status": "fulfilled", "unreachable": "on", "without_code": "1"}
    )
    assert client.post(f"{here}code/", {"code": last_code(), "without_code": "1"}).status_code == 302
    assert Appointment.objects.get().status == "booked"


def test_wrong_methods(client, world):
    here = take(client, world)
    assert client.get(f"{here}rendre/").status_code == 405
    assert client.put(here).status_code == 405
    assert client.delete(times(world)).status_code == 405


def test_forms_need_their_csrf_token(world):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(times(world), {"horaire": world.at(9).isoformat()}).status_code == 403
    assert not Hold.objects.exists()


# --- Throttling ------------------------------------------------------------------------------------------------


def test_holds_are_counted_per_address(client, world, settings):
    settings.BOOKING_HOLDS_PER_ADDRESS = 2
    take(client, world)
    take(client, world, 9, 30)
    response = client.post(times(world), {"horaire": world.at(10).isoformat()})
    assert response.status_code == 429
    assert "secrétariat" in text(response)
    assert int(response["Retry-After"]) > 0
    assert Hold.objects.count() == 2
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post(times(world), {"horaire": world.at(10).isoformat()}).status_code == 302
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        take(client, world, 11)


def test_codes_are_counted_per_contact(client, world, settings):
    settings.BOOKING_CODES_PER_CONTACT = 1
    client.post(take(client, world), PERSON)
    here = take(client, world, 9, 30)
    response = client.post(here, {**PERSON, "given_name": "Anne"})
    assert response.status_code == 429
    assert "Trop de codes" in text(response)
    assert OutboxMessage.objects.count() == 1


# --- Cost ------------------------------------------------------------------------------------------------------


def test_query_count_does_not_grow(client, world):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(times(world)).status_code == 200
        return len(captured)

    few = count()
    for n in range(4):
        world.shift_on(DAY, doctor=make_doctor(f"Petit {n}", rhythm_minutes=15))
        world.shift_on(DAY + timedelta(days=n + 1))
    assert count() == few
