"""Pure decisions about shifts: one function per reason to refuse, cadence of a template, half-days,
contradictions.

No query, no clock. Days and hours are local to the site; instants are aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from releve.contexts.practitioners.enums import PractitionerStatus, Profession
from releve.kernel.errors import Reason

from .enums import AvailabilityState, HalfDay, ShiftKind

# Shift hours fall on the grid of bookable time (booking.rules.TICK_MINUTES).
GRID_MINUTES = 5
# Monday of the first ISO week counted when a template line has no first day: parity stays stable over the
# years.
EPOCH_MONDAY = date(1970, 1, 5)
MAX_GENERATION_DAYS = 400

# People who come where they are needed: they see the needs of practices whose team they have not joined.
ROAMING_STATUSES = (PractitionerStatus.VOLUNTEER, PractitionerStatus.REPLACEMENT, PractitionerStatus.RETIRED)


@dataclass(frozen=True)
class ShiftFacts:
    """What the rules need of a shift."""

    day: date
    starts_at: datetime
    ends_at: datetime
    kind: str
    time_zone: str


@dataclass(frozen=True)
class PersonFacts:
    """What the rules need of a practitioner."""

    practitioner_id: int
    name: str
    profession: str
    status: str
    licence_ends_on: date | None


@dataclass(frozen=True)
class TeamWindow:
    """A stay in the practice's team, both days included; `until` None: no end."""

    since: date
    until: date | None


@dataclass(frozen=True)
class SiteDays:
    """When a site may be used. `closures`: (first day, last day, reason)."""

    closed_weekdays: frozenset[int]
    closures: tuple[tuple[date, date, str], ...]
    planned_end_on: date | None


@dataclass(frozen=True)
class BusyTime:
    """Time already taken. `place` is None when the person asking may not know where."""

    starts_at: datetime
    ends_at: datetime
    place: str | None = None


class CadenceLine(NamedTuple):
    """Weekly line of a template."""

    weekday: int
    every_weeks: int
    first_day: date | None
    last_day: date | None


# --- hours --------------------------------------------------------------------------------------------------


def time_text(wall: time | datetime) -> str:
    """`14 h 30`, `9 h` (non-breaking spaces)."""
    minutes = f"\u00a0{wall.minute:02d}" if wall.minute else ""
    return f"{wall.hour}\u00a0h{minutes}"


