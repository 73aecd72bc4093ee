"""The day of a site as the desk sees it: one column per shift, in a constant number of statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from releve.contexts.practices.models import Site
from releve.contexts.rostering.enums import ShiftStatus
from releve.contexts.rostering.models import Shift

from ..enums import AppointmentStatus
from ..models import Appointment, Hold
from ..rules import LIVE_STATUSES, TICK_MINUTES, free_gaps, instant_of, tick_ceil, tick_of, ticks_between


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """One line of a column: an appointment, a live hold, or free time that can still be booked."""

    kind: str  # appointment | hold | free
    starts_at: datetime
    ends_at: datetime
    appointment: Appointment | None = None

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(slots=True)
class BoardColumn:
    shift: Shift
    entries: list[BoardEntry] = field(default_factory=list)
    free_minutes: int = 0
    booked: int = 0


@dataclass(slots=True)
class DayBoard:
    site: Site
    day: date
    columns: list[BoardColumn]
    cancelled: list[Appointment]
    counts: dict[str, int]

    @property
    def waiting(self) -> list[Appointment]:
        """Patients in the waiting room, the longest wait first."""
        found = [
            entry.appointment
            for column in self.columns
            for entry in column.entries
            if entry.appointment and entry.appointment.status == AppointmentStatus.ARRIVED
        ]
        return sorted(found, key=lambda a: (a.arrived_at or a.starts_at, a.pk))


def day_board(*, site_id: int, day: date, now: datetime) -> DayBoard:
    """Columns of the day with appointments, live holds and free time (four statements, whatever the rows)."""
    site = Site.objects.select_related("practice", "commune").get(pk=site_id)
    shifts = list(
        Shift.objects.filter(site_id=site_id, day=day)
        .exclude(status=ShiftStatus.CANCELLED)
        .select_related("practitioner", "room")
        .order_by("practitioner__family_name", "starts_at", "pk")
    )
    ids = [shift.pk for shift in shifts]
    live: dict[int, list[Appointment]] = defaultdict(list)
    cancelled: list[Appointment] = []
    appointments = (
        Appointment.objects.filter(shift_id__in=ids)
        .select_related("patient", "reason", "practitioner")
        .order_by("starts_at", "lane", "pk")
    )
    for appointment in appointments:
        if appointment.status in LIVE_STATUSES:
            live[appointment.shift_id].append(appointment)
        else:
            cancelled.append(appointment)
    holds: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for shift_id, start, end in Hold.objects.filter(shift_id__in=ids, expires_at__gt=now).values_list(
        "shift_id", "starts_at", "ends_at"
    ):
        holds[shift_id].append((start, end))

    columns = []
    for shift in shifts:
        column = BoardColumn(shift)
        busy: set[int] = set()
        for appointment in live[shift.pk]:
            busy.update(ticks_between(appointment.starts_at, appointment.ends_at))
            column.entries.append(
                BoardEntry("appointment", appointment.starts_at, appointment.ends_at, appointment)
            )
        for start, end in holds[shift.pk]:
            busy.update(ticks_between(start, end))
            column.entries.append(BoardEntry("hold", start, end))
        if shift.status in (ShiftStatus.CONFIRMED, ShiftStatus.HELD):
            for a, b in free_gaps(tick_ceil(shift.starts_at), tick_of(shift.ends_at), busy):
                column.entries.append(BoardEntry("free", instant_of(a), instant_of(b)))
                column.free_minutes += (b - a) * TICK_MINUTES
        column.booked = len(live[shift.pk])
        column.entries.sort(key=lambda e: (e.starts_at, e.appointment.lane if e.appointment else 0))
        columns.append(column)
    counts = Counter(a.status for rows in live.values() for a in rows)
    return DayBoard(site, day, columns, cancelled, dict(counts))
