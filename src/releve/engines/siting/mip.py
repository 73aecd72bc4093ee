"""The exact model of the score aims (people above the threshold, highest minimum, priority visits) for HiGHS.

Variables: `k` steps at each candidate, `y` open or not (only when a limit needs it), `z` filled rows or the lowest
score. docs/algorithms/siting.md has the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .evaluation import Fill, minimum_rows
from .highs import Programme
from .problem import Aim, Checked, Floats, Ints
from .requirements import group_days, group_visits, groups_in_need


@dataclass(frozen=True, eq=False)
class Model:
    """programme, the constant to add to its objective, and where the variables are."""

    programme: Programme
    constant: float
    opens: bool
    fill: Fill | None
    rows: Ints

    def start(self, c: Checked, steps: Ints) -> Floats:
        """Full solution of the programme from a plan."""
        parts: list[Floats] = [steps.astype(np.float64)]
        if self.opens:
            parts.append((steps > 0).astype(np.float64))
        if self.fill is not None:
            filled = np.minimum(1.0, self.fill.share.T @ steps.astype(np.float64))
            parts.append((filled >= 1.0 - 1e-12).astype(np.float64) if self.fill.integral else filled)
        if c.aim is Aim.HIGHEST_MINIMUM:
            scores = (c.baseline + c.effects.T @ steps.astype(np.float64))[self.rows]
            parts.append(np.array([scores.min() - self.constant if len(scores) else 0.0]))
        missing = len(self.programme.gain) - sum(len(part) for part in parts)
        if missing:
            parts.append(_extras(c, steps, missing))
        return np.concatenate(parts)


def _extras(c: Checked, steps: Ints, size: int) -> Floats:
    """Reached points, then total visits: the variables after the others, in the order of `build`."""
    out: list[Floats] = []
    if c.min_reached_share and c.minutes is not None:
        opened = (steps > 0).astype(np.float64)
        near = c.minutes.copy()
        near.data = np.ones_like(near.data)
        out.append(np.minimum(1.0, near.T @ opened))
    if sum(len(part) for part in out) < size:
        _, needed, columns = group_visits(c)
        out.append(np.array([float((columns @ steps).sum() / needed.sum())]))
    return np.concatenate(out)


class _Rows:
    """Constraint blocks over column blocks, added one under the other."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self.starts, at = {}, 0
        for name, size in sizes.items():
            self.starts[name] = at
            at += size
        self.width = at
        self.blocks: list[sparse.coo_array] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []

    def add(self, parts: dict[str, object], low: object, high: object) -> None:
        rows, columns, data, height = [], [], [], 0
        for name, block in parts.items():
            coo = sparse.coo_array(block)
            height = coo.shape[0]
            rows.append(coo.coords[0])
            columns.append(coo.coords[1] + self.starts[name])
            data.append(coo.data)
        self.blocks.append(
            sparse.coo_array(
                (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))),
                shape=(height, self.width),
            )
        )
        self.low.append(np.broadcast_to(np.asarray(low, dtype=np.float64), (height,)))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), (height,)))

    def matrix(self) -> tuple[sparse.csr_array, Floats, Floats]:
        stacked = sparse.csr_array(sparse.vstack(self.blocks, format="csr"))
        stacked.eliminate_zeros()
        stacked.sort_indices()
        return stacked, np.concatenate(self.low), np.concatenate(self.high)


def build(c: Checked, fill: Fill | None, linear: Floats | None) -> Model:
    """`fill` for the counting aims, `linear` (n_c,) value of one step when every step is worth the same."""
    n_c = c.n_candidates
    opens = c.max_sites is not None or c.least > 1 or bool(c.min_reached_share)
    rows = minimum_rows(c) if c.aim is Aim.HIGHEST_MINIMUM else np.zeros(0, dtype=np.int64)
    floor = c.fairness.proportional_floor if c.fairness is not None else 0.0
    _, needed, columns = group_visits(c) if floor > 0 else (None, np.zeros(0), sparse.csr_array((0, n_c)))
    sizes = {"k": n_c}
    if opens:
        sizes["y"] = n_c
    if fill is not None:
        sizes["z"] = len(fill.weight)
    if c.aim is Aim.HIGHEST_MINIMUM:
        sizes["t"] = 1
    if c.min_reached_share:
        sizes["r"] = c.n_points
    if len(needed):
        sizes["v"] = 1
    block = _Rows(sizes)
    eye = sparse.eye_array(n_c, format="csr")
    block.add({"k": np.ones((1, n_c))}, -np.inf, c.budget)
    if opens:
        block.add({"k": eye, "y": -sparse.diags_array(c.most.astype(np.float64))}, -np.inf, 0.0)
        block.add({"k": eye, "y": -float(c.least) * eye}, 0.0, np.inf)
        if c.max_sites is not None:
            block.add({"y": np.ones((1, n_c))}, -np.inf, c.max_sites)
    if fill is not None and len(fill.weight):
        block.add(
            {"k": -sparse.csr_array(fill.share.T), "z": sparse.eye_array(len(fill.weight))}, -np.inf, 0.0
        )
    constant = 0.0
    if c.aim is Aim.HIGHEST_MINIMUM and len(rows):
        constant = float(c.baseline[rows].min())
        block.add(
            {"k": -sparse.csr_array(c.effects[:, rows].T), "t": np.ones((len(rows), 1))},
            -np.inf,
            c.baseline[rows] - constant,
        )
    least = group_days(c)
    if least and c.candidate_group is not None:
        members = np.array([c.candidate_group == group for group in groups_in_need(c)], dtype=np.float64)
        if len(members):
            block.add({"k": members}, least, np.inf)
    if c.min_reached_share and c.minutes is not None:
        near = c.minutes.copy()
        near.data = np.ones_like(near.data)
        block.add({"r": sparse.eye_array(c.n_points), "y": -sparse.csr_array(near.T)}, -np.inf, 0.0)
        people = max(float(c.population.sum()), 1e-12)
        block.add({"r": (c.population / people)[None, :]}, c.min_reached_share - 1e-9, np.inf)
    if len(needed):
        total = columns.sum(axis=0) / needed.sum()
        block.add({"k": total[None, :], "v": np.array([[-1.0]])}, 0.0, 0.0)
        block.add(
            {"k": sparse.diags_array(1.0 / needed) @ columns, "v": np.full((len(needed), 1), -floor)},
            0.0,
            np.inf,
        )
    matrix, low, high = block.matrix()

    gain = np.zeros(block.width)
    upper = np.ones(block.width)
    lower = np.zeros(block.width)
    integer = np.zeros(block.width, dtype=bool)
    upper[:n_c], lower[:n_c], integer[:n_c] = c.most, c.committed, True
    if linear is not None:
        gain[:n_c] = linear
    if opens:
        integer[n_c : 2 * n_c] = True
    if fill is not None:
        at = block.starts["z"]
        gain[at : at + len(fill.weight)] = fill.weight
        integer[at : at + len(fill.weight)] = fill.integral
    if c.aim is Aim.HIGHEST_MINIMUM:
        gain[block.starts["t"]] = 1.0
        upper[block.starts["t"]] = np.inf if len(rows) else 0.0
    if len(needed):
        upper[block.starts["v"]] = np.inf
    return Model(Programme(gain, matrix, low, high, lower, upper, integer), constant, opens, fill, rows)
