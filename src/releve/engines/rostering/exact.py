"""The whole problem as one programme for HiGHS: the network, and beside it the rules that no network can say."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from . import rules
from .columns import Columns
from .network import Network
from .parameters import Level, Parameters, Rule
from .problem import Bools, Floats, Ints


@dataclass
class _Rows:
    """Rows `low <= row @ x <= high` as they come; columns above the arcs of the network are added with `column`."""

    arcs: int
    columns: int
    extra_cap: list[float] = field(default_factory=list)
    extra_cost: list[int] = field(default_factory=list)
    entries: list[tuple[list[int], list[float]]] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def column(self, cap: float = 1.0, cost: int = 0) -> int:
        self.extra_cap.append(cap)
        self.extra_cost.append(cost)
        self.columns += 1
        return self.columns - 1

    def at_most(self, columns: list[int], values: list[float], high: float) -> None:
        self.entries.append((columns, values))
        self.high.append(high)


@dataclass(frozen=True, eq=False)
class Outcome:
    """pairs held; values and bounds of the aims (bound None once an aim is not settled)."""

    chosen: Bools | None
    bounds: tuple[float | None, ...]
    settled: bool
    nodes: int


def _side_rows(c: Columns, parameters: Parameters, network: Network, fixed: Bools | None) -> _Rows:
    rows = _Rows(len(network.tail), len(network.tail))
    pinned = network.low[: network.pairs] > 0
    mine: dict[int, list[int]] = defaultdict(list)
    for arc, person in enumerate(network.person.tolist()):
        mine[person].append(arc)

    def limit(arcs: list[int], high: float, weights: list[float] | None = None) -> None:
        values = weights or [1.0] * len(arcs)
        already = sum(value for arc, value in zip(arcs, values, strict=True) if pinned[arc])
        if sum(values) > max(high, already):
            rows.at_most(arcs, values, max(high, already))

    for person, arcs in mine.items():
        _person_rows(c, parameters, network, person, arcs, rows, limit)
    if parameters.on(Rule.ROOMS):
        there = defaultdict(list)
        for arc, n in enumerate(network.need.tolist()):
            for half in (1, 2):
                if int(c.need_halves[n]) & half:
                    there[int(c.need_site[n]), int(c.need_day[n]), half].append(arc)
        for (site, _, _), arcs in there.items():
            limit(arcs, float(c.rooms[site]))
    if parameters.on(Rule.SUPERVISION):
        _supervision_rows(c, parameters, network, mine, rows, pinned if fixed is None else pinned | fixed)
    if parameters.on(Rule.ISOLATION) and Level.COMFORT in parameters.levels:
        _isolation_rows(c, parameters, network, rows)
    return rows


def _person_rows(
    c: Columns,
    parameters: Parameters,
    network: Network,
    person: int,
    arcs: list[int],
    rows: _Rows,
    limit: Callable[..., None],
) -> None:
    need = network.need
    by_day: dict[int, list[int]] = defaultdict(list)
    for arc in arcs:
        by_day[int(c.need_day[need[arc]])].append(arc)
    for same in by_day.values():
        for half in (1, 2):
            if parameters.on(Rule.TWO_PLACES):
                limit([arc for arc in same if int(c.need_halves[need[arc]]) & half], 1)
        if parameters.on(Rule.HALF_DAY_TRAVEL):
            first = [arc for arc in same if c.need_halves[need[arc]] == 1]
            second = [arc for arc in same if c.need_halves[need[arc]] == 2]
            for arc in first:
                far = [
                    b for b in second if rules.too_far_between(c, parameters, int(need[arc]), int(need[b]))
                ]
                if far and parameters.on(Rule.TWO_PLACES):
                    limit([arc, *far], 1)
                else:
                    for b in far:
                        limit([arc, b], 1)
    if parameters.on(Rule.MONTHLY_CAP):
        by_month: dict[int, list[int]] = defaultdict(list)
        for arc in arcs:
            by_month[int(c.month[c.need_day[need[arc]]])].append(arc)
        for month, same in by_month.items():
            lengths = [float(c.need_length[need[arc]]) for arc in same]
            limit(same, max(0, rules.cap_in_month(c, person, month)), lengths)
    if parameters.on(Rule.REST):
        for arc in arcs:
            for day in range(1, int(c.need_rest[need[arc]]) + 1):
                for other in by_day.get(int(c.need_day[need[arc]]) + day, ()):
                    limit([arc, other], 1)
    most_week, most_run = int(c.max_days_week[person]), int(c.max_consecutive[person])
    week_on = parameters.on(Rule.WEEK_DAYS) and most_week < 7
    run_on = parameters.on(Rule.REST) and most_run < len(by_day)
    if not (week_on or run_on):
        return
    worked: dict[int, int] = {}
    for day, same in by_day.items():
        worked[day] = rows.column()
        for arc in same:
            rows.at_most([arc, worked[day]], [1.0, -1.0], 0.0)
    held = {day for day, same in by_day.items() if any(network.low[arc] for arc in same)}
    if week_on:
        weeks: dict[int, list[int]] = defaultdict(list)
        for day in by_day:
            weeks[int(c.week[day])].append(day)
        for days in weeks.values():
            high = max(most_week, sum(day in held for day in days))
            if len(days) > high:
                rows.at_most([worked[day] for day in days], [1.0] * len(days), high)
    if run_on:
        for begin in sorted(by_day):
            days = [day for day in range(begin, begin + most_run + 1) if day in by_day]
            high = max(most_run, sum(day in held for day in days))
            if len(days) > high:
                rows.at_most([worked[day] for day in days], [1.0] * len(days), high)


def _supervision_rows(
    c: Columns,
    parameters: Parameters,
    network: Network,
    mine: dict[int, list[int]],
    rows: _Rows,
    decided: Bools,
) -> None:
    for person, arcs in mine.items():
        if not c.supervised[person]:
            continue
        theirs = [arc for s in c.supervisors[person] for arc in mine.get(s, ())]
        others = network.need[theirs] if theirs else np.zeros(0, dtype=np.int64)
        for arc in arcs:
            n = int(network.need[arc])
            if decided[arc] or rules.supervisor_at_hand(c, person, n):
                continue
            covers = rules.supervises(c, parameters, n, others) if theirs else np.zeros(0, dtype=bool)
            near = [theirs[i] for i in covers.nonzero()[0]]
            rows.at_most([arc, *near], [1.0] + [-1.0] * len(near), 0.0)


def _isolation_rows(c: Columns, parameters: Parameters, network: Network, rows: _Rows) -> None:
    there = defaultdict(list)
    for arc, n in enumerate(network.need.tolist()):
        for half in (1, 2):
            if int(c.need_halves[n]) & half:
                there[int(c.need_site[n]), int(c.need_day[n]), half].append(arc)
    for arc, (person, n) in enumerate(zip(network.person.tolist(), network.need.tolist(), strict=True)):
        if not c.avoids_alone[person]:
            continue
        lonely = rows.column(cost=parameters.isolation_points)
        for half in (1, 2):
            if int(c.need_halves[n]) & half:
                others = [a for a in there[int(c.need_site[n]), int(c.need_day[n]), half] if a != arc]
                rows.at_most([arc, lonely, *others], [1.0, -1.0] + [-1.0] * len(others), 0.0)


def solve(
    c: Columns,
    parameters: Parameters,
    network: Network,
    *,
    until: float,
    seed: int,
    start: Ints | None = None,
    fixed: tuple[Bools, Bools] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Minimise the aims in order. start: units on each arc of a roster that keeps every rule. fixed: (which pairs are
    settled, their value), for a search around a roster. until: `time.perf_counter()` not to pass."""
    import highspy

    rows = _side_rows(c, parameters, network, None if fixed is None else fixed[0])
    arcs, columns = len(network.tail), rows.columns
    lower = np.concatenate([network.low, np.zeros(columns - arcs)]).astype(float)
    upper = np.concatenate([network.cap, rows.extra_cap]).astype(float)
    if fixed is not None:
        which, value = fixed
        lower[: network.pairs][which] = value[which]
        upper[: network.pairs][which] = value[which]
    solver = highspy.Highs()
    for name, setting in (("output_flag", False), ("random_seed", seed % 2_147_483_647), ("threads", 1)):
        solver.setOptionValue(name, setting)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.999)
    solver.passModel(_model(highspy, network, rows, lower, upper))
    bounds: list[float | None] = []
    chosen, settled, nodes = None, True, 0
    values: Floats | None = None
    if start is not None and not rows.extra_cap:
        values = start.astype(float)
    elif start is not None:
        values = _completed(rows, start)
    for aim, level in enumerate(parameters.levels):
        cost = np.concatenate([network.cost[:, aim], np.zeros(columns - arcs)]).astype(float)
        if level is Level.COMFORT:
            cost[arcs:] = rows.extra_cost
        constant = float(network.constant[aim])
        left = until - time.perf_counter()
        if not cost.any() and chosen is not None:
            bounds.append(constant if settled else None)
            continue
        if left < 0.02 or stopped():
            bounds.append(None)
            settled = False
            continue
        solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), cost)
        solver.setOptionValue("time_limit", solver.getRunTime() + max(0.05, left))
        if values is not None:
            solution = highspy.HighsSolution()
            solution.col_value = values.tolist()
            solution.value_valid = True
            solver.setSolution(solution)
        solver.run()
        status, info = solver.getModelStatus(), solver.getInfo()
        nodes += max(0, int(info.mip_node_count))
        if info.primal_solution_status == 2:
            values = np.asarray(solver.getSolution().col_value)
            chosen = values[: network.pairs] > 0.5
        done = status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)
        bound = float(info.mip_dual_bound)
        if done and not np.isfinite(bound):  # settled before any tree: presolve says nothing of a bound
            bound = float(info.objective_function_value)
        bounds.append(constant + float(np.ceil(bound - 1e-6)) if settled and np.isfinite(bound) else None)
        settled = settled and done
        if values is None or chosen is None:
            settled = False
            break
        reached = float(np.rint(cost @ values))
        where = cost.nonzero()[0].astype(np.int32)
        solver.addRow(-highspy.kHighsInf, reached + 0.5, len(where), where, cost[where])
    bounds += [None] * (len(parameters.levels) - len(bounds))
    return Outcome(chosen, tuple(bounds), settled, nodes)


