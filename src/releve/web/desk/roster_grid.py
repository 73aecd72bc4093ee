"""What the month and week pages of the roster show. Pure: no query, no clock."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from releve.contexts.indicators.rules import WeekCoverage, monday_of
from releve.contexts.rostering.enums import ShiftKind, ShiftStatus
from releve.kernel import french

KIND_ICONS: dict[str, str] = {
    ShiftKind.CONSULTATION: "person",
    ShiftKind.INTERN: "mortarboard",
    ShiftKind.NURSE: "heart-pulse",
}


@dataclass(frozen=True)
class DayNotes:
    """What the calendar says of a day: public holiday, school holiday, closure of the site."""

    holiday: str = ""
    school: str = ""
    closure: str = ""

    @property
    def texts(self) -> list[str]:
        return [text for text in (self.holiday, self.closure, self.school) if text]


@dataclass(frozen=True)
class Card:
    """A shift, ready to print."""

    id: int
    day: date
    hours: str
    starts: str
    ends: str
    kind: str
    kind_label: str
    kind_icon: str
    status: str
    status_label: str
    person: str
    room: str
    site: str
    note: str
    bookable: bool
    version: int
    movable: bool

    @property
    def who(self) -> str:
        return self.person or "À pourvoir"


@dataclass(frozen=True)
class DayCell:
    day: date
    inside: bool
    today: bool
    past: bool
    notes: DayNotes
    cards: list[Card] = field(default_factory=list)

    @property
    def title(self) -> str:
        return french.long_date(self.day)

    @property
    def short_title(self) -> str:
        """`mar. 3`: the column of a wide screen is narrow."""
        number = "1er" if self.day.day == 1 else str(self.day.day)
        return f"{french.WEEKDAYS[self.day.weekday()][:3]}. {number}"


@dataclass(frozen=True)
class WeekRow:
    monday: date
    cells: list[DayCell]
    coverage: WeekCoverage

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def title(self) -> str:
        sunday = self.monday + timedelta(days=6)
        return f"du {french.long_date(self.monday)} au {french.long_date(sunday)}"


def hours_text(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`9 h – 12 h 30`, at the clock of the site."""
    return f"{french.hour(starts_at, time_zone)} – {french.hour(ends_at, time_zone)}"


def card_of(shift: Any, *, today: date) -> Card:
    """The card of a shift, in the site's local hours."""
    zone = ZoneInfo(shift.site.time_zone)
    starts: datetime = shift.starts_at.astimezone(zone)
    ends: datetime = shift.ends_at.astimezone(zone)
    return Card(
        id=shift.pk,
        day=shift.day,
        hours=hours_text(shift.starts_at, shift.ends_at, shift.site.time_zone),
        starts=f"{starts:%H:%M}",
        ends=f"{ends:%H:%M}",
        kind=shift.kind,
        kind_label=shift.get_kind_display(),
        kind_icon=KIND_ICONS.get(shift.kind, "person"),
        status=shift.status,
        status_label=shift.get_status_display(),
        person=shift.practitioner.display_name if shift.practitioner else "",
        room=shift.room.name if shift.room else "",
        site=shift.site.name,
        note=shift.note,
        bookable=shift.bookable,
        version=shift.version,
        movable=shift.status not in (ShiftStatus.HELD, ShiftStatus.CANCELLED) and shift.day >= today,
    )


def _card_order(card: Card) -> tuple[bool, str, int]:
    return card.status == ShiftStatus.CANCELLED, card.starts, card.id


def month_mondays(year: int, month: int) -> list[date]:
    """The Mondays of the weeks a month touches."""
    first = date(year, month, 1)
    last = date(year, month, calendar.monthrange(year, month)[1])
    mondays = [monday_of(first)]
    while mondays[-1] + timedelta(days=7) <= last:
        mondays.append(mondays[-1] + timedelta(days=7))
    return mondays


def build_weeks(
    mondays: list[date],
    shifts: Iterable[Any],
    *,
    coverage: Mapping[date, WeekCoverage],
    notes_of: Callable[[date], DayNotes],
    today: date,
    month: int | None = None,
) -> list[WeekRow]:
    """Rows of the grid. `month` greys the days of the neighbouring months; None for the week page."""
    cards: dict[date, list[Card]] = defaultdict(list)
    for shift in shifts:
        cards[shift.day].append(card_of(shift, today=today))
    rows = []
    for monday in mondays:
        cells = []
        for day in (monday + timedelta(days=i) for i in range(7)):
            found = sorted(cards.get(day, ()), key=_card_order)
            cells.append(
                DayCell(
                    day=day,
                    inside=month is None or day.month == month,
                    today=day == today,
                    past=day < today,
                    notes=notes_of(day),
                    cards=found,
                )
            )
        rows.append(WeekRow(monday, cells, coverage.get(monday) or WeekCoverage(monday)))
    return rows


def month_title(year: int, month: int) -> str:
    """`mars 2026`."""
    return f"{french.MONTHS[month - 1]} {year}"


def neighbour_month(year: int, month: int, step: int) -> str:
    """`YYYY-MM` of the month `step` months away."""
    index = year * 12 + month - 1 + step
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def coverage_sentence(week: WeekCoverage) -> str:
    """`2 jours médecin sur 3 souhaités`; says so when nothing is wished."""
    if not week.wished:
        return "Aucun jour médecin prévu"
    covered, wished = days_text(week.covered_days), days_text(week.wished_days)
    day_word = "jours" if week.covered_days >= 2 else "jour"
    wished_word = "souhaités" if week.wished_days >= 2 else "souhaité"
    return f"{covered} {day_word} médecin sur {wished} {wished_word}"


def days_text(days: float) -> str:
    """French number without useless decimals: `2`, `2,5`."""
    return f"{days:g}".replace(".", ",")
