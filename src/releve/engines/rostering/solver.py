"""Staff a period: the network first, then what is not a network."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence

import numpy as np

from . import chains, check, costs, exact, flow, rules
from .columns import Columns
from .network import Network, build, candidate_pairs
from .parameters import Parameters, Rule, Stop
from .problem import Assignment, Bools, Ints, Problem
from .result import Result, Status, Unfilled


class _Clock:
    def __init__(self, stop: Stop) -> None:
        self.begun = time.perf_counter()
        self.until = self.begun + stop.seconds
        self.stop = stop

    def over(self) -> bool:
        return time.perf_counter() > self.until or (self.stop.asked is not None and self.stop.asked())


def solve(
    problem: Problem,
    parameters: Parameters | None = None,
    stop: Stop | None = None,
    *,
    seed: int = 0,
    start: Iterable[Assignment] = (),
) -> Result:
    """Best roster found, aim after aim, with a certified bound.

    start: a roster to begin from (it is used when it keeps every rule and is better than what is found without).
    The same seed and a time limit that is not reached give the same roster. SolverMissing when the back-end asked for
    is not installed.
    """
    parameters, stop = parameters or Parameters(), stop or Stop()
    clock = _Clock(stop)
    c = problem.columns
    p, n = candidate_pairs(c, parameters)
    network = build(c, parameters, p, n)
    relaxed = flow.lexicographic(network, parameters.backend)
    assert relaxed.units is not None
    chosen = relaxed.units[: network.pairs] > 0
    objective = _values(c, parameters, network, chosen)
    bound: tuple[int | None, ...] = relaxed.values
    method, nodes, settled = "network", relaxed.solves, True
    if _faulty(c, parameters, network, chosen) or objective != relaxed.values:
        if parameters.method != "network":
            chosen, bound, method, nodes, settled = _beyond(
                c, parameters, stop, clock, network, relaxed, seed, problem, start
            )
            objective = _values(c, parameters, network, chosen)
        else:
            chosen = _repaired(c, parameters, network, relaxed, clock)
            objective = _values(c, parameters, network, chosen)
            settled = objective == relaxed.values
            bound = _first_open(objective, relaxed.values)
    return _result(problem, parameters, network, chosen, bound, method, relaxed, nodes, settled, clock)


def _beyond(
    c: Columns,
    parameters: Parameters,
    stop: Stop,
    clock: _Clock,
    network: Network,
    relaxed: flow.Flow,
    seed: int,
    problem: Problem,
    start: Iterable[Assignment],
) -> tuple[Bools, tuple[int | None, ...], str, int, bool]:
    """The network breaks a rule (or an aim is not in it): repair, then one programme or searches around the roster."""
    rng = random.Random(seed)
    chosen = _repaired(c, parameters, network, relaxed, clock)
    chosen = _better_start(c, parameters, network, chosen, problem, start)
    small = network.pairs <= parameters.exact_assignments
    if parameters.method == "exact" or (parameters.method == "auto" and small):
        units = _units(network, chosen, parameters.backend)
        outcome = exact.solve(
            c, parameters, network, until=clock.until, seed=seed, start=units, stopped=clock.over
        )
        if outcome.chosen is not None and _no_worse(c, parameters, network, outcome.chosen, chosen):
            chosen = outcome.chosen
        objective = _values(c, parameters, network, chosen)
        return (
            chosen,
            _joined(objective, relaxed.values, outcome.bounds),
            "exact",
            outcome.nodes,
            outcome.settled,
        )
    searches = 0
    while not clock.over():
        objective = _values(c, parameters, network, chosen)
        if objective == relaxed.values or _gap(objective, relaxed.values) < stop.gap:
            break
        around = _around(c, parameters, network, chosen, clock, rng)
        if around is None:
            break
        if _better(c, parameters, network, around, chosen):
            chosen = around
        searches += 1
    objective = _values(c, parameters, network, chosen)
    return (
        chosen,
        _first_open(objective, relaxed.values),
        "large",
        searches,
        objective == relaxed.values,
    )


def _repaired(
    c: Columns,
    parameters: Parameters,
    network: Network,
    relaxed: flow.Flow,
    clock: _Clock,
) -> Bools:
    """Drop the pairs at fault, then fill what became empty by chains of moves."""
    assert relaxed.units is not None
    chosen = relaxed.units[: network.pairs] > 0
    lost: set[int] = set()
    while faulty := _faulty(c, parameters, network, chosen):
        chosen[list(faulty)] = False
        lost |= faulty
    if not lost:
        return chosen
    # The flow could fill no more than it did: only needs and practitioners that just lost something can gain.
    people = np.unique(network.person[sorted(lost)])
    waiting = np.union1d(network.need[sorted(lost)], network.need[np.isin(network.person, people)])
    return _filled(c, parameters, network, chosen, waiting, clock)


def _filled(
    c: Columns, parameters: Parameters, network: Network, chosen: Bools, waiting: Ints, clock: _Clock
) -> Bools:
    """Those of these needs with an empty seat, the most precious first, by the shortest chain of moves."""
    roster = chains.Chains(c, parameters, _pairs(network, chosen))
    turn = [n for n in chains.open_needs(c, roster.filled) if n in set(waiting.tolist())]
    for n in turn:
        goal: int | None = n
        while goal is not None and roster.filled[goal] < c.need_wished[goal] and not clock.over():
            chain = roster.find(goal, most_moves=4, most_searched=250)
            if chain is None or not roster.apply(chain):
                break
            goal = chain.open_need if chain.open_need is not None else goal
    keys = network.person * c.needs + network.need
    answer = np.isin(keys, [p * c.needs + n for p, n in roster.pairs()])
    while faulty := _faulty(c, parameters, network, answer):
        answer[list(faulty)] = False
    return answer


def _faulty(c: Columns, parameters: Parameters, network: Network, chosen: Bools) -> set[int]:
    """Arcs to take away for the rest to keep every rule; pinned ones are never at fault if another can go instead."""
    held: dict[int, list[int]] = {}
    arc_of: dict[tuple[int, int], int] = {}
    for arc in chosen.nonzero()[0].tolist():
        p, n = int(network.person[arc]), int(network.need[arc])
        held.setdefault(p, []).append(n)
        arc_of[p, n] = arc
    pinned = set(c.pinned)
    faulty: set[int] = set()
    for p, mine in held.items():
        if not rules.clashes(c, parameters, p, mine):
            continue
        # Dear first: pinned, then by weight; each is kept if it clashes with nothing kept before.
        kept: list[int] = []
        for n in sorted(mine, key=lambda n: ((p, n) not in pinned, -int(c.need_weight[n]), n)):
            if (p, n) in pinned or not rules.clashes(c, parameters, p, [*kept, n]):
                kept.append(n)
            else:
                faulty.add(arc_of[p, n])
        held[p] = kept
    if parameters.on(Rule.SUPERVISION):
        for p, mine in held.items():
            for n in mine:
                if not rules.supervision(c, parameters, p, n, held):
                    faulty.add(arc_of[p, n])
    if parameters.on(Rule.ROOMS):
        pairs = [(p, n) for p, mine in held.items() for n in mine]
        over = {(site, day, half): many for site, day, half, many in rules.rooms(c, parameters, pairs)}
        for (site, day, half), many in over.items():
            there = [
                (p, n)
                for p, n in pairs
                if (p, n) not in pinned
                and c.need_site[n] == site
                and c.need_day[n] == day
                and int(c.need_halves[n]) & half
                and arc_of[p, n] not in faulty
            ]
            there.sort(key=lambda pair: (int(c.need_weight[pair[1]]), pair))
            surplus = many - int(c.rooms[site])
            faulty.update(arc_of[pair] for pair in there[:surplus])
    return faulty - {arc_of[pair] for pair in pinned if pair in arc_of}


def _around(
    c: Columns, parameters: Parameters, network: Network, chosen: Bools, clock: _Clock, rng: random.Random
) -> Bools | None:
    """Free the practitioners of a neighbourhood, solve it as one programme, everything else as it is."""
    held = np.bincount(network.need[chosen], minlength=c.needs)
    short = (held < c.need_wished).nonzero()[0]
    seed_need = (
        int(rng.choice(short.tolist()))
        if len(short) and rng.random() < 0.7
        else rng.randrange(max(1, c.needs))
    )
    near = np.argsort(c.site_minutes[c.need_site[seed_need]], kind="stable")[: 3 + rng.randrange(8)]
    inside = np.isin(c.need_site[network.need], near)
    people = np.unique(network.person[inside])
    if len(people) > 40:
        people = np.asarray(rng.sample(people.tolist(), 40))
    free = np.isin(network.person, people)
    if not free.any():
        return chosen
    part, columns, arcs = _sub(c, parameters, network, chosen, free)
    value = chosen[arcs]
    outcome = exact.solve(
        columns,
        parameters,
        part,
        until=min(clock.until, time.perf_counter() + 6.0),
        seed=rng.randrange(10**6),
        start=_units(part, value, parameters.backend),
        stopped=clock.over,
        fixed=(~free[arcs], value.astype(float)),
    )
    if outcome.chosen is None:
        return chosen
    answer = chosen.copy()
    answer[arcs] = outcome.chosen
    return answer


def _sub(
    c: Columns, parameters: Parameters, network: Network, chosen: Bools, free: Bools
) -> tuple[Network, Columns, Ints]:
    """The part that matters to some free pairs: the sites they lead to with all their needs, and who is there."""
    sites = np.unique(c.need_site[network.need[free]])
    rows = np.isin(c.need_site, sites).nonzero()[0]
    to = np.full(c.needs, -1)
    to[rows] = np.arange(len(rows))
    arcs = ((free | chosen) & (to[network.need] >= 0)).nonzero()[0]
    columns = c.restricted(rows)
    return build(columns, parameters, network.person[arcs], to[network.need[arcs]]), columns, arcs


def _units(network: Network, chosen: Bools, backend: str) -> Ints | None:
    """Units on every arc for exactly these pairs, the cheapest way."""
    low, cap = network.low.copy(), network.cap.copy()
    low[: network.pairs] = chosen
    cap[: network.pairs] = chosen
    fixed = Network(
        **{**vars(network), "low": low, "cap": cap},
    )
    return flow.lexicographic(fixed, backend).units


def _pairs(network: Network, chosen: Bools) -> list[tuple[int, int]]:
    return list(zip(network.person[chosen].tolist(), network.need[chosen].tolist(), strict=True))


def _values(c: Columns, parameters: Parameters, network: Network, chosen: Bools) -> tuple[int, ...]:
    entries = costs.ledger(c, parameters, _pairs(network, chosen))
    return tuple(costs.by_level(parameters, entries).values())


def _better(c: Columns, parameters: Parameters, network: Network, one: Bools, other: Bools) -> bool:
    if _faulty(c, parameters, network, one):
        return False
    return _values(c, parameters, network, one) < _values(c, parameters, network, other)


def _no_worse(c: Columns, parameters: Parameters, network: Network, one: Bools, other: Bools) -> bool:
    if _faulty(c, parameters, network, one):
        return False
    return _values(c, parameters, network, one) <= _values(c, parameters, network, other)


def _better_start(
    c: Columns,
    parameters: Parameters,
    network: Network,
    chosen: Bools,
    problem: Problem,
    start: Iterable[Assignment],
) -> Bools:
    wanted = {problem.indices(a.practitioner, a.need) for a in start}
    if not wanted:
        return chosen
    keys = network.person * c.needs + network.need
    warm = np.isin(keys, [p * c.needs + n for p, n in wanted]) | (network.low[: network.pairs] > 0)
    return warm if _better(c, parameters, network, warm, chosen) else chosen


def _first_open(objective: Sequence[int], bound: Sequence[int]) -> tuple[int | None, ...]:
    """Bounds of a relaxation count until the first aim that is above its bound; what follows depends on it."""
    for aim, (value, low) in enumerate(zip(objective, bound, strict=True)):
        if value > low:
            return (*bound[: aim + 1], *([None] * (len(bound) - aim - 1)))
    return tuple(bound)


def _joined(
    objective: Sequence[int], relaxed: Sequence[int], found: Sequence[float | None]
) -> tuple[int | None, ...]:
    """The better of the two bounds, up to the first aim that is not settled."""
    joined: list[int | None] = []
    same = True  # the relaxation is about the same problem as long as its first aims are reached
    for aim, value in enumerate(objective):
        known = [relaxed[aim]] if same else []
        if found[aim] is not None:
            known.append(int(found[aim]))  # type: ignore[arg-type]
        joined.append(min(value, max(known)) if known else None)
        same = same and value == relaxed[aim]
        if joined[-1] is None or joined[-1] < value:
            break
    return (*joined, *([None] * (len(objective) - len(joined))))


def _gap(objective: Sequence[int], bound: Sequence[int | None]) -> float:
    for value, low in zip(objective, bound, strict=True):
        if low is None:
            return 1.0
        if value > low:
            return (value - low) / max(1, abs(value))
    return 0.0


def _result(
    problem: Problem,
    parameters: Parameters,
    network: Network,
    chosen: Bools,
    bound: Sequence[int | None],
    method: str,
    relaxed: flow.Flow,
    iterations: int,
    settled: bool,
    clock: _Clock,
) -> Result:
    c = problem.columns
    pairs = _pairs(network, chosen)
    entries = costs.ledger(c, parameters, pairs)
    objective = costs.by_level(parameters, entries)
    assignments = tuple(Assignment(problem.practitioners[p].id, problem.needs[n].id) for p, n in pairs)
    held = np.bincount(network.need[chosen], minlength=c.needs)
    used = {p for p, _ in pairs}
    proven = all(
        low is not None and low >= value for low, value in zip(bound, objective.values(), strict=True)
    )
    return Result(
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
        assignments=assignments,
        objective=objective,
        bound=dict(zip(parameters.levels, bound, strict=True)),
        gap=_gap(tuple(objective.values()), bound),
        ledger=tuple(entries),
        unfilled=tuple(
            Unfilled(
                problem.needs[n].id,
                int(c.need_wished[n] - held[n]),
                max(0, int(c.need_minimum[n] - held[n])),
            )
            for n in (held < c.need_wished).nonzero()[0].tolist()
        ),
        unused=tuple(person.id for p, person in enumerate(problem.practitioners) if p not in used),
        broken=tuple(check.check_roster(problem, assignments, parameters)) if c.pinned else (),
        method=method,
        backend=relaxed.backend,
        seconds=time.perf_counter() - clock.begun,
        iterations=iterations,
    )
