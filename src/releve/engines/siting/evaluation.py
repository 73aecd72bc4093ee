"""What a plan is worth: scores, minutes, the figure of each aim. The solver's answer is always measured again here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .problem import SCORE_TOLERANCE, Aim, Checked, Floats, Ints


@dataclass(frozen=True, eq=False)
class Fill:
    """Concave form of the counting aims: `sum of weight[r] * z[r]`, `z[r] <= min(1, sum_c share[c, r] * steps[c])`.

    share: (n_c, rows) part of the need of a row filled by one step, at most 1. weight: (rows,). integral: whether a
    row counts only when it is full. points: (rows,) point of each row.
    """

    share: sparse.csr_array
    weight: Floats
    integral: bool
    points: Ints

    def value(self, steps: Ints) -> float:
        filled = np.minimum(1.0, self.share.T @ steps.astype(np.float64))
        if self.integral:
            filled = (filled >= 1.0 - 1e-12).astype(np.float64)
        return float(self.weight @ filled)


def new_scores(c: Checked, steps: Ints) -> Floats:
    """(n_d,) scores once `steps` are opened; NaN stays NaN."""
    return c.baseline + c.effects.T @ steps.astype(np.float64)


def excluded(c: Checked) -> int:
    """Points that the aim needs a score for, and has none."""
    if c.aim is Aim.TRAVEL or (c.aim is Aim.PRIORITY_VISITS and c.threshold is None):
        return 0
    return int(np.isnan(c.baseline).sum())


def need(c: Checked) -> Floats:
    """(n_d,) what each known score misses below the threshold, 0 when nothing or unknown."""
    if c.threshold is None:
        return np.zeros(c.n_points)
    missing = c.threshold - c.baseline
    return np.where(missing > SCORE_TOLERANCE, missing, 0.0)


def reachable(c: Checked) -> np.ndarray:
    """(n_d,) whether some candidate that may open changes the score of the point."""
    usable = (c.most > 0).astype(np.float64)
    return (c.effects.T @ usable) > 0


def nearest_open(c: Checked, steps: Ints) -> Floats:
    """(n_d,) minutes to the nearest open candidate; inf when none can be reached."""
    best = np.full(c.n_points, np.inf)
    if c.minutes is None:
        return best
    opened = c.minutes[np.flatnonzero(steps > 0)]
    np.minimum.at(best, opened.indices, opened.data)
    return best


def travel_caps(c: Checked) -> Floats:
    """(n_d,) minutes of each point when nothing opens."""
    return np.where(np.isnan(c.current_minutes), c.unserved_minutes, c.current_minutes)


def objective(c: Checked, steps: Ints) -> float:
    """The figure of the aim, in its own unit (see `SitingResult`)."""
    if c.aim is Aim.TRAVEL:
        people = float(c.population.sum())
        if people <= 0:
            return 0.0
        return float(c.population @ np.minimum(travel_caps(c), nearest_open(c, steps))) / people
    if c.aim is Aim.PRIORITY_VISITS:
        gained = c.effects.T @ steps.astype(np.float64)
        if c.threshold is not None:
            gained = np.minimum(gained, need(c))
        return float((c.priority * c.demand) @ gained)
    scores = new_scores(c, steps)
    if c.aim is Aim.HIGHEST_MINIMUM:
        counted = minimum_rows(c)
        return float(scores[counted].min()) if len(counted) else float("nan")
    assert c.threshold is not None
    return float(c.population[scores >= c.threshold - SCORE_TOLERANCE].sum())


def minimum_rows(c: Checked) -> Ints:
    """Points counted in the highest minimum: inhabited, known, and within reach of a candidate."""
    return np.flatnonzero(~np.isnan(c.baseline) & (c.population > 0) & reachable(c))


def fill_of(c: Checked) -> Fill:
    """The concave form of `people_above_threshold` and of `priority_visits` with a threshold."""
    missing = need(c)
    weight = c.population if c.aim is Aim.PEOPLE_ABOVE_THRESHOLD else c.priority * c.demand * missing
    points = np.flatnonzero((missing > 0) & (weight > 0) & reachable(c))
    integral = c.aim is Aim.PEOPLE_ABOVE_THRESHOLD
    # A threshold reached to the tolerance of scores counts as reached: the same here as in `objective`.
    wanted = missing[points] - (SCORE_TOLERANCE if integral else 0.0)
    share = sparse.csr_array(c.effects[:, points] @ sparse.diags_array(1.0 / wanted))
    share.data = np.where(share.data >= 1.0 - 1e-12, 1.0, share.data)
    return Fill(share, weight[points], integral, points)
