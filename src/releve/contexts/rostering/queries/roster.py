"""Reads of the roster by practice, site, practitioner and territory."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from releve.contexts.practices.models import Room, Site
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.contexts.territory import queries as territory

from ..enums import HalfDay, ShiftKind, ShiftStatus
from ..models import Availability, Shift, ShiftTemplate
from ..rules import monday_of


@dataclass(frozen=True)
class DayCell:
    """One day of a month grid; `in_month` False for the days that complete its weeks."""

    day: date
    in_month: bool
    shifts: list[Shift] = field(default_factory=list)
    closed: str = ""  # why the site is closed that day, empty when it is not


@dataclass(frozen=True)
class RosterDay:
    day: date
    public_holiday: bool
    school_holiday: str | None
    shifts: list[Shift]
    closures: list[tuple[int, str]]  # (site id, why)


@dataclass(frozen=True)
class RosterView:
    """A practice's calendar between two days, ready to draw."""

    first: date
    last: date
    sites: list[Site]
    rooms: list[Room]
    days: list[RosterDay]
    counts: dict[str, int]  # by status; cancelled shifts included

    @property
    def shifts(self) -> list[Shift]:
        return [shift for day in self.days for shift in day.shifts]


@dataclass(frozen=True)
class OpeningHours:
    starts_at: datetime
    ends_at: datetime
    public_name: str
    kind: str
    kind_label: str


@dataclass(frozen=True)
class OpeningDay:
    """A day on which a site receives patients, as the public may know it."""

    day: date
    hours: list[OpeningHours]


@dataclass(frozen=True)
class WeekCoverage:
    """Shifts of one practice in one ISO week, by state."""

    monday: date
    practice_id: int
    open: int
    proposed: int
    confirmed: int
    held: int
    cancelled: int

    @property
    def needed(self) -> int:
        """Shifts that were asked for, cancelled ones left out."""
        return self.open + self.proposed + self.confirmed + self.held

    @property
    def filled(self) -> int:
        return self.confirmed + self.held

    @property
    def rate(self) -> float | None:
        """Part of the needed shifts that is filled (0 to 1); None when nothing was asked for."""
        return self.filled / self.needed if self.needed else None


@dataclass(frozen=True)
class AvailabilityDay:
    """What a practitioner said of one day, and the shifts they already have then."""

    day: date
    morning: str | None
    afternoon: str | None
    shifts: list[Shift]


def shift_rows() -> QuerySet[Shift]:
    """Shifts with everything a page shows of them: no further statement per row."""
    return Shift.objects.select_related(
        "practice", "site__practice", "site__commune", "room", "practitioner", "template"
    ).order_by("starts_at", "pk")


def shifts_between(
    practice_id: int, first: date, last: date, *, with_cancelled: bool = False, site_id: int | None = None
) -> list[Shift]:
    """Shifts of a practice from `first` to `last` (included), in time order."""
    rows = shift_rows().filter(practice_id=practice_id, day__range=(first, last))
    if site_id is not None:
        rows = rows.filter(site_id=site_id)
    return list(rows if with_cancelled else rows.exclude(status=ShiftStatus.CANCELLED))


def shifts_of(
    practitioner: Practitioner,
    *,
    first: date,
    last: date | None = None,
    with_cancelled: bool = False,
    limit: int | None = None,
) -> list[Shift]:
    """The practitioner's own shifts, all places, in time order."""
    rows = shift_rows().filter(practitioner=practitioner, day__gte=first)
    if last is not None:
        rows = rows.filter(day__lte=last)
    if not with_cancelled:
        rows = rows.exclude(status=ShiftStatus.CANCELLED)
    return list(rows[:limit] if limit is not None else rows)


def pending_proposals(practice_id: int, *, today: date) -> list[Shift]:
    """Proposed shifts to come that wait for the secretary's answer."""
    return list(shift_rows().filter(practice_id=practice_id, status=ShiftStatus.PROPOSED, day__gte=today))


def month_grid(site_id: int, year: int, month: int, *, with_cancelled: bool = False) -> list[list[DayCell]]:
    """Whole weeks, Monday first, that cover a month of one site."""
    weeks = Calendar().monthdatescalendar(year, month)
    rows = shift_rows().filter(site_id=site_id, day__range=(weeks[0][0], weeks[-1][-1]))
    if not with_cancelled:
        rows = rows.exclude(status=ShiftStatus.CANCELLED)
    by_day: dict[date, list[Shift]] = defaultdict(list)
    for shift in rows:
        by_day[shift.day].append(shift)
    site = Site.objects.prefetch_related("closures").filter(pk=site_id).first()
    return [
        [
            DayCell(
                day=day,
                in_month=day.month == month,
                shifts=by_day.get(day, []),
                closed=closed_why(site, day) if site else "",
            )
            for day in week
        ]
        for week in weeks
    ]


def closed_why(site: Site, day: date) -> str:
    """Why a site is closed on a day, empty when it is not. Closures must be prefetched."""
    if day.weekday() in site.closed_weekdays:
        return "Jour de fermeture"
    for closure in site.closures.all():
        if closure.first_day <= day <= closure.last_day:
            return closure.reason or "Fermeture"
    return ""


