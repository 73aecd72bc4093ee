"""A mixed-integer programme given to HiGHS as arrays. The only module that knows its interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .problem import Floats


@dataclass(frozen=True, eq=False)
class Programme:
    """Maximise `gain @ x` for `low <= rows @ x <= high`, `lower <= x <= upper`, `x[integer]` whole."""

    gain: Floats
    rows: sparse.csr_array
    low: Floats
    high: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Outcome:
    """`x` is None when nothing feasible was found. `bound` is an upper bound of the optimum (inf when unknown)."""

    x: Floats | None
    bound: float
    closed: bool
    infeasible: bool
    nodes: int


def maximise(
    programme: Programme, *, seconds: float, seed: int, gap: float, start: Floats | None = None
) -> Outcome:
    """Solve within `seconds`; `gap` is relative. `start` is a full solution to begin from, whole where it must be."""
    import highspy

    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("time_limit", max(0.01, seconds)),
        ("random_seed", int(seed) % 2_147_483_647),
        ("mip_rel_gap", max(gap, 1e-9)),
        ("mip_abs_gap", 1e-7),
        ("mip_feasibility_tolerance", 1e-7),
        ("primal_feasibility_tolerance", 1e-8),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(_lp(highspy, programme))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solution.value_valid = True
        solver.setSolution(solution)
    solver.run()
    status = solver.getModelStatus()
    info = solver.getInfo()
    kinds = highspy.HighsModelStatus
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Outcome(None, -np.inf, True, True, 0)
    if status == kinds.kModelEmpty:
        return Outcome(np.zeros(len(programme.gain)), 0.0, True, False, 0)
    found = info.primal_solution_status == 2 and np.isfinite(info.objective_function_value)
    x = np.asarray(solver.getSolution().col_value) if found else None
    closed = status == kinds.kOptimal
    whole = bool(programme.integer.any())
    bound = float(info.mip_dual_bound) if whole else (info.objective_function_value if closed else np.inf)
    if not np.isfinite(bound):
        bound = float(info.objective_function_value) if closed else np.inf
    return Outcome(x, float(bound), closed, False, max(0, int(info.mip_node_count)) if whole else 0)


def _lp(highspy: Any, programme: Programme) -> Any:
    inf = highspy.kHighsInf
    lp = highspy.HighsLp()
    lp.num_col_ = len(programme.gain)
    lp.num_row_ = programme.rows.shape[0]
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = programme.gain
    lp.col_lower_ = np.where(np.isneginf(programme.lower), -inf, programme.lower)
    lp.col_upper_ = np.where(np.isposinf(programme.upper), inf, programme.upper)
    lp.row_lower_ = np.where(np.isneginf(programme.low), -inf, programme.low)
    lp.row_upper_ = np.where(np.isposinf(programme.high), inf, programme.high)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = programme.rows.indptr.astype(np.int32)
    lp.a_matrix_.index_ = programme.rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = programme.rows.data.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    if programme.integer.any():
        lp.integrality_ = [kinds[int(whole)] for whole in programme.integer]
    return lp
