"""A good plan quickly, and a cheap bound: greedy steps, then moves of one step from a site to another."""

from __future__ import annotations

import time

import numpy as np

from .evaluation import Fill
from .problem import Checked, Floats, Ints
from .requirements import groups_in_need

# From this many stored shares on, several openings are chosen at once.
LARGE = 200_000


def step_bound(values: Floats, c: Checked) -> float:
    """Upper bound of a concave aim: each step is worth at most the first one at its candidate.

    values: (n_c,) gain of one step alone, from nothing open.
    """
    order = np.argsort(-values, kind="stable")
    taken = np.minimum(c.most[order], np.maximum(0, c.budget - np.cumsum(c.most[order]) + c.most[order]))
    return float(values[order] @ taken)


class Room:
    """What may still be opened: budget, sites, days at each site."""

    def __init__(self, c: Checked) -> None:
        self.c = c
        self.steps = np.zeros(c.n_candidates, dtype=np.int64)
        for place in np.flatnonzero(c.committed):
            self.steps[place] = max(int(c.committed[place]), c.least)

    @property
    def left(self) -> int:
        return self.c.budget - int(self.steps.sum())

    def costs(self) -> Ints:
        """(n_c,) steps that the next opening costs; 0 where none is possible."""
        c = self.c
        cost = np.where(self.steps > 0, 1, c.least)
        allowed = (self.steps + cost <= c.most) & (cost <= self.left)
        if c.max_sites is not None and int((self.steps > 0).sum()) >= c.max_sites:
            allowed &= self.steps > 0
        return np.where(allowed, cost, 0)


def fill_gains(fill: Fill, filled: Floats, cost: Ints) -> Floats:
    """(n_c,) weight filled by adding `cost` steps at each candidate, given what is `filled` already."""
    room = np.maximum(0.0, 1.0 - filled)
    share = fill.share
    per = np.repeat(cost.astype(np.float64), np.diff(share.indptr))
    gained = np.minimum(share.data * per, room[share.indices]) * fill.weight[share.indices]
    total = np.concatenate([[0.0], np.cumsum(gained)])
    return total[share.indptr[1:]] - total[share.indptr[:-1]]


def whole_gains(fill: Fill, filled: Floats, cost: Ints) -> Floats:
    """(n_c,) weight of the rows that `cost` more steps at each candidate would complete."""
    share = fill.share
    per = np.repeat(cost.astype(np.float64), np.diff(share.indptr))
    before = filled[share.indices]
    done = (before < 1.0 - 1e-12) & (before + share.data * per >= 1.0 - 1e-12)
    total = np.concatenate([[0.0], np.cumsum(done * fill.weight[share.indices])])
    return total[share.indptr[1:]] - total[share.indptr[:-1]]


def meet_group_days(room: Room, values: Floats) -> None:
    """Open the best candidates of each group in need until its least number of days."""
    c = room.c
    if c.fairness is None or c.candidate_group is None or c.fairness.min_group_days <= 0:
        return
    least = int(np.ceil(c.fairness.min_group_days / c.step - 1e-9))
    for group in groups_in_need(c):
        members = c.candidate_group == group
        while int(room.steps[members].sum()) < least:
            cost = np.where(members, room.costs(), 0)
            if not cost.any():
                return
            place = int(np.argmax(np.where(cost > 0, values, -1.0)))
            room.steps[place] += cost[place]


def linear_plan(c: Checked, values: Floats) -> Ints:
    """Best steps first when each step at a candidate is worth the same."""
    room = Room(c)
    meet_group_days(room, values)
    while True:
        cost = room.costs()
        if not cost.any():
            return room.steps
        place = int(np.argmax(np.where(cost > 0, values, -np.inf)))
        if values[place] <= 0:
            return room.steps
        room.steps[place] += cost[place]


