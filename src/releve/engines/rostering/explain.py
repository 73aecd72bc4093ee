"""Why a need is empty and what is nearest to fill it; why somebody holds nothing; why a month is impossible."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import flow, rules
from .chains import Chains
from .check import added_faults
from .columns import Columns
from .errors import InvalidProblem
from .network import build, candidate_pairs
from .parameters import Level, Parameters, Rule, Stop
from .problem import Assignment, Problem
from .solver import solve


@dataclass(frozen=True)
class Way:
    """A way to fill a need. kind: `ask` (only `rule` stands in the way), `chain` (moves that free somebody), `move_day`
    (the practitioner could come on `day` instead, 0 = first day of the horizon), `free` (nothing stands in the way)."""

    kind: str
    practitioner: str
    minutes: float
    rule: Rule | None = None
    day: int | None = None
    moves: tuple[Assignment, ...] = ()


@dataclass(frozen=True)
class WhyEmpty:
    """by_rule: practitioners whom each rule keeps away; alone: those whom it alone keeps away. of: practitioners."""

    need: str
    of: int
    by_rule: dict[Rule, int]
    alone: dict[Rule, int]
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class WhyUnused:
    """code: `unavailable`, `no_need_in_reach`, a rule that closes every need, `not_needed` (others hold what they could
    hold), `last_resort`, or `roster_rule` (only rules about other shifts). needs: those open to them but for others."""

    practitioner: str
    code: str
    needs: int
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Conflict:
    """rules and needs: with these rules these needs cannot all be filled, and leaving any one of them out makes it
    possible (irreducible). sites: those whose weekly minimum is among them. possible: nothing conflicts."""

    possible: bool
    rules: tuple[Rule, ...]
    needs: tuple[str, ...]
    sites: tuple[str, ...] = ()


# Rules that a coordinator can talk about, the easiest first: who to ask.
ASKABLE = (
    Rule.AVAILABILITY,
    Rule.HALF_DAY_TRAVEL,
    Rule.TWO_PLACES,
    Rule.WEEK_DAYS,
    Rule.REACH,
    Rule.FIXED_DAYS,
    Rule.LODGING_NEEDED,
    Rule.REST,
    Rule.MONTHLY_CAP,
    Rule.SUPERVISION,
    Rule.PAPERS,
    Rule.ROOMS,
)


def why_empty(
    problem: Problem,
    roster: Iterable[Assignment],
    need: str,
    parameters: Parameters | None = None,
    *,
    ways: int = 5,
) -> WhyEmpty:
    """Reasons and nearest ways for one need of a roster. InvalidProblem when the need is unknown."""
    c, parameters = problem.columns, parameters or Parameters()
    if need not in problem.need_index:
        raise InvalidProblem(f"Unknown need {need}.")
    n = problem.need_index[need]
    chains = Chains(c, parameters, sorted({problem.indices(a.practitioner, a.need) for a in roster}))
    faults = _faults(c, parameters, chains, n)
    by_rule = Counter(rule for mine in faults.values() for rule in mine)
    alone = Counter(mine[0] for mine in faults.values() if len(mine) == 1)
    minutes = c.home_minutes[:, c.need_site[n]]
    found: list[tuple[tuple[float, ...], Way]] = []
    for p, mine in faults.items():
        person = problem.practitioners[p].id
        if not mine:
            found.append(((0, minutes[p]), Way("free", person, float(minutes[p]))))
        elif len(mine) == 1 and mine[0] in ASKABLE:
            order = (2, ASKABLE.index(mine[0]), minutes[p])
            found.append((order, Way("ask", person, float(minutes[p]), mine[0])))
            if mine[0] is Rule.AVAILABILITY:
                day = _other_day(c, parameters, chains, p, n)
                if day is not None:
                    way = Way("move_day", person, float(minutes[p]), Rule.AVAILABILITY, day)
                    found.append(((1.5, abs(day - int(c.need_day[n])), minutes[p]), way))
    chain = chains.find(n, most_searched=1500, displace=False)
    if chain is not None and chain.removed:
        first = problem.practitioners[chain.added[0][0]].id
        moves = tuple(Assignment(problem.practitioners[p].id, problem.needs[m].id) for p, m in chain.added)
        found.append(((1, 0), Way("chain", first, float(minutes[chain.added[-1][0]]), None, None, moves)))
    found.sort(key=lambda pair: (pair[0], pair[1].practitioner))
    return WhyEmpty(need, c.people, dict(by_rule), dict(alone), _varied([way for _, way in found], ways))


def _varied(ordered: list[Way], most: int) -> tuple[Way, ...]:
    """The nearest of every kind first: one name for each idea before a second name for the same."""
    rank: Counter[tuple[str, Rule | None]] = Counter()
    keyed = []
    for i, way in enumerate(ordered):
        rank[way.kind, way.rule] += 1
        keyed.append((rank[way.kind, way.rule], i, way))
    return tuple(way for _, _, way in sorted(keyed, key=lambda item: item[:2])[:most])


def _faults(c: Columns, parameters: Parameters, chains: Chains, n: int) -> dict[int, list[Rule]]:
    """Rules in the way of each practitioner who is not there already."""
    people = np.arange(c.people)
    needs = np.full(c.people, n)
    faults: dict[int, list[Rule]] = {p: [] for p in people.tolist() if n not in chains.held.get(p, ())}
    for rule, function in rules.PAIR_RULES.items():
        if parameters.on(rule):
            for p in (~function(c, parameters, people, needs)).nonzero()[0].tolist():
                if p in faults:
                    faults[p].append(rule)
    full = parameters.on(Rule.ROOMS) and chains.full(n, n, False, None)
    for p, mine in faults.items():
        # Beyond one obstacle the list is only counted: the costly rules are asked of those who are nearly able.
        if len(mine) < 2:
            mine += added_faults(c, parameters, p, n, chains.held, place=False)
        if full:
            mine.append(Rule.ROOMS)
    return faults


def _other_day(c: Columns, parameters: Parameters, chains: Chains, p: int, n: int) -> int | None:
    """Nearest day when `p` could hold the same shift at the same site, were it moved."""
    days = np.arange(len(c.week))
    halves = int(c.need_halves[n])
    free = (c.availability[p, :, 0] | (halves & 1 == 0)) & (c.availability[p, :, 1] | (halves & 2 == 0))
    free &= (c.papers_from[p] <= days) & (days <= c.papers_until[p])
    if parameters.on(Rule.FIXED_DAYS):
        free &= c.fixed_weekdays[p, c.weekday]
    free[[int(c.need_day[m]) for m in chains.held.get(p, ())]] = False
    order = sorted(free.nonzero()[0].tolist(), key=lambda d: (abs(d - int(c.need_day[n])), d))
    for day in order:
        moved = c.moved(n, day)
        if not rules.clashes(moved, parameters, p, [*chains.held.get(p, ()), n]):
            return int(day)
    return None


def why_unused(
    problem: Problem, roster: Iterable[Assignment], practitioner: str, parameters: Parameters | None = None
) -> WhyUnused:
    """Why somebody holds no shift in this roster. InvalidProblem when unknown."""
    c, parameters = problem.columns, parameters or Parameters()
    if practitioner not in problem.practitioner_index:
        raise InvalidProblem(f"Unknown practitioner {practitioner}.")
    p = problem.practitioner_index[practitioner]
    wanted = (c.need_wished > 0).nonzero()[0]
    if not len(wanted):
        return WhyUnused(practitioner, "no_need", 0)
    if not c.availability[p].any():
        return WhyUnused(practitioner, "unavailable", 0)
    one = np.full(len(wanted), p)
    masks = {
        rule: function(c, parameters, one, wanted)
        for rule, function in rules.PAIR_RULES.items()
        if parameters.on(rule)
    }
    able = np.logical_and.reduce(list(masks.values())) if masks else np.ones(len(wanted), dtype=bool)
    if not able.any():
        left = np.ones(len(wanted), dtype=bool)
        for rule, mask in masks.items():
            left &= mask
            if not left.any():
                code = "no_need_in_reach" if rule is Rule.REACH else rule.value
                return WhyUnused(practitioner, code, 0, {"needs_before": len(wanted)})
    chains = Chains(c, parameters, sorted({problem.indices(a.practitioner, a.need) for a in roster}))
    open_to = wanted[able]
    empty = [int(n) for n in open_to if chains.filled[n] < c.need_wished[n]]
    if not empty:
        code = "last_resort" if c.last_resort[p] else "not_needed"
        return WhyUnused(practitioner, code, len(open_to))
    found: Counter[Rule] = Counter()
    for n in empty:
        found.update(added_faults(c, parameters, p, n, chains.held))
    if not found:
        return WhyUnused(
            practitioner, "free", len(empty), {"needs": [problem.needs[n].id for n in empty[:5]]}
        )
    return WhyUnused(practitioner, found.most_common(1)[0][0].value, len(open_to), {"rules": dict(found)})


RELAXABLE = (*rules.PAIR_RULES, *rules.PERSON_RULES, Rule.ROOMS, Rule.SUPERVISION)


def conflict(problem: Problem, parameters: Parameters | None = None, *, seconds: float = 20.0) -> Conflict:
    """Why every minimum cannot be met at once: an irreducible set of rules, then of minimums (deletion filter).

    Each rule is left out in turn; it stays out when the month remains impossible without it. `rules` empty and
    `possible` False: not even without any rule (more is asked than there are people).
    """
    parameters = parameters or Parameters()
    if _possible(problem, parameters, seconds):
        return Conflict(True, (), ())
    disabled = set(parameters.disabled)
    kept = []
    for rule in RELAXABLE:
        if rule in disabled:
            continue
        if _possible(problem, _without(parameters, disabled | {rule}), seconds):
            kept.append(rule)
        else:
            disabled.add(rule)
    final = _without(parameters, disabled)
    asked = [need.id for need in problem.needs if need.minimum > 0]
    weeks = [site.id for site in problem.sites if site.week_minimum > 0]
    needs, sites = _fewest(problem, final, asked, weeks, seconds)
    return Conflict(False, tuple(kept), tuple(needs), tuple(sites))


def _without(parameters: Parameters, disabled: Iterable[Rule]) -> Parameters:
    return dataclasses.replace(parameters, disabled=frozenset(disabled))


def _fewest(
    problem: Problem, parameters: Parameters, needs: list[str], sites: list[str], seconds: float
) -> tuple[list[str], list[str]]:
    """Deletion filter on minimums, by halves first: most of them are innocent."""
    items = [("need", n) for n in needs] + [("site", s) for s in sites]
    size = max(1, len(items) // 2)
    while size:
        at = 0
        while at < len(items):
            rest = items[:at] + items[at + size :]
            if rest and not _possible(_asking(problem, rest), parameters, seconds):
                items = rest
            else:
                at += size
        size = size // 2
    return [name for kind, name in items if kind == "need"], [name for kind, name in items if kind == "site"]


def _asking(problem: Problem, items: list[tuple[str, str]]) -> Problem:
    """The same problem with these minimums only."""
    kept = set(items)
    return dataclasses.replace(
        problem,
        needs=tuple(
            need if ("need", need.id) in kept else dataclasses.replace(need, minimum=0)
            for need in problem.needs
        ),
        sites=tuple(
            site if ("site", site.id) in kept else dataclasses.replace(site, week_minimum=0)
            for site in problem.sites
        ),
    )


def _possible(problem: Problem, parameters: Parameters, seconds: float) -> bool:
    """Every minimum can be met: the network first (it says no at once), then everything."""
    only = dataclasses.replace(parameters, levels=(Level.MINIMUM,))
    c = problem.columns
    p, n = candidate_pairs(c, only)
    relaxed = flow.lexicographic(build(c, only, p, n), only.backend)
    if relaxed.units is None or relaxed.values[0] > 0:
        return False
    return solve(problem, only, Stop(seconds)).objective[Level.MINIMUM] == 0
