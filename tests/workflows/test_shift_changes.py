"""A shift that holds appointments: they follow, or the change is refused and nothing moves."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from releve.contexts.booking import services as booking
from releve.contexts.booking.models import Appointment
from releve.contexts.rostering import services as rostering
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, DomainError
from releve.workflows import shift_changes
from releve.workflows.background import hold_past_shifts
from tests.factories.booking import NOW, make_contact, make_identity, make_world
from tests.factories.practitioners import make_member, make_practitioner

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def colleague(world):
    return make_practitioner(practice=world.practice)


def book(world, hour: int, minute: int = 0):
    return booking.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["follow_up"].pk,
        starts_at=world.at(hour, minute),
        shift_id=world.shift.pk,
        identity=make_identity(f"Durand{hour}".replace("1", "b").replace("0", "o").replace("9", "n")),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
    ).appointment


def edit(world, **changes):
    world.shift.refresh_from_db()
    return shift_changes.edit_shift_safely(
        shift_id=world.shift.pk, expected_version=world.shift.version, by=SYSTEM, now=NOW, **changes
    )


def unchanged(world) -> bool:
    before = (world.shift.version, world.shift.starts_at, world.shift.ends_at, world.shift.status)
    world.shift.refresh_from_db()
    return before == (world.shift.version, world.shift.starts_at, world.shift.ends_at, world.shift.status)


@pytest.fixture
def member(world):
    """The doctor of the world, in the team: rostering judges the person again when hours change."""
    make_member(world.practice, world.doctor)
    return world.doctor


def test_without_appointments_everything_goes_through(world, member, colleague):
    assert edit(world, starts=time(10)).version == 2
    assert (
        shift_changes.reassign_shift_safely(
            shift_id=world.shift.pk, practitioner_id=colleague.pk, by=SYSTEM, now=NOW
        ).practitioner_id
        == colleague.pk
    )
    assert shift_changes.release_shift_safely(shift_id=world.shift.pk, by=SYSTEM, now=NOW).status == "open"
    gone = shift_changes.cancel_shift_safely(shift_id=world.shift.pk, reason="Verglas", by=SYSTEM, now=NOW)
    assert gone.status == "cancelled"


def test_a_visit_that_runs_late_is_not_left_behind_when_the_day_changes(world, member):
    late = booking.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["follow_up"].pk,
        starts_at=world.at(11, 55),
        shift_id=world.shift.pk,
        identity=make_identity(),
        contact=make_contact(),
        booked_by="desk",
        overbook_reason="Enfant fébrile",
        by=SYSTEM,
        now=NOW,
    ).appointment
    assert late.ends_at > world.shift.ends_at
    with pytest.raises(Conflict) as refusal:
        edit(world, day=world.shift.day + timedelta(days=1))
    assert refusal.value.code == "appointments-outside"
    assert unchanged(world)
    assert edit(world, starts=time(8)).version == 2


def test_hours_that_leave_an_appointment_outside_are_refused(world, member):
    kept = book(world, 9)
    with pytest.raises(Conflict) as caught:
        edit(world, starts=time(10))
    assert caught.value.code == "appointments-outside"
    assert [r.message for r in caught.value.reasons] == ["Rendez-vous de 9\u00a0h"]
    assert caught.value.details["appointment_ids"] == [kept.pk]
    assert "Durand" not in caught.value.message
    assert unchanged(world)
    assert edit(world, ends=time(13)).version == 2


def test_a_shift_with_patients_is_neither_cancelled_nor_given_back(world, member):
    book(world, 9)
    book(world, 10)
    who = {"shift_id": world.shift.pk, "by": SYSTEM, "now": NOW}
    for change in (
        lambda: shift_changes.cancel_shift_safely(**who, reason="Verglas"),
        lambda: shift_changes.release_shift_safely(**who),
        lambda: edit(world, practitioner_id=None),
        lambda: edit(world, status="proposed"),
        lambda: edit(world, kind="intern", practitioner_id=world.doctor.pk),
    ):
        with pytest.raises(DomainError) as caught:
            change()
        assert caught.value.code in ("shift-has-appointments", "wrong-profession")
        assert unchanged(world)
    with pytest.raises(Conflict, match="2 rendez-vous s’y trouvent encore"):
        shift_changes.cancel_shift_safely(**who, reason="Verglas")


def test_appointments_follow_another_practitioner_and_another_room(world, member, colleague):
    kept = book(world, 9)
    room = world.site.rooms.create(name="Salle 2")
    shift_changes.reassign_shift_safely(
        shift_id=world.shift.pk, practitioner_id=colleague.pk, by=SYSTEM, now=NOW
    )
    kept.refresh_from_db()
    assert kept.practitioner_id == colleague.pk
    edit(world, room_id=room.pk)
    kept.refresh_from_db()
    assert kept.room_id == room.pk
    # The former doctor's time is free again, the new one's is taken.
    world.shift_on(start=14, end=17, doctor=world.doctor)
    with pytest.raises(Conflict):
        rostering.create_shift(
            site_id=world.site.pk,
            day=world.shift.day,
            starts=time(9),
            ends=time(10),
            kind="consultation",
            practitioner_id=colleague.pk,
            by=SYSTEM,
            now=NOW,
        )


def test_a_cancelled_appointment_is_in_nobody_s_way(world, member):
    kept = book(world, 9)
    booking.cancel_appointment(
        appointment_id=kept.pk, reason="", cancelled_by="desk", by=SYSTEM, now=NOW + timedelta(minutes=1)
    )
    gone = shift_changes.cancel_shift_safely(shift_id=world.shift.pk, reason="Verglas", by=SYSTEM, now=NOW)
    assert gone.status == "cancelled"
    assert Appointment.objects.get(pk=kept.pk).status == "cancelled"


def test_the_worker_holds_yesterday_s_shifts_and_leaves_today_s_on_the_board(world):
    assert hold_past_shifts(world.shift.ends_at + timedelta(hours=2)) == 0
    assert hold_past_shifts(world.shift.ends_at + timedelta(hours=14)) == 1
    world.shift.refresh_from_db()
    assert world.shift.status == "held"
