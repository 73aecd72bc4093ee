"""One shift: forms, drags, answers; every refusal changes nothing and loses nothing typed."""

from datetime import date, time

import pytest

from releve.contexts.rostering import services
from releve.contexts.rostering.models import Shift
from releve.kernel.audit import SYSTEM
from tests.factories.practices import NOW, make_practice, make_site
from tests.factories.practitioners import make_practitioner
from tests.factories.rostering import DAY, make_shift


def form(**changes):
    return {
        "day": "2026-03-04",
        "starts": "09:00",
        "ends": "12:00",
        "kind": "consultation",
        "room": "",
        "practitioner": "",
        "bookable": "on",
        "note": "",
        **changes,
    }


def drag(place, shift, **changes):
    data = {"day": "2026-03-05", "starts": "10:00", "ends": "13:00", "expected_version": shift.version}
    return place.client.post(
        place.url("shift", shift.pk), {**data, **changes}, content_type="application/json"
    )


def test_create_without_anybody_publishes_a_need(place):
    response = place.client.post(place.url("shift_new"), form(site=place.site.slug, status=""))
    assert response.status_code == 302
    shift = Shift.objects.get()
    assert (shift.status, shift.practitioner_id, shift.day) == ("open", None, DAY)


def test_create_a_proposal_for_somebody(place):
    place.client.post(
        place.url("shift_new"), form(site=place.site.slug, practitioner=place.doctor.pk, status="proposed")
    )
    assert Shift.objects.get().status == "proposed"


def test_refused_creation_keeps_what_was_typed_and_says_why(place):
    make_shift(place.site, practitioner=place.doctor)
    data = form(site=place.site.slug, practitioner=place.doctor.pk, note="Clé à la mairie")
    response = place.client.post(place.url("shift_new"), data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Clé à la mairie" in page
    assert "Déjà pris" in page
    assert Shift.objects.count() == 1


def test_past_day_is_refused(place):
    response = place.client.post(place.url("shift_new"), form(site=place.site.slug, day="2026-03-01"))
    assert response.status_code == 409
    assert not Shift.objects.exists()


def test_night_of_the_clock_change_is_refused(place):
    response = place.client.post(
        place.url("shift_new"), form(site=place.site.slug, day="2026-03-29", starts="02:15", ends="03:30")
    )
    assert response.status_code == 422
    assert "changement d’heure" in response.content.decode()


def test_edit_alone(place):
    shift = make_shift(place.site)
    response = place.client.post(
        place.url("shift", shift.pk),
        form(starts="14:00", ends="18:00", room=place.room.pk, note="Salle du fond", expected_version=1),
    )
    assert response.status_code == 302
    shift.refresh_from_db()
    assert (shift.half_day, shift.room_id, shift.note, shift.version) == (
        "afternoon",
        place.room.pk,
        "Salle du fond",
        2,
    )


def test_edit_of_a_stale_page_is_refused_and_kept(place):
    shift = make_shift(place.site)
    services.edit_shift(shift_id=shift.pk, expected_version=1, note="Déjà changé", by=SYSTEM, now=NOW)
    response = place.client.post(place.url("shift", shift.pk), form(note="Ma remarque", expected_version=1))
    assert response.status_code == 409
    assert "Ma remarque" in response.content.decode()
    shift.refresh_from_db()
    assert shift.note == "Déjà changé"


def test_form_without_version_is_refused(place):
    shift = make_shift(place.site)
    response = place.client.post(place.url("shift", shift.pk), form(note="Sans version"))
    assert response.status_code == 409


def test_drag_moves_and_gives_the_new_version(place):
    shift = make_shift(place.site)
    answer = drag(place, shift)
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    assert answer.json()["start"] == "2026-03-05T10:00:00"
    shift.refresh_from_db()
    assert shift.day == date(2026, 3, 5)


def test_refused_drag_gives_reasons_and_changes_nothing(place):
    shift = make_shift(place.site, practitioner=place.doctor)
    make_shift(place.site, practitioner=place.doctor, day=date(2026, 3, 5))
    answer = drag(place, shift)
    assert answer.status_code == 409
    assert "Déjà pris" in answer.json()["reasons"][0]["message"]
    shift.refresh_from_db()
    assert (shift.day, shift.version) == (DAY, 1)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '{"day": "2026-03-05"}',
        '{"day": "2026-03-05", "starts": "10:00", "ends": "13:00", "expected_version": true}',
        '{"day": "2026-03-05", "starts": "10:00", "ends": "13:00", "expected_version": "1"}',
        '{"day": "2026-03-05", "starts": "10:00", "ends": "13:00", "expected_version": 1, "status": "held"}',
        '{"day": 5, "starts": "10:00", "ends": "13:00", "expected_version": 1}',
        '{"note": "' + "x" * 5000 + '"}',
    ],
)
def test_malformed_drag_is_refused(place, body):
    shift = make_shift(place.site)
    answer = place.client.post(place.url("shift", shift.pk), body, content_type="application/json")
    assert answer.status_code == 422
    shift.refresh_from_db()
    assert shift.version == 1


