"""After a cancellation: the fewest moves that fill what can be filled."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from .chains import Chains
from .columns import Columns
from .parameters import Parameters
from .problem import Assignment, Problem

Pair = tuple[int, int]


@dataclass(frozen=True)
class Replan:
    """assignments: the roster after. moves: shifts that change hands, the first replacement included. unfilled: needs
    left with an empty seat by this cancellation. fewest: no other chain fills it with fewer moves."""

    assignments: tuple[Assignment, ...]
    added: tuple[Assignment, ...]
    removed: tuple[Assignment, ...]
    moves: int
    unfilled: tuple[str, ...]
    fewest: bool
    seconds: float


def replan(
    problem: Problem,
    roster: Iterable[Assignment],
    cancelled: Iterable[Assignment],
    parameters: Parameters | None = None,
    *,
    most_moves: int = 8,
    whole_day: bool = True,
) -> Replan:
    """Repair a roster from which these assignments are gone.

    whole_day: who cancels is gone for every need of that date. Each lost seat is filled by the shortest chain of moves;
    when none exists, a seat worth less may be left empty instead. Pinned assignments never move.
    """
    begun = time.perf_counter()
    c, parameters = problem.columns, parameters or Parameters()
    lost = [problem.indices(a.practitioner, a.need) for a in cancelled]
    before = {problem.indices(a.practitioner, a.need) for a in roster}
    closed = {pair for p, n in lost for pair in (_that_day(c, p, n) if whole_day else [(p, n)])}
    gone = before & closed
    chains = Chains(c, parameters, sorted(before - gone), closed)
    unfilled, fewest = [], True
    for _, n in sorted(gone, key=lambda pair: (-int(c.need_weight[pair[1]]), pair)):
        if chains.filled[n] >= c.need_wished[n]:
            continue
        chain = chains.find(n, most_moves=most_moves)
        if chain is None or not chains.apply(chain):
            unfilled.append(n)
            fewest = fewest and chain is None
            continue
        fewest = fewest and chain.open_need is None
        if chain.open_need is not None:
            unfilled.append(chain.open_need)
    after = set(chains.pairs())
    added, removed = after - (before - gone), (before - gone) - after
    return Replan(
        assignments=_rows(problem, after),
        added=_rows(problem, added),
        removed=_rows(problem, removed),
        moves=len(added),
        unfilled=tuple(problem.needs[n].id for n in unfilled),
        fewest=fewest and len(gone) <= 1,
        seconds=time.perf_counter() - begun,
    )


def _that_day(c: Columns, p: int, n: int) -> list[Pair]:
    return [(p, int(m)) for m in (c.need_day == c.need_day[n]).nonzero()[0]]


def _rows(problem: Problem, pairs: Iterable[Pair]) -> tuple[Assignment, ...]:
    return tuple(Assignment(problem.practitioners[p].id, problem.needs[n].id) for p, n in sorted(pairs))
