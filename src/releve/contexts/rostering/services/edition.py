"""One shift at a time: create, edit alone, cancel, reopen, mark as held."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from releve.kernel import audit, clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid

from .. import queries, rules
from ..enums import ShiftKind, ShiftStatus
from ..models import Shift
from .guards import (
    check_version,
    find_practitioner,
    find_room,
    find_site,
    guarded,
    lock_shift,
    note_departure,
    person_reasons,
    place_reasons,
    refuse,
    refuse_frozen,
    touch,
)

EDITABLE = frozenset(
    {"day", "starts", "ends", "kind", "room_id", "practitioner_id", "note", "bookable", "status"}
)
NOTE_LENGTH = 200


def local_hours(shift: Shift) -> tuple[time, time]:
    """Start and end of a shift on the wall clock of its site."""
    zone = ZoneInfo(shift.site.time_zone)
    return shift.starts_at.astimezone(zone).time(), shift.ends_at.astimezone(zone).time()


def place_in_time(shift: Shift, day: date, starts: time, ends: time) -> None:
    """Set day, half-day and instants from local hours. Invalid for impossible hours."""
    faults = rules.hours_faults(starts, ends)
    if faults:
        raise Invalid(" ".join(f.message for f in faults), code=faults[0].code, reasons=faults, field="ends")
    shift.day = day
    shift.half_day = rules.half_day_of(starts, ends)
    shift.starts_at = clock.local_instant(day, starts, shift.site.time_zone)
    shift.ends_at = clock.local_instant(day, ends, shift.site.time_zone)


def checked_kind(kind: str) -> ShiftKind:
    if kind not in ShiftKind.values:
        raise Invalid("Ce type de vacation n’existe pas.", code="unknown-kind", field="kind")
    return ShiftKind(kind)


def checked_note(note: str) -> str:
    if len(note) > NOTE_LENGTH:
        raise Invalid(f"La remarque ne dépasse pas {NOTE_LENGTH} caractères.", code="too-long", field="note")
    return note


@transaction.atomic
def create_shift(
    *,
    site_id: int,
    day: date,
    starts: time,
    ends: time,
    kind: str,
    room_id: int | None = None,
    practitioner_id: int | None = None,
    status: str | None = None,
    note: str = "",
    bookable: bool = True,
    by: Actor,
    now: datetime,
) -> Shift:
    """Create a shift. Without a practitioner it is an open need; with one it is confirmed unless `status`
    says proposed.

    Raises Invalid for impossible input, Conflict with `reasons` when the place, the room or the person
    refuses.
    """
    site = find_site(site_id)
    shift = Shift(
        practice_id=site.practice_id,
        site=site,
        room=find_room(room_id, site.pk),
        kind=checked_kind(kind),
        note=checked_note(note),
        bookable=bookable,
        created_at=now,
        updated_at=now,
        changed_by_id=by.id if by.kind == "user" else None,
    )
    place_in_time(shift, day, starts, ends)
    reasons = place_reasons(shift, now=now)
    if practitioner_id is None:
        if status not in (None, ShiftStatus.OPEN):
            raise Invalid(
                "Une vacation sans praticien est à pourvoir.", code="needs-practitioner", field="status"
            )
        shift.status = ShiftStatus.OPEN
    else:
        shift.status = _taken_status(status)
        shift.practitioner = find_practitioner(practitioner_id)
        reasons += person_reasons(shift, shift.practitioner, by=by)
    refuse(reasons)
    with guarded(shift, by=by):
        shift.save(force_insert=True)
    audit.record(
        by=by,
        action="shift.created",
        target_kind="shift",
        target_id=shift.pk,
        practice_id=shift.practice_id,
        now=now,
        status=str(shift.status),
        practitioner_id=shift.practitioner_id,
    )
    return shift


def _taken_status(status: str | None) -> ShiftStatus:
    if status is None:
        return ShiftStatus.CONFIRMED
    if status not in (ShiftStatus.PROPOSED, ShiftStatus.CONFIRMED):
        raise Invalid(
            "Une vacation attribuée est proposée ou confirmée.", code="unknown-status", field="status"
        )
    return ShiftStatus(status)


@transaction.atomic
def edit_shift(
    *, shift_id: int, expected_version: int | None, by: Actor, now: datetime, **changes: Any
) -> Shift:
    """Change one shift alone: `day, starts, ends, kind, room_id, practitioner_id, status, note, bookable`.

    Only what really changes is judged: a note can be added to a shift whose site has closed since. Giving
    `practitioner_id=None` publishes the need again. Raises Conflict `stale` when `expected_version` is not
    the present one (`details["typed"]` keeps the input), Conflict with `reasons` when the change clashes.
    Appointments are looked after by `workflows.shift_changes.edit_shift_safely`.
    """
    unknown = set(changes) - EDITABLE
    if unknown:
        raise Invalid(
            f"Champs inconnus\u00a0: {', '.join(sorted(unknown))}.",
            code="unknown-field",
            field=sorted(unknown)[0],
        )
    shift = lock_shift(shift_id)
    check_version(shift, expected_version, changes)
    if shift.status == ShiftStatus.CANCELLED:
        refuse_frozen(shift)
    before = _snapshot(shift)
    _apply(shift, changes)
    if shift.day != before["day"] or (shift.starts_at, shift.ends_at) != (
        before["starts_at"],
        before["ends_at"],
    ):
        # New hours take time of the room and of the person: in line, like any taker of their time.
        find_room(shift.room_id, shift.site_id)
        if shift.practitioner_id is not None:
            find_practitioner(shift.practitioner_id)
    changed = sorted(key for key, value in _snapshot(shift).items() if before[key] != value)
    if not changed:
        return shift
    moved = bool({"starts_at", "ends_at", "day"} & set(changed))
    if before["status"] == ShiftStatus.HELD and set(changed) - {"note"}:
        raise Conflict("Cette vacation a eu lieu\u00a0: seule sa remarque change encore.", code="held")
    reasons = []
    if set(changed) - {"note"}:
        # A past day is refused both as a start and as an aim.
        today = clock.local_day(now, shift.site.time_zone)
        reasons += rules.past_day(min(before["day"], shift.day), today)
    if moved or "room_id" in changed:
        reasons += [
            reason
            for reason in place_reasons(shift, now=now)
            if reason.code == "room-taken" or ("day" in changed and reason.code != "past-day")
        ]
    if shift.practitioner is not None and (moved or {"practitioner_id", "kind"} & set(changed)):
        against = person_reasons(shift, shift.practitioner, by=by)
        if "practitioner_id" not in changed and _came_from_outside(shift, before["day"]):
            against = [reason for reason in against if reason.code != "not-in-team"]
        reasons += against
    refuse(reasons)
    touch(shift, by=by, now=now)
    with guarded(shift, by=by):
        shift.save()
    note_departure(before["practitioner_id"], shift, now=now)
    audit.record(
        by=by,
        action="shift.edited",
        target_kind="shift",
        target_id=shift.pk,
        practice_id=shift.practice_id,
        now=now,
        fields=changed,
    )
    return shift


def _came_from_outside(shift: Shift, day: date) -> bool:
    """An accepted volunteer is not of the team: moving their shift does not hold it against them."""
    assert shift.practitioner is not None
    windows = queries.team_windows(shift.practice_id, shift.practitioner.pk)
    return bool(rules.not_in_team(day, queries.person_facts(shift.practitioner), windows))


def _snapshot(shift: Shift) -> dict[str, Any]:
    names = (
        "day",
        "starts_at",
        "ends_at",
        "kind",
        "room_id",
        "practitioner_id",
        "status",
        "note",
        "bookable",
    )
    return {name: getattr(shift, name) for name in names}


def _apply(shift: Shift, changes: dict[str, Any]) -> None:
    if {"day", "starts", "ends"} & set(changes):
        starts, ends = local_hours(shift)
        place_in_time(
            shift, changes.get("day", shift.day), changes.get("starts", starts), changes.get("ends", ends)
        )
    if "kind" in changes:
        shift.kind = checked_kind(changes["kind"])
    if "room_id" in changes:
        shift.room = find_room(changes["room_id"], shift.site_id)
    if "note" in changes:
        shift.note = checked_note(changes["note"] or "")
    if "bookable" in changes:
        shift.bookable = bool(changes["bookable"])
    if "practitioner_id" in changes and changes["practitioner_id"] != shift.practitioner_id:
        wanted = changes["practitioner_id"]
        shift.practitioner = find_practitioner(wanted) if wanted is not None else None
        shift.status = ShiftStatus.CONFIRMED if shift.practitioner else ShiftStatus.OPEN
    status = changes.get("status")
    if status is not None and status != shift.status:
        if status not in ShiftStatus.values:
            raise Invalid("Cet état n’existe pas.", code="unknown-status", field="status")
        if shift.practitioner is None:
            raise Invalid(
                "Choisissez d’abord un praticien.", code="needs-practitioner", field="practitioner_id"
            )
        if status == ShiftStatus.OPEN:
            shift.practitioner = None
            shift.status = ShiftStatus.OPEN
        else:
            shift.status = _taken_status(status)


@transaction.atomic
def cancel_shift(
    *, shift_id: int, reason: str, expected_version: int | None = None, by: Actor, now: datetime
) -> Shift:
    """Cancel with a reason people will read. The practitioner stays on the row: their calendar erases it.

    Appointments are looked after by `workflows.shift_changes.cancel_shift_safely`.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid("Dites pourquoi la vacation est annulée.", code="reason-missing", field="reason")
    if len(reason) > NOTE_LENGTH:
        raise Invalid(f"Le motif ne dépasse pas {NOTE_LENGTH} caractères.", code="too-long", field="reason")
    shift = lock_shift(shift_id)
    check_version(shift, expected_version, {"reason": reason})
    refuse_frozen(shift)
    shift.status = ShiftStatus.CANCELLED
    shift.cancel_reason = reason
    touch(shift, by=by, now=now)
    with guarded(shift, by=by):
        shift.save()
    audit.record(
        by=by,
        action="shift.cancelled",
        target_kind="shift",
        target_id=shift.pk,
        practice_id=shift.practice_id,
        now=now,
    )
    return shift


