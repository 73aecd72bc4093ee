"""Changing a shift without losing its patients: rostering changes the shift, booking keeps its appointments.

Everything happens in one transaction, under the lock of the shift's row. A booking that arrives meanwhile
either was written before the lock, and is seen here, or waits and then finds the shift changed
(docs/architecture/locking.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from releve.contexts.booking import queries as booking
from releve.contexts.booking.queries import ActiveAppointment
from releve.contexts.booking.services import rehome_shift_appointments, release_shift_holds
from releve.contexts.rostering import services as rostering
from releve.contexts.rostering.enums import ShiftStatus
from releve.contexts.rostering.models import Shift
from releve.contexts.rostering.rules import time_text
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Reason

MAX_NAMED = 12


@transaction.atomic
def edit_shift_safely(
    *, shift_id: int, expected_version: int | None, by: Actor, now: datetime, **changes: Any
) -> Shift:
    """`rostering.services.edit_shift`, refusing hours that leave an appointment outside.

    Appointments follow a change of practitioner or room. Conflict `appointments-outside`, or
    `shift-has-appointments` when the shift would stay without a practitioner or change its kind.
    """
    before = rostering.lock_shift(shift_id)
    old = (before.practitioner_id, before.room_id)
    was = (before.kind, before.status)
    hours = (before.starts_at, before.ends_at)
    shift = rostering.edit_shift(
        shift_id=shift_id, expected_version=expected_version, by=by, now=now, **changes
    )
    if (shift.practitioner_id, shift.room_id, shift.kind, shift.status, shift.starts_at, shift.ends_at) != (
        *old,
        *was,
        *hours,
    ):
        # Someone still typing a name is shown fresh times; nobody is confirmed in a time that moved.
        release_shift_holds(shift_id=shift_id)
    kept = booking.active_appointments_of_shift(shift_id)
    if not kept:
        return shift
    outside = [a for a in kept if a.starts_at < shift.starts_at or a.ends_at > shift.ends_at]
    outside = _new_ones(outside, before, shift)
    if outside:
        raise _refusal(
            "appointments-outside",
            "Ces heures laisseraient des rendez-vous en dehors de la vacation\u00a0: déplacez-les d’abord.",
            outside,
            shift,
        )
    if shift.status not in (ShiftStatus.CONFIRMED, ShiftStatus.HELD) and shift.status != was[1]:
        raise _in_the_way("devenir «\u00a0à pourvoir\u00a0» ou «\u00a0proposée\u00a0»", kept, shift)
    if shift.kind != was[0]:
        raise _in_the_way("changer de type", kept, shift)
    if (shift.practitioner_id, shift.room_id) != old:
        rehome_shift_appointments(shift_id=shift_id, by=by, now=now)
    return shift


@transaction.atomic
def reassign_shift_safely(
    *, shift_id: int, practitioner_id: int, expected_version: int | None = None, by: Actor, now: datetime
) -> Shift:
    """Another practitioner comes instead: the appointments are carried to that person, or nothing changes."""
    rostering.lock_shift(shift_id)
    shift = rostering.assign_practitioner(
        shift_id=shift_id,
        practitioner_id=practitioner_id,
        replace=True,
        expected_version=expected_version,
        by=by,
        now=now,
    )
    release_shift_holds(shift_id=shift_id)
    rehome_shift_appointments(shift_id=shift_id, by=by, now=now)
    return shift


@transaction.atomic
def cancel_shift_safely(
    *, shift_id: int, reason: str, expected_version: int | None = None, by: Actor, now: datetime
) -> Shift:
    """Cancel a shift that has no appointment left. Conflict `shift-has-appointments` lists those to move
    first."""
    shift = rostering.lock_shift(shift_id)
    _refuse_with_patients("être annulée", shift)
    release_shift_holds(shift_id=shift_id)
    return rostering.cancel_shift(
        shift_id=shift_id, reason=reason, expected_version=expected_version, by=by, now=now
    )


@transaction.atomic
def release_shift_safely(
    *, shift_id: int, expected_version: int | None = None, by: Actor, now: datetime
) -> Shift:
    """Give a shift back: refused while patients have an appointment in it (reassign it instead)."""
    shift = rostering.lock_shift(shift_id)
    _refuse_with_patients("être rendue", shift)
    release_shift_holds(shift_id=shift_id)
    return rostering.release_shift(shift_id=shift_id, expected_version=expected_version, by=by, now=now)


def _refuse_with_patients(what: str, shift: Shift) -> None:
    kept = booking.active_appointments_of_shift(shift.pk)
    if kept:
        raise _in_the_way(what, kept, shift)


def _new_ones(outside: list[ActiveAppointment], before: Shift, after: Shift) -> list[ActiveAppointment]:
    """An overbooked visit may already run past the end: it counts only once it would no longer begin inside."""
    return [
        a
        for a in outside
        if (a.starts_at >= before.starts_at and a.ends_at <= before.ends_at)
        or not after.starts_at <= a.starts_at < after.ends_at
    ]


def _in_the_way(what: str, kept: list[ActiveAppointment], shift: Shift) -> Conflict:
    number = "un rendez-vous s’y trouve" if len(kept) == 1 else f"{len(kept)} rendez-vous s’y trouvent"
    return _refusal(
        "shift-has-appointments",
        f"Cette vacation ne peut pas {what}\u00a0: {number} encore. "
        "Confiez-la à quelqu’un d’autre, ou déplacez les rendez-vous d’abord.",
        kept,
        shift,
    )


def _refusal(code: str, message: str, found: list[ActiveAppointment], shift: Shift) -> Conflict:
    """Hours only: whoever manages a roster may not read patients' names."""
    zone = ZoneInfo(shift.site.time_zone)
    reasons = [
        Reason(code, f"Rendez-vous de {time_text(a.starts_at.astimezone(zone))}") for a in found[:MAX_NAMED]
    ]
    if len(found) > MAX_NAMED:
        reasons.append(Reason(code, f"et {len(found) - MAX_NAMED} autres"))
    return Conflict(
        message,
        code=code,
        reasons=reasons,
        details={"appointment_ids": [a.appointment_id for a in found]},
    )
