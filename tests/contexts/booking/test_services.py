"""What a patient writes, from the hold to the confirmation, and every refusal: what is refused changes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from releve.contexts.booking import queries, services
from releve.contexts.booking.models import Appointment, Hold, Occupation
from releve.contexts.booking.services import holds
from releve.contexts.patients.models import Patient
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Gone, Invalid, NotFound, Throttled
from releve.kernel.models import AuditEvent, OutboxMessage
from tests.factories.booking import NOW, make_contact, make_doctor, make_identity, make_world, soon

from .steps import PATIENT, book, confirm, fill, hold, sent_code

pytestmark = pytest.mark.django_db


# --- holds -----------------------------------------------------------------------------------------


def test_patient_books_from_hold_to_confirmation():
    world = make_world()
    booking = confirm(world)
    appointment = booking.appointment
    assert appointment.starts_at == world.at(9)
    assert appointment.patient.family_name == "Durand"
    assert not Hold.objects.exists()
    kinds = Occupation.objects.filter(appointment=appointment).values_list("resource_kind", flat=True)
    assert sorted(kinds) == [1] * 6 + [2] * 6 + [3] * 6
    assert queries.appointment_by_link(booking.manage_token).pk == appointment.pk
    assert AuditEvent.objects.filter(action="appointment.book", target_id=appointment.pk).count() == 1
    told = OutboxMessage.objects.filter(target_kind="appointment")
    assert {(m.channel, m.kind) for m in told} == {
        ("sms", "appointment-confirmed"),
        ("mail", "appointment-confirmed"),
        ("sms", "appointment-reminder"),
        ("mail", "appointment-reminder"),
    }
    assert all(m.useful_until <= appointment.starts_at for m in told)


def test_two_patients_want_one_time():
    world = make_world()
    hold(world)
    with pytest.raises(services.SlotTaken):
        hold(world)
    assert Hold.objects.count() == 1


def test_second_hold_goes_to_the_other_doctor():
    world = make_world()
    world.shift_on(doctor=make_doctor("Petit"))
    assert hold(world).hold.practitioner_id != hold(world).hold.practitioner_id


def test_expired_hold_gives_its_time_back_without_the_worker():
    world = make_world()
    first = hold(world)
    second = hold(world, now=soon(11))
    assert second.hold.starts_at == first.hold.starts_at
    with pytest.raises(Gone):
        queries.get_hold(first.token, soon(11))


def test_released_hold_frees_at_once():
    world = make_world()
    placed = hold(world)
    services.release_hold(token=placed.token, by=PATIENT, now=NOW)
    assert not Occupation.objects.exists()
    hold(world)


def test_purge_counts_only_the_expired():
    world = make_world()
    hold(world)
    hold(world, 10)
    assert services.purge_expired_holds(now=NOW) == 0
    assert services.purge_expired_holds(now=soon(10)) == 2
    assert not Occupation.objects.exists()


@pytest.mark.parametrize(
    ("minutes", "code"), [(-60 * 24 * 7, "shift-closed"), (3, "invalid"), (60 * 24 * 30, "shift-closed")]
)
def test_impossible_times_are_refused(minutes, code):
    world = make_world()
    with pytest.raises((Invalid, Gone)) as refusal:
        services.place_hold(
            site_id=world.site.pk,
            reason_id=world.reasons["first_visit"].pk,
            starts_at=world.at(9) + timedelta(minutes=minutes),
            by=PATIENT,
            now=NOW,
        )
    assert refusal.value.code == code
    assert not Hold.objects.exists()


def test_past_time_is_refused():
    world = make_world()
    with pytest.raises(Invalid) as refusal:
        hold(world, now=world.at(9, 30))
    assert refusal.value.code == "past"


def test_reason_of_another_practice_does_not_exist():
    world, other = make_world(), make_world("autre")
    with pytest.raises(NotFound):
        services.place_hold(
            site_id=world.site.pk,
            reason_id=other.reasons["child"].pk,
            starts_at=world.at(9),
            by=PATIENT,
            now=NOW,
        )


def test_desk_reason_is_refused_to_the_public():
    world = make_world()
    services.save_visit_reason(
        practice_id=world.practice.pk,
        reason_id=world.reasons["child"].pk,
        bookable_by="desk",
        by=SYSTEM,
        now=NOW,
    )
    with pytest.raises(Invalid) as refusal:
        hold(world, category="child")
    assert refusal.value.code == "reason-not-open"


def test_a_start_that_wastes_time_is_refused_to_the_public_not_to_the_desk():
    world = make_world()
    with pytest.raises(services.SlotTaken):
        hold(world, 9, 5)
    assert book(world, 9, 5).starts_at == world.at(9, 5)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads the shift under a lock")
def test_a_shift_cancelled_between_reading_and_writing_takes_no_hold(monkeypatch):
    world = make_world()
    find = holds.find_target

    def find_then_cancelled(**kw):
        target = find(**kw)
        type(world.shift).objects.filter(pk=world.shift.pk).update(status="cancelled")
        return target

    monkeypatch.setattr(holds, "find_target", find_then_cancelled)
    with pytest.raises(Gone) as refusal:
        hold(world)
    assert refusal.value.code == "shift-closed"
    assert not Hold.objects.exists()


# --- code ------------------------------------------------------------------------------------------


def test_wrong_code_keeps_the_hold_and_counts():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    wrong = "000000" if sent_code() != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(Invalid):
            services.confirm_hold(token=placed.token, code=wrong, by=PATIENT, now=NOW)
    with pytest.raises(Throttled):
        services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    assert Hold.objects.count() == 1
    assert not Appointment.objects.exists()


def test_no_code_asked_no_confirmation():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    with pytest.raises(Invalid) as refusal:
        services.confirm_hold(token=placed.token, code="", by=PATIENT, now=NOW)
    assert refusal.value.code == "no-code"


def test_three_codes_at_most_and_the_hold_does_not_live_for_ever():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    for _ in range(3):
        services.send_code(token=placed.token, channel="mail", by=PATIENT, now=NOW)
    with pytest.raises(Throttled):
        services.send_code(token=placed.token, channel="mail", by=PATIENT, now=NOW)
    assert Hold.objects.get().expires_at <= NOW + timedelta(minutes=30)


def test_code_by_sms_needs_a_mobile():
    world = make_world()
    placed = hold(world)
    fill(placed.token, contact=make_contact(phone="02 51 00 00 00", email=""))
    with pytest.raises(Invalid) as refusal:
        services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    assert refusal.value.code == "no-contact"


def test_confirming_twice_books_once():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    with pytest.raises(Gone):
        services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    assert Appointment.objects.count() == 1


def test_code_message_is_useless_after_ten_minutes_and_holds_no_name():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    message = OutboxMessage.objects.get(kind="booking-code")
    assert message.useful_until == soon(10)
    assert "Durand" not in message.body
    assert message.body.split()[0] not in Hold.objects.get().code_sha256


@pytest.mark.parametrize("change", ["practitioner", "status", "hours"])
def test_a_shift_changed_under_a_hold_is_not_confirmed(change):
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    if change == "practitioner":
        world.shift.practitioner = make_doctor("Petit")
    elif change == "status":
        world.shift.status = "cancelled"
    else:
        world.shift.starts_at = world.at(10)
    world.shift.save()
    with pytest.raises(Gone) as refusal:
        services.confirm_hold(token=placed.token, code=None, without_code=True, by=PATIENT, now=NOW)
    assert refusal.value.code == "shift-closed"
    assert not Appointment.objects.exists()


# --- identity --------------------------------------------------------------------------------------


def test_same_person_twice_is_one_patient():
    world = make_world()
    book(world, 9)
    book(world, 10)
    assert Patient.objects.count() == 1


def test_child_reason_refuses_an_adult():
    world = make_world()
    placed = hold(world, category="child")
    with pytest.raises(Invalid) as refusal:
        fill(placed.token)
    assert refusal.value.code == "too-old"
    fill(placed.token, identity=make_identity(birth_date=date(2020, 1, 1)))


def test_one_patient_cannot_be_in_two_places():
    world = make_world()
    world.shift_on(doctor=make_doctor("Petit"))
    book(world, 9)
    with pytest.raises(Conflict) as refusal:
        book(world, 9)
    assert refusal.value.code == "patient-busy"
    assert Appointment.objects.count() == 1


def test_online_patient_cannot_hoard(settings):
    settings.BOOKING_MAX_FUTURE_PER_PATIENT = 2
    world = make_world()
    confirm(world, hour=9)
    confirm(world, hour=10)
    with pytest.raises(Conflict) as refusal:
        confirm(world, hour=11)
    assert refusal.value.code == "too-many-appointments"
    assert Appointment.objects.count() == 2


def test_claim_to_be_known_is_for_the_desk_to_check():
    world = make_world()
    placed = hold(world, category="follow_up")
    fill(placed.token, declared_known=True)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    booking = services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    assert "à vérifier" in booking.appointment.desk_note


def test_the_limit_does_not_tell_how_many_visits_somebody_has(settings):
    settings.BOOKING_MAX_FUTURE_PER_PATIENT = 2
    world = make_world()
    confirm(world, hour=9)
    confirm(world, hour=10)
    with pytest.raises(Conflict) as refusal:
        confirm(world, hour=11)
    assert not any(character.isdigit() for character in refusal.value.message)


def test_a_hold_whose_time_is_gone_is_never_confirmed():
    """Whatever emptied it: an appointment without its time would let somebody else have the same."""
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    Occupation.objects.all().delete()
    with pytest.raises(Gone):
        services.confirm_hold(token=placed.token, code=None, without_code=True, by=PATIENT, now=NOW)
    assert not Appointment.objects.exists()