@transaction.atomic
def reopen_shift(*, shift_id: int, expected_version: int | None = None, by: Actor, now: datetime) -> Shift:
    """Publish a cancelled shift again, as an open need. Its place and room are judged anew."""
    shift = lock_shift(shift_id)
    check_version(shift, expected_version, {})
    if shift.status != ShiftStatus.CANCELLED:
        raise Conflict("Cette vacation n’est pas annulée.", code="not-cancelled")
    find_room(shift.room_id, shift.site_id)
    refuse(place_reasons(shift, now=now))
    who = shift.practitioner_id
    shift.status = ShiftStatus.OPEN
    shift.practitioner = None
    shift.cancel_reason = ""
    touch(shift, by=by, now=now)
    with guarded(shift, by=by):
        shift.save()
    note_departure(who, shift, now=now)
    audit.record(
        by=by,
        action="shift.reopened",
        target_kind="shift",
        target_id=shift.pk,
        practice_id=shift.practice_id,
        now=now,
    )
    return shift


@transaction.atomic
def mark_held(*, day: date, by: Actor, now: datetime) -> int:
    """Confirmed shifts up to `day` that have ended become held. Returns how many; running again changes
    nothing."""
    changed = Shift.objects.filter(status=ShiftStatus.CONFIRMED, day__lte=day, ends_at__lte=now).update(
        status=ShiftStatus.HELD, version=F("version") + 1, updated_at=now
    )
    if changed:
        audit.record(
            by=by,
            action="shifts.held",
            target_kind="shift",
            target_id=None,
            now=now,
            day=day.isoformat(),
            count=changed,
        )
    return changed
