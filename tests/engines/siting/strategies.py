"""Small random problems, and the answer of trying everything."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from releve.engines.siting import Aim, Fairness, SitingProblem
from releve.engines.siting.evaluation import objective
from releve.engines.siting.requirements import kept


@st.composite
def problems(draw: Any, aim: Aim, *, limits: bool = True) -> SitingProblem:
    """At most 4 candidates of 3 days and 8 points: everything can be tried."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_c, n_d = draw(st.integers(1, 4)), draw(st.integers(1, 8))
    extra: dict[str, Any] = {}
    if limits:
        if draw(st.booleans()):
            extra["max_sites"] = draw(st.integers(0, 3))
        if draw(st.booleans()):
            extra["min_days"] = 2.0
        if draw(st.booleans()):
            extra["max_minutes"] = float(draw(st.integers(5, 35)))
            if draw(st.booleans()):
                extra["min_reached_share"] = draw(st.sampled_from([0.2, 0.5, 0.9]))
        if draw(st.booleans()):
            extra["committed_days"] = rng.integers(0, 2, n_c).astype(float)
        if draw(st.booleans()):
            floor = 0.0 if aim is Aim.TRAVEL else draw(st.sampled_from([0.0, 0.5, 1.0]))
            extra["fairness"] = Fairness(floor, draw(st.sampled_from([0.0, 1.0])))
        if draw(st.booleans()):
            extra["current_minutes"] = np.where(rng.random(n_d) < 0.5, 20.0, np.nan)
    return SitingProblem(
        aim=aim,
        population=rng.integers(0, 50, n_d).astype(float),
        budget_days=float(draw(st.integers(0, 5))),
        effects=sparse.csr_array(rng.integers(0, 10, (n_c, n_d)) / 10 * (rng.random((n_c, n_d)) < 0.6)),
        minutes=sparse.csr_array(rng.integers(1, 40, (n_c, n_d)) * (rng.random((n_c, n_d)) < 0.8)),
        baseline=np.where(rng.random(n_d) < 0.1, np.nan, rng.integers(0, 40, n_d) / 10),
        priority=rng.integers(0, 4, n_d).astype(float),
        group=rng.integers(0, 2, n_d),
        candidate_group=rng.integers(0, 2, n_c),
        max_days=float(draw(st.integers(0, 3))),
        threshold=2.5,
        **extra,
    )


def everything(problem: SitingProblem) -> float | None:
    """Best objective over all plans that keep the limits; None when there is none."""
    c = problem.checked()
    values = [
        objective(c, np.array(plan, dtype=np.int64))
        for plan in itertools.product(*(range(int(most) + 1) for most in c.most))
        if kept(c, np.array(plan, dtype=np.int64))
    ]
    if not values:
        return None
    return min(values) if problem.aim is Aim.TRAVEL else max(values)
