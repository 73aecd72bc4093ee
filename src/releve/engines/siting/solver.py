"""`solve`: a good plan, then the exact model in the time that is left, and always a certified bound."""

from __future__ import annotations

import time

import numpy as np

from . import greedy
from .evaluation import (
    Fill,
    excluded,
    fill_of,
    minimum_rows,
    nearest_open,
    need,
    new_scores,
    objective,
    reachable,
)
from .highs import maximise
from .mip import build
from .problem import Aim, Checked, Floats, Ints, InvalidParameter, SitingProblem
from .relaxation import upper_bound
from .requirements import impossible, kept
from .result import Reason, SitingResult, Status
from .travel import solve_travel

# Beyond this many stored effects, HiGHS is not tried (it would not end its first linear programme in the time of a
# search) unless the greedy plan breaks a limit.
LARGEST_EXACT = 400_000
# From this many on, the Lagrangian bound is computed first: HiGHS may well not close.
LARGE = 100_000


def solve(problem: SitingProblem, *, seconds: float = 10.0, seed: int = 0, gap: float = 1e-6) -> SitingResult:
    """Where to open and how many days each.

    seconds: time allowed (reading and measuring come on top). gap: relative gap at which a plan counts as optimal.
    Errors: subclasses of `SitingError`. The same input and seed give the same plan when the search closes in time.
    """
    begun = time.perf_counter()
    if not (np.isfinite(seconds) and seconds > 0):
        raise InvalidParameter("Le temps de calcul doit être positif.")
    if not (np.isfinite(gap) and gap >= 0):
        raise InvalidParameter("L’écart accepté doit être positif ou nul.")
    c = problem.checked()
    reasons = impossible(c)
    if reasons:
        return _infeasible(c, reasons, begun)
    if c.aim is Aim.TRAVEL:
        outcome = solve_travel(c, seconds=seconds, seed=seed, gap=gap)
        if outcome is None:
            return _infeasible(c, [_together()], begun)
        steps, bound, iterations, method = outcome
        return _result(c, steps, bound, iterations, method, gap, begun)
    return _solve_scores(c, seconds=seconds, seed=seed, gap=gap, begun=begun)


def _solve_scores(c: Checked, *, seconds: float, seed: int, gap: float, begun: float) -> SitingResult:
    fill, linear = _forms(c)
    plan = _first_plan(c, fill, linear, seconds=seconds * 0.25)
    start: Ints | None = plan if kept(c, plan) else None
    bound = _cheap_bound(c, fill, linear)
    best = start
    iterations, method = 0, "greedy"
    value = objective(c, best) if best is not None else -np.inf
    if best is None or bound - value > gap * max(abs(bound - _base(c)), 1e-12):
        large = c.effects.nnz > LARGE
        if fill is not None and large:
            relaxed = upper_bound(
                fill.share,
                fill.weight,
                c.most,
                c.budget,
                target=max(0.0, value - _constant(c, 0.0)) if best is not None else 0.0,
                end=time.perf_counter() + 0.3 * (seconds - (time.perf_counter() - begun)),
                gap=gap,
            )
            bound, iterations, method = (
                min(bound, relaxed.value + _constant(c, 0.0)),
                relaxed.steps,
                "lagrangian",
            )
        left = seconds - (time.perf_counter() - begun)
        if (c.effects.nnz <= LARGEST_EXACT or best is None) and left > 0:
            model = build(c, fill, linear)
            given = None if start is None else model.start(c, start)
            outcome = maximise(model.programme, seconds=left, seed=seed, gap=gap, start=given)
            iterations, method = outcome.nodes, "mip"
            if outcome.infeasible:
                return _infeasible(c, [_together()], begun)
            bound = min(bound, outcome.bound + _constant(c, model.constant))
            if outcome.x is not None:
                steps = np.rint(outcome.x[: c.n_candidates]).astype(np.int64)
                found = objective(c, steps)
                if kept(c, steps) and (best is None or found > value):
                    best, value = steps, found
        if best is None:
            nothing = c.committed.copy()
            best = nothing if kept(c, nothing) else None
        if best is None:
            return _infeasible(
                c, [Reason("no_plan_in_time", "Aucun plan n’a été trouvé dans le temps donné.")], begun
            )
    if c.aim is not Aim.PRIORITY_VISITS and c.effects.nnz <= LARGE:
        best = _without_idle(c, best)
    return _result(c, best, bound, iterations, method, gap, begun)


