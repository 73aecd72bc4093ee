"""The same shift-scheduling instance as a plain model, one variable for each (employee, day, shift), for CP-SAT and HiGHS.

Nothing clever on purpose: what an engineer writes first. Both get the same time, seed and number of threads.
"""

from __future__ import annotations

import importlib.util
import time
from typing import Any

import numpy as np

from releve.engines.rostering.nrp import Instance, penalty, violations


def rows_of(
    instance: Instance,
) -> tuple[int, list[tuple[float, dict[int, float], float]], np.ndarray, np.ndarray, np.ndarray]:
    """(number of variables, rows `low <= row <= high`, costs, upper bounds, which are whole). Variables: x[e, d, s],
    then over and under each (d, s), then weekends k[e, w]."""
    staff, days, shifts = len(instance.employees), instance.days, len(instance.shifts)
    inf = float("inf")

    def x(e: int, d: int, s: int) -> int:
        return (e * days + d) * shifts + s

    cells = staff * days * shifts
    slack, weekend = cells, cells + 2 * days * shifts
    weeks = instance.weekends
    many = weekend + staff * len(weeks)
    cost = np.zeros(many)
    upper = np.ones(many)
    cost[:cells] = instance.cost.ravel()
    rows: list[tuple[float, dict[int, float], float]] = []
    for d in range(days):
        for s in range(shifts):
            u = slack + 2 * (d * shifts + s)
            cost[u], cost[u + 1] = instance.under[d, s], instance.over[d, s]
            upper[u : u + 2] = staff + instance.required[d, s]
            need = float(instance.required[d, s])
            rows.append((need, {**{x(e, d, s): 1.0 for e in range(staff)}, u: 1.0, u + 1: -1.0}, need))
    for e, person in enumerate(instance.employees):
        work = [{x(e, d, s): 1.0 for s in range(shifts)} for d in range(days)]
        for d in range(days):
            rows.append((-inf, work[d], 1.0))
            if d in person.days_off:
                rows.append((-inf, work[d], 0.0))
            if d + 1 < days:
                for s, shift in enumerate(instance.shifts):
                    rows += [(-inf, {x(e, d, s): 1.0, x(e, d + 1, t): 1.0}, 1.0) for t in shift.never_next]
        for s in range(shifts):
            rows.append((-inf, {x(e, d, s): 1.0 for d in range(days)}, float(person.max_shifts[s])))
        minutes = {
            x(e, d, s): float(shift.minutes) for d in range(days) for s, shift in enumerate(instance.shifts)
        }
        rows.append((float(person.min_minutes), minutes, float(person.max_minutes)))
        for first in range(days - person.max_in_a_row):
            window: dict[int, float] = {}
            for d in range(first, first + person.max_in_a_row + 1):
                window |= work[d]
            rows.append((-inf, window, float(person.max_in_a_row)))
        for least, sign in ((person.min_in_a_row, 1.0), (person.min_days_off, -1.0)):
            for length in range(1, least):
                for first in range(1, days - length):
                    # A run of exactly `length` from `first`, the other kind on both sides, is forbidden.
                    row: dict[int, float] = {}
                    for d in (first - 1, first + length):
                        row |= dict.fromkeys(work[d], -sign)
                    for d in range(first, first + length):
                        row |= dict.fromkeys(work[d], sign)
                    rows.append((-inf, row, length - 1.0 if sign > 0 else 1.0))
        for w, pair in enumerate(weeks):
            for d in pair:
                if d < days:
                    rows.append((-inf, {**work[d], weekend + e * len(weeks) + w: -1.0}, 0.0))
        if weeks:
            mine = {weekend + e * len(weeks) + w: 1.0 for w in range(len(weeks))}
            rows.append((-inf, mine, float(person.max_weekends)))
    return many, rows, cost, upper, np.ones(many, dtype=bool)


def _answer(
    instance: Instance, taken: np.ndarray | None, bound: float, proven: bool, begun: float
) -> dict[str, Any]:
    row: dict[str, Any] = {"seconds": round(time.perf_counter() - begun, 2), "proven": proven}
    row["bound"] = int(np.ceil(bound - 1e-4)) if np.isfinite(bound) else None
    if taken is None:
        return row | {"penalty": None}
    staff, days, shifts = len(instance.employees), instance.days, len(instance.shifts)
    table = taken[: staff * days * shifts].reshape(staff, days, shifts) > 0.5
    roster = np.where(table.any(axis=2), table.argmax(axis=2), -1)
    return row | {"penalty": penalty(instance, roster), "violations": len(violations(instance, roster))}


def highs(instance: Instance, seconds: float, seed: int) -> dict[str, Any]:
    """Plain HiGHS, one thread."""
    import highspy

    many, rows, cost, upper, _ = rows_of(instance)
    begun = time.perf_counter()
    model = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("time_limit", seconds),
        ("random_seed", seed),
        ("threads", 1),
    ):
        model.setOptionValue(name, value)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.999)
    model.addVars(many, np.zeros(many), upper)
    model.changeColsCost(many, np.arange(many, dtype=np.int32), cost)
    model.changeColsIntegrality(many, np.arange(many, dtype=np.int32), np.ones(many, dtype=np.uint8))
    for low, row, high in rows:
        model.addRow(low, high, len(row), np.asarray(list(row), np.int32), np.asarray(list(row.values())))
    model.run()
    info = model.getInfo()
    found = np.asarray(model.getSolution().col_value) if info.primal_solution_status == 2 else None
    proven = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return _answer(instance, found, info.mip_dual_bound + instance.constant, proven, begun)


def cp_sat(instance: Instance, seconds: float, seed: int, workers: int = 2) -> dict[str, Any]:
    """Plain CP-SAT; says when OR-Tools is missing."""
    if importlib.util.find_spec("ortools") is None:
        return {"skipped": "ortools n’est pas installé"}
    from ortools.sat.python import cp_model

    many, rows, cost, upper, _ = rows_of(instance)
    begun = time.perf_counter()
    model = cp_model.CpModel()
    x = [model.new_int_var(0, int(upper[i]), "") for i in range(many)]
    for low, row, high in rows:
        total = sum(int(value) * x[i] for i, value in row.items())
        if np.isfinite(low):
            model.add(total >= int(low))
        model.add(total <= int(high))
    model.minimize(sum(int(cost[i]) * x[i] for i in range(many) if cost[i]))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    taken = np.asarray([solver.value(v) for v in x]) if found else None
    bound = solver.best_objective_bound + instance.constant
    return _answer(instance, taken, bound, status == cp_model.OPTIMAL, begun)
