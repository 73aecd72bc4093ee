"""An appointment once made: desk, link, the day itself. What is refused changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from releve.contexts.booking import queries, services
from releve.contexts.booking.links import manage_token
from releve.contexts.booking.models import Appointment, Occupation
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Gone, Invalid, NotFound
from releve.kernel.models import OutboxMessage
from tests.factories.booking import DAY, NOW, make_contact, make_doctor, make_identity, make_world

from .steps import PATIENT, book, confirm, hold

pytestmark = pytest.mark.django_db


# --- desk ------------------------------------------------------------------------------------------


def test_overbooking_needs_a_reason():
    world = make_world()
    book(world, 9)
    with pytest.raises(services.SlotTaken):
        book(world, 9, identity=make_identity("Autre"))
    second = book(world, 9, identity=make_identity("Autre"), overbook_reason="Fièvre, à voir ce matin")
    third = book(world, 9, identity=make_identity("Encore"), overbook_reason="Certificat")
    assert (second.lane, third.lane) == (1, 2)


def test_the_desk_writes_down_this_morning_but_not_yesterday():
    world = make_world()

    def write(now):
        return services.book_appointment(
            site_id=world.site.pk,
            reason_id=world.reasons["first_visit"].pk,
            starts_at=world.at(9),
            identity=make_identity(),
            contact=make_contact(),
            booked_by="desk",
            by=SYSTEM,
            now=now,
        )

    with pytest.raises(Invalid) as refusal:
        write(world.at(9) + timedelta(days=1))
    assert refusal.value.code == "past"
    assert not Occupation.objects.exists()
    assert write(world.at(18)).appointment.starts_at == world.at(9)


def test_an_overbooked_visit_that_runs_late_avoids_those_of_the_next_shift_of_the_room():
    world = make_world()
    afternoon = world.shift_on(start=12, end=15, doctor=make_doctor("Petit"), room=world.room)
    book(world, 12, shift_id=afternoon.pk, overbook_reason="Enfant fébrile")
    late = book(
        world, 11, 50, shift_id=world.shift.pk, overbook_reason="Retour", identity=make_identity("Moreau")
    )
    assert late.lane == 2


def test_desk_may_book_without_birth_date_or_phone():
    world = make_world()
    appointment = book(
        world, identity=make_identity(birth_date=None), contact=make_contact(phone="", email="")
    )
    assert appointment.patient.birth_date is None
    assert not OutboxMessage.objects.exists()


def test_move_keeps_length_and_frees_the_old_time():
    world = make_world()
    appointment = book(world, 9)
    services.move_appointment(appointment_id=appointment.pk, starts_at=world.at(10), by=SYSTEM, now=NOW)
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.ends_at) == (world.at(10), world.at(10, 30))
    assert appointment.sequence == 1
    book(world, 9, identity=make_identity("Autre"))


def test_move_by_five_minutes_over_itself():
    world = make_world()
    appointment = book(world, 9)
    services.move_appointment(appointment_id=appointment.pk, starts_at=world.at(9, 5), by=SYSTEM, now=NOW)
    assert Occupation.objects.filter(appointment=appointment).count() == 18


def test_move_onto_taken_time_changes_nothing():
    world = make_world()
    first = book(world, 9)
    second = book(world, 10, identity=make_identity("Autre"))
    with pytest.raises(services.SlotTaken):
        services.move_appointment(appointment_id=second.pk, starts_at=world.at(9), by=SYSTEM, now=NOW)
    second.refresh_from_db()
    assert second.starts_at == world.at(10)
    assert Occupation.objects.filter(appointment=first).count() == 18


def test_move_to_another_practice_shift_does_not_exist():
    world, other = make_world(), make_world("autre")
    appointment = book(world, 9)
    with pytest.raises(NotFound):
        services.move_appointment(
            appointment_id=appointment.pk, starts_at=world.at(10), shift_id=other.shift.pk, by=SYSTEM, now=NOW
        )


def test_two_secretaries_move_the_same_visit():
    world = make_world()
    appointment = book(world, 9)
    services.move_appointment(
        appointment_id=appointment.pk, starts_at=world.at(10), expected_sequence=0, by=SYSTEM, now=NOW
    )
    with pytest.raises(Conflict) as refusal:
        services.move_appointment(
            appointment_id=appointment.pk, starts_at=world.at(11), expected_sequence=0, by=SYSTEM, now=NOW
        )
    assert refusal.value.code == "changed-meanwhile"


def test_move_replaces_the_reminder():
    world = make_world()
    world.shift_on(day=DAY + timedelta(days=7))
    appointment = services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(9, day=DAY + timedelta(days=7)),
        identity=make_identity(),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
    ).appointment
    services.move_appointment(
        appointment_id=appointment.pk, starts_at=world.at(11, day=DAY + timedelta(days=7)), by=SYSTEM, now=NOW
    )
    pending = OutboxMessage.objects.filter(kind="appointment-reminder", status="pending", channel="sms")
    assert len(pending) == 1
    assert "11h" in pending[0].body


def test_cancel_frees_at_once_and_silences_reminders():
    world = make_world()
    appointment = book(world, 9)
    services.cancel_appointment(appointment_id=appointment.pk, cancelled_by="desk", by=SYSTEM, now=NOW)
    assert not Occupation.objects.exists()
    pending = OutboxMessage.objects.filter(status="pending").values_list("kind", flat=True)
    assert set(pending) == {"appointment-cancelled"}
    book(world, 9)
    with pytest.raises(Gone):
        services.cancel_appointment(appointment_id=appointment.pk, cancelled_by="desk", by=SYSTEM, now=NOW)


# --- links -----------------------------------------------------------------------------------------


def test_link_cancels_once():
    world = make_world()
    booking = confirm(world)
    services.cancel_by_link(token=booking.manage_token, by=PATIENT, now=NOW)
    with pytest.raises(Gone):
        services.cancel_by_link(token=booking.manage_token, by=PATIENT, now=NOW)


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "x" + t, lambda t: ""]
)
def test_forged_link_is_unknown(spoil):
    world = make_world()
    with pytest.raises(NotFound):
        queries.appointment_by_link(spoil(confirm(world).manage_token))


def test_replaced_link_is_gone():
    world = make_world()
    booking = confirm(world)
    Appointment.objects.update(link_version=2)
    with pytest.raises(Gone):
        queries.appointment_by_link(booking.manage_token)
    assert queries.appointment_by_link(manage_token(booking.appointment.public_id, 2))


def test_link_refuses_inside_the_notice():
    world = make_world()
    booking = confirm(world)
    with pytest.raises(Conflict) as refusal:
        services.cancel_by_link(token=booking.manage_token, by=PATIENT, now=world.at(8))
    assert refusal.value.code == "too-late"
    assert "+33" in refusal.value.message or "02" in refusal.value.message


def test_link_moves_through_a_hold():
    world = make_world()
    booking = confirm(world)
    placed = hold(world, 10, moves_appointment=booking.appointment)
    moved = services.confirm_hold(token=placed.token, code=None, without_code=True, by=PATIENT, now=NOW)
    assert moved.appointment.pk == booking.appointment.pk
    assert moved.appointment.starts_at == world.at(10)
    assert Occupation.objects.count() == 18
    hold(world, 9)


# --- the day ---------------------------------------------------------------------------------------


def test_a_visit_goes_through_the_day_and_back_one_step():
    world = make_world()
    appointment = book(world)
    day = world.at(9)
    for status in ("arrived", "in_progress", "fulfilled"):
        services.set_appointment_status(appointment_id=appointment.pk, status=status, by=SYSTEM, now=day)
    appointment.refresh_from_db()
    assert appointment.arrived_at == appointment.started_at == appointment.finished_at == day
    assert appointment.patient.first_seen_on == DAY
    services.set_appointment_status(appointment_id=appointment.pk, status="in_progress", by=SYSTEM, now=day)
    appointment.refresh_from_db()
    assert appointment.finished_at is None
    assert appointment.patient.first_seen_on is None


@pytest.mark.parametrize(
    ("start", "wrong"), [("booked", "fulfilled"), ("booked", "left"), ("cancelled", "booked")]
)
def test_steps_that_do_not_follow(start, wrong):
    world = make_world()
    appointment = book(world)
    if start == "cancelled":
        services.cancel_appointment(appointment_id=appointment.pk, cancelled_by="desk", by=SYSTEM, now=NOW)
    with pytest.raises(Conflict):
        services.set_appointment_status(
            appointment_id=appointment.pk, status=wrong, by=SYSTEM, now=world.at(9)
        )


def test_nobody_is_absent_before_the_day():
    world = make_world()
    with pytest.raises(Conflict) as refusal:
        services.set_appointment_status(appointment_id=book(world).pk, status="noshow", by=SYSTEM, now=NOW)
    assert refusal.value.code == "not-yet"


@pytest.mark.parametrize(
    ("zone", "hour", "asked", "allowed"),
    [
        # 21 h in Cayenne is already tomorrow in UTC: the visit of 21 h 30 is of today.
        ("America/Cayenne", 21, (21, 0), True),
        # 1 h in Saint-Denis is still yesterday in UTC: at 23 h the evening before, the visit is of tomorrow.
        ("Indian/Reunion", 1, (-1, 0), False),
    ],
)
def test_the_day_of_a_visit_is_the_day_of_the_site(zone, hour, asked, allowed):
    world = make_world(time_zone=zone)
    start = world.at(hour)
    world.shift = world.shift_on(
        doctor=make_doctor("Petit"), starts_at=start, ends_at=start + timedelta(hours=2)
    )
    appointment = services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=start + timedelta(minutes=30),
        shift_id=world.shift.pk,
        identity=make_identity(),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
    ).appointment
    now = world.at(0) + timedelta(hours=asked[0], minutes=asked[1])

    def absent():
        return services.set_appointment_status(
            appointment_id=appointment.pk, status="noshow", by=SYSTEM, now=now
        )

    if allowed:
        assert absent().status == "noshow"
    else:
        with pytest.raises(Conflict):
            absent()


def test_nobody_arrives_before_the_day():
    world = make_world()
    with pytest.raises(Conflict) as refusal:
        services.set_appointment_status(appointment_id=book(world).pk, status="arrived", by=SYSTEM, now=NOW)
    assert refusal.value.code == "not-yet"


# --- shifts under appointments -----------------------------------------------------------------------


def test_appointments_follow_the_new_practitioner():
    world = make_world()
    appointment = book(world)
    other = make_doctor("Petit")
    world.shift.practitioner = other
    world.shift.save()
    assert services.rehome_shift_appointments(shift_id=world.shift.pk, by=SYSTEM, now=NOW) == 1
    assert Occupation.objects.filter(resource_kind=1, resource_id=other.pk).count() == 6
    appointment.refresh_from_db()
    assert appointment.practitioner_id == other.pk


# --- programs ----------------------------------------------------------------------------------------


def test_same_key_same_answer():
    calls = []

    def action():
        calls.append(1)
        return 201, {"n": len(calls)}

    first = services.answer_once(scope="s", key="k", request="r", now=NOW, action=action)
    second = services.answer_once(scope="s", key="k", request="r", now=NOW, action=action)
    assert (first.body, first.replayed) == ({"n": 1}, False)
    assert (second.body, second.replayed) == ({"n": 1}, True)
    with pytest.raises(Conflict):
        services.answer_once(scope="s", key="k", request="other", now=NOW, action=action)
    services.answer_once(scope="another", key="k", request="other", now=NOW, action=action)
    assert len(calls) == 2


def test_a_refused_action_keeps_no_answer():
    def refused():
        raise Conflict("non")

    with pytest.raises(Conflict):
        services.answer_once(scope="s", key="k", request="r", now=NOW, action=refused)
    services.answer_once(scope="s", key="k", request="r", now=NOW, action=lambda: (201, {}))


@pytest.mark.parametrize(
    "bad", [{"duration_minutes": 17}, {"duration_minutes": 0}, {"label": " "}, {"colour": 1}]
)
def test_bad_reason_settings(bad):
    world = make_world()
    with pytest.raises(Invalid):
        services.save_visit_reason(
            practice_id=world.practice.pk, reason_id=world.reasons["child"].pk, by=SYSTEM, now=NOW, **bad
        )
