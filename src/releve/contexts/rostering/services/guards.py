"""What every write of a shift shares: the row lock, the judgement, and the database's own word turned
into reasons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction

from releve.contexts.practices.models import Room, Site
from releve.contexts.practitioners.models import Practitioner
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid, NotFound, Reason

from .. import queries, rules
from ..enums import TAKEN_STATUSES, ShiftStatus
from ..models import CalendarFeed, Shift

SHIFT_UNKNOWN = "Cette vacation n’existe pas."
# Names of the guards of migration 0002 and of the constraint of 0003, as they appear in the database's
# message.
PRACTITIONER_GUARD = "shift_practitioner_free"
ROOM_GUARD = "shift_room_free"


def lock_shift(shift_id: int) -> Shift:
    """The shift, its row locked until the end of the transaction. NotFound when it does not exist.

    `FOR UPDATE` and not the weaker lock an `UPDATE` takes by itself: booking inserts a row that references
    the shift (`FOR KEY SHARE`), which only `FOR UPDATE` keeps out. See docs/architecture/locking.md.
    """
    shift = (
        Shift.objects.select_for_update(of=("self",))
        .select_related("practice", "site__practice", "room", "practitioner")
        .filter(pk=shift_id)
        .first()
    )
    if shift is None:
        raise NotFound(SHIFT_UNKNOWN)
    return shift


def check_version(shift: Shift, expected: int | None, typed: dict[str, object]) -> None:
    """Conflict `stale` when somebody changed the shift since it was read; `details` keeps what was typed."""
    if expected is not None and shift.version != expected:
        raise Conflict(
            "Cette vacation a été modifiée entre-temps par quelqu’un d’autre. Votre saisie est gardée\u00a0: "
            "relisez la vacation telle qu’elle est maintenant, puis enregistrez de nouveau.",
            code="stale",
            details={"typed": typed, "version": shift.version},
        )


def find_practitioner(practitioner_id: int) -> Practitioner:
    """The practitioner, locked: two people who give one doctor two shifts wait here, then the rules explain.

    Without this lock the exclusion constraint still refuses, but PostgreSQL may do so by breaking a deadlock,
    which tells nobody why. `no_key`: bookings, which only reference the row, are not held up. Order: shift,
    room, person.
    """
    person = (
        Practitioner.objects.select_for_update(of=("self",), no_key=True)
        .select_related("home_commune")
        .filter(pk=practitioner_id)
        .first()
    )
    if person is None:
        raise NotFound("Ce praticien n’existe pas.")
    return person


def find_site(site_id: int) -> Site:
    site = Site.objects.select_related("practice", "commune").filter(pk=site_id).first()
    if site is None:
        raise NotFound("Ce lieu n’existe pas.")
    return site


def find_room(room_id: int | None, site_id: int) -> Room | None:
    """A room of that very site, locked like a person is. Invalid otherwise."""
    if room_id is None:
        return None
    room = Room.objects.select_for_update(no_key=True).filter(pk=room_id, site_id=site_id).first()
    if room is None:
        raise Invalid("Cette salle n’est pas dans ce lieu.", code="wrong-room", field="room_id")
    return room


def place_reasons(shift: Shift, *, now: datetime) -> list[Reason]:
    """Reasons against the day, the place and the room of a shift as it would become."""
    room_busy = (
        queries.room_busy_times(
            shift.room_id, starts_at=shift.starts_at, ends_at=shift.ends_at, exclude_shift_id=shift.pk
        )
        if shift.room_id
        else []
    )
    return rules.clash_reasons(
        shift=queries.shift_facts(shift),
        today=clock.local_day(now, shift.site.time_zone),
        site=queries.site_days(shift.site),
        room_name=shift.room.name if shift.room else "",
        room_busy=room_busy,
    )


def person_reasons(shift: Shift, practitioner: Practitioner, *, by: Actor) -> list[Reason]:
    """Reasons against a practitioner in a shift as it would become."""
    return rules.person_reasons(
        shift=queries.shift_facts(shift),
        person=queries.person_facts(practitioner),
        windows=queries.team_windows(shift.practice_id, practitioner.pk),
        busy=queries.busy_times(
            practitioner,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            by=by,
            practice_id=shift.practice_id,
            exclude_shift_id=shift.pk,
        ),
    )


def refuse(reasons: list[Reason]) -> None:
    """Conflict with all the reasons, the first one as its message and code. Nothing when there is none."""
    if reasons:
        raise Conflict(" ".join(reason.message for reason in reasons), code=reasons[0].code, reasons=reasons)


def touch(shift: Shift, *, by: Actor, now: datetime) -> None:
    """One more version, who and when."""
    shift.version += 1
    shift.updated_at = now
    shift.changed_by_id = by.id if by.kind == "user" else None


@contextmanager
def guarded(shift: Shift, *, by: Actor) -> Iterator[None]:
    """A savepoint around a write of `shift`; the database's refusal becomes the Conflict the rules would have
    given.

    The rules looked first and gave the reasons; between their look and the write somebody else may have taken
    the time. The guards of migration 0002 then have the final word.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise _explained(error, shift, by) from error
    except OperationalError as error:
        # PostgreSQL breaks a circle of two writers that wait for one another by refusing one of them.
        if "deadlock detected" not in str(error):
            raise
        raise Conflict(
            "Quelqu’un d’autre modifie ces vacations en ce moment. Réessayez dans un instant.", code="busy"
        ) from error


def _explained(error: IntegrityError, shift: Shift, by: Actor) -> Exception:
    text = str(error)
    if PRACTITIONER_GUARD in text and shift.practitioner is not None:
        busy = queries.busy_times(
            shift.practitioner,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            by=by,
            practice_id=shift.practice_id,
            exclude_shift_id=shift.pk,
        )
        reasons = rules.already_elsewhere(queries.shift_facts(shift), busy) or [
            Reason("already-elsewhere", "Déjà pris ailleurs à ces heures.")
        ]
    elif ROOM_GUARD in text and shift.room is not None:
        busy = queries.room_busy_times(
            shift.room.pk, starts_at=shift.starts_at, ends_at=shift.ends_at, exclude_shift_id=shift.pk
        )
        reasons = rules.room_taken(queries.shift_facts(shift), shift.room.name, busy) or [
            Reason("room-taken", f"La salle «\u00a0{shift.room.name}\u00a0» est déjà prise à ces heures.")
        ]
    else:
        return error
    return Conflict(" ".join(r.message for r in reasons), code=reasons[0].code, reasons=reasons)


def note_departure(practitioner_id: int | None, shift: Shift, *, now: datetime) -> None:
    """Tell the feeds of somebody who no longer has `shift` that they changed."""
    if practitioner_id is not None and practitioner_id != shift.practitioner_id:
        CalendarFeed.objects.filter(practitioner_id=practitioner_id, revoked_at__isnull=True).update(
            shift_left_at=now
        )


def is_taken(shift: Shift) -> bool:
    return shift.status in TAKEN_STATUSES


def refuse_frozen(shift: Shift) -> None:
    """A cancelled shift is reopened first, a held one belongs to history."""
    if shift.status == ShiftStatus.CANCELLED:
        raise Conflict("Cette vacation est annulée. Rouvrez-la d’abord.", code="cancelled")
    if shift.status == ShiftStatus.HELD:
        raise Conflict("Cette vacation a eu lieu\u00a0: elle ne change plus.", code="held")
