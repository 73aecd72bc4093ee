"""Aims: what each soft rule costs, one function each, for a pair (solvers) and for a whole roster (ledger)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .columns import NO_LIMIT, Columns, looked_up
from .parameters import Level, Parameters, Rule
from .problem import Ints

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. cost: in the unit of the aim. count: how many times the rule cost something."""

    rule: Rule
    level: Level
    cost: int
    count: int


# --- of a pair


def last_resort(c: Columns, _: Parameters, p: Ints, n: Ints) -> Ints:
    """Half-days held by those who come only when nobody else does."""
    return np.where(c.last_resort[p], c.need_length[n], 0)


def travel(c: Columns, parameters: Parameters, p: Ints, n: Ints) -> Ints:
    """One point for each `travel_step` minutes from home, one way."""
    minutes = c.home_minutes[p, c.need_site[n]].astype(np.float64)
    return np.rint(np.where(np.isfinite(minutes), minutes, 0.0) / parameters.travel_step).astype(np.int64)


def lodging(c: Columns, parameters: Parameters, p: Ints, n: Ints) -> Ints:
    """So far that a night is wanted, and no lodging there."""
    site = c.need_site[n]
    far = c.home_minutes[p, site] > c.lodging_beyond[p]
    return np.where(far & ~c.site_lodging[site], parameters.lodging_points, 0)


def continuity(c: Columns, parameters: Parameters, p: Ints, n: Ints) -> Ints:
    """Patients find the same practitioner again."""
    known = looked_up(c.history_keys, c.history_values, p * c.sites + c.need_site[n]) > 0
    return np.where(known, 0, parameters.continuity_points)


def preferences(c: Columns, parameters: Parameters, p: Ints, n: Ints) -> Ints:
    """Steps under the best preference."""
    value = looked_up(c.preference_keys, c.preference_values, p * c.sites + c.need_site[n])
    return parameters.preference_points * (3 - np.clip(value, -3, 3))


PAIR_COSTS: dict[Rule, tuple[Level, Callable[[Columns, Parameters, Ints, Ints], Ints]]] = {
    Rule.LAST_RESORT: (Level.LAST_RESORT, last_resort),
    Rule.TRAVEL: (Level.COMFORT, travel),
    Rule.LODGING: (Level.COMFORT, lodging),
    Rule.CONTINUITY: (Level.COMFORT, continuity),
    Rule.PREFERENCES: (Level.COMFORT, preferences),
}


def pair_cost(c: Columns, parameters: Parameters, p: Ints, n: Ints) -> dict[Level, Ints]:
    """Cost of each pair for each aim that depends on pairs only."""
    total = {level: np.zeros(len(p), dtype=np.int64) for level in parameters.levels}
    for rule, (level, function) in PAIR_COSTS.items():
        if level in total and parameters.on(rule):
            total[level] += function(c, parameters, p, n).astype(np.int64)
    return total


# --- of a place, of a practitioner


def minimum_weight(c: Columns, n: int) -> int:
    return int(c.need_weight[n])


def site_steps(c: Columns, parameters: Parameters, site: int, wished: int) -> Ints:
    """Points of fairness of the 1st, 2nd... filled seat of a site: it rises from 0, so the emptiest is filled first."""
    share = np.arange(wished) / max(1, wished)
    return np.rint(parameters.site_steps * share / c.site_priority[site]).astype(np.int64)


def doctor_steps(c: Columns, p: int, most: int) -> Ints:
    """Points of fairness of the 1st, 2nd... shift of a practitioner, after those lately held."""
    return int(c.recent[p]) + np.arange(most, dtype=np.int64)


