"""One site at a time: what each place would bring, the best place near every point, what each further day adds."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from .evaluation import excluded, need, travel_caps
from .problem import (
    SCORE_TOLERANCE,
    Aim,
    Checked,
    Floats,
    Ints,
    InvalidParameter,
    NegativeInput,
    SitingProblem,
)
from .result import SitingResult, Status
from .solver import solve


@dataclass(frozen=True, eq=False)
class SinglePlaces:
    """values: (n_c,) what each candidate alone would bring, in the unit of the aim (below).

    best_candidate: (n_d,) best candidate within the radius of each point, -1 when none; best_value: (n_d,) its value,
    NaN when none. Units: inhabitants lifted above the threshold; priority-weighted visits a year; rise of the lowest
    score among the points that the candidate reaches; minutes saved times inhabitants (`travel`).
    """

    values: Floats
    best_candidate: Ints
    best_value: Floats
    excluded_points: int


def best_single_places(
    problem: SitingProblem, *, days: float, radius_minutes: float | None = None
) -> SinglePlaces:
    """Value of `days` weekly days at every candidate alone, and the best candidate within a radius of every point.

    The radius is travel time (`minutes` of the problem); None: every stored pair. Without `minutes`, pairs are those
    of `effects`. Time: a few passes over the stored pairs, for all candidates at once. Errors: `SitingError`.
    """
    if not (np.isfinite(days) and days >= 0):
        raise NegativeInput("Le nombre de jours ne peut pas être négatif.")
    if radius_minutes is not None and not radius_minutes >= 0:
        raise NegativeInput("Le rayon ne peut pas être négatif.")
    c = problem.checked()
    values = _alone(c, days / c.step)
    near = c.minutes if c.minutes is not None else c.effects
    rows = np.repeat(np.arange(c.n_candidates), np.diff(near.indptr))
    points, stored = near.indices, near.data
    if radius_minutes is not None:
        if c.minutes is None:
            raise InvalidParameter("Un rayon demande les temps de trajet (« minutes »).")
        inside = stored <= radius_minutes
        rows, points = rows[inside], points[inside]
    # Worst first: the last writer of each point is the best candidate (the first of equals).
    rank = np.empty(c.n_candidates, dtype=np.int64)
    rank[np.lexsort((-np.arange(c.n_candidates), values))] = np.arange(c.n_candidates)
    highest = np.full(c.n_points, -1, dtype=np.int64)
    np.maximum.at(highest, points, rank[rows])
    by_rank = np.argsort(rank)
    found = highest >= 0
    best = np.full(c.n_points, -1, dtype=np.int64)
    best[found] = by_rank[highest[found]]
    best_value = np.full(c.n_points, np.nan)
    best_value[found] = values[best[found]]
    return SinglePlaces(values, best, best_value, excluded(c))


def _alone(c: Checked, steps: float) -> Floats:
    """(n_c,) value of `steps` at each candidate alone."""
    pairs = c.effects
    point = pairs.indices
    if c.aim is Aim.TRAVEL:
        assert c.minutes is not None
        caps = travel_caps(c)
        point = c.minutes.indices
        saved = np.maximum(0.0, caps[point] - c.minutes.data) * c.population[point]
        return _row_sums(saved, c.minutes.indptr)
    gain = pairs.data * steps
    if c.aim is Aim.PRIORITY_VISITS:
        if c.threshold is not None:
            gain = np.minimum(gain, need(c)[point])
        return _row_sums(gain * (c.priority * c.demand)[point], pairs.indptr)
    if c.aim is Aim.PEOPLE_ABOVE_THRESHOLD:
        missing = need(c)[point]
        lifted = (missing > 0) & (gain >= missing - SCORE_TOLERANCE)
        return _row_sums(lifted * c.population[point], pairs.indptr)
    known = ~np.isnan(c.baseline[point]) & (c.population[point] > 0)
    before = np.where(known, c.baseline[point], np.inf)
    rise = _row_minima(np.where(known, before + gain, np.inf), pairs.indptr) - _row_minima(
        before, pairs.indptr
    )
    return np.where(np.isfinite(rise), rise, 0.0)


def _row_sums(data: Floats, indptr: Ints) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(data, dtype=np.float64)])
    return total[indptr[1:]] - total[indptr[:-1]]


def _row_minima(data: Floats, indptr: Ints) -> Floats:
    """Lowest of each row; NaN of inf - inf is avoided by 0 for empty rows."""
    out = np.zeros(len(indptr) - 1)
    filled = np.diff(indptr) > 0
    if filled.any():
        out[filled] = np.minimum.reduceat(data, indptr[:-1][filled])
    return np.where(np.isfinite(out), out, 0.0)


@dataclass(frozen=True, eq=False)
class MarginalCurve:
    """added_days: (m,) further weekly days. objective, bound: (m,) figure of the aim with them. gains: (m,) what the
    last step of each row adds, never negative in the sense of the aim. plans: (m, n_c) days of each plan."""

    added_days: Floats
    objective: Floats
    bound: Floats
    gains: Floats
    plans: Floats


def marginal_values(
    problem: SitingProblem, result: SitingResult, extra_days: float, *, seconds: float = 10.0, seed: int = 0
) -> MarginalCurve:
    """Value of each further day when the days of `result` are kept and the budget grows step by step.

    seconds: time for the whole curve. Errors: `SitingError`; a result without plan gives `InvalidParameter`.
    """
    if result.status is Status.INFEASIBLE:
        raise InvalidParameter("Il n’y a pas de plan à prolonger.")
    if not (np.isfinite(extra_days) and extra_days >= 0):
        raise NegativeInput("Le nombre de jours ne peut pas être négatif.")
    begun = time.perf_counter()
    count = int(np.floor(extra_days / problem.step + 1e-9))
    sign = -1.0 if Aim(problem.aim) is Aim.TRAVEL else 1.0
    before, kept_days = result.objective, np.asarray(result.days, dtype=np.float64)
    objectives: list[float] = []
    bounds: list[float] = []
    gains: list[float] = []
    plans: list[Floats] = []
    for more in range(1, count + 1):
        left = max(0.05, (seconds - (time.perf_counter() - begun)) / (count + 1 - more))
        grown = replace(
            problem,
            budget_days=float(kept_days.sum()) + more * problem.step,
            committed_days=kept_days,
            max_days=np.maximum(
                np.broadcast_to(np.asarray(problem.max_days, dtype=np.float64), kept_days.shape), kept_days
            ),
        )
        answer = solve(grown, seconds=left, seed=seed)
        value, days = answer.objective, answer.days
        if answer.status is Status.INFEASIBLE or sign * (value - before) < 0:
            # A search cut short must not show a day as harmful: the previous plan still holds.
            value, days = before, plans[-1] if plans else kept_days
        objectives.append(value)
        bounds.append(answer.bound)
        gains.append(abs(value - before))
        plans.append(days)
        before = value
    return MarginalCurve(
        np.arange(1, count + 1, dtype=np.float64) * problem.step,
        np.array(objectives),
        np.array(bounds),
        np.array(gains),
        np.array(plans).reshape(count, len(kept_days)),
    )