def _without_idle(c: Checked, steps: Ints) -> Ints:
    """The same plan without the days that change nothing to the aim: they are left in the budget."""
    value, steps = objective(c, steps), steps.copy()
    for place in np.flatnonzero(steps):
        for fewer in range(int(steps[place])):
            tried = steps.copy()
            tried[place] = fewer
            if kept(c, tried) and objective(c, tried) >= value:
                steps = tried
                break
    return steps


def _forms(c: Checked) -> tuple[Fill | None, Floats | None]:
    if c.aim is Aim.PEOPLE_ABOVE_THRESHOLD or (c.aim is Aim.PRIORITY_VISITS and c.threshold is not None):
        return fill_of(c), None
    if c.aim is Aim.PRIORITY_VISITS:
        return None, c.effects @ (c.priority * c.demand)
    return None, None


def _first_plan(c: Checked, fill: Fill | None, linear: Floats | None, *, seconds: float) -> Ints:
    if fill is not None:
        return greedy.fill_plan(c, fill, seconds=seconds)
    if linear is not None:
        return greedy.linear_plan(c, linear)
    return greedy.minimum_plan(c, minimum_rows(c), seconds=seconds)


def _base(c: Checked) -> float:
    return objective(c, np.zeros(c.n_candidates, dtype=np.int64))


def _constant(c: Checked, inner: float) -> float:
    return _base(c) if c.aim is Aim.PEOPLE_ABOVE_THRESHOLD else inner


def _cheap_bound(c: Checked, fill: Fill | None, linear: Floats | None) -> float:
    """Bound that needs no search (see docs/algorithms/siting.md)."""
    if linear is not None:
        return greedy.step_bound(linear, c)
    if fill is not None:
        one = np.ones(c.n_candidates, dtype=np.int64)
        alone = greedy.fill_gains(fill, np.zeros(len(fill.weight)), one)
        return _constant(c, 0.0) + min(greedy.step_bound(alone, c), float(fill.weight.sum()))
    rows = minimum_rows(c)
    if not len(rows):
        return float("nan")
    columns = c.effects[:, rows].tocsc()
    strongest = np.zeros(len(rows))
    filled = np.diff(columns.indptr) > 0
    strongest[filled] = np.maximum.reduceat(columns.data, columns.indptr[:-1][filled])
    return float((c.baseline[rows] + strongest * c.budget).min())


def _together() -> Reason:
    return Reason("limits_together", "Les limites demandées ne peuvent pas être tenues ensemble.")


def _result(
    c: Checked, steps: Ints, bound: float, iterations: int, method: str, gap: float, begun: float
) -> SitingResult:
    value, base = objective(c, steps), _base(c)
    if np.isnan(value) or not c.n_candidates or not c.budget:
        bound = value
    minimise = c.aim is Aim.TRAVEL
    bound = min(bound, value) if minimise else max(bound, value)
    scale = abs(value) if minimise else abs(bound - base)
    distance = abs(bound - value)
    relative = 0.0 if np.isnan(value) or distance <= 1e-9 else float(distance / max(scale, 1e-12))
    missed = need(c) > 0 if c.threshold is not None else ~np.isnan(c.baseline)
    nearest = nearest_open(c, steps)
    return SitingResult(
        status=Status.OPTIMAL if relative <= max(gap * (1 + 1e-6), 1e-7) else Status.FEASIBLE,
        days=np.asarray(steps * c.step, dtype=np.float64),
        objective=value,
        baseline_objective=base,
        bound=float(bound),
        gap=relative,
        scores=new_scores(c, steps),
        nearest_minutes=np.where(np.isfinite(nearest), nearest, np.nan),
        seconds=time.perf_counter() - begun,
        iterations=iterations,
        method=method,
        excluded_points=excluded(c),
        unreachable_points=int((missed & ~reachable(c)).sum()) if c.aim is not Aim.TRAVEL else 0,
    )


def _infeasible(c: Checked, reasons: list[Reason], begun: float) -> SitingResult:
    nothing = np.zeros(c.n_candidates, dtype=np.int64)
    value = objective(c, nothing)
    return SitingResult(
        status=Status.INFEASIBLE,
        days=np.zeros(c.n_candidates),
        objective=value,
        baseline_objective=value,
        bound=float("nan"),
        gap=float("inf"),
        scores=new_scores(c, nothing),
        nearest_minutes=np.full(c.n_points, np.nan),
        seconds=time.perf_counter() - begun,
        iterations=0,
        method="none",
        excluded_points=excluded(c),
        reasons=tuple(reasons),
    )
