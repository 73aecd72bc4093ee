"""Aim `travel`: the p-median behind a budget of days, with people who stay as far as they are when nobody is nearer."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .evaluation import nearest_open, objective, travel_caps
from .greedy import Room, meet_group_days
from .highs import Programme, maximise
from .pmedian import p_median
from .problem import Checked, Floats, Ints, InvalidParameter
from .requirements import group_days, groups_in_need, kept

# Largest table of costs held in memory, candidates x points (8 bytes each).
LARGEST_TABLE = 25_000_000


def solve_travel(c: Checked, *, seconds: float, seed: int, gap: float) -> tuple[Ints, float, int, str] | None:
    """(steps, bound in minutes per inhabitant, iterations, method); None when the limits cannot be kept together."""
    assert c.minutes is not None
    people = float(c.population.sum())
    nothing = Room(c).steps
    usable = np.flatnonzero((c.most >= c.least) & (np.diff(c.minutes.indptr) > 0))
    if people <= 0 or not len(usable) or not c.budget:
        return (nothing, objective(c, nothing), 0, "trivial") if kept(c, nothing) else None
    if group_days(c) or c.min_reached_share:
        return _by_programme(c, usable, seconds=seconds, seed=seed, gap=gap)
    fixed = np.flatnonzero(np.isin(usable, np.flatnonzero(nothing > 0)))
    p = len(fixed) + (c.budget - int(nothing.sum())) // c.least
    if c.max_sites is not None:
        p = min(p, c.max_sites)
    inhabited = np.flatnonzero(c.population > 0)
    if len(usable) * len(inhabited) > LARGEST_TABLE:
        raise InvalidParameter(
            "Trop de lieux et de points pour cet objectif\u00a0: réduisez le territoire ou le nombre de lieux."
        )
    caps = travel_caps(c)[inhabited]
    answer = p_median(
        _table(c, usable, inhabited, caps),
        min(p, len(usable)),
        weights=c.population[inhabited],
        caps=caps,
        fixed_open=fixed,
        seconds=seconds,
        seed=seed,
        gap=gap,
    )
    steps = nothing.copy()
    chosen = usable[answer.sites]
    steps[chosen] = np.maximum(steps[chosen], c.least)
    return share_days(c, steps), answer.bound / people, answer.nodes, "p-median"


def _table(c: Checked, usable: Ints, inhabited: Ints, caps: Floats) -> Floats:
    """(places, points) minutes, the cap where no pair is stored."""
    assert c.minutes is not None
    table = np.broadcast_to(caps, (len(usable), len(inhabited))).copy()
    where = np.full(c.n_points, -1, dtype=np.int64)
    where[inhabited] = np.arange(len(inhabited))
    part = c.minutes[usable]
    rows = np.repeat(np.arange(len(usable)), np.diff(part.indptr))
    columns = where[part.indices]
    counted = columns >= 0
    table[rows[counted], columns[counted]] = np.minimum(part.data[counted], caps[columns[counted]])
    return table


def share_days(c: Checked, steps: Ints) -> Ints:
    """Days left go, one step at a time, to the open site with most people per step (D'Hondt), up to its maximum."""
    assert c.minutes is not None
    steps = steps.copy()
    opened = np.flatnonzero(steps)
    if not len(opened):
        return steps
    part = c.minutes[opened]
    best = nearest_open(c, steps)
    mine = part.data <= best[part.indices]
    rows = np.repeat(np.arange(len(opened)), np.diff(part.indptr))
    served = np.bincount(rows[mine], weights=c.population[part.indices[mine]], minlength=len(opened))
    for _ in range(c.budget - int(steps.sum())):
        room = steps[opened] < c.most[opened]
        if not room.any():
            break
        worth = np.where(room, served / (steps[opened] + 1), -1.0)
        steps[opened[int(np.argmax(worth))]] += 1
    return steps


def _by_programme(
    c: Checked, usable: Ints, *, seconds: float, seed: int, gap: float
) -> tuple[Ints, float, int, str] | None:
    """With limits by group or by share reached: the assignment model in HiGHS (`k` steps, `y` open, `x` assignment)."""
    assert c.minutes is not None
    people = float(c.population.sum())
    caps = travel_caps(c)
    part = c.minutes[usable]
    rows = np.repeat(np.arange(len(usable)), np.diff(part.indptr))
    saved = c.population[part.indices] * (caps[part.indices] - part.data)
    pairs = np.flatnonzero(saved > 0)
    x_row, x_point, gain_x = rows[pairs], part.indices[pairs], saved[pairs]
    m, n_x = len(usable), len(pairs)
    reached = c.n_points if c.min_reached_share else 0
    width = 2 * m + n_x + reached
    eye = sparse.eye_array(m, format="csr")

    def wide(parts: list[tuple[int, object]], height: int) -> sparse.csr_array:
        total = sparse.csr_array((height, width))
        for at, block in parts:
            coo = sparse.coo_array(block)
            total = total + sparse.csr_array(
                (coo.data, (coo.coords[0], coo.coords[1] + at)), shape=(height, width)
            )
        return sparse.csr_array(total)

    most = c.most[usable].astype(np.float64)
    blocks = [
        (wide([(0, np.ones((1, m)))], 1), -np.inf, float(c.budget)),
        (wide([(0, eye), (m, -sparse.diags_array(most))], m), -np.inf, 0.0),
        (wide([(0, eye), (m, -float(c.least) * eye)], m), 0.0, np.inf),
    ]
    if c.max_sites is not None:
        blocks.append((wide([(m, np.ones((1, m)))], 1), -np.inf, float(c.max_sites)))
    if n_x:
        ones, number = np.ones(n_x), np.arange(n_x)
        each = sparse.csr_array((ones, (x_point, number)), shape=(c.n_points, n_x))
        blocks.append((wide([(2 * m, each)], c.n_points), -np.inf, 1.0))
        opened = sparse.csr_array((ones, (number, x_row)), shape=(n_x, m))
        blocks.append((wide([(2 * m, sparse.eye_array(n_x)), (m, -opened)], n_x), -np.inf, 0.0))
    least = group_days(c)
    if least and c.candidate_group is not None:
        for group in groups_in_need(c):
            inside = (c.candidate_group[usable] == group).astype(np.float64)
            blocks.append((wide([(0, inside[None, :])], 1), float(least), np.inf))
    if reached:
        near = part.copy()
        near.data = np.ones_like(near.data)
        at = 2 * m + n_x
        blocks.append((wide([(at, sparse.eye_array(reached)), (m, -near.T)], reached), -np.inf, 0.0))
        blocks.append(
            (wide([(at, (c.population / people)[None, :])], 1), (c.min_reached_share or 0) - 1e-9, np.inf)
        )
    matrix = sparse.csr_array(sparse.vstack([block[0] for block in blocks], format="csr"))
    matrix.eliminate_zeros()
    heights = [block[0].shape[0] for block in blocks]
    gain = np.concatenate([np.zeros(2 * m), gain_x, np.zeros(reached)])
    lower, upper = np.zeros(width), np.ones(width)
    lower[:m], upper[:m] = c.committed[usable], most
    integer = np.zeros(width, dtype=bool)
    integer[: 2 * m] = True
    outcome = maximise(
        Programme(
            gain,
            matrix,
            np.repeat([block[1] for block in blocks], heights),
            np.repeat([block[2] for block in blocks], heights),
            lower,
            upper,
            integer,
        ),
        seconds=seconds,
        seed=seed,
        gap=gap,
    )
    if outcome.infeasible:
        return None
    steps = np.zeros(c.n_candidates, dtype=np.int64)
    if outcome.x is not None:
        steps[usable] = np.rint(outcome.x[:m]).astype(np.int64)
        steps = share_days(c, steps)
    else:
        room = Room(c)
        meet_group_days(room, c.minutes.sum(axis=1))
        steps = room.steps
    if not kept(c, steps):
        return None
    base = float(c.population @ caps) / people
    return steps, base - outcome.bound / people, outcome.nodes, "mip"
