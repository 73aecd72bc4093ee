"""The day board laid out: which row each visit takes, who waits, how late each doctor is. Pure: no query, no clock.

Time runs down in rows of five minutes. Hours in which nobody consults (lunch) are folded into a thin band, so that
a morning and an afternoon fit on one screen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from releve.contexts.booking.enums import AppointmentStatus, ReasonCategory
from releve.contexts.booking.queries import BoardColumn, BoardEntry, DayBoard
from releve.contexts.booking.rules import TICK_MINUTES, TRANSITIONS, instant_of, tick_ceil, tick_of
from releve.contexts.rostering.enums import ShiftStatus

FOLD_OVER_TICKS = 9  # a break longer than 45 minutes is folded
FOLDED_ROWS = 4
FREE_STEP_MINUTES = 15
LATE_FROM_MINUTES = 10
# Somebody who is already there may still be written down a little late.
STILL_BOOKABLE = timedelta(minutes=30)
# On a card of a quarter of an hour there is room for one word; the visit's page has the practice's own label.
_SHORT_REASONS: dict[str, str] = {
    ReasonCategory.FIRST_VISIT: "1re visite",
    ReasonCategory.FOLLOW_UP: "suivi",
    ReasonCategory.CHILD: "enfant",
    ReasonCategory.URGENT: "urgence",
    ReasonCategory.NURSE: "ASALÉE",
}
# The step back that undoes each state.
BACK = {
    AppointmentStatus.ARRIVED: AppointmentStatus.BOOKED,
    AppointmentStatus.IN_PROGRESS: AppointmentStatus.ARRIVED,
    AppointmentStatus.FULFILLED: AppointmentStatus.IN_PROGRESS,
    AppointmentStatus.NOSHOW: AppointmentStatus.BOOKED,
    AppointmentStatus.LEFT: AppointmentStatus.ARRIVED,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A button of a visit: the state it leads to, its words, its icon, its key."""

    status: str
    label: str
    icon: str
    key: str


_STEPS = {
    AppointmentStatus.ARRIVED: Step("arrived", "Arrivé", "person-fill", "a"),
    AppointmentStatus.IN_PROGRESS: Step("in_progress", "Avec le médecin", "door-open-fill", "m"),
    AppointmentStatus.FULFILLED: Step("fulfilled", "Vu", "check-circle-fill", "v"),
    AppointmentStatus.NOSHOW: Step("noshow", "Absent", "person-x-fill", "n"),
    AppointmentStatus.LEFT: Step("left", "Parti", "box-arrow-right", "p"),
}


def steps_of(status: str, *, begun: bool = True) -> tuple[list[Step], str]:
    """Forward steps in the order of their use, and the state that « Annuler l’étape » goes back to ("" for none).

    `begun`: the day of the visit has come; before it, nobody has arrived.
    """
    if not begun:
        return [], ""
    back = BACK.get(AppointmentStatus(status), "")
    steps = [_STEPS[AppointmentStatus(s)] for s in TRANSITIONS[status] if s != back and s in _STEPS]
    return steps, str(back)


