"""Pure decisions of booking: ticks, free gaps, which starts are offered, who may book what, when.

Specified with a worked table in docs/algorithms/slots.md. Time is counted in ticks of five minutes since
1970-01-01 UTC; every duration is a multiple of five minutes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .enums import AppointmentStatus, BookableBy, PatientRule

TICK_MINUTES = 5
TICK_SECONDS = TICK_MINUTES * 60

# Who may see a reason, from the narrowest to the widest audience.
_AUDIENCES: dict[str, set[str]] = {
    "public": {BookableBy.PUBLIC},
    "partner": {BookableBy.PUBLIC, BookableBy.PARTNER},
    "desk": {BookableBy.PUBLIC, BookableBy.PARTNER, BookableBy.DESK},
}

# Forward steps of a visit, and the single step back that undoes each.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    AppointmentStatus.BOOKED: (AppointmentStatus.ARRIVED, AppointmentStatus.NOSHOW),
    AppointmentStatus.ARRIVED: (
        AppointmentStatus.IN_PROGRESS,
        AppointmentStatus.LEFT,
        AppointmentStatus.FULFILLED,
        AppointmentStatus.BOOKED,
    ),
    AppointmentStatus.IN_PROGRESS: (AppointmentStatus.FULFILLED, AppointmentStatus.ARRIVED),
    AppointmentStatus.FULFILLED: (AppointmentStatus.IN_PROGRESS,),
    AppointmentStatus.NOSHOW: (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED),
    AppointmentStatus.LEFT: (AppointmentStatus.ARRIVED,),
    AppointmentStatus.CANCELLED: (),
}

# States in which an appointment keeps its time.
LIVE_STATUSES = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.IN_PROGRESS,
    AppointmentStatus.FULFILLED,
    AppointmentStatus.NOSHOW,
    AppointmentStatus.LEFT,
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that may be booked. `adjacent`: it touches booked time or an end of the shift, so wastes nothing."""

    shift_id: int
    site_id: int
    practitioner_id: int
    reason_id: int
    starts_at: datetime
    ends_at: datetime
    adjacent: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A start offered in a gap, in ticks."""

    start: int
    adjacent: bool


def tick_of(instant: datetime) -> int:
    """Tick that contains `instant`."""
    return int(instant.timestamp()) // TICK_SECONDS


def tick_ceil(instant: datetime) -> int:
    """First tick that starts at or after `instant`."""
    return -(-int(instant.timestamp()) // TICK_SECONDS)


def instant_of(tick: int) -> datetime:
    """Instant (aware UTC) at which `tick` starts."""
    return datetime.fromtimestamp(tick * TICK_SECONDS, UTC)


def is_on_tick(instant: datetime) -> bool:
    return instant.timestamp() % TICK_SECONDS == 0


def ticks_between(starts_at: datetime, ends_at: datetime) -> range:
    return range(tick_of(starts_at), tick_ceil(ends_at))


def effective_minutes(reason_minutes: int, rhythm_minutes: int | None) -> int:
    """Length of a visit: the reason's, but never shorter than the practitioner's own rhythm.

    A doctor who works in 20-minute steps is not given 15-minute follow-ups.
    """
    return max(reason_minutes, rhythm_minutes or 0)


def free_gaps(start: int, end: int, busy: Collection[int]) -> list[tuple[int, int]]:
    """Maximal free intervals `[a, b)` of `[start, end)` once the `busy` ticks are removed."""
    gaps = []
    opened = start
    for tick in sorted(t for t in busy if start <= t < end):
        if tick > opened:
            gaps.append((opened, tick))
        opened = max(opened, tick + 1)
    if opened < end:
        gaps.append((opened, end))
    return gaps


def offered_starts(gap: tuple[int, int], need: int, useful: int) -> list[Offer]:
    """Starts offered in a free gap for a visit of `need` ticks, so that mixed durations do not fragment the day.

    `useful` is the shortest visit anyone may book here: a leftover shorter than that (and not zero) is lost time.
    Offered: the chain of starts from the left edge, and the start that ends at the right edge, minus those that
    would leave a lost leftover on either side. If every start would, the left edge is offered all the same
    (time lost at the end of a half-day is better than a patient refused).
    """
    a, b = gap
    if b - a < need:
        return []
    chain = list(range(a, b - need + 1, need))
    right = b - need
    if right not in chain:
        chain.append(right)
    kept = [s for s in chain if leaves_no_sliver(gap, s, need, useful)]
    if not kept:
        kept = [a]
    return [Offer(s, adjacent=s in (a, right)) for s in kept]


def leaves_no_sliver(gap: tuple[int, int], start: int, need: int, useful: int) -> bool:
    """True when what is left on each side of the visit is nothing, or still bookable."""
    left, right = start - gap[0], gap[1] - start - need
    return all(rest == 0 or rest >= useful for rest in (left, right))


def gap_around(gaps: Iterable[tuple[int, int]], start: int, need: int) -> tuple[int, int] | None:
    """The free gap that can hold a visit of `need` ticks at `start`, or None."""
    for gap in gaps:
        if gap[0] <= start and start + need <= gap[1]:
            return gap
    return None


def audience_may_book(bookable_by: str, audience: str) -> bool:
    return bookable_by in _AUDIENCES[audience]


def suits_patient(patient_rule: str, patient_is_known: bool | None) -> bool:
    """Whether a reason is for a new or a known patient; `None`: the status has not been asked yet."""
    if patient_is_known is None or patient_rule == PatientRule.ANY:
        return True
    return (patient_rule == PatientRule.KNOWN) == patient_is_known


def booking_window(
    *, now: datetime, min_notice_minutes: int, max_notice_days: int | None, horizon_days: int, audience: str
) -> tuple[datetime, datetime]:
    """Earliest and latest start that `audience` may book. The desk has no notice to respect, only the present."""
    if audience == "desk":
        return now - timedelta(minutes=30), now + timedelta(days=400)
    days = horizon_days if max_notice_days is None else min(horizon_days, max_notice_days + 1)
    return now + timedelta(minutes=min_notice_minutes), now + timedelta(days=days)


def age_on(birth_date: date, day: date) -> int:
    """Completed years on `day`."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def digest(text: str) -> str:
    """SHA-256 (hex) under which tokens are stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def same_digest(left: str, right: str) -> bool:
    return hmac.compare_digest(left, right)
