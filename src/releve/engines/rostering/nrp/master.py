"""The master programme: one column is one roster of one employee; rows are the cover and one roster for each."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from .instance import OFF, Instance, Ints
from .pricing import Contract, cheapest, contracts, prices

ARTIFICIAL = 1e4


class Master:
    """Columns found so far, in one HiGHS model that is solved again and again from where it stopped."""

    def __init__(self, instance: Instance, seed: int) -> None:
        import highspy

        self.instance, self.seed = instance, seed
        self.contracts: list[Contract] = contracts(instance)
        self.cells = instance.days * len(instance.shifts)
        self.rows = self.cells + len(instance.employees)
        self.model = highspy.Highs()
        self.model.setOptionValue("output_flag", False)
        self.model.setOptionValue("threads", 1)
        self.model.setOptionValue("random_seed", seed % 2_147_483_647)
        empty = np.zeros(0, dtype=np.int32)
        for right in [*instance.required.ravel().tolist(), *([1] * len(instance.employees))]:
            self.model.addRow(float(right), float(right), 0, empty, np.zeros(0))
        infinite = highspy.kHighsInf
        for cell, (under, over) in enumerate(
            zip(instance.under.ravel().tolist(), instance.over.ravel().tolist(), strict=True)
        ):
            self.model.addCol(float(under), 0.0, infinite, 1, np.asarray([cell], np.int32), np.ones(1))
            self.model.addCol(float(over), 0.0, infinite, 1, np.asarray([cell], np.int32), -np.ones(1))
        for e in range(len(instance.employees)):
            row = np.asarray([self.cells + e], np.int32)
            self.model.addCol(ARTIFICIAL, 0.0, infinite, 1, row, np.ones(1))
        self.first = 2 * self.cells + len(instance.employees)
        self.owner: list[int] = []
        self.roster: list[Ints] = []
        self.cost: list[float] = []
        self.known: set[tuple[int, bytes]] = set()
        self.bound = -np.inf
        self.center: Ints | None = None

    def add(self, e: int, roster: Ints) -> bool:
        """A column, unless it is known."""
        key = (e, roster.astype(np.int8).tobytes())
        if key in self.known:
            return False
        self.known.add(key)
        days = (roster != OFF).nonzero()[0]
        cost = float(self.instance.cost[e, days, roster[days]].sum())
        rows = np.append(days * len(self.instance.shifts) + roster[days], self.cells + e).astype(np.int32)
        self.model.addCol(cost, 0.0, 1.0, len(rows), rows, np.ones(len(rows)))
        self.owner.append(e)
        self.roster.append(roster)
        self.cost.append(cost)
        return True

    def relaxed(self) -> tuple[float, Ints, Ints, Ints]:
        """(value, weight of each column, price of each cell, price of each employee)."""
        self.model.run()
        solution = self.model.getSolution()
        dual = np.asarray(solution.row_dual)
        value = float(self.model.getInfo().objective_function_value)
        weights = np.asarray(solution.col_value)[self.first :]
        return value, weights, dual[: self.cells], dual[self.cells :]

    def boxed(self, dual: Ints) -> Ints:
        """Prices that the slacks accept: then any of them gives a bound."""
        return np.clip(dual, -self.instance.over.ravel(), self.instance.under.ravel())

    def price(
        self, dual: Ints, many: int, closed: set[int] | None = None
    ) -> tuple[float, list[tuple[int, float, Ints]]]:
        """(bound of the whole at these prices, (employee, cost, roster) of the cheapest ones)."""
        instance = self.instance
        table = dual.reshape(instance.days, len(instance.shifts))
        total, found = float(dual @ instance.required.ravel()), []
        for contract in self.contracts:
            best, rosters = cheapest(contract, prices(instance, contract.members, table), many)
            total += float(best.sum())
            for e, options in zip(contract.members.tolist(), rosters, strict=True):
                if closed is None or e not in closed:
                    found += [(e, cost, roster) for cost, roster in options]
        return total, found

    def generate(
        self,
        stopped: Callable[[], bool],
        *,
        closed: set[int] | None = None,
        rounds: int = 100_000,
        gap: float = 1e-6,
    ) -> bool:
        """Add columns until none helps (True) or it is time to stop. Prices are smoothed towards those of the best
        bound (Wentges), which saves most rounds; a round that finds nothing is repeated without."""
        smoothing = 0.6 if closed is None else 0.0
        for _ in range(rounds):
            if stopped():
                return False
            value, _, cells, staff = self.relaxed()
            cells = self.boxed(cells)
            exact = smoothing == 0.0 or self.center is None
            asked = cells if exact else smoothing * self.center + (1 - smoothing) * cells  # type: ignore[operator]
            bound, found = self.price(asked, 2, closed)
            if closed is None and bound > self.bound:
                self.bound, self.center = bound, asked
            added = 0
            table = cells.reshape(self.instance.days, -1)
            for e, _, roster in found:
                days = (roster != OFF).nonzero()[0]
                true = float((self.instance.cost[e, days, roster[days]] - table[days, roster[days]]).sum())
                if true < staff[e] - 1e-6:
                    added += self.add(e, roster)
            if closed is None and value - self.bound < gap:
                return True
            if not added:
                if exact:
                    return True
                smoothing = 0.0 if smoothing < 0.2 else smoothing / 2
        return False

    def fix(self, column: int, value: float) -> None:
        self.model.changeColBounds(self.first + column, value, 1.0)

    def free(self) -> None:
        for column in range(len(self.owner)):
            self.model.changeColBounds(self.first + column, 0.0, 1.0)


def best_of_columns(
    master: Master, columns: list[int], until: float, start: Ints | None, ceiling: float
) -> tuple[Ints | None, float, bool]:
    """Whole choice among these columns: (roster or None, value, proven)."""
    import highspy
    from scipy import sparse

    instance, left = master.instance, until - time.perf_counter()
    if left < 0.05:
        return None, np.inf, False
    slack = 2 * master.cells
    staff, shifts = len(instance.employees), len(instance.shifts)
    rows, cols, values = [], [], []
    cost = np.concatenate(
        [
            np.stack([instance.under.ravel(), instance.over.ravel()], axis=1).ravel(),
            [master.cost[i] for i in columns],
        ]
    ).astype(float)
    for cell in range(master.cells):
        rows += [cell, cell]
        cols += [2 * cell, 2 * cell + 1]
        values += [1.0, -1.0]
    for place, i in enumerate(columns):
        days = (master.roster[i] != OFF).nonzero()[0]
        mine = [*(days * shifts + master.roster[i][days]).tolist(), master.cells + master.owner[i]]
        rows += mine
        cols += [slack + place] * len(mine)
        values += [1.0] * len(mine)
    matrix = sparse.csr_array((values, (rows, cols)), shape=(master.rows, len(cost)))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), master.rows
    lp.col_cost_ = cost
    lp.col_lower_ = np.zeros(len(cost))
    lp.col_upper_ = np.concatenate(
        [np.full(slack, float(staff + instance.required.max())), np.ones(len(columns))]
    )
    right = np.concatenate([instance.required.ravel(), np.ones(staff)]).astype(float)
    lp.row_lower_, lp.row_upper_ = right, right
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kContinuous] * slack + [kinds.kInteger] * len(columns)
    solver = highspy.Highs()
    for name, setting in (
        ("output_flag", False),
        ("threads", 1),
        ("time_limit", left),
        ("random_seed", master.seed % 2_147_483_647),
        ("mip_abs_gap", 0.999),
        ("mip_rel_gap", 0.0),
        ("objective_bound", ceiling),
    ):
        solver.setOptionValue(name, setting)
    solver.passModel(lp)
    if start is not None:
        place_of = {
            (master.owner[i], master.roster[i].astype(np.int8).tobytes()): p for p, i in enumerate(columns)
        }
        solution = highspy.HighsSolution()
        full = np.zeros(len(cost))
        for e in range(staff):
            found = place_of.get((e, start[e].astype(np.int8).tobytes()))
            if found is not None:
                full[slack + found] = 1.0
        counts = np.stack([(start == s).sum(axis=0) for s in range(shifts)], axis=1)
        short = instance.required - counts
        full[0:slack:2], full[1:slack:2] = np.maximum(short, 0).ravel(), np.maximum(-short, 0).ravel()
        solution.col_value = full.tolist()
        solution.value_valid = True
        solver.setSolution(solution)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    proven = status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
    if info.primal_solution_status != 2:
        return None, np.inf, proven
    taken = np.asarray(solver.getSolution().col_value)[slack:] > 0.5
    roster = np.full((staff, instance.days), OFF, dtype=np.int64)
    for place in taken.nonzero()[0].tolist():
        roster[master.owner[columns[place]]] = master.roster[columns[place]]
    return roster, float(info.objective_function_value), proven
