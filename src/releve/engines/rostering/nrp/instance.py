"""Shift-scheduling instances of Curtois and Qu (2014): text in, frozen instance out; an independent check of rosters.

Format: sections of comma-separated lines, `#` starts a comment. The rules at the ends of the horizon are theirs: the
minimum of shifts or days off in a row supposes enough of the same before the first day and after the last one; the
maximum of shifts in a row supposes a day off there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInstance

Ints = NDArray[Any]
OFF = -1


@dataclass(frozen=True)
class Shift:
    """never_next: numbers of the shifts that cannot follow on the next day."""

    id: str
    minutes: int
    never_next: frozenset[int]


@dataclass(frozen=True)
class Employee:
    id: str
    max_shifts: tuple[int, ...]
    max_minutes: int
    min_minutes: int
    max_in_a_row: int
    min_in_a_row: int
    min_days_off: int
    max_weekends: int
    days_off: frozenset[int]


@dataclass(frozen=True, eq=False)
class Instance:
    """cost: (employees, days, shifts) penalty of holding that shift, requests on and off; `constant` is what all unmet
    requests would cost. required, under, over: (days, shifts). Day 0 is a Monday."""

    days: int
    shifts: tuple[Shift, ...]
    employees: tuple[Employee, ...]
    on: Ints
    off: Ints
    required: Ints
    under: Ints
    over: Ints

    @property
    def cost(self) -> Ints:
        return self.off - self.on

    @property
    def constant(self) -> int:
        return int(self.on.sum())

    @property
    def weekends(self) -> list[tuple[int, int]]:
        return [(d, d + 1) for d in range(5, self.days, 7)]


def read(text: str) -> Instance:
    """Instance of a text; InvalidInstance names the line at fault."""
    sections: dict[str, list[tuple[int, str]]] = {}
    name = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if line.startswith("SECTION_"):
            name = line
            sections[name] = []
        elif line:
            if not name:
                raise InvalidInstance(f"Line {number}: outside any section.")
            sections[name].append((number, line))
    for wanted in ("SECTION_HORIZON", "SECTION_SHIFTS", "SECTION_STAFF", "SECTION_COVER"):
        if not sections.get(wanted):
            raise InvalidInstance(f"{wanted} is missing or empty.")
    number = 0
    try:
        number, line = sections["SECTION_HORIZON"][0]
        days = int(line)
        if not 1 <= days <= 366:
            raise InvalidInstance(f"Line {number}: a horizon of {days} days.")
        rows = [(n, [field.strip() for field in line.split(",")]) for n, line in sections["SECTION_SHIFTS"]]
        shift_of = {fields[0]: i for i, (_, fields) in enumerate(rows)}
        shifts = []
        for number, fields in rows:  # noqa: B007 - the handler names the line
            following = [f for f in fields[2].split("|") if f] if len(fields) > 2 else []
            shifts.append(Shift(fields[0], int(fields[1]), frozenset(shift_of[f] for f in following)))
        days_off: dict[str, frozenset[int]] = {}
        for number, line in sections.get("SECTION_DAYS_OFF", []):
            fields = [field.strip() for field in line.split(",")]
            days_off[fields[0]] = frozenset(_day(field, days, number) for field in fields[1:] if field)
        employees = []
        for number, line in sections["SECTION_STAFF"]:  # noqa: B007 - the same
            fields = [field.strip() for field in line.split(",")]
            most = dict(part.split("=") for part in fields[1].split("|") if part)
            limits = [int(field) for field in fields[2:8]]
            employees.append(
                Employee(  # type: ignore[misc]
                    fields[0],
                    tuple(int(most.get(shift.id, days)) for shift in shifts),
                    *limits,  # type: ignore[arg-type]
                    days_off=days_off.get(fields[0], frozenset()),
                )
            )
        of = {employee.id: e for e, employee in enumerate(employees)}
        if len(of) != len(employees) or len(shift_of) != len(shifts):
            raise InvalidInstance("The same employee or shift twice.")
        requests = []
        for section in ("SECTION_SHIFT_ON_REQUESTS", "SECTION_SHIFT_OFF_REQUESTS"):
            table = np.zeros((len(employees), days, len(shifts)), dtype=np.int64)
            for number, line in sections.get(section, []):
                who, day, shift, weight = (field.strip() for field in line.split(",")[:4])
                table[of[who], _day(day, days, number), shift_of[shift]] += int(weight)
            requests.append(table)
        cover = np.zeros((3, days, len(shifts)), dtype=np.int64)
        for number, line in sections["SECTION_COVER"]:
            day, shift, *figures = (field.strip() for field in line.split(",")[:5])
            cover[:, _day(day, days, number), shift_of[shift]] = [int(figure) for figure in figures]
    except InvalidInstance:
        raise
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InvalidInstance(f"Line {number}: {error}.") from None
    return Instance(days, tuple(shifts), tuple(employees), *requests, *cover)


def _day(text: str, days: int, number: int) -> int:
    day = int(text)
    if not 0 <= day < days:
        raise InvalidInstance(f"Line {number}: day {day} is outside the horizon.")
    return day


def penalty(instance: Instance, roster: Ints) -> int:
    """Penalty of a roster (employees, days) of shift numbers, -1 = off; recomputed from the requests and the cover."""
    total = 0
    for e in range(len(instance.employees)):
        for d in range(instance.days):
            for s in range(len(instance.shifts)):
                if roster[e, d] == s:
                    total += int(instance.off[e, d, s])
                else:
                    total += int(instance.on[e, d, s])
    for d in range(instance.days):
        for s in range(len(instance.shifts)):
            short = int(instance.required[d, s]) - int((roster[:, d] == s).sum())
            total += short * int(instance.under[d, s]) if short > 0 else -short * int(instance.over[d, s])
    return total


def violations(instance: Instance, roster: Ints) -> list[str]:
    """Every hard rule that a roster breaks, in words for who debugs; shares nothing with the solver."""
    found = []
    if roster.shape != (len(instance.employees), instance.days):
        return ["shape"]
    for e, person in enumerate(instance.employees):
        row = [int(value) for value in roster[e]]
        work = [value != OFF for value in row]
        for d in range(instance.days):
            if work[d] and d in person.days_off:
                found.append(f"{person.id}: works on day off {d}")
            if d and work[d] and work[d - 1] and row[d] in instance.shifts[row[d - 1]].never_next:
                found.append(f"{person.id}: {row[d - 1]} then {row[d]} on day {d}")
        for s in range(len(instance.shifts)):
            if row.count(s) > person.max_shifts[s]:
                found.append(f"{person.id}: too many shifts {s}")
        minutes = sum(instance.shifts[value].minutes for value in row if value != OFF)
        if not person.min_minutes <= minutes <= person.max_minutes:
            found.append(f"{person.id}: {minutes} minutes")
        if (
            sum(any(work[d] for d in pair if d < instance.days) for pair in instance.weekends)
            > person.max_weekends
        ):
            found.append(f"{person.id}: too many weekends")
        first = 0
        while first < instance.days:
            last = first
            while last + 1 < instance.days and work[last + 1] == work[first]:
                last += 1
            many, inside = last - first + 1, first > 0 and last < instance.days - 1
            if work[first] and many > person.max_in_a_row:
                found.append(f"{person.id}: {many} shifts in a row")
            if inside and many < (person.min_in_a_row if work[first] else person.min_days_off):
                found.append(f"{person.id}: only {many} in a row from day {first}")
            first = last + 1
    return found