def site_minimums(c: Columns) -> dict[int, tuple[int, int]]:
    """Number of the (site, week) -> (site, shifts wanted at least), no more than there are seats."""
    seats: Counter[int] = Counter()
    for number, wished in zip(c.site_week().tolist(), c.need_wished.tolist(), strict=True):
        seats[number] += wished
    return {
        number: (number // NO_LIMIT, min(many, int(c.week_minimum[number // NO_LIMIT])))
        for number, many in seats.items()
        if c.week_minimum[number // NO_LIMIT] and many
    }


def alone(c: Columns, pairs: Pairs) -> list[tuple[int, int]]:
    """Pairs of those who would rather not be alone, with nobody else at the site for some half-day of the need."""
    there: Counter[tuple[int, int, int]] = Counter()
    for _, n in pairs:
        for half in (1, 2):
            if int(c.need_halves[n]) & half:
                there[int(c.need_site[n]), int(c.need_day[n]), half] += 1
    return [
        (p, n)
        for p, n in pairs
        if c.avoids_alone[p]
        and any(
            int(c.need_halves[n]) & half and there[int(c.need_site[n]), int(c.need_day[n]), half] < 2
            for half in (1, 2)
        )
    ]


def ledger(c: Columns, parameters: Parameters, pairs: Iterable[tuple[int, int]]) -> list[Entry]:
    """What each rule costs in this roster. The aims are the sums by level: solvers are checked against this."""
    pairs = sorted(set(pairs))
    p = np.asarray([pair[0] for pair in pairs], dtype=np.int64)
    n = np.asarray([pair[1] for pair in pairs], dtype=np.int64)
    entries: list[Entry] = []

    def add(rule: Rule, level: Level, costs: Iterable[int]) -> None:
        if level in parameters.levels and parameters.on(rule):
            values = [int(cost) for cost in costs]
            entries.append(Entry(rule, level, sum(values), sum(value > 0 for value in values)))

    held = np.bincount(n, minlength=c.needs) if c.needs else np.zeros(0, dtype=np.int64)
    short = np.maximum(0, c.need_minimum - held) * c.need_weight
    missing = np.maximum(0, c.need_wished - held) * c.need_weight
    weeks: Counter[int] = Counter(c.site_week()[n].tolist()) if len(n) else Counter()
    add(
        Rule.SITE_MINIMUM,
        Level.MINIMUM,
        [
            *short.tolist(),
            *(
                int(c.site_priority[site]) * max(0, least - weeks[number])
                for number, (site, least) in site_minimums(c).items()
            ),
        ],
    )
    add(Rule.NEED, Level.FILLED, missing.tolist())
    for rule, (level, function) in PAIR_COSTS.items():
        add(rule, level, function(c, parameters, p, n).tolist() if len(p) else ())
    kept = set(pairs)
    add(Rule.CHANGES, Level.CHANGES, (cost for pair, cost in c.published.items() if pair not in kept))
    wished: Ints = np.bincount(c.need_site, weights=c.need_wished, minlength=c.sites)
    filled: defaultdict[int, int] = defaultdict(int)
    for site in c.need_site[n].tolist():
        filled[site] += 1
    add(
        Rule.FAIR_SITES,
        Level.FAIRNESS,
        (
            int(_first(site_steps(c, parameters, site, int(wished[site])), many).sum())
            for site, many in sorted(filled.items())
        ),
    )
    each = Counter(p.tolist())
    add(
        Rule.FAIR_DOCTORS, Level.FAIRNESS, (int(doctor_steps(c, q, m).sum()) for q, m in sorted(each.items()))
    )
    add(Rule.ISOLATION, Level.COMFORT, [parameters.isolation_points] * len(alone(c, pairs)))
    return entries


def _first(steps: Ints, many: int) -> Ints:
    """The first steps; a pinned surplus repeats the last one."""
    if many <= len(steps):
        return steps[:many]
    return np.concatenate([steps, np.full(many - len(steps), steps[-1] if len(steps) else 0)])


def by_level(parameters: Parameters, entries: Iterable[Entry]) -> dict[Level, int]:
    """Value of each aim, in the order of the parameters."""
    total = dict.fromkeys(parameters.levels, 0)
    for entry in entries:
        total[entry.level] += entry.cost
    return total
