"""Certified upper bounds of the counting aims by Lagrangian relaxation, on sparse matrices of any size.

Rows are needs of weight `w`, filled by `z[r] <= min(1, sum_c share[c, r] * k[c])`. Pricing the filling with
multipliers `u` in [0, w] gives, for any `u`, the bound `sum(w - u) + best choice of k for the values share @ u`, which
a subgradient method lowers. docs/algorithms/siting.md has the formulas.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .problem import Floats, Ints


@dataclass(frozen=True, eq=False)
class Bound:
    """value: no plan fills more. multipliers: (rows,). worth: (n_c,) value of one step under them. steps: iterations."""

    value: float
    multipliers: Floats
    worth: Floats
    steps: int


def take_best(worth: Floats, most: Ints | None, budget: int) -> tuple[Ints, Ints, float]:
    """(candidates, steps at each, cut): the budget spent on the most worthy; `cut` is the worth of the last step.

    most: (n_c,) steps at most, None for one each.
    """
    n = len(worth)
    if most is None:
        count = min(budget, n)
        chosen = np.argpartition(-worth, count - 1)[:count] if 0 < count < n else np.arange(count)
        cut = float(worth[chosen].min()) if count and count == budget else 0.0
        return chosen, np.ones(len(chosen), dtype=np.int64), cut
    order = np.argsort(-worth, kind="stable")[: max(0, budget)] if (most > 0).all() else np.argsort(-worth)
    before = np.cumsum(most[order]) - most[order]
    steps = np.minimum(most[order], np.maximum(0, budget - before))
    kept = steps > 0
    spent = int(steps.sum())
    cut = float(worth[order[kept]].min()) if kept.any() and spent == budget else 0.0
    return order[kept], steps[kept], cut


def upper_bound(
    share: sparse.csr_array,
    weight: Floats,
    most: Ints | None,
    budget: int,
    *,
    target: float,
    end: float,
    steps: int = 3000,
    gap: float = 0.0,
    on_choice: Callable[[int, float, Ints], float] | None = None,
) -> Bound:
    """Lower the bound towards `target`, the best value known, until it stalls, `steps` are done or the clock ends.

    share: (n_c, rows) in (0, 1]. on_choice(step, best bound, candidates chosen) may return a better target: the
    choices of the relaxation are good beginnings for a heuristic. When every candidate takes one step, those that no
    plan better than `target` can use are dropped on the way (their `worth` is -inf): the bound then holds for plans
    better than `target`, so the certificate is `max(value, target)`.
    """
    n_c = share.shape[0]
    active = np.arange(n_c)
    total = float(weight.sum())

    def measure(at: Floats) -> tuple[Floats, Ints, Ints, float, float]:
        values = share @ at
        chosen, counts, cut = take_best(values, most, budget)
        return values, chosen, counts, cut, total - float(at.sum()) + float(values[chosen] @ counts)

    u = _beginning(share, weight, measure)
    best, best_u, theta, stale = np.inf, u, 0.5, 0
    direction = np.zeros(len(weight))
    done = 0
    for step in range(steps):
        done = step + 1
        worth, chosen, counts, cut, bound = measure(u)
        if step == 0 or bound < best * (1.0 - 1e-6):
            best, best_u, stale = bound, u.copy(), 0
        else:
            if bound < best:
                best, best_u = bound, u.copy()
            stale += 1
        if on_choice is not None:
            target = max(target, on_choice(step, best, active[chosen]))
        if best - target <= gap * max(abs(best), 1e-12) + 1e-9 or time.perf_counter() > end:
            break
        if most is None and step % 25 == 24:
            kept = bound - np.maximum(0.0, cut - worth) >= target - 1e-9 * abs(target)
            if int(kept.sum()) < 0.8 * len(active) and int(kept.sum()) > budget:
                active, share = active[kept], sparse.csr_array(share[np.flatnonzero(kept)])
                continue
        if stale >= 30:
            theta, stale, u = theta * 0.8, 0, best_u.copy()
            direction[:] = 0.0
            if theta < 0.004:
                break
            continue
        part = share[chosen]
        filled = np.bincount(
            part.indices,
            weights=part.data * np.repeat(counts.astype(np.float64), np.diff(part.indptr)),
            minlength=len(weight),
        )
        slack = filled - 1.0
        slack[(u >= weight) & (filled == 0)] = 0.0
        direction = slack + 0.7 * direction
        move = np.where(((u <= 0) & (direction > 0)) | ((u >= weight) & (direction < 0)), 0.0, direction)
        # Not `move @ move`: a threaded product of this size waits for the other core longer than it counts.
        norm = float(np.square(move).sum())
        if norm < 1e-18:
            break
        u = np.clip(u - theta * (bound - target) / norm * move, 0.0, weight)
    # What the certificate says is computed again from the kept multipliers, not from the last step.
    values, _, _, _, value = measure(best_u)
    worth = np.full(n_c, -np.inf)
    worth[active] = values
    return Bound(value, best_u, worth, done)


def _beginning(
    share: sparse.csr_array,
    weight: Floats,
    measure: Callable[[Floats], tuple[Floats, Ints, Ints, float, float]],
) -> Floats:
    """Each need prices its filling at the same share of its weight per candidate; the best of a few shares."""
    even = weight / np.maximum(1, np.bincount(share.indices, minlength=share.shape[1]))
    tried = [np.minimum(weight, even * 2.0**power) for power in range(-6, 4)]
    return min(tried, key=lambda at: measure(at)[4])
