"""Minimum-cost flow with aims in order, proven by potentials. OR-Tools when it is installed, else HiGHS.

Aims are packed in one whole-number cost as long as it fits; when it does not, the face of all optimal flows of the
first aims (complementary slackness with the potentials) is the network of the next ones: exact, whatever the sizes.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .errors import RosteringError, SolverMissing
from .network import SINK, SOURCE, Network
from .problem import Bools, Ints

HIGHS_LIMIT = 10**7


@dataclass(frozen=True, eq=False)
class Flow:
    """units on each arc; value of each aim; solves: how many flows it took. No flow at all when `units` is None."""

    units: Ints | None
    values: tuple[int, ...]
    solves: int
    backend: str


def available(backend: str) -> str:
    """The back-end to use; SolverMissing when the one asked for is not installed."""
    found = importlib.util.find_spec("ortools") is not None
    if backend == "ortools" and not found:
        raise SolverMissing("ortools is not installed: pip install 'ortools>=9.11', or backend='highs'.")
    return "ortools" if found and backend != "highs" else "highs"


def lexicographic(network: Network, backend: str = "auto", *, closed: Bools | None = None) -> Flow:
    """Flow that minimises the aims in order; `closed`: pairs that may not be used (pinned ones stay)."""
    backend = available(backend)
    low, cap = network.low.copy(), network.cap.copy()
    if closed is not None:
        cap[: network.pairs] = np.where(closed & (low[: network.pairs] == 0), 0, cap[: network.pairs])
    limit = HIGHS_LIMIT if backend == "highs" else (2**60) // (network.nodes + 1)
    aims = network.cost.shape[1]
    at, solves, units = 0, 0, None
    potential = None
    while at < aims or units is None:
        end = _fits(network, at, limit)
        cost = _packed(network, at, end)
        if units is None or cost.any():
            units = _solve(network, cost, low, cap, backend)
            solves += 1
            if units is None:
                return Flow(None, (), solves, backend)
        if end < aims and network.cost[:, end:].any():
            potential = potentials(network, cost, units, low, cap)
            reduced = cost + potential[network.tail] - potential[network.head]
            cap = np.where(reduced > 0, units, cap)
            low = np.where(reduced < 0, units, low)
        at = end
    values = network.constant + (network.cost * units[:, None]).sum(axis=0)
    return Flow(units, tuple(int(value) for value in values), solves, backend)


def potentials(network: Network, cost: Ints, units: Ints, low: Ints, cap: Ints) -> Ints:
    """Shortest distances in the residual network. They exist only if no other flow is cheaper: a proof of optimality."""
    forward, backward = units < cap, units > low
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    length = np.concatenate([cost[forward], -cost[backward]])
    order = np.argsort(head, kind="stable")
    tail, head, length = tail[order], head[order], length[order]
    targets, starts = np.unique(head, return_index=True)
    distance = np.zeros(network.nodes, dtype=np.int64)
    for _ in range(network.nodes + 1):
        if not len(targets):
            return distance
        best = np.minimum.reduceat(distance[tail] + length, starts)
        better = best < distance[targets]
        if not better.any():
            return distance
        distance[targets[better]] = best[better]
    raise RosteringError("The flow is not optimal: a cheaper one exists.")


def _spread(network: Network, aim: int) -> int:
    """Upper bound of the difference between two values of an aim."""
    total = 0
    cost = network.cost[:, aim]
    for layer in np.unique(network.layer[cost != 0]):
        mine = (network.layer == layer) & (cost != 0)
        widest = int(max(cost[mine].max(), 0) - min(cost[mine].min(), 0))
        units = np.minimum(network.cap[mine], network.total)
        total += min(network.total * widest, int((np.abs(cost[mine]) * units).sum()))
    return total


def _weights(network: Network, at: int, end: int) -> list[int]:
    weights = [1]
    for aim in range(end - 1, at, -1):
        weights.insert(0, weights[0] * (_spread(network, aim) + 1))
    return weights


def _fits(network: Network, at: int, limit: int) -> int:
    """How many aims from `at` go in one cost under the limit; one at least."""
    for end in range(network.cost.shape[1], at + 1, -1):
        largest = sum(
            weight * int(np.abs(network.cost[:, aim]).max(initial=0))
            for aim, weight in zip(range(at, end), _weights(network, at, end), strict=True)
        )
        if largest <= limit:
            return end
    return at + 1


def _packed(network: Network, at: int, end: int) -> Ints:
    return network.cost[:, at:end] @ np.asarray(_weights(network, at, end), dtype=np.int64)


def _solve(network: Network, cost: Ints, low: Ints, cap: Ints, backend: str) -> Ints | None:
    """Whole units on each arc, None when the lower bounds cannot be met."""
    supply = np.zeros(network.nodes, dtype=np.int64)
    supply[SOURCE], supply[SINK] = network.total, -network.total
    forced = low > 0
    np.subtract.at(supply, network.tail[forced], low[forced])
    np.add.at(supply, network.head[forced], low[forced])
    rest = cap - low
    if (rest < 0).any():
        return None
    used = rest > 0
    if not used.any():
        return low if not supply.any() else None
    solve = _ortools if backend == "ortools" else _highs
    found = solve(network.tail[used], network.head[used], rest[used], cost[used], supply)
    if found is None:
        return None
    units = low.copy()
    units[used] += found
    return units


def _ortools(tail: Ints, head: Ints, cap: Ints, cost: Ints, supply: Ints) -> Ints | None:
    from ortools.graph.python import min_cost_flow

    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tail, head, cap, cost)
    solver.set_nodes_supplies(np.arange(len(supply)), supply)
    status = solver.solve()
    if status == solver.OPTIMAL:
        return np.asarray(solver.flows(arcs), dtype=np.int64)
    if status in (solver.INFEASIBLE, solver.UNBALANCED):
        return None
    raise RosteringError(f"OR-Tools could not solve the flow: {status}.")


def _highs(tail: Ints, head: Ints, cap: Ints, cost: Ints, supply: Ints) -> Ints | None:
    """A network programme has whole vertices: the simplex ends on one, which is checked."""
    from scipy.optimize import linprog

    arcs = np.arange(len(tail))
    balance = sparse.csr_array(
        (
            np.concatenate([np.ones(len(tail)), -np.ones(len(tail))]),
            (np.concatenate([tail, head]), np.concatenate([arcs, arcs])),
        ),
        shape=(len(supply), len(tail)),
    )
    bounds = np.column_stack([np.zeros(len(cap)), cap]).astype(float)
    answer = linprog(cost.astype(float), A_eq=balance, b_eq=supply, bounds=bounds, method="highs-ds")
    if answer.status == 2:
        return None
    if answer.x is None:
        raise RosteringError(f"HiGHS could not solve the flow: {answer.message}")
    whole = np.rint(answer.x)
    if np.abs(whole - answer.x).max(initial=0.0) > 1e-6:
        raise RosteringError("HiGHS ended between two whole flows.")
    return whole.astype(np.int64)
