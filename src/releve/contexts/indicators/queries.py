"""Figures read from the tables below. A fixed number of statements, whatever the number of sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, Q, QuerySet, Sum

from releve.contexts.booking.enums import AppointmentStatus
from releve.contexts.booking.models import Appointment
from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practices.models import Practice, Site
from releve.contexts.rostering.enums import ShiftKind, ShiftStatus
from releve.contexts.rostering.models import Shift, ShiftTemplate

from .rules import COVERING_STATUSES, DOCTOR_KINDS, WeekCoverage, half_days_in, monday_of, rate, week_coverage

# A line of the typical week that lasts this long is a whole day (same threshold as a shift of the calendar).
_WHOLE_DAY_MINUTES = 6 * 60


@dataclass(frozen=True)
class Activity:
    """Fill and no-show of a set of sites over a period. Rates are 0 to 1, None when unknown."""

    open_minutes: int
    booked_minutes: int
    outcomes: int
    absences: int

    @property
    def fill_rate(self) -> float | None:
        return rate(self.booked_minutes, self.open_minutes)

    @property
    def no_show_rate(self) -> float | None:
        return rate(self.absences, self.outcomes)


def territory_sites(practices: QuerySet[Practice], *, departement: str = "", epci: str = "") -> list[Site]:
    """Sites of `practices` (already limited to what the user may see), in one département or EPCI."""
    sites = Site.objects.filter(practice__in=practices).select_related(
        "practice", "commune__departement", "commune__epci"
    )
    if departement:
        sites = sites.filter(commune__departement_id=departement)
    if epci:
        sites = sites.filter(commune__epci_id=epci)
    return list(sites.order_by("commune__departement_id", "commune__name", "name", "pk"))


def weekly_coverage(
    site_ids: Iterable[int], *, first_monday: date, weeks: int
) -> dict[int, list[WeekCoverage]]:
    """Coverage per site, one entry per week from `first_monday` (3 statements).

    The typical week counts only while the calendar of the site is kept: from its practice's opening and its
    first shift to its last shift, or to the planned end when it comes first. Beyond, nothing is decided yet.
    """
    ids = list(site_ids)
    last = first_monday + timedelta(days=7 * weeks - 1)
    by_week: dict[tuple[int, date], list[tuple[str, str]]] = defaultdict(list)
    rows = Shift.objects.filter(
        site_id__in=ids, day__range=(first_monday, last), kind__in=DOCTOR_KINDS
    ).values_list("site_id", "day", "half_day", "status")
    for site_id, day, half_day, status in rows:
        by_week[site_id, monday_of(day)].append((half_day, status))
    typical = _typical_half_days(ids)
    lives = _lives(ids)
    mondays = [first_monday + timedelta(days=7 * i) for i in range(weeks)]
    return {
        site_id: [
            week_coverage(
                monday,
                by_week.get((site_id, monday), ()),
                typical=typical.get(site_id, 0) if site_id in lives and lives[site_id].has(monday) else 0,
            )
            for monday in mondays
        ]
        for site_id in ids
    }


@dataclass(frozen=True)
class _Life:
    """From the opening of a site to the last day its calendar is kept."""

    first: date
    last: date

    def has(self, monday: date) -> bool:
        return self.first <= monday + timedelta(days=6) and monday <= self.last


def _lives(site_ids: list[int]) -> dict[int, _Life]:
    rows = Site.objects.filter(pk__in=site_ids).values_list(
        "pk", "practice__opened_on", "practice__planned_end_on", Min("shifts__day"), Max("shifts__day")
    )
    return {
        pk: _Life(max(opened or first, first), min(planned_end or last, last))
        for pk, opened, planned_end, first, last in rows
        if first is not None
    }


def _typical_half_days(site_ids: list[int]) -> dict[int, int]:
    """Doctor half-days a typical week of each site asks for; one week in n counts 1/n."""
    totals: dict[int, float] = defaultdict(float)
    lines = ShiftTemplate.objects.filter(site_id__in=site_ids, kind__in=DOCTOR_KINDS)
    for site_id, starts, ends, every in lines.values_list("site_id", "starts", "ends", "every_weeks"):
        minutes = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
        totals[site_id] += (2 if minutes >= _WHOLE_DAY_MINUTES else 1) / max(every, 1)
    return {site_id: int(total) for site_id, total in totals.items()}


def open_needs(site_ids: Iterable[int], *, first: date, last: date) -> list[Shift]:
    """Published needs (open shifts) of the period, soonest first, with their site (1 statement)."""
    return list(
        Shift.objects.filter(site_id__in=list(site_ids), status=ShiftStatus.OPEN, day__range=(first, last))
        .select_related("site__commune", "practice", "room")
        .order_by("day", "starts_at", "pk")
    )


def proposals_waiting(site_ids: Iterable[int], *, now: datetime) -> list[Shift]:
    """Shifts proposed to somebody who has not answered, soonest first (1 statement)."""
    return list(
        Shift.objects.filter(site_id__in=list(site_ids), status=ShiftStatus.PROPOSED, starts_at__gt=now)
        .select_related("site__commune", "practice", "practitioner")
        .order_by("starts_at", "pk")
    )


def open_need_half_days(shifts: Iterable[Shift]) -> int:
    """Doctor half-days in a list of open shifts."""
    return sum(half_days_in(shift.half_day) for shift in shifts if shift.kind == ShiftKind.CONSULTATION)


def activity(site_ids: Iterable[int], *, starts: datetime, ends: datetime) -> Activity:
    """Fill and no-show between two instants (3 statements, whatever the number of sites)."""
    ids = list(site_ids)
    shifts = Shift.objects.filter(
        site_id__in=ids,
        starts_at__gte=starts,
        starts_at__lt=ends,
        status__in=COVERING_STATUSES,
        bookable=True,
    )
    length = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
    opened = shifts.aggregate(total=Sum(length))["total"]
    visits = Appointment.objects.filter(site_id__in=ids, starts_at__gte=starts, starts_at__lt=ends)
    # Overbooked time sits beside normal time, so it never counts as filled time.
    booked = (
        visits.filter(shift__bookable=True, shift__status__in=COVERING_STATUSES, lane=0)
        .exclude(status=AppointmentStatus.CANCELLED)
        .aggregate(total=Sum(length))["total"]
    )
    counts = visits.aggregate(
        seen=Count("pk", filter=Q(status=AppointmentStatus.FULFILLED)),
        absent=Count("pk", filter=Q(status=AppointmentStatus.NOSHOW)),
        left=Count("pk", filter=Q(status=AppointmentStatus.LEFT)),
    )
    return Activity(
        open_minutes=_minutes(opened),
        booked_minutes=_minutes(booked),
        outcomes=counts["seen"] + counts["absent"] + counts["left"],
        absences=counts["absent"],
    )


def _minutes(length: timedelta | None) -> int:
    return int(length.total_seconds() // 60) if length else 0


@dataclass(frozen=True)
class PlatformFigures:
    """What the home page says of the whole platform."""

    sites: int
    communes: int
    half_days_ahead: int  # confirmed doctor half-days in the coming PLATFORM_DAYS
    needs_ahead: int  # half-days still without a doctor in the same days
    visits_lately: int  # patients seen in the past PLATFORM_DAYS


PLATFORM_DAYS = 30


def platform_figures(*, now: datetime) -> PlatformFigures:
    """Public figures of open practices (4 statements). Days are counted from `now` in UTC."""
    today, ends = now.date(), now.date() + timedelta(days=PLATFORM_DAYS)
    places = Site.objects.filter(is_public=True, practice__status=PracticeStatus.OPEN).aggregate(
        sites=Count("pk"), communes=Count("commune", distinct=True)
    )
    shifts = Shift.objects.filter(
        practice__status=PracticeStatus.OPEN, day__range=(today, ends), kind__in=DOCTOR_KINDS
    )
    ahead: dict[str, int] = defaultdict(int)
    for status, half_day, number in (
        shifts.order_by().values_list("status", "half_day").annotate(n=Count("pk"))
    ):
        ahead[status] += number * half_days_in(half_day)
    visits = Appointment.objects.filter(
        status=AppointmentStatus.FULFILLED,
        starts_at__gte=now - timedelta(days=PLATFORM_DAYS),
        starts_at__lt=now,
    ).count()
    return PlatformFigures(
        sites=places["sites"],
        communes=places["communes"],
        half_days_ahead=sum(ahead[status] for status in COVERING_STATUSES),
        needs_ahead=ahead[ShiftStatus.OPEN],
        visits_lately=visits,
    )


def next_needs(*, now: datetime, limit: int) -> list[Shift]:
    """The next published needs of open practices, one per place at most, soonest first (1 statement)."""
    rows = (
        Shift.objects.filter(
            status=ShiftStatus.OPEN,
            starts_at__gt=now,
            starts_at__lt=now + timedelta(days=2 * PLATFORM_DAYS),
            kind__in=DOCTOR_KINDS,
            practice__status=PracticeStatus.OPEN,
            site__is_public=True,
        )
        .select_related("site__commune__departement")
        .order_by("starts_at", "pk")[: 40 * limit]
    )
    by_site: dict[int, Shift] = {}
    for shift in rows:
        by_site.setdefault(shift.site_id, shift)
    return list(by_site.values())[:limit]