def fill_plan(c: Checked, fill: Fill, *, seconds: float) -> Ints:
    """Greedy on completed rows per step, with the fractional filling as second criterion; looks up to a whole
    site ahead, since several days may be needed before anyone passes the threshold."""
    end = time.perf_counter() + seconds
    room = Room(c)
    meet_group_days(
        room, fill_gains(fill, np.zeros(len(fill.weight)), np.ones(c.n_candidates, dtype=np.int64))
    )
    best = room.steps.copy()
    best_value = fill.value(best)
    ahead = int(min(max(1, c.most.max(initial=1)), 10)) if fill.integral else 1
    batch = 1 if fill.share.nnz < LARGE else 100
    while time.perf_counter() < end:
        filled = fill.share.T @ room.steps.astype(np.float64)
        cost = room.costs()
        if not cost.any():
            break
        worth, size = np.zeros(c.n_candidates), np.zeros(c.n_candidates, dtype=np.int64)
        for more in range(ahead):
            tried = np.where((cost > 0) & (room.steps + cost + more <= c.most), cost + more, 0)
            tried = np.where(tried <= room.left, tried, 0)
            if not tried.any():
                break
            gains = fill_gains(fill, filled, tried) * (0.05 if fill.integral else 1.0)
            if fill.integral:
                gains = gains + whole_gains(fill, filled, tried)
            gains = gains / np.maximum(tried, 1)
            better = (tried > 0) & (gains > worth * (1 + 1e-12))
            worth, size = np.where(better, gains, worth), np.where(better, tried, size)
        chosen = _apart(fill, worth, batch)
        if not chosen:
            break
        for place in chosen:
            if size[place] <= room.left and room.costs()[place] > 0:
                room.steps[place] += size[place]
        value = fill.value(room.steps)
        if value > best_value:
            best, best_value = room.steps.copy(), value
    return exchange(c, fill, best, end=end)


def _apart(fill: Fill, worth: Floats, batch: int) -> list[int]:
    """The best candidate, and in a large problem the next ones that share no need with those before."""
    order = np.argsort(-worth, kind="stable")[: 4 * batch]
    if batch == 1 or not len(order):
        return [int(place) for place in order[:1] if worth[place] > 0]
    touched = np.zeros(len(fill.weight), dtype=bool)
    chosen: list[int] = []
    for place in order:
        needs = fill.share.indices[fill.share.indptr[place] : fill.share.indptr[place + 1]]
        if worth[place] < 0.5 * worth[order[0]] or worth[place] <= 0 or len(chosen) >= batch:
            break
        if not touched[needs].any():
            touched[needs] = True
            chosen.append(int(place))
    return chosen


def exchange(c: Checked, fill: Fill, steps: Ints, *, end: float) -> Ints:
    """Move one step (or a whole least opening) to where it completes more, until nothing improves."""
    steps = steps.copy()
    kept = np.maximum(c.committed, 0)
    value = fill.value(steps)
    improved = True
    while improved and time.perf_counter() < end:
        improved = False
        for place in np.flatnonzero(steps > kept):
            if time.perf_counter() >= end:
                break
            drop = 1 if steps[place] - 1 >= c.least else int(steps[place])
            if steps[place] - drop < kept[place] or not _group_allows(c, steps, int(place), drop):
                continue
            room = Room(c)
            room.steps = steps.copy()
            room.steps[place] -= drop
            filled = fill.share.T @ room.steps.astype(np.float64)
            cost = room.costs()
            # All the freed steps go to one place when it can hold them.
            wide = np.where(
                (cost > 0) & (room.steps + np.maximum(cost, room.left) <= c.most), room.left, cost
            )
            cost = np.where(cost > 0, wide, 0)
            gains = whole_gains(fill, filled, cost) if fill.integral else fill_gains(fill, filled, cost)
            target = int(np.argmax(np.where(cost > 0, gains, -1.0)))
            if cost[target] <= 0:
                continue
            room.steps[target] += cost[target]
            found = fill.value(room.steps)
            if found > value * (1 + 1e-12) + 1e-12:
                steps, value, improved = room.steps, found, True
    return steps


def _group_allows(c: Checked, steps: Ints, place: int, drop: int) -> bool:
    if c.fairness is None or c.candidate_group is None or c.fairness.min_group_days <= 0:
        return True
    group = c.candidate_group[place]
    if group not in groups_in_need(c):
        return True
    least = int(np.ceil(c.fairness.min_group_days / c.step - 1e-9))
    return int(steps[c.candidate_group == group].sum()) - drop >= least


def minimum_plan(c: Checked, rows: Ints, *, seconds: float) -> Ints:
    """Raise the lowest score, one opening at a time."""
    end = time.perf_counter() + seconds
    room = Room(c)
    by_point = c.effects[:, rows]
    scores = c.baseline[rows] + by_point.T @ room.steps.astype(np.float64)
    meet_group_days(room, np.asarray(by_point.sum(axis=1)).ravel())
    best, value = room.steps.copy(), float(scores.min(initial=np.inf))
    while time.perf_counter() < end:
        scores = c.baseline[rows] + by_point.T @ room.steps.astype(np.float64)
        if scores.min(initial=np.inf) > value:
            best, value = room.steps.copy(), float(scores.min())
        cost = room.costs()
        if not cost.any() or not len(rows):
            break
        lowest = int(np.argmin(scores))
        lift = np.asarray(by_point[:, [lowest]].todense()).ravel() * cost
        place = int(np.argmax(lift))
        if lift[place] <= 0:
            break
        room.steps[place] += cost[place]
    return best
