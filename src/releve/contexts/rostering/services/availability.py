"""What practitioners say of their half-days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from releve.kernel import audit, clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Forbidden, Invalid, Reason

from .. import rules
from ..enums import TAKEN_STATUSES, AvailabilityState, HalfDay
from ..models import Availability, Shift
from .guards import find_practitioner

HOME_ZONE = "Europe/Paris"


@transaction.atomic
def set_availability(
    *,
    practitioner_id: int,
    entries: Sequence[tuple[date, str, str | None]],
    by: Actor,
    now: datetime,
) -> list[Availability]:
    """Say, change or erase (`None`) availability: (day, half-day or whole day, state). All or nothing.

    Invalid when two entries contradict each other, name an unknown state or a past day. Conflict `has-shift`
    when a half-day is said unavailable while a shift is taken then: it must be given back first. Returns the
    rows said.
    """
    person = find_practitioner(practitioner_id)
    if by.kind == "user" and by.id != person.user_id:
        raise Forbidden("On ne donne que ses propres disponibilités.", code="not-yourself")
    for _, half_day, state in entries:
        if half_day not in HalfDay.values or (state is not None and state not in AvailabilityState.values):
            raise Invalid("Cette réponse n’existe pas.", code="unknown-state", field="entries")
    said, faults = rules.expand_entries(entries)
    today = clock.local_day(now, HOME_ZONE)
    faults += [
        Reason("past-day", f"Le {rules.day_text(day)} est passé.")
        for day in sorted({day for day, _ in said if day < today})
    ]
    if faults:
        raise Invalid(
            " ".join(f.message for f in faults), code=faults[0].code, reasons=faults, field="entries"
        )
    if not said:
        return []
    _refuse_against_shifts(person.pk, said)
    keys = sorted(said)
    kept = {
        (row.day, HalfDay(row.half_day)): row
        for row in Availability.objects.select_for_update()
        .filter(practitioner=person, day__range=(keys[0][0], keys[-1][0]))
        .order_by("pk")
    }
    gone = [kept[key].pk for key in keys if said[key] is None and key in kept]
    Availability.objects.filter(pk__in=gone).delete()
    rows = [
        Availability(practitioner=person, day=day, half_day=half, state=state, said_at=now)
        for (day, half), state in sorted(said.items())
        if state is not None
    ]
    Availability.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["practitioner", "day", "half_day"],
        update_fields=["state", "said_at"],
    )
    audit.record(
        by=by,
        action="availability.said",
        target_kind="practitioner",
        target_id=person.pk,
        now=now,
        half_days=len(said),
    )
    return rows


def _refuse_against_shifts(practitioner_id: int, said: dict[tuple[date, HalfDay], str | None]) -> None:
    away = {key for key, state in said.items() if state == AvailabilityState.UNAVAILABLE}
    if not away:
        return
    shifts = Shift.objects.filter(
        practitioner_id=practitioner_id,
        status__in=TAKEN_STATUSES,
        day__in={day for day, _ in away},
    ).order_by("starts_at", "pk")
    reasons = [
        Reason(
            "has-shift",
            f"Vous avez une vacation le {rules.day_text(day)} ({HalfDay(half_day).label.lower()})\u00a0: "
            "rendez-la d’abord.",
        )
        for day, half_day in shifts.values_list("day", "half_day")
        if any((day, half) in away for half in rules.halves_of(half_day))
    ]
    if reasons:
        raise Conflict(" ".join(r.message for r in reasons), code="has-shift", reasons=reasons)