def _completed(rows: _Rows, start: Ints) -> Floats:
    """The extra columns are the least that their rows ask for: all rows that hold one are `... - column <= 0` or sums."""
    values = np.concatenate([start.astype(float), np.zeros(rows.columns - rows.arcs)])
    for columns, weights in rows.entries:
        extra = [c for c, w in zip(columns, weights, strict=True) if c >= rows.arcs and w < 0]
        if extra:
            rest = sum(w * values[c] for c, w in zip(columns, weights, strict=True) if c != extra[0])
            values[extra[0]] = max(values[extra[0]], rest)
    return values


def _model(highspy: object, network: Network, rows: _Rows, lower: Floats, upper: Floats) -> object:
    arcs = np.arange(len(network.tail))
    balance = sparse.csr_array(
        (
            np.concatenate([np.ones(len(arcs)), -np.ones(len(arcs))]),
            (np.concatenate([network.tail, network.head]), np.concatenate([arcs, arcs])),
        ),
        shape=(network.nodes, rows.columns),
    )
    supply = np.zeros(network.nodes)
    supply[0], supply[1] = network.total, -network.total
    lengths = [len(columns) for columns, _ in rows.entries]
    side = sparse.csr_array(
        (
            np.asarray([v for _, values in rows.entries for v in values], dtype=float),
            np.asarray([i for columns, _ in rows.entries for i in columns], dtype=np.int64),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        ),
        shape=(len(lengths), rows.columns),
    )
    matrix = sparse.vstack([balance, side], format="csr")
    inf = highspy.kHighsInf  # type: ignore[attr-defined]
    lp = highspy.HighsLp()  # type: ignore[attr-defined]
    lp.num_col_, lp.num_row_ = rows.columns, matrix.shape[0]
    lp.col_cost_ = np.zeros(rows.columns)
    lp.col_lower_, lp.col_upper_ = lower, upper
    lp.row_lower_ = np.concatenate([supply, np.full(len(lengths), -inf)])
    lp.row_upper_ = np.concatenate([supply, np.asarray(rows.high, dtype=float)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise  # type: ignore[attr-defined]
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    kinds = highspy.HighsVarType  # type: ignore[attr-defined]
    lp.integrality_ = [kinds.kInteger] * network.pairs + [kinds.kContinuous] * (rows.columns - network.pairs)
    return lp
