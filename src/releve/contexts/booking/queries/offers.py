"""Free times as a person chooses them: by day, each hour once, with who receives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from releve.contexts.practitioners.models import Practitioner
from releve.kernel.clock import local_day

from ..rules import Slot

THE_TEAM = "l’équipe"


@dataclass(frozen=True, slots=True)
class TimeOffer:
    """One hour. `practitioner_id` is None when several receive then: the first free one takes it."""

    starts_at: datetime
    practitioner_id: int | None
    who: str
    adjacent: bool


@dataclass(frozen=True, slots=True)
class DayOffers:
    day: date
    times: list[TimeOffer]


def offers_by_day(slots: Sequence[Slot], *, time_zone: str) -> list[DayOffers]:
    """Slots of one site as days of distinct hours, in time order (one statement, for the names)."""
    names = {
        person.pk: person.public_name
        for person in Practitioner.objects.filter(pk__in={slot.practitioner_id for slot in slots})
    }
    by_hour: dict[datetime, list[Slot]] = {}
    for slot in sorted(slots, key=lambda slot: (slot.starts_at, slot.practitioner_id)):
        by_hour.setdefault(slot.starts_at, []).append(slot)
    days: dict[date, list[TimeOffer]] = {}
    for starts_at, same_hour in by_hour.items():
        alone = len({slot.practitioner_id for slot in same_hour}) == 1
        days.setdefault(local_day(starts_at, time_zone), []).append(
            TimeOffer(
                starts_at=starts_at,
                practitioner_id=same_hour[0].practitioner_id if alone else None,
                who=names.get(same_hour[0].practitioner_id, THE_TEAM) if alone else THE_TEAM,
                adjacent=any(slot.adjacent for slot in same_hour),
            )
        )
    return [DayOffers(day, times) for day, times in days.items()]
