"""Booking by phone: four actions from a name typed once, refusals that keep what was typed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import resolve

from releve.contexts.booking.models import Appointment
from releve.contexts.patients.models import Patient
from releve.kernel.models import OutboxMessage
from releve.web.desk.patients_forms import read_person
from tests.factories.booking import make_world
from tests.factories.patients import make_patient

START = "2026-03-04T09:00:00Z"  # 10 h in Paris


@pytest.mark.parametrize(
    ("typed", "family", "given"),
    [
        ("Durand Paul", "Durand", "Paul"),
        ("durand paul", "Durand", "Paul"),
        ("Paul DURAND", "Durand", "Paul"),
        ("de la Tour Marie", "de la Tour", "Marie"),
        ("LE GALL Anne-Marie", "le Gall", "Anne-Marie"),
        ("durand", "Durand", ""),
        ("Durand Paul 12/03/1950 06 39 98 12 34", "Durand", "Paul"),
        ("12/03/1950", "", ""),
        ("", "", ""),
    ],
)
def test_a_typed_line_becomes_a_person(typed, family, given):
    person = read_person(typed)
    assert (person.family_name, person.given_name) == (family, given)


def test_a_typed_line_keeps_the_date_and_the_phone():
    person = read_person("Durand Paul 12/03/1950 06 39 98 12 34")
    assert (person.birth_date.isoformat(), person.phone) == ("1950-03-12", "0639981234")


def _choose(desk, **data):
    response = desk.client.post(f"{desk.root}rendez-vous/", data)
    assert response.status_code == 302
    return response["Location"]


def _form(desk, **fields):
    reason = desk.world.reasons["first_visit"].pk
    return {
        "creneau": desk.slot(10),
        "reason": reason,
        "family_name": "Durand",
        "given_name": "Paul",
        "birth_date": "12/03/1950",
        "phone": "06 39 98 12 34",
        **fields,
    }


def test_search_keeps_names_out_of_addresses(desk):
    make_patient(desk.world.practice, family_name="Durand", given_name="Lucie")
    response = desk.client.post(f"{desk.root}patients/", {"q": "durand paul"})
    assert "durand" not in response["Location"].lower()
    page = desk.client.get(response["Location"]).content.decode()
    assert "Nouveau\u00a0: <strong>DURAND Paul</strong>" in page.replace("Nouveau :", "Nouveau\u00a0:")
    assert "DURAND Lucie" not in page  # "paul" does not match her
    page = desk.client.post(f"{desk.root}patients/propositions/", {"q": "dura"}).content.decode()
    assert "DURAND Lucie" in page


def test_search_never_finds_the_patients_of_another_practice(desk):
    make_patient(make_world("ailleurs").practice, family_name="Lointain", given_name="Paul")
    page = desk.client.post(f"{desk.root}patients/propositions/", {"q": "lointain"}).content.decode()
    assert "Fiche" not in page


@pytest.mark.parametrize("typed", ["'; DROP TABLE", "%%%", "<script>alert(1)</script>", "a" * 5000, "\x00é"])
def test_hostile_search_is_only_text(desk, typed):
    response = desk.client.post(f"{desk.root}patients/propositions/", {"q": typed})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()


def test_new_patient_in_four_actions(desk):
    # 1. a name; 2. "Nouveau" carries it; 3. a time; 4. confirm.
    times = _choose(desk, q="Durand Paul 12/03/1950")
    page = desk.client.get(times).content.decode()
    assert "Première consultation" in page.split("selected")[1][:120]
    chosen = f"{times}?vacation={desk.world.shift.pk}&debut={START}"
    form = desk.client.get(chosen).content.decode()
    assert 'value="Durand"' in form
    assert 'value="12/03/1950"' in form
    done = desk.client.post(times, _form(desk), follow=True)
    appointment = Appointment.objects.select_related("patient").get()
    assert done.redirect_chain[-1][0] == f"{desk.day}#rdv-{appointment.pk}"
    assert appointment.patient.display_name == "DURAND Paul"
    assert appointment.booked_by == "desk"
    assert "SMS au 06" in done.content.decode()
    assert OutboxMessage.objects.filter(kind="appointment-confirmed", channel="sms").exists()


def test_known_patient_is_offered_a_follow_up_with_their_phone(desk):
    patient = make_patient(desk.world.practice, family_name="Petit", given_name="Anne")
    Patient.objects.filter(pk=patient.pk).update(first_seen_on="2025-01-01")
    times = _choose(desk, patient_id=patient.pk)
    page = desk.client.get(times).content.decode()
    assert "Consultation de suivi" in page.split("selected")[1][:120]
    form = desk.client.get(f"{times}?vacation={desk.world.shift.pk}&debut={START}").content.decode()
    assert "06\u00a039\u00a098" in form
    assert "family_name" not in form
    reason = desk.world.reasons["follow_up"].pk
    assert desk.client.post(times, {"creneau": desk.slot(10), "reason": reason}).status_code == 302
    assert Appointment.objects.get().patient_id == patient.pk


def test_the_time_of_a_plus_is_carried_to_the_form(desk):
    address = f"{desk.root}rendez-vous/?vacation={desk.world.shift.pk}&debut={START}"
    page = desk.client.get(address).content.decode()
    assert f'name="debut" value="{START}"' in page
    chosen = _choose(desk, q="Durand Paul", vacation=desk.world.shift.pk, debut=START)
    assert "debut=" in chosen
    assert "Confirmer" in desk.client.get(chosen).content.decode()
    searched = desk.client.post(
        f"{desk.root}patients/", {"q": "durand", "vacation": desk.world.shift.pk, "debut": START}
    )
    assert f'value="{START}"' in desk.client.get(searched["Location"]).content.decode()


def test_taken_time_keeps_everything_typed_and_one_click_books_another(desk):
    times = _choose(desk, q="Durand Paul")
    desk.book(10, name="Rapide", given="Jean")
    refused = desk.client.post(times, _form(desk, desk_note="Vient en taxi"))
    page = refused.content.decode()
    assert refused.status_code == 409
    assert 'value="Vient en taxi"' in page
    assert 'value="06 39 98 12 34"' in page
    assert f'name="creneau" value="{desk.slot(10, 15)}"' in page
    assert Appointment.objects.count() == 1
    assert desk.client.post(times, _form(desk, creneau=desk.slot(10, 15))).status_code == 302


def test_overbook_only_with_the_box_and_a_reason(desk):
    times = _choose(desk, q="Durand Paul")
    desk.book(10, name="Rapide", given="Jean")
    assert desk.client.post(times, _form(desk, overbook_reason="Urgent")).status_code == 409
    assert desk.client.post(times, _form(desk, overbook="on", overbook_reason=" ")).status_code == 422
    done = desk.client.post(times, _form(desk, overbook="on", overbook_reason="Envoyé par la pharmacie"))
    assert done.status_code == 302
    assert Appointment.objects.filter(lane=1, overbook_reason="Envoyé par la pharmacie").exists()
    assert "en plus" in desk.client.get(desk.day).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"family_name": ""}, "Ce champ est nécessaire"),
        ({"birth_date": "31/02/1950"}, "Écrivez la date comme"),
        ({"birth_date": "12/03/2050"}, "dans le futur"),
        ({"phone": "12"}, "téléphone"),
        ({"email": "paul@"}, "adresse mail"),
        ({"reason": "999999"}, "Rien n’est encore enregistré"),
    ],
)
def test_faulty_fields_are_said_and_nothing_is_booked(desk, fields, said):
    times = _choose(desk, q="Durand Paul")
    refused = desk.client.post(times, _form(desk, **fields))
    assert refused.status_code in (409, 422)
    assert said in refused.content.decode()
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("slot", ["", "abc", "1@hier", "@2026-03-04T09:00:00Z", "9" * 20 + f"@{START}"])
def test_unreadable_times_are_refused(desk, slot):
    times = _choose(desk, q="Durand Paul")
    assert desk.client.post(times, _form(desk, creneau=slot)).status_code == 422


def test_shift_of_another_practice_does_not_exist(desk):
    elsewhere = make_world("ailleurs").shift
    times = _choose(desk, q="Durand Paul")
    answer = desk.client.post(times, _form(desk, creneau=f"{elsewhere.pk}@{START}"))
    assert answer.status_code == 404
    assert desk.client.get(f"{times}?vacation={elsewhere.pk}&debut={START}").status_code == 404


def test_patient_of_another_practice_cannot_be_chosen(desk):
    stranger = make_patient(make_world("ailleurs").practice)
    assert desk.client.post(f"{desk.root}rendez-vous/", {"patient_id": stranger.pk}).status_code == 404
    assert desk.client.post(f"{desk.root}rendez-vous/", {"patient_id": "x"}).status_code == 422


def test_a_draft_belongs_to_its_session_and_ends_when_booked(desk):
    times = _choose(desk, q="Durand Paul")
    other = Client()
    other.force_login(desk.secretary)
    assert other.get(times).status_code == 410
    booked = desk.client.post(times, _form(desk))
    again = desk.client.post(times, _form(desk))  # a double click books once and leads to the same place
    assert booked["Location"] == again["Location"]
    assert Appointment.objects.count() == 1


def test_nothing_free_shows_the_way_out(desk):
    desk.world.shift.delete()
    page = desk.client.get(_choose(desk, q="Durand Paul")).content.decode()
    assert "Aucun horaire libre" in page
    assert "116\u00a0117" in page


@pytest.mark.parametrize("query", ["?motif=999999", "?motif=x", "?a_partir=hier", "?a_partir=1900-01-01"])
def test_hostile_filters_fall_back(desk, query):
    assert desk.client.get(_choose(desk, q="Durand Paul") + query).status_code == 200


def test_routes_are_where_the_navigation_says(desk):
    assert resolve(f"{desk.root}jour/").url_name == "today"
    assert resolve(f"{desk.root}patients/").url_name == "patients"


@pytest.mark.parametrize("shifts", [1, 3])
def test_query_count_of_the_times_does_not_grow(desk, django_assert_num_queries, shifts):
    from datetime import timedelta

    from tests.factories.booking import DAY

    for number in range(1, shifts):
        desk.world.shift_on(day=DAY + timedelta(days=number))
    times = _choose(desk, q="Durand Paul")
    desk.client.get(times)
    with django_assert_num_queries(12):
        desk.client.get(times)