@dataclass(slots=True)
class Visit:
    """A card: the appointment and what can be done with it."""

    appointment: Any
    row: int
    span: int
    lane: int = 1
    lanes: int = 1
    steps: list[Step] = field(default_factory=list)
    back: str = ""
    movable: bool = False
    late_minutes: int = 0

    @property
    def short(self) -> bool:
        """Too little height for two lines."""
        return self.span < 3

    @property
    def tall(self) -> bool:
        """Room for the whole reason on its own line."""
        return self.span >= 6 and self.lanes == 1

    @property
    def reason_short(self) -> str:
        reason = self.appointment.reason
        return _SHORT_REASONS.get(reason.category, reason.label)

    @property
    def tight(self) -> bool:
        """No room for a button: every step is in the menu."""
        return self.short or self.lanes > 1

    @property
    def minutes(self) -> int:
        return int((self.appointment.ends_at - self.appointment.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Start:
    """One « + » of a free stretch; `row` counts from the stretch's own top."""

    starts_at: datetime
    row: int
    span: int
    past: bool
    first: bool  # the one that Tab reaches; arrows reach the others


@dataclass(frozen=True, slots=True)
class Free:
    """Free time of a shift, with the starts that its « + » links offer."""

    shift_id: int
    starts_at: datetime
    ends_at: datetime
    minutes: int
    row: int
    span: int
    starts: list[Start]


@dataclass(frozen=True, slots=True)
class Held:
    starts_at: datetime
    ends_at: datetime
    row: int
    span: int


@dataclass(slots=True)
class Block:
    """One shift inside a column."""

    shift: Any
    row: int
    span: int
    visits: list[Visit]
    free: list[Free]
    held: list[Held]
    items: list[tuple[str, Any]]  # in time order: ("visit" | "free" | "held", item)


@dataclass(slots=True)
class Column:
    """One practitioner, or one unfilled need, with the shifts of the day."""

    key: str
    practitioner: Any
    blocks: list[Block]
    booked: int
    free_minutes: int
    late_minutes: int = 0

    @property
    def is_need(self) -> bool:
        return self.practitioner is None

    @property
    def proposed(self) -> bool:
        return any(block.shift.status == ShiftStatus.PROPOSED for block in self.blocks)

    @property
    def rooms(self) -> list[str]:
        return list(dict.fromkeys(b.shift.room.name for b in self.blocks if b.shift.room))


@dataclass(frozen=True, slots=True)
class Waiting:
    appointment: Any
    since: datetime
    minutes: int
    step: Step


@dataclass(frozen=True, slots=True)
class Mark:
    """An hour of the axis, or a folded break."""

    row: int
    instant: datetime
    ends_at: datetime | None = None

    @property
    def folded(self) -> bool:
        return self.ends_at is not None


@dataclass(slots=True)
class Scale:
    """Ticks to rows: stretches in which somebody consults, the rest folded."""

    segments: list[tuple[int, int, int]]  # first tick, end tick, row of the first tick (from 1)

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Scale:
        merged: list[list[int]] = []
        for start, end in sorted(spans):
            if merged and start - merged[-1][1] <= FOLD_OVER_TICKS:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        segments, row = [], 1
        for start, end in merged:
            segments.append((start, end, row))
            row += end - start + FOLDED_ROWS
        return cls(segments)

    @property
    def rows(self) -> int:
        if not self.segments:
            return 0
        start, end, row = self.segments[-1]
        return row + (end - start) - 1

    def row(self, tick: int) -> int:
        """Row in which `tick` starts; inside a fold, the end of the fold's first row."""
        found = 1
        for start, end, row in self.segments:
            if tick < start:
                return found
            if tick <= end:
                return row + tick - start
            found = row + end - start
        return found

    def marks(self) -> list[Mark]:
        found: list[Mark] = []
        per_hour = 60 // TICK_MINUTES
        for index, (start, end, row) in enumerate(self.segments):
            hours = [start] + [t for t in range(start + 1, end) if t % per_hour == 0]
            # The first label and the next hour do not overlap.
            if len(hours) > 1 and hours[1] - hours[0] < 3:
                hours = hours[1:]
            found += [Mark(row + t - start, instant_of(t)) for t in hours]
            if index + 1 < len(self.segments):
                found.append(
                    Mark(row + end - start, instant_of(end), instant_of(self.segments[index + 1][0]))
                )
        return found

    def contains(self, tick: int) -> bool:
        return any(start <= tick < end for start, end, _ in self.segments)


@dataclass(slots=True)
class Board:
    columns: list[Column]
    marks: list[Mark]
    rows: int
    now_row: int | None
    first_instant: datetime | None
    segments: list[tuple[int, int, int]]
    waiting: list[Waiting]
    total: int
    to_come: int
    with_doctor: int
    seen: int
    absent: int
    cancelled: list[Any]
    free_minutes: int
    version: str

    @property
    def has_doctor(self) -> bool:
        return any(not column.is_need for column in self.columns)


def lay_out(board: DayBoard, *, now: datetime, today: Any, may_manage: bool) -> Board:
    """Place everything. `today`: the site's local day, to know whether steps and lateness make sense."""
    scale = Scale.of(_spans(board))
    begun = board.day <= today
    oldest = now - STILL_BOOKABLE
    groups: dict[str, list[BoardColumn]] = {}
    for column in board.columns:
        shift = column.shift
        key = f"p{shift.practitioner_id}" if shift.practitioner_id else f"s{shift.pk}"
        groups.setdefault(key, []).append(column)
    columns = [
        _column(key, group, scale, begun=begun, may_manage=may_manage, oldest=oldest)
        for key, group in groups.items()
    ]
    # Needs last: what is consulted comes first.
    columns.sort(key=lambda c: c.is_need)
    if board.day == today:
        for made in columns:
            made.late_minutes = _late(made, now)
    counts = board.counts
    return Board(
        columns=columns,
        marks=scale.marks(),
        rows=scale.rows,
        now_row=scale.row(tick_of(now)) if board.day == today and scale.contains(tick_of(now)) else None,
        first_instant=instant_of(scale.segments[0][0]) if scale.segments else None,
        segments=scale.segments,
        waiting=[
            Waiting(
                a,
                a.arrived_at or a.starts_at,
                max(0, int((now - (a.arrived_at or a.starts_at)).total_seconds() // 60)),
                _STEPS[AppointmentStatus.IN_PROGRESS],
            )
            for a in board.waiting
        ],
        total=sum(counts.values()),
        to_come=counts.get(AppointmentStatus.BOOKED, 0),
        with_doctor=counts.get(AppointmentStatus.IN_PROGRESS, 0),
        seen=counts.get(AppointmentStatus.FULFILLED, 0),
        absent=counts.get(AppointmentStatus.NOSHOW, 0) + counts.get(AppointmentStatus.LEFT, 0),
        cancelled=board.cancelled,
        free_minutes=sum(c.free_minutes for c in columns),
        version=version_of(board, may_manage=may_manage),
    )


def _spans(board: DayBoard) -> Iterable[tuple[int, int]]:
    for column in board.columns:
        yield tick_of(column.shift.starts_at), tick_ceil(column.shift.ends_at)
        for entry in column.entries:  # an overbooked visit may run past the end of the shift
            yield tick_of(entry.starts_at), tick_ceil(entry.ends_at)


def _column(
    key: str, group: list[BoardColumn], scale: Scale, *, begun: bool, may_manage: bool, oldest: datetime
) -> Column:
    return Column(
        key=key,
        practitioner=group[0].shift.practitioner,
        blocks=[_block(column, scale, begun=begun, may_manage=may_manage, oldest=oldest) for column in group],
        booked=sum(column.booked for column in group),
        free_minutes=sum(column.free_minutes for column in group),
    )


def _block(column: BoardColumn, scale: Scale, *, begun: bool, may_manage: bool, oldest: datetime) -> Block:
    shift = column.shift
    block = Block(shift, *_place(shift, scale), visits=[], free=[], held=[], items=[])
    for entry in column.entries:
        row, span = _place(entry, scale)
        if entry.kind == "free":
            block.free.append(_free(shift, entry, row, span, scale, oldest))
            block.items.append(("free", block.free[-1]))
        elif entry.kind == "hold":
            block.held.append(Held(entry.starts_at, entry.ends_at, row, span))
            block.items.append(("held", block.held[-1]))
        else:
            block.visits.append(_visit(entry.appointment, row, span, begun=begun, may_manage=may_manage))
            block.items.append(("visit", block.visits[-1]))
    _share_width(block.visits)
    return block


def _place(timed: Any, scale: Scale) -> tuple[int, int]:
    row = scale.row(tick_of(timed.starts_at))
    return row, max(1, scale.row(tick_ceil(timed.ends_at)) - row)


def _visit(appointment: Any, row: int, span: int, *, begun: bool, may_manage: bool) -> Visit:
    steps, back = steps_of(appointment.status, begun=begun) if may_manage else ([], "")
    return Visit(
        appointment,
        row,
        span,
        steps=steps,
        back=back,
        movable=may_manage and appointment.status == AppointmentStatus.BOOKED,
    )


def _free(shift: Any, entry: BoardEntry, row: int, span: int, scale: Scale, oldest: datetime) -> Free:
    step = max(FREE_STEP_MINUTES, shift.practitioner.rhythm_minutes) // TICK_MINUTES
    first, end = tick_of(entry.starts_at), tick_of(entry.ends_at)
    ticks = list(range(first, end, step))
    # A last piece shorter than a visit joins the one before.
    if len(ticks) > 1 and end - ticks[-1] < step:
        ticks.pop()
    edges = [*ticks[1:], end]
    # Nobody is seen in less than the doctor's own rhythm: such a gap is shown, not offered.
    if (end - first) * TICK_MINUTES < shift.practitioner.rhythm_minutes:
        ticks, edges = [], []
    starts: list[Start] = []
    for t, e in zip(ticks, edges, strict=True):
        past = instant_of(t) < oldest
        first = not past and (not starts or starts[-1].past)
        starts.append(
            Start(instant_of(t), scale.row(t) - row + 1, max(1, scale.row(e) - scale.row(t)), past, first)
        )
    return Free(shift.pk, entry.starts_at, entry.ends_at, entry.minutes, row, span, starts)


def _share_width(visits: list[Visit]) -> None:
    """Visits that overlap (overbooking) stand side by side; the others take the whole width."""
    cluster: list[Visit] = []
    end = 0
    for visit in sorted(visits, key=lambda v: (v.row, v.appointment.lane)):
        if cluster and visit.row >= end:
            _close(cluster)
            cluster = []
        cluster.append(visit)
        end = max(end if len(cluster) > 1 else 0, visit.row + visit.span)
    _close(cluster)


def _close(cluster: list[Visit]) -> None:
    ends: list[int] = []
    for visit in cluster:
        lane = next((i for i, row in enumerate(ends) if row <= visit.row), len(ends))
        if lane == len(ends):
            ends.append(0)
        ends[lane] = visit.row + visit.span
        visit.lane = lane + 1
    for visit in cluster:
        visit.lanes = len(ends)


def _late(column: Column, now: datetime) -> int:
    """Minutes: the longest wait past its hour, or a visit that runs past its end; 0 under ten minutes."""
    late = 0.0
    for visit in (v for block in column.blocks for v in block.visits):
        appointment = visit.appointment
        if appointment.status == AppointmentStatus.ARRIVED:
            late = max(late, (now - appointment.starts_at).total_seconds())
        elif appointment.status == AppointmentStatus.IN_PROGRESS:
            late = max(late, (now - appointment.ends_at).total_seconds())
    minutes = int(late // 60)
    return minutes if minutes >= LATE_FROM_MINUTES else 0


def version_of(board: DayBoard, *, may_manage: bool) -> str:
    """Changes when anything shown changes, the passing of time apart."""
    seen: list[Any] = [board.site.pk, board.day, may_manage, [a.pk for a in board.cancelled]]
    for column in board.columns:
        shift = column.shift
        seen.append((shift.pk, shift.version, shift.status, str(shift.practitioner), str(shift.room)))
        for entry in column.entries:
            a = entry.appointment
            seen.append((entry.kind, entry.starts_at, entry.ends_at))
            if a is not None:
                seen.append(
                    (a.pk, a.status, a.sequence, a.updated_at, a.patient.display_name, a.reason.label)
                )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]
