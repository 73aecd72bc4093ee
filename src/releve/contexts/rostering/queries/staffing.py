"""Who could take each open shift of a practice: everybody of the team, with availability and what stands
against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.kernel.errors import Reason

from .. import rules
from ..enums import TAKEN_STATUSES, AvailabilityState, HalfDay
from ..models import Availability, Shift
from ..rules import BusyTime, TeamWindow
from .facts import person_facts, shift_facts


@dataclass(frozen=True)
class StaffingOption:
    """One person for one shift. `reasons` empty: nothing stands against, as far as this practice may know."""

    practitioner_id: int
    name: str
    availability: str | None
    reasons: list[Reason]


def staffing_options(practice_id: int, shifts: Sequence[Shift]) -> dict[int, list[StaffingOption]]:
    """Options by shift id, the best first. Four statements, whatever the number of shifts and people.

    People whose profession does not fit the shift, or who are not of the team that day, are left out.
    """
    if not shifts:
        return {}
    first, last = min(s.day for s in shifts), max(s.day for s in shifts)
    people: dict[int, Practitioner] = {}
    windows: dict[int, list[TeamWindow]] = defaultdict(list)
    members = TeamMember.objects.filter(practice_id=practice_id).select_related("practitioner")
    for member in members.order_by("practitioner__family_name", "practitioner__given_name", "pk"):
        people[member.practitioner_id] = member.practitioner
        windows[member.practitioner_id].append(TeamWindow(member.since, member.until))
    said: dict[tuple[int, date], dict[HalfDay, str]] = defaultdict(dict)
    answers = Availability.objects.filter(practitioner_id__in=list(people), day__range=(first, last))
    for who, day, half, state in answers.values_list("practitioner_id", "day", "half_day", "state"):
        said[who, day][HalfDay(half)] = state
    busy = _busy(list(people), first, last, practice_id)
    return {shift.pk: _options(shift, people, windows, said, busy) for shift in shifts}


def _busy(people: list[int], first: date, last: date, practice_id: int) -> dict[int, list[BusyTime]]:
    margin = timedelta(days=1)
    found: dict[int, list[BusyTime]] = defaultdict(list)
    rows = Shift.objects.filter(
        practitioner_id__in=people, status__in=TAKEN_STATUSES, day__range=(first - margin, last + margin)
    ).order_by("starts_at")
    for who, start, end, name, owner in rows.values_list(
        "practitioner_id", "starts_at", "ends_at", "site__name", "practice_id"
    ):
        # Another practice's place is not named to whoever staffs this one.
        found[who].append(BusyTime(start, end, name if owner == practice_id else None))
    return found


def _options(
    shift: Shift,
    people: dict[int, Practitioner],
    windows: dict[int, list[TeamWindow]],
    said: dict[tuple[int, date], dict[HalfDay, str]],
    busy: dict[int, list[BusyTime]],
) -> list[StaffingOption]:
    order: list[str | None] = [
        AvailabilityState.AVAILABLE,
        AvailabilityState.IF_NEEDED,
        None,
        AvailabilityState.UNAVAILABLE,
    ]
    facts = shift_facts(shift)
    options = []
    for who, practitioner in people.items():
        person = person_facts(practitioner)
        if rules.wrong_profession(shift.kind, person) or rules.not_in_team(shift.day, person, windows[who]):
            continue
        options.append(
            StaffingOption(
                practitioner_id=who,
                name=person.name,
                availability=rules.availability_of(shift.half_day, said.get((who, shift.day), {})),
                reasons=[
                    *rules.already_elsewhere(facts, busy.get(who, ())),
                    *rules.licence_ended(shift.day, person),
                ],
            )
        )
    # Stable: names stay in order inside each group.
    return sorted(options, key=lambda o: (bool(o.reasons), order.index(o.availability)))


def colleagues_of(shifts: Sequence[Shift]) -> dict[int, list[Shift]]:
    """Shifts held by others at the same place on the same day, by shift id (one statement)."""
    if not shifts:
        return {}
    own = {shift.pk for shift in shifts}
    rows = (
        Shift.objects.filter(
            site_id__in={s.site_id for s in shifts},
            day__in={s.day for s in shifts},
            status__in=TAKEN_STATUSES,
        )
        .exclude(pk__in=own)
        .select_related("practitioner", "site")
        .order_by("starts_at", "pk")
    )
    by_place: dict[tuple[int, date], list[Shift]] = defaultdict(list)
    for row in rows:
        by_place[row.site_id, row.day].append(row)
    return {
        shift.pk: [
            other
            for other in by_place.get((shift.site_id, shift.day), [])
            if other.practitioner_id != shift.practitioner_id
        ]
        for shift in shifts
    }
