"""Who comes: assign, several at once, take in one tap, propose, accept, decline, give back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from releve.contexts.practitioners.models import Practitioner
from releve.kernel import audit, clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, Forbidden, Invalid, Reason

from .. import queries, rules
from ..enums import ShiftStatus
from ..models import Shift
from .guards import (
    check_version,
    find_practitioner,
    guarded,
    is_taken,
    lock_shift,
    note_departure,
    person_reasons,
    place_reasons,
    refuse,
    refuse_frozen,
    touch,
)


class PairResult(NamedTuple):
    """Answer for one pair of `assign_many`; `reasons` is empty when `ok`."""

    shift_id: int
    practitioner_id: int
    ok: bool
    reasons: list[Reason]


def _just_taken() -> Conflict:
    # The winner is not named: who consults where is not everybody's business.
    return Conflict(
        "Cette vacation vient d’être prise.",
        code="just-taken",
        reasons=[Reason("just-taken", "Cette vacation vient d’être prise.")],
    )


def _day_reasons(shift: Shift, now: datetime) -> list[Reason]:
    """Day and place, without the room: a shift keeps the room it already has."""
    return [reason for reason in place_reasons(shift, now=now) if reason.code != "room-taken"]


def _give(shift: Shift, person: Practitioner, status: ShiftStatus, *, by: Actor, now: datetime) -> None:
    before = shift.practitioner_id
    shift.practitioner = person
    shift.status = status
    touch(shift, by=by, now=now)
    with guarded(shift, by=by):
        shift.save()
    note_departure(before, shift, now=now)


def _note(shift: Shift, action: str, *, by: Actor, now: datetime, practitioner_id: int | None) -> None:
    audit.record(
        by=by,
        action=action,
        target_kind="shift",
        target_id=shift.pk,
        practice_id=shift.practice_id,
        now=now,
        practitioner_id=practitioner_id,
        status=str(shift.status),
    )


@transaction.atomic
def assign_practitioner(
    *,
    shift_id: int,
    practitioner_id: int,
    status: str = ShiftStatus.CONFIRMED,
    replace: bool = False,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> Shift:
    """Put a practitioner in a shift, confirmed or proposed.

    A shift somebody else already has is refused (`just-taken`) unless `replace`: appointments then follow
    through `workflows.shift_changes.reassign_shift_safely`. Conflict with `reasons` when the person or the
    place refuses.
    """
    if status not in (ShiftStatus.CONFIRMED, ShiftStatus.PROPOSED):
        raise Invalid(
            "Une vacation attribuée est proposée ou confirmée.", code="unknown-status", field="status"
        )
    shift = lock_shift(shift_id)
    check_version(shift, expected_version, {"practitioner_id": practitioner_id})
    refuse_frozen(shift)
    person = find_practitioner(practitioner_id)
    if shift.practitioner_id == person.pk and shift.status == status:
        return shift
    if is_taken(shift) and shift.practitioner_id != person.pk and not replace:
        raise _just_taken()
    refuse([*_day_reasons(shift, now), *person_reasons(shift, person, by=by)])
    _give(shift, person, ShiftStatus(status), by=by, now=now)
    _note(shift, "shift.assigned", by=by, now=now, practitioner_id=person.pk)
    return shift


def assign_many(
    *, pairs: Sequence[tuple[int, int]], status: str = ShiftStatus.CONFIRMED, by: Actor, now: datetime
) -> list[PairResult]:
    """Several people at once: (shift id, practitioner id). Each pair stands alone, so one clash spoils
    nothing.

    One short transaction per pair, in the order given (two secretaries who work at once never wait in a
    circle).
    """
    results = []
    for shift_id, practitioner_id in pairs:
        try:
            assign_practitioner(
                shift_id=shift_id, practitioner_id=practitioner_id, status=status, by=by, now=now
            )
        except DomainError as error:
            reasons = error.reasons or [Reason(error.code, error.message)]
            results.append(PairResult(shift_id, practitioner_id, False, reasons))
        else:
            results.append(PairResult(shift_id, practitioner_id, True, []))
    return results


@transaction.atomic
def take_shift(*, shift_id: int, practitioner_id: int, by: Actor, now: datetime) -> Shift:
    """« Je viens »: an open shift becomes this practitioner's.

    Confirmed in a practice whose team they belong to that day; outside, proposed until the secretary answers
    (only where the need is published to them). Two people at the same second: one has it, the other gets
    Conflict `just-taken`. Tapping twice changes nothing.
    """
    shift = lock_shift(shift_id)
    person = find_practitioner(practitioner_id)
    if by.kind == "user" and by.id != person.user_id:
        raise Forbidden("On ne prend une vacation que pour soi.", code="not-yourself")
    if shift.practitioner_id == person.pk and shift.status in (ShiftStatus.CONFIRMED, ShiftStatus.PROPOSED):
        return shift
    if is_taken(shift):
        raise _just_taken()
    refuse_frozen(shift)
    if shift.starts_at <= now:
        refuse(
            rules.past_day(shift.day, clock.local_day(now, shift.site.time_zone))
            or [Reason("past-day", "Cette vacation a déjà commencé.")]
        )
    reasons = [*_day_reasons(shift, now), *person_reasons(shift, person, by=by)]
    outside = any(reason.code == "not-in-team" for reason in reasons)
    if outside and queries.may_see_need(person, shift) and person.status in rules.ROAMING_STATUSES:
        reasons = [reason for reason in reasons if reason.code != "not-in-team"]
    refuse(reasons)
    _give(shift, person, ShiftStatus.PROPOSED if outside else ShiftStatus.CONFIRMED, by=by, now=now)
    _note(shift, "shift.taken", by=by, now=now, practitioner_id=person.pk)
    return shift


def _proposed(shift_id: int, expected_version: int | None) -> Shift:
    shift = lock_shift(shift_id)
    check_version(shift, expected_version, {})
    if shift.status != ShiftStatus.PROPOSED:
        raise Conflict("Cette proposition a déjà reçu une réponse.", code="not-proposed")
    return shift


@transaction.atomic
def accept_proposal(*, shift_id: int, expected_version: int | None = None, by: Actor, now: datetime) -> Shift:
    """Proposed -> confirmed. The rules are asked again, except the team: accepting somebody from outside for
    one shift does not make them a member."""
    shift = _proposed(shift_id, expected_version)
    assert shift.practitioner is not None  # database constraint shift_taken_has_practitioner
    reasons = [*_day_reasons(shift, now), *person_reasons(shift, shift.practitioner, by=by)]
    refuse([reason for reason in reasons if reason.code != "not-in-team"])
    _give(shift, shift.practitioner, ShiftStatus.CONFIRMED, by=by, now=now)
    _note(shift, "shift.proposal_accepted", by=by, now=now, practitioner_id=shift.practitioner_id)
    return shift


@transaction.atomic
def decline_proposal(
    *, shift_id: int, expected_version: int | None = None, by: Actor, now: datetime
) -> Shift:
    """Proposed -> open: the need is published again."""
    shift = _proposed(shift_id, expected_version)
    return _set_free(shift, "shift.proposal_declined", by=by, now=now)


@transaction.atomic
def release_shift(*, shift_id: int, expected_version: int | None = None, by: Actor, now: datetime) -> Shift:
    """Give a taken shift back: it becomes an open need. Refused once it has begun.

    Appointments are looked after by `workflows.shift_changes.release_shift_safely`.
    """
    shift = lock_shift(shift_id)
    check_version(shift, expected_version, {})
    refuse_frozen(shift)
    if shift.status == ShiftStatus.OPEN:
        return shift
    if shift.starts_at <= now:
        refuse([Reason("past-day", "Cette vacation a déjà commencé\u00a0: elle ne peut plus être rendue.")])
    return _set_free(shift, "shift.released", by=by, now=now)


def _set_free(shift: Shift, action: str, *, by: Actor, now: datetime) -> Shift:
    who = shift.practitioner_id
    shift.practitioner = None
    shift.status = ShiftStatus.OPEN
    touch(shift, by=by, now=now)
    with guarded(shift, by=by):
        shift.save()
    note_departure(who, shift, now=now)
    _note(shift, action, by=by, now=now, practitioner_id=who)
    return shift