def roster_view(
    practice_id: int, first: date, last: date, *, site_id: int | None = None, with_cancelled: bool = True
) -> RosterView:
    """The calendar of a practice between two days (included)."""
    sites = list(
        Site.objects.filter(practice_id=practice_id)
        .select_related("commune", "practice")
        .prefetch_related("closures")
        .order_by("name", "pk")
    )
    rooms = list(Room.objects.filter(site__practice_id=practice_id).order_by("site_id", "name"))
    shifts = shifts_between(practice_id, first, last, with_cancelled=with_cancelled, site_id=site_id)
    by_day: dict[date, list[Shift]] = defaultdict(list)
    for shift in shifts:
        by_day[shift.day].append(shift)
    shown = [site for site in sites if site_id is None or site.pk == site_id]
    departement = shown[0].commune.departement_id if shown else None
    days = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        days.append(
            RosterDay(
                day=day,
                public_holiday=bool(departement and territory.is_public_holiday(day, departement)),
                school_holiday=territory.school_holiday(day, departement) if departement else None,
                shifts=by_day.get(day, []),
                closures=[(s.pk, why) for s in shown if (why := closed_why(s, day))],
            )
        )
    counts = {status.value: 0 for status in ShiftStatus} | Counter(s.status for s in shifts)
    return RosterView(first=first, last=last, sites=sites, rooms=rooms, days=days, counts=dict(counts))


def opening_days(site_id: int, first: date, last: date) -> list[OpeningDay]:
    """Days with a confirmed shift, for the public: names only of those who show theirs."""
    rows = (
        Shift.objects.filter(
            site_id=site_id,
            day__range=(first, last),
            status__in=(ShiftStatus.CONFIRMED, ShiftStatus.HELD),
            practitioner__isnull=False,
        )
        .select_related("practitioner")
        .order_by("starts_at", "pk")
    )
    by_day: dict[date, list[OpeningHours]] = {}
    for shift in rows:
        assert shift.practitioner is not None  # filtered above
        by_day.setdefault(shift.day, []).append(
            OpeningHours(
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                public_name=shift.practitioner.public_name,
                kind=shift.kind,
                kind_label=ShiftKind(shift.kind).label,
            )
        )
    return [OpeningDay(day, hours) for day, hours in by_day.items()]


def coverage(
    practice_ids: Iterable[int] | int, first: date, last: date, *, site_ids: Iterable[int] | None = None
) -> list[WeekCoverage]:
    """Shifts per ISO week and practice, by state: one statement whatever their number."""
    ids = [practice_ids] if isinstance(practice_ids, int) else list(practice_ids)
    rows = Shift.objects.filter(practice_id__in=ids, day__range=(first, last))
    if site_ids is not None:
        rows = rows.filter(site_id__in=list(site_ids))
    counts: dict[tuple[date, int], Counter[str]] = defaultdict(Counter)
    grouped = rows.order_by().values_list("practice_id", "day", "status").annotate(n=Count("pk"))
    for practice_id, day, status, n in grouped:
        counts[(monday_of(day), practice_id)][status] += n
    return [
        WeekCoverage(
            monday=monday,
            practice_id=practice_id,
            open=found[ShiftStatus.OPEN],
            proposed=found[ShiftStatus.PROPOSED],
            confirmed=found[ShiftStatus.CONFIRMED],
            held=found[ShiftStatus.HELD],
            cancelled=found[ShiftStatus.CANCELLED],
        )
        for (monday, practice_id), found in sorted(counts.items())
    ]


def template_lines(site_id: int) -> list[ShiftTemplate]:
    """The typical week of a site, by day and hour."""
    return list(
        ShiftTemplate.objects.filter(site_id=site_id)
        .select_related("room", "practitioner", "site")
        .order_by("weekday", "starts", "pk")
    )


def assignable_practitioners(practice_id: int, day: date) -> list[Practitioner]:
    """The team of a practice on a day, by name."""
    return list(
        Practitioner.objects.filter(
            memberships__in=_members_on(practice_id, day),
        ).order_by("family_name", "given_name", "pk")
    )


def _members_on(practice_id: int, day: date) -> QuerySet[TeamMember, Any]:
    return TeamMember.objects.filter(
        Q(until__isnull=True) | Q(until__gte=day), practice_id=practice_id, since__lte=day
    ).values("pk")


def availabilities_of(practitioner: Practitioner, first: date, last: date) -> list[AvailabilityDay]:
    """Every day from `first` to `last` with what was said of its two halves."""
    said = {
        (day, half): state
        for day, half, state in Availability.objects.filter(
            practitioner=practitioner, day__range=(first, last)
        ).values_list("day", "half_day", "state")
    }
    by_day: dict[date, list[Shift]] = defaultdict(list)
    for shift in shifts_of(practitioner, first=first, last=last):
        by_day[shift.day].append(shift)
    return [
        AvailabilityDay(
            day=day,
            morning=said.get((day, HalfDay.MORNING)),
            afternoon=said.get((day, HalfDay.AFTERNOON)),
            shifts=by_day.get(day, []),
        )
        for day in (first + timedelta(days=i) for i in range((last - first).days + 1))
    ]
