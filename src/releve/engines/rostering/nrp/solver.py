"""Column generation with dynamic-programming pricing; whole rosters by diving, choice among columns and local search."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import numpy as np

from ..parameters import Stop
from ..result import Status
from .instance import OFF, Instance, Ints, penalty, violations
from .master import Master, best_of_columns
from .pricing import cheapest, prices, under

MOST_COLUMNS = 40_000


@dataclass(frozen=True, eq=False)
class NrpResult:
    """roster: (employees, days) of shift numbers, -1 = off; None when nothing feasible was found. bound: no roster has
    a lower penalty. gap: (penalty - bound) / penalty."""

    status: Status
    roster: Ints | None
    penalty: int | None
    bound: int
    gap: float
    seconds: float
    columns: int


class _Search:
    def __init__(self, instance: Instance, stop: Stop, seed: int) -> None:
        self.instance, self.stop = instance, stop
        self.begun = time.perf_counter()
        self.until = self.begun + stop.seconds
        self.rng = random.Random(seed)
        self.master = Master(instance, seed)
        self.contract_of = {
            e: (contract, k)
            for contract in self.master.contracts
            for k, e in enumerate(contract.members.tolist())
        }
        self.best: Ints | None = None
        self.value = 10**12

    def over(self) -> bool:
        return time.perf_counter() > self.until or (self.stop.asked is not None and self.stop.asked())

    @property
    def bound(self) -> int:
        low = self.master.bound + self.instance.constant
        return int(np.ceil(low - 1e-4)) if np.isfinite(low) else 0

    def done(self) -> bool:
        return self.value <= self.bound or self.over()

    def offer(self, roster: Ints) -> None:
        value = penalty(self.instance, roster)
        if value < self.value and not violations(self.instance, roster):
            self.best, self.value = roster.copy(), value

    # --- whole rosters

    def marginal(self, roster: Ints, e: int) -> Ints:
        """What the cover pays for one more of each shift on each day, everybody but `e` as they are."""
        instance = self.instance
        others = np.delete(roster, e, axis=0)
        counts = np.stack([(others == s).sum(axis=0) for s in range(len(instance.shifts))], axis=1)
        return np.where(counts < instance.required, instance.under, -instance.over)

    def polish(self, roster: Ints, turns: int = 3) -> Ints:
        """Each employee in turn takes their best roster given the others, until nobody gains."""
        roster = roster.copy()
        for _ in range(turns):
            before = roster.copy()
            order = list(range(len(roster)))
            self.rng.shuffle(order)
            for e in order:
                if self.over():
                    return roster
                contract, k = self.contract_of[e]
                table = prices(self.instance, [e], self.marginal(roster, e))
                alone = type(contract)(contract.members[k : k + 1], contract.layers, contract.first)
                _, options = cheapest(alone, table)
                if options[0] and np.isfinite(options[0][0][0]):
                    roster[e] = options[0][0][1]
            if (before == roster).all():
                break
        for e in range(len(roster)):
            self.master.add(e, roster[e])
        return roster

    def dive(self, keep: float) -> None:
        """Fix the heaviest columns, price again, until everybody has one."""
        master = self.master
        fixed: dict[int, int] = {}
        staff = len(self.instance.employees)
        while len(fixed) < staff and not self.over():
            _, weights, _, _ = master.relaxed()
            order = sorted(
                (i for i in np.flatnonzero(weights > 1e-6).tolist() if master.owner[i] not in fixed),
                key=lambda i: -weights[i] - 0.05 * self.rng.random(),
            )
            if not order:
                break
            taken = 0
            for i in order:
                if master.owner[i] not in fixed and (weights[i] > keep or not taken):
                    fixed[master.owner[i]] = i
                    master.fix(i, 1.0)
                    taken += 1
            if len(fixed) < staff:
                master.generate(self.over, closed=set(fixed), rounds=8)
        master.free()
        if len(fixed) == staff:
            roster = np.stack([master.roster[fixed[e]] for e in range(staff)])
            self.offer(roster)
            self.offer(self.polish(roster))

    def choose(self, columns: list[int], seconds: float) -> bool:
        """Best whole choice among these columns; True when it is proven that none beats the best known."""
        until = min(self.until, time.perf_counter() + seconds)
        ceiling = self.value - self.instance.constant + 0.5
        roster, _, proven = best_of_columns(self.master, columns, until, self.best, ceiling)
        if roster is not None:
            self.offer(roster)
        return proven

    def close_columns(self, most: int) -> list[int]:
        """Known columns of least reduced cost at the prices of the best bound, those of the best roster included."""
        master = self.master
        assert master.center is not None
        table = master.center.reshape(self.instance.days, -1)
        cost = np.asarray(master.cost)
        rosters = np.stack(master.roster)
        for d in range(self.instance.days):
            cost = cost - np.where(rosters[:, d] == OFF, 0.0, table[d][np.maximum(rosters[:, d], 0)])
        least = np.full(len(self.instance.employees), np.inf)
        np.minimum.at(least, master.owner, cost)
        cost = cost - least[master.owner]
        chosen = set(np.argsort(cost, kind="stable")[:most].tolist())
        if self.best is not None:
            mine = {(e, row.astype(np.int8).tobytes()) for e, row in enumerate(self.best)}
            chosen |= {
                i
                for i, (e, row) in enumerate(zip(master.owner, master.roster, strict=True))
                if (e, row.astype(np.int8).tobytes()) in mine
            }
        return sorted(chosen)

    def prove(self) -> bool:
        """List every roster that could be part of a better solution, choose among them: a proof either way."""
        master = self.master
        if master.center is None or self.best is None:
            return False
        slack = self.value - 1 - (master.bound + self.instance.constant)
        if slack < 0:
            return True
        columns: list[int] = []
        table = master.center.reshape(self.instance.days, -1)
        place = {
            (e, row.astype(np.int8).tobytes()): i
            for i, (e, row) in enumerate(zip(master.owner, master.roster, strict=True))
        }
        for contract in master.contracts:
            price = prices(self.instance, contract.members, table)
            best, _ = cheapest(contract, price)
            for k, e in enumerate(contract.members.tolist()):
                if self.over():
                    return False
                rosters = under(contract, price, k, float(best[k]) + slack, MOST_COLUMNS - len(columns))
                if rosters is None:
                    return False
                for roster in rosters:
                    key = (e, roster.astype(np.int8).tobytes())
                    if key not in place:
                        place[key] = len(master.owner)
                        master.add(e, roster)
                    columns.append(place[key])
        if self.choose(columns, self.until - time.perf_counter()):
            master.bound = max(master.bound, self.value - self.instance.constant)
            return True
        return False

    def shake(self) -> None:
        """Around the best roster: a few employees start anew, everybody answers, columns kept for the next choice."""
        assert self.best is not None
        roster = self.best.copy()
        instance = self.instance
        for e in self.rng.sample(range(len(roster)), min(len(roster), self.rng.choice([2, 3, 4]))):
            contract, k = self.contract_of[e]
            table = prices(instance, [e], self.marginal(roster, e))
            table[:, :, :-1] += np.asarray(
                [[self.rng.choice([0, 0, 1, 3, -2]) for _ in instance.shifts] for _ in range(instance.days)]
            )
            alone = type(contract)(contract.members[k : k + 1], contract.layers, contract.first)
            roster[e] = cheapest(alone, table)[1][0][0][1]
        self.offer(self.polish(roster))


def solve(instance: Instance, stop: Stop | None = None, *, seed: int = 0) -> NrpResult:
    """Least penalty found and a proven lower bound."""
    stop = stop or Stop()
    search = _Search(instance, stop, seed)
    master = search.master
    impossible = any(not len(layer.source) for contract in master.contracts for layer in contract.layers)
    converged = False
    if not impossible:
        converged = master.generate(
            lambda: time.perf_counter() > search.begun + 0.7 * stop.seconds or search.over()
        )
        if not search.over():
            search.dive(0.9)
        proven = False
        asked, most = 3.0, 1500
        while not search.done() and search.best is not None:
            if converged and not proven:
                proven = search.prove()
                if proven:
                    break
            before = search.value
            if len(master.owner):
                search.choose(search.close_columns(most), asked)
            if search.done():
                break
            search.dive(search.rng.choice([0.6, 0.75, 0.9]))
            for _ in range(10):
                if search.done():
                    break
                search.shake()
            if search.value == before:
                asked, most = min(60.0, asked * 1.6), min(12_000, int(most * 1.3))
    found = search.best is not None
    bound = min(search.bound, search.value) if found else search.bound
    gap = (search.value - bound) / max(1, search.value) if found else 1.0
    return NrpResult(
        status=Status.OPTIMAL if found and bound >= search.value else Status.FEASIBLE,
        roster=search.best,
        penalty=search.value if found else None,
        bound=bound,
        gap=gap,
        seconds=time.perf_counter() - search.begun,
        columns=len(master.owner),
    )
