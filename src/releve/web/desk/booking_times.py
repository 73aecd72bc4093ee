"""Free times of a site grouped for reading: by day, then by practitioner."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest

from releve.contexts.booking import queries as booking
from releve.contexts.booking.rules import Slot
from releve.contexts.rostering import queries as rostering
from releve.kernel import clock
from releve.kernel.errors import NotFound

from . import day_access as desk

SEARCHED_DAYS = 42
SHOWN_DAYS = 4
SHOWN_TIMES = 8


@dataclass(slots=True)
class PersonTimes:
    """Times of one practitioner on one day: the first ones in view, the rest one click away."""

    practitioner: Any
    slots: list[Slot] = field(default_factory=list)

    @property
    def first(self) -> list[Slot]:
        return self.slots[:SHOWN_TIMES]

    @property
    def rest(self) -> list[Slot]:
        return self.slots[SHOWN_TIMES:]


@dataclass(slots=True)
class DayTimes:
    day: date
    people: list[PersonTimes]


@dataclass(slots=True)
class Times:
    """What the page of times shows. `soonest` with its practitioner, or None when nothing is free."""

    days: list[DayTimes]
    soonest: Slot | None
    soonest_with: Any
    first: date
    next_from: date | None
    earlier: bool


def free_times(*, site: Any, reason_id: int, first: date, now: datetime) -> Times:
    """Times open to the desk over six weeks from `first`, the first four days that have some (constant queries)."""
    zone = desk.zone_of(site)
    slots = booking.find_slots(
        site_id=site.pk,
        reason_id=reason_id,
        first_day=first,
        days=SEARCHED_DAYS,
        now=now,
        audience="desk",
    )
    shifts = rostering.shifts_between(
        site.practice_id, first, first + timedelta(days=SEARCHED_DAYS), site_id=site.pk
    )
    people = {shift.practitioner_id: shift.practitioner for shift in shifts if shift.practitioner_id}
    by_day: dict[date, dict[int, PersonTimes]] = {}
    for slot in slots:
        day = clock.local_day(slot.starts_at, zone)
        rows = by_day.setdefault(day, {})
        rows.setdefault(slot.practitioner_id, PersonTimes(people.get(slot.practitioner_id))).slots.append(
            slot
        )
    days = [DayTimes(day, list(rows.values())) for day, rows in by_day.items()]
    return Times(
        days=days[:SHOWN_DAYS],
        soonest=slots[0] if slots else None,
        soonest_with=people.get(slots[0].practitioner_id) if slots else None,
        first=first,
        next_from=days[SHOWN_DAYS].day if len(days) > SHOWN_DAYS else None,
        earlier=first > clock.local_day(now, zone),
    )


def read_window(request: HttpRequest, site: Any, now: datetime) -> date:
    """First day asked for by `a_partir`, never in the past; today when absent or unreadable."""
    today = clock.local_day(now, desk.zone_of(site))
    try:
        return max(today, desk.read_day(request.GET.get("a_partir", "")))
    except NotFound:
        return today
