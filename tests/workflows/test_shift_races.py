"""A patient books while the shift under the visit is cancelled or given to somebody else: nobody is lost."""

from __future__ import annotations

import pytest

from releve.contexts.booking import services as booking
from releve.contexts.booking.models import Appointment
from releve.contexts.rostering.models import Shift
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import DomainError
from releve.workflows import shift_changes
from tests.contexts.rostering.test_concurrency import together
from tests.factories.booking import NOW, make_contact, make_identity, make_world
from tests.factories.practitioners import make_practitioner

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6


def book(world, shift):
    return booking.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["follow_up"].pk,
        starts_at=shift.starts_at,
        shift_id=shift.pk,
        identity=make_identity(),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
    )


def test_cancelling_and_booking_exclude_each_other():
    world = make_world()
    for hour in range(9, 9 + ROUNDS):
        Shift.objects.filter(pk=world.shift.pk).delete()
        shift = world.shift_on(start=hour, end=hour + 1, room=world.room)
        booked, cancelled = together(
            lambda s=shift: book(world, s),
            lambda s=shift: shift_changes.cancel_shift_safely(
                shift_id=s.pk, reason="Verglas", by=SYSTEM, now=NOW
            ),
        )
        assert isinstance(booked, DomainError) != isinstance(cancelled, DomainError), (booked, cancelled)
        shift.refresh_from_db()
        live = Appointment.objects.filter(shift=shift, status="booked").count()
        assert (shift.status, live) in (("cancelled", 0), ("confirmed", 1))


def test_reassigning_and_booking_end_with_the_same_practitioner():
    world = make_world()
    Shift.objects.filter(pk=world.shift.pk).delete()
    for hour in range(9, 9 + ROUNDS):
        colleague = make_practitioner(practice=world.practice)
        shift = world.shift_on(start=hour, end=hour + 1, room=world.room)
        _, moved = together(
            lambda s=shift: book(world, s),
            lambda s=shift, c=colleague: shift_changes.reassign_shift_safely(
                shift_id=s.pk, practitioner_id=c.pk, by=SYSTEM, now=NOW
            ),
        )
        assert isinstance(moved, Shift), moved
        for appointment in Appointment.objects.filter(shift=shift):
            assert appointment.practitioner_id == colleague.pk