def test_shift_of_another_practice_does_not_exist_here(place):
    foreign = make_shift(make_site(make_practice()))
    assert place.client.get(place.url("shift", foreign.pk)).status_code == 404
    assert drag(place, foreign).status_code == 404


def test_two_practices_of_one_person_are_not_mixed_in_an_address(place):
    from tests.factories.accounts import grant, make_user

    other = make_site(make_practice())
    shift = make_shift(other)
    person = make_user("Deux cabinets")
    grant(person, "secretary", practice=place.practice)
    grant(person, "secretary", practice=other.practice)
    place.client.force_login(person)
    assert place.client.get(place.url("shift", shift.pk)).status_code == 404


def test_cancel_needs_a_reason_then_reopen(place):
    shift = make_shift(place.site)
    assert place.client.post(place.url("shift_cancel", shift.pk), {"reason": " "}).status_code == 422
    assert place.client.post(place.url("shift_cancel", shift.pk), {"reason": "Neige"}).status_code == 302
    shift.refresh_from_db()
    assert (shift.status, shift.cancel_reason) == ("cancelled", "Neige")
    assert "Neige" in place.client.get(place.url("shift", shift.pk)).content.decode()
    place.client.post(place.url("shift_act", shift.pk), {"action": "rouvrir"})
    shift.refresh_from_db()
    assert shift.status == "open"


@pytest.mark.parametrize(("action", "status"), [("accepter", "confirmed"), ("refuser", "open")])
def test_answer_to_a_proposal(place, action, status):
    shift = make_shift(place.site, practitioner=place.doctor, status="proposed")
    assert "attend votre réponse" in place.client.get(place.url("shift", shift.pk)).content.decode()
    place.client.post(place.url("shift_act", shift.pk), {"action": action})
    shift.refresh_from_db()
    assert shift.status == status


def test_answer_given_twice_is_refused_with_words(place):
    shift = make_shift(place.site, practitioner=place.doctor, status="proposed")
    place.client.post(place.url("shift_act", shift.pk), {"action": "accepter"})
    response = place.client.post(place.url("shift_act", shift.pk), {"action": "accepter"})
    assert response.status_code == 409
    assert "déjà reçu une réponse" in response.content.decode()


def test_unknown_action_is_refused(place):
    shift = make_shift(place.site)
    assert place.client.post(place.url("shift_act", shift.pk), {"action": "supprimer"}).status_code == 422


def test_several_people_at_once_each_line_alone(place):
    first = make_shift(place.site)
    second = make_shift(place.site, starts=time(10), ends=time(13))
    other = make_practitioner(practice=place.practice)
    response = place.client.post(
        place.url("place"),
        {f"vacation-{first.pk}": place.doctor.pk, f"vacation-{second.pk}": place.doctor.pk},
    )
    page = response.content.decode()
    assert response.status_code == 409
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.practitioner_id, second.status) == (place.doctor.pk, "open")
    assert "Déjà pris" in page
    response = place.client.post(place.url("place"), {f"vacation-{second.pk}": other.pk, "mode": "proposer"})
    second.refresh_from_db()
    assert (response.status_code, second.status) == (200, "proposed")


def test_place_page_says_what_each_person_said(place):
    make_shift(place.site)
    services.set_availability(
        practitioner_id=place.doctor.pk, entries=[(DAY, "morning", "if_needed")], by=SYSTEM, now=NOW
    )
    assert "Dr Claire Martin\u00a0: si besoin" in place.client.get(place.url("place")).content.decode()


def test_place_ignores_shifts_of_others(place):
    foreign = make_shift(make_site(make_practice()))
    place.client.post(place.url("place"), {f"vacation-{foreign.pk}": place.doctor.pk})
    foreign.refresh_from_db()
    assert foreign.status == "open"


def test_place_without_choice_says_so(place):
    make_shift(place.site)
    assert "Personne n’est choisi" in place.client.post(place.url("place"), {}).content.decode()
