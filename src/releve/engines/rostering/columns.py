"""The problem as arrays: what rules and solvers read. Practitioners `p`, needs `n`, sites `s`, days `d` are row numbers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .problem import Bools, Floats, Ints, Problem

NO_LIMIT = 10**6


@dataclass(frozen=True, eq=False)
class Columns:
    """Lengths are half-days; `cap` too. `week` and `month` number the calendar weeks and months of the horizon."""

    week: Ints
    month: Ints
    weekday: Ints
    need_site: Ints
    need_day: Ints
    need_halves: Ints
    need_length: Ints
    need_weight: Ints
    need_minimum: Ints
    need_wished: Ints
    need_rest: Ints
    need_class: Ints
    person_class: Ints
    qualified: Bools
    papers_from: Ints
    papers_until: Ints
    cap: Ints
    used: Ints
    max_days_week: Ints
    max_consecutive: Ints
    max_minutes: Floats
    fixed_weekdays: Bools
    fixed_site: Ints
    lodging_beyond: Floats
    lodging_required: Bools
    last_resort: Bools
    recent: Ints
    avoids_alone: Bools
    supervised: Bools
    supervisors: tuple[tuple[int, ...], ...]
    rooms: Ints
    week_minimum: Ints
    site_priority: Ints
    site_lodging: Bools
    availability: Bools
    reachable: Bools
    home_minutes: Floats
    site_minutes: Floats
    preference_keys: Ints
    preference_values: Ints
    history_keys: Ints
    history_values: Ints
    pinned: tuple[tuple[int, int], ...]
    published: dict[tuple[int, int], int]

    @staticmethod
    def of(problem: Problem) -> Columns:
        dates = [problem.first_day + dt.timedelta(days=d) for d in range(problem.days)]
        needs, people, sites = problem.needs, problem.practitioners, problem.sites
        kinds = {key: i for i, key in enumerate(dict.fromkeys((n.accepts, n.skills) for n in needs))}
        sorts = {key: i for i, key in enumerate(dict.fromkeys((p.status, p.skills) for p in people))}
        qualified = np.zeros((max(1, len(sorts)), max(1, len(kinds))), dtype=bool)
        for (status, has), row in sorts.items():
            for (accepts, wants), column in kinds.items():
                qualified[row, column] = (not accepts or status in accepts) and wants <= has
        halves = ints(int(n.halves) for n in needs)
        first = problem.first_day

        def offset(day: dt.date | None, default: int) -> int:
            return default if day is None else (day - first).days

        def halves_of(days: float | None) -> int:
            return NO_LIMIT if days is None else int(np.floor(2 * days + 1e-9))

        fixed = np.ones((len(people), 7), dtype=bool)
        for p, person in enumerate(people):
            if person.fixed_weekdays is not None:
                fixed[p] = [weekday in person.fixed_weekdays for weekday in range(7)]
        by_id = problem.practitioner_index
        site_of = problem.site_index
        availability = np.asarray(problem.availability, dtype=bool)
        preferences = _pairs(problem, problem.preferences)
        history = _pairs(problem, problem.history)
        return Columns(
            week=ints((day - dt.timedelta(days=day.weekday())).toordinal() // 7 for day in dates),
            month=ints(day.year * 12 + day.month - 1 for day in dates),
            weekday=ints(day.weekday() for day in dates),
            need_site=ints(site_of[n.site] for n in needs),
            need_day=ints((n.day - first).days for n in needs),
            need_halves=halves,
            need_length=(halves & 1) + (halves >> 1),
            need_weight=ints(n.priority for n in needs) * ((halves & 1) + (halves >> 1)),
            need_minimum=ints(n.minimum for n in needs),
            need_wished=ints(n.wished for n in needs),
            need_rest=ints(n.rest_after for n in needs),
            need_class=ints(kinds[n.accepts, n.skills] for n in needs),
            person_class=ints(sorts[p.status, p.skills] for p in people),
            qualified=qualified,
            papers_from=ints(offset(p.papers_from, -NO_LIMIT) for p in people),
            papers_until=ints(offset(p.papers_until, NO_LIMIT) if p.papers else -NO_LIMIT for p in people),
            cap=ints(halves_of(p.monthly_cap) for p in people),
            used=ints(int(np.ceil(2 * p.used_days - 1e-9)) for p in people),
            max_days_week=ints(7 if p.max_days_week is None else p.max_days_week for p in people),
            max_consecutive=ints(
                NO_LIMIT if p.max_consecutive_days is None else p.max_consecutive_days for p in people
            ),
            max_minutes=floats(p.max_minutes for p in people),
            fixed_weekdays=fixed,
            fixed_site=ints(-1 if p.fixed_site is None else site_of[p.fixed_site] for p in people),
            lodging_beyond=floats(np.inf if p.lodging_beyond is None else p.lodging_beyond for p in people),
            lodging_required=bools(p.lodging_required for p in people),
            last_resort=bools(p.last_resort for p in people),
            recent=ints(p.recent for p in people),
            avoids_alone=bools(p.avoids_alone for p in people),
            supervised=bools(bool(p.supervisors) for p in people),
            supervisors=tuple(tuple(by_id[other] for other in p.supervisors) for p in people),
            rooms=ints(NO_LIMIT if s.rooms is None else s.rooms for s in sites),
            week_minimum=ints(s.week_minimum for s in sites),
            site_priority=ints(s.priority for s in sites),
            site_lodging=bools(s.lodging for s in sites),
            availability=availability,
            reachable=availability if problem.reachable is None else np.asarray(problem.reachable, bool),
            home_minutes=np.asarray(problem.home_minutes),
            site_minutes=np.asarray(problem.site_minutes),
            preference_keys=preferences[0],
            preference_values=preferences[1],
            history_keys=history[0],
            history_values=history[1],
            pinned=tuple(problem.indices(a.practitioner, a.need) for a in problem.pinned),
            published={problem.indices(a.practitioner, a.need): a.cost for a in problem.published},
        )

    @property
    def people(self) -> int:
        return len(self.person_class)

    @property
    def needs(self) -> int:
        return len(self.need_site)

    @property
    def sites(self) -> int:
        return len(self.rooms)

    def restricted(self, rows: Ints) -> Columns:
        """The same with these needs only, numbered in this order."""
        to = {int(n): i for i, n in enumerate(rows)}
        return dataclasses.replace(
            self,
            need_site=self.need_site[rows],
            need_day=self.need_day[rows],
            need_halves=self.need_halves[rows],
            need_length=self.need_length[rows],
            need_weight=self.need_weight[rows],
            need_minimum=self.need_minimum[rows],
            need_wished=self.need_wished[rows],
            need_rest=self.need_rest[rows],
            need_class=self.need_class[rows],
            pinned=tuple((p, to[n]) for p, n in self.pinned if n in to),
            published={(p, to[n]): cost for (p, n), cost in self.published.items() if n in to},
        )

    def moved(self, n: int, day: int) -> Columns:
        """The same with one need on another day."""
        days = self.need_day.copy()
        days[n] = day
        return dataclasses.replace(self, need_day=days)

    def site_week(self) -> Ints:
        """One number for each need: same number, same site and same calendar week."""
        return self.need_site * NO_LIMIT + self.week[self.need_day] if self.needs else ints(())


def ints(values: object) -> Ints:
    return np.fromiter(values, dtype=np.int64)  # type: ignore[call-overload]


def floats(values: object) -> Floats:
    return np.fromiter(values, dtype=np.float64)  # type: ignore[call-overload]


def bools(values: object) -> Bools:
    return np.fromiter(values, dtype=np.bool_)  # type: ignore[call-overload]


def _pairs(problem: Problem, table: Mapping[tuple[str, str], int]) -> tuple[Ints, Ints]:
    """Sparse table of (practitioner, site) as sorted keys; unknown identifiers are left out: people come and go."""
    rows = sorted(
        (problem.practitioner_index[p] * len(problem.sites) + problem.site_index[s], value)
        for (p, s), value in table.items()
        if p in problem.practitioner_index and s in problem.site_index
    )
    return ints(key for key, _ in rows), ints(value for _, value in rows)


def looked_up(keys: Ints, values: Ints, wanted: Ints) -> Ints:
    """Value of each wanted key, 0 when absent."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
