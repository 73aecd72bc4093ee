"""Definitions of the figures, written once. Pure: counts in, figures out.

- *Need* of a week: doctor half-days wished, that is the consultation shifts of the calendar that are not
  cancelled, filled or not. A week that holds no shift at all counts what the typical week of the site asks
  for, so that a week nobody has opened yet is empty and not perfect.
- *Coverage*: confirmed or held consultation half-days, against the need. A proposal that waits for an answer
  is not coverage.
- *Fill rate*: minutes booked against minutes opened to booking, in confirmed or held shifts.
- *No-show rate*: absences against appointments whose outcome is known (seen, absent, left unseen).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from releve.contexts.rostering.enums import HalfDay, ShiftKind, ShiftStatus

# Interns and nurses add to a place; they do not replace the doctor day a town asks for.
DOCTOR_KINDS: tuple[str, ...] = (ShiftKind.CONSULTATION,)
COVERING_STATUSES: tuple[str, ...] = (ShiftStatus.CONFIRMED, ShiftStatus.HELD)


@dataclass(frozen=True)
class WeekCoverage:
    """Doctor half-days of one site and one week (Monday to Sunday)."""

    monday: date
    wished: int = 0
    covered: int = 0
    proposed: int = 0

    @property
    def wished_days(self) -> float:
        return self.wished / 2

    @property
    def covered_days(self) -> float:
        return self.covered / 2

    @property
    def missing_days(self) -> float:
        return max(self.wished - self.covered, 0) / 2

    @property
    def rate(self) -> float | None:
        """Share of the need that is covered, 0 to 1; None when nothing is wished."""
        return rate(min(self.covered, self.wished), self.wished)

    @property
    def level(self) -> str:
        """`none` nothing wished | `full` | `partial` | `thin` (under half of the need) | `empty`."""
        if not self.wished:
            return "none"
        if self.covered >= self.wished:
            return "full"
        if not self.covered:
            return "empty"
        return "partial" if self.covered * 2 >= self.wished else "thin"

    @property
    def is_thin(self) -> bool:
        return self.level in ("thin", "empty")


def monday_of(day: date) -> date:
    """Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def half_days_in(half_day: str) -> int:
    """Half-days a shift stands for: 2 for a whole day, else 1."""
    return 2 if half_day == HalfDay.DAY else 1


def week_coverage(monday: date, shifts: Iterable[tuple[str, str]], *, typical: int = 0) -> WeekCoverage:
    """Coverage of one week from `(half_day, status)` of its doctor shifts.

    `typical`: half-days of the typical week, used only when the calendar holds nothing: a week with shifts,
    even all cancelled, was decided by people.
    """
    decided = False
    wished = covered = proposed = 0
    for half_day, status in shifts:
        decided = True
        if status == ShiftStatus.CANCELLED:
            continue
        count = half_days_in(half_day)
        wished += count
        if status in COVERING_STATUSES:
            covered += count
        elif status == ShiftStatus.PROPOSED:
            proposed += count
    return WeekCoverage(
        monday=monday, wished=wished if decided else typical, covered=covered, proposed=proposed
    )


def rate(part: int, whole: int) -> float | None:
    """`part / whole`; None when there is nothing to divide by (unknown is not zero)."""
    return part / whole if whole else None


def total_coverage(monday: date, weeks: Iterable[WeekCoverage]) -> WeekCoverage:
    """Several sites of the same week as one: plain sums."""
    found = list(weeks)
    return WeekCoverage(
        monday=monday,
        wished=sum(w.wished for w in found),
        covered=sum(w.covered for w in found),
        proposed=sum(w.proposed for w in found),
    )
