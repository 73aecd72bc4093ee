"""A month as weeks of days, for the small calendar of a place. Pure."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from releve.kernel.errors import Invalid

MONTHS_BACK, MONTHS_AHEAD = 1, 12


@dataclass(frozen=True)
class MonthDay:
    day: date
    in_month: bool
    is_today: bool
    is_past: bool
    hours: list[Any] = field(default_factory=list)
    closed: bool = False


@dataclass(frozen=True)
class Month:
    first: date
    last: date
    previous: str  # "YYYY-MM", empty beyond what may be shown
    following: str


def _shift(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def read_month(text: str, today: date) -> Month:
    """The month of `YYYY-MM` (empty: this month). Raises Invalid when unreadable or too far."""
    current = today.replace(day=1)
    if not text:
        first = current
    else:
        try:
            year, month = (int(part) for part in text.split("-"))
            first = date(year, month, 1)
        except ValueError as error:
            raise Invalid(
                "Ce mois est illisible\u00a0: écrivez par exemple 2026-03.", field="mois"
            ) from error
    distance = (first.year - current.year) * 12 + first.month - current.month
    if not -MONTHS_BACK <= distance <= MONTHS_AHEAD:
        raise Invalid("Ce mois est trop loin\u00a0: le calendrier montre un an.", field="mois")
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return Month(
        first=first,
        last=last,
        previous=f"{_shift(first, -1):%Y-%m}" if distance > -MONTHS_BACK else "",
        following=f"{_shift(first, 1):%Y-%m}" if distance < MONTHS_AHEAD else "",
    )


def month_weeks(
    month: Month, *, today: date, hours_by_day: dict[date, list[Any]], closed_days: set[date]
) -> list[list[MonthDay]]:
    """Weeks from Monday; days of the neighbouring months are kept empty."""
    return [
        [
            MonthDay(
                day=day,
                in_month=day.month == month.first.month,
                is_today=day == today,
                is_past=day < today,
                hours=hours_by_day.get(day, []) if day.month == month.first.month else [],
                closed=day in closed_days,
            )
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(month.first.year, month.first.month)
    ]