def hours_text(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`de 9 h à 12 h 30`, local to the site."""
    zone = ZoneInfo(time_zone)
    return f"de {time_text(starts_at.astimezone(zone))} à {time_text(ends_at.astimezone(zone))}"


def day_text(day: date) -> str:
    """`03/03/2026`."""
    return f"{day:%d/%m/%Y}"


def half_day_of(starts: time, ends: time) -> HalfDay:
    """The half-day a pair of local hours belongs to; a lunch overrun up to 14 h is still the morning."""
    if starts >= time(12, 0):
        return HalfDay.AFTERNOON
    if ends <= time(14, 0):
        return HalfDay.MORNING
    return HalfDay.DAY


def halves_of(half_day: str) -> tuple[HalfDay, ...]:
    """The one or two half-days covered."""
    if half_day == HalfDay.DAY:
        return (HalfDay.MORNING, HalfDay.AFTERNOON)
    return (HalfDay(half_day),)


def hours_faults(starts: time, ends: time) -> list[Reason]:
    """Impossible hours, whatever the day."""
    faults = []
    if ends <= starts:
        faults.append(Reason("hours-order", "La vacation se termine avant de commencer."))
    if any(t.minute % GRID_MINUTES or t.second or t.microsecond for t in (starts, ends)):
        faults.append(Reason("hours-grid", f"Les heures vont de {GRID_MINUTES} en {GRID_MINUTES} minutes."))
    return faults


def overlaps(a_start: datetime, a_end: datetime, b_start: datetime, b_end: datetime) -> bool:
    """Half-open intervals: two shifts back to back do not overlap."""
    return a_start < b_end and b_start < a_end


# --- one function per reason --------------------------------------------------------------------------------


def past_day(day: date, today: date) -> list[Reason]:
    """`today`: local day at the site."""
    if day < today:
        return [Reason("past-day", f"Le {day_text(day)} est passé\u00a0: ce jour ne peut plus être modifié.")]
    return []


def site_closed(day: date, site: SiteDays) -> list[Reason]:
    """Weekly closed day or dated closure."""
    if day.weekday() in site.closed_weekdays:
        names = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
        return [Reason("site-closed", f"Le lieu est fermé le {names[day.weekday()]}.")]
    for first, last, why in site.closures:
        if first <= day <= last:
            tail = f"\u00a0: {why}" if why else ""
            return [
                Reason("site-closed", f"Le lieu est fermé du {day_text(first)} au {day_text(last)}{tail}.")
            ]
    return []


def practice_ended(day: date, site: SiteDays) -> list[Reason]:
    """After the planned end of the site or of its practice, whichever comes first."""
    if site.planned_end_on and day > site.planned_end_on:
        ended = day_text(site.planned_end_on)
        return [Reason("practice-ended", f"L’activité de ce lieu se termine le {ended}.")]
    return []


def licence_ended(day: date, person: PersonFacts) -> list[Reason]:
    """The licence is valid on its last day."""
    if person.licence_ends_on and person.licence_ends_on < day:
        return [
            Reason(
                "licence-ended",
                f"La licence de {person.name} se termine le {day_text(person.licence_ends_on)}.",
            )
        ]
    return []


def not_in_team(day: date, person: PersonFacts, windows: Sequence[TeamWindow]) -> list[Reason]:
    """Being in the team counts on the day of the shift."""
    for window in windows:
        if window.since <= day and (window.until is None or day <= window.until):
            return []
    return [Reason("not-in-team", f"{person.name} n’est pas dans l’équipe du cabinet le {day_text(day)}.")]


def wrong_profession(kind: str, person: PersonFacts) -> list[Reason]:
    """A nurse's shift needs a nurse, an intern's shift an intern, a consultation a doctor or a midwife."""
    intern = person.status == PractitionerStatus.SASPAS_INTERN
    if kind == ShiftKind.NURSE:
        fits, needed = (
            person.profession in (Profession.ASALEE_NURSE, Profession.NURSE),
            "une infirmière ou un infirmier",
        )
    elif kind == ShiftKind.INTERN:
        fits, needed = intern, "un interne SASPAS"
    else:
        fits, needed = (
            person.profession in (Profession.DOCTOR, Profession.MIDWIFE) and not intern,
            "un médecin ou une sage-femme (hors interne)",
        )
    if fits:
        return []
    return [
        Reason(
            "wrong-profession",
            f"Cette vacation demande {needed}\u00a0; ce n’est pas le cas de {person.name}.",
        )
    ]


def already_elsewhere(shift: ShiftFacts, busy: Iterable[BusyTime]) -> list[Reason]:
    """One reason per clashing shift that may be named; a single anonymous one for all the others."""
    named: list[Reason] = []
    hidden = False
    for taken in busy:
        if not overlaps(shift.starts_at, shift.ends_at, taken.starts_at, taken.ends_at):
            continue
        if taken.place is None:
            hidden = True
        else:
            hours = hours_text(taken.starts_at, taken.ends_at, shift.time_zone)
            named.append(Reason("already-elsewhere", f"Déjà pris\u00a0: {taken.place}, {hours}."))
    if hidden:
        named.append(Reason("already-elsewhere", "Déjà pris ailleurs à ces heures."))
    return named


def room_taken(shift: ShiftFacts, room_name: str, busy: Iterable[BusyTime]) -> list[Reason]:
    """Another live shift of the same room."""
    for taken in busy:
        if overlaps(shift.starts_at, shift.ends_at, taken.starts_at, taken.ends_at):
            hours = hours_text(taken.starts_at, taken.ends_at, shift.time_zone)
            return [Reason("room-taken", f"La salle «\u00a0{room_name}\u00a0» est déjà prise {hours}.")]
    return []


def person_reasons(
    *, shift: ShiftFacts, person: PersonFacts, windows: Sequence[TeamWindow], busy: Iterable[BusyTime]
) -> list[Reason]:
    """Everything against this person in this shift."""
    return [
        *already_elsewhere(shift, busy),
        *licence_ended(shift.day, person),
        *not_in_team(shift.day, person, windows),
        *wrong_profession(shift.kind, person),
    ]


def clash_reasons(
    *,
    shift: ShiftFacts,
    today: date,
    site: SiteDays,
    person: PersonFacts | None = None,
    windows: Sequence[TeamWindow] = (),
    busy: Iterable[BusyTime] = (),
    room_name: str = "",
    room_busy: Iterable[BusyTime] = (),
) -> list[Reason]:
    """All reasons against a shift as it would become: day, place, room, person."""
    reasons = [
        *past_day(shift.day, today),
        *site_closed(shift.day, site),
        *practice_ended(shift.day, site),
        *room_taken(shift, room_name, room_busy),
    ]
    if person is not None:
        reasons += person_reasons(shift=shift, person=person, windows=windows, busy=busy)
    return reasons


# --- weekly template ----------------------------------------------------------------------------------------


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def falls_on(line: CadenceLine, day: date) -> bool:
    """Whether a template line generates a shift on `day`: weekday, life of the line, one week in
    `every_weeks`."""
    if day.weekday() != line.weekday:
        return False
    if line.first_day and day < line.first_day:
        return False
    if line.last_day and day > line.last_day:
        return False
    anchor = monday_of(line.first_day) if line.first_day else EPOCH_MONDAY
    weeks = (monday_of(day) - anchor).days // 7
    return weeks % max(line.every_weeks, 1) == 0


# --- availability -------------------------------------------------------------------------------------------

Entry = tuple[date, str, "str | None"]


def expand_entries(entries: Sequence[Entry]) -> tuple[dict[tuple[date, HalfDay], str | None], list[Reason]]:
    """Entries by half-day; a whole day counts for both. Two different answers for one half-day contradict."""
    said: dict[tuple[date, HalfDay], str | None] = {}
    faults: list[Reason] = []
    for day, half_day, state in entries:
        for half in halves_of(half_day):
            key = (day, half)
            if key in said and said[key] != state:
                faults.append(
                    Reason(
                        "contradictory-availability",
                        f"Deux réponses différentes pour le {day_text(day)} ({half.label.lower()}).",
                    )
                )
            said[key] = state
    return said, faults


def availability_of(half_day: str, said: dict[HalfDay, str]) -> str | None:
    """The answer for a shift: the most reserved of its half-days; None when nothing was said of one of
    them."""
    order = [AvailabilityState.UNAVAILABLE, None, AvailabilityState.IF_NEEDED, AvailabilityState.AVAILABLE]
    states = [said.get(half) for half in halves_of(half_day)]
    for state in order:
        if state in states:
            return state
    return None


def need_rank(availability: str | None, distance: float | None, day: date) -> tuple[int, float, date]:
    """Sort key of open needs: what the person said first, then the nearest, then the soonest.

    Distances are compared by steps of 10 km: three kilometres more do not outweigh an earlier date.
    """
    order: dict[str | None, int] = {
        AvailabilityState.AVAILABLE: 0,
        AvailabilityState.IF_NEEDED: 1,
        None: 2,
        AvailabilityState.UNAVAILABLE: 3,
    }
    step = float("inf") if distance is None else distance // 10
    return (order.get(availability, 2), step, day)
