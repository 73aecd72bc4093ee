"""Fill one need with the fewest moves: alternating chains, breadth first, every rule checked on the way.

A chain: somebody takes the need; if that costs them another shift, somebody takes that one, and so on until somebody
is simply free. Breadth first, so no shorter chain exists. In the network core the change from a roster to the next best
one after a cancellation *is* such a chain (a path of the residual network), hence the fewest moves of all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from . import costs, rules
from .check import added_faults
from .columns import Columns
from .parameters import Level, Parameters, Rule
from .problem import Ints

Pair = tuple[int, int]


@dataclass(frozen=True)
class Chain:
    """Pairs added and removed. open_need: the need that stays empty instead of the one filled, if any."""

    added: tuple[Pair, ...]
    removed: tuple[Pair, ...]
    open_need: int | None
    searched: int


class Chains:
    """A roster in the making. `held` and the counters follow every change made through `apply`."""

    def __init__(
        self, c: Columns, parameters: Parameters, pairs: Iterable[Pair], closed: Iterable[Pair] = ()
    ) -> None:
        self.c, self.parameters = c, parameters
        self.held: dict[int, list[int]] = defaultdict(list)
        self.filled = np.zeros(c.needs, dtype=np.int64)
        self.rooms: dict[tuple[int, int, int], int] = defaultdict(int)
        self.site_week = c.site_week()
        self.in_week: dict[int, int] = defaultdict(int)
        self.least = costs.site_minimums(c)
        self.closed = set(closed)
        self.pinned = set(c.pinned)
        self.leans_on: dict[int, list[int]] = defaultdict(list)  # supervisor -> who needs them
        for p in np.flatnonzero(c.supervised).tolist():
            for s in c.supervisors[p]:
                self.leans_on[s].append(p)
        self._ranked: dict[int, list[int]] = {}
        self._count_all(list(pairs))

    def _count_all(self, pairs: list[Pair]) -> None:
        """The counters of a whole roster at once: `_count` for each pair costs too much for a cover call."""
        c = self.c
        for p, n in pairs:
            self.held[p].append(n)
        needs = np.asarray([n for _, n in pairs], dtype=np.int64)
        self.filled += np.bincount(needs, minlength=c.needs)
        for number, many in zip(*np.unique(self.site_week[needs], return_counts=True), strict=True):
            self.in_week[int(number)] = int(many)
        for half in (1, 2):
            mine = needs[(c.need_halves[needs] & half) > 0]
            days = len(c.week)
            keys, many_each = np.unique(c.need_site[mine] * days + c.need_day[mine], return_counts=True)
            for key, many in zip(keys.tolist(), many_each.tolist(), strict=True):
                self.rooms[key // days, key % days, half] = many

    def pairs(self) -> list[Pair]:
        return sorted((p, n) for p, mine in self.held.items() for n in mine)

    def apply(self, chain: Chain) -> bool:
        """Make the moves; False, and nothing done, when together they break a rule that each of them keeps."""
        self._move(chain.removed, chain.added)
        if self._sound(chain):
            return True
        self._move(chain.added, chain.removed)
        return False

    def _move(self, removed: Iterable[Pair], added: Iterable[Pair]) -> None:
        for p, n in removed:
            self.remove(p, n)
        for p, n in added:
            self.held[p].append(n)
            self._count(p, n, 1)

    def _sound(self, chain: Chain) -> bool:
        c, parameters = self.c, self.parameters
        if parameters.on(Rule.SUPERVISION):
            movers = {p for p, _ in chain.added}
            watched = movers | {q for p in movers for q in self.leans_on.get(p, ())}
            for q in watched:
                if c.supervised[q]:
                    held = _few(self.held, c, q)
                    if not all(rules.supervision(c, parameters, q, m, held) for m in self.held.get(q, ())):
                        return False
        if parameters.on(Rule.ROOMS):
            for _, n in chain.added:
                for half in (1, 2):
                    key = int(c.need_site[n]), int(c.need_day[n]), half
                    if int(c.need_halves[n]) & half and self.rooms[key] > c.rooms[key[0]]:
                        return False
        return True

    def remove(self, p: int, n: int) -> None:
        self.held[p].remove(n)
        self._count(p, n, -1)

    def gain(self, n: int) -> tuple[int, int]:
        """What one more seat at this need brings: to the minimum, to the filled."""
        return self._worth(n, int(self.filled[n]), self.in_week[int(self.site_week[n])])

    def loss(self, n: int) -> tuple[int, int]:
        return self._worth(n, int(self.filled[n]) - 1, self.in_week[int(self.site_week[n])] - 1)

    def _worth(self, n: int, seats: int, week: int) -> tuple[int, int]:
        c = self.c
        if seats >= c.need_wished[n]:
            return 0, 0
        site, least = self.least.get(int(self.site_week[n]), (0, 0))
        minimum = (int(c.need_weight[n]) if seats < c.need_minimum[n] else 0) + (
            int(c.site_priority[site]) if week < least else 0
        )
        return minimum, int(c.need_weight[n])

    def candidates(self, n: int) -> list[int]:
        """Who may take this need by the rules of a pair, the most fitting first; last resorts come last."""
        if n not in self._ranked:
            c, parameters = self.c, self.parameters
            people = np.arange(c.people)
            if parameters.on(Rule.AVAILABILITY):
                people = np.flatnonzero(c.availability[:, c.need_day[n]].any(axis=1))
            needs = np.full(len(people), n)
            people = people[rules.allowed(c, parameters, people, needs)]
            needs = needs[: len(people)]
            points = costs.pair_cost(c, parameters, people, needs).get(
                Level.COMFORT, np.zeros(len(people), int)
            )
            order = np.lexsort((people, points, c.last_resort[people]))
            self._ranked[n] = [p for p in people[order].tolist() if (p, n) not in self.closed]
        return self._ranked[n]

    def find(
        self, n: int, *, most_moves: int = 8, most_searched: int = 4000, displace: bool = True
    ) -> Chain | None:
        """Shortest chain that fills `n`; None when there is none within the limits. With `displace`, when `n` cannot
        be filled without emptying another need, the least precious one worth less than `n`."""
        came: dict[int, tuple[int, int]] = {}  # need -> (who left it, for which need)
        seen, ring, searched = {n}, [n], 0
        wanted = self.gain(n)
        for _ in range(most_moves):
            following: list[int] = []
            for need in ring:
                for p in self.candidates(need):
                    if need in self.held.get(p, ()):
                        continue
                    if self._mover(came, need, p):
                        continue
                    searched += 1
                    if searched > most_searched:
                        return self._displaced(n, wanted, came, searched) if displace else None
                    if not self.faults(p, need, root=n, vacated=need in came):
                        return self._chain(n, came, need, p, searched)
                    following += self._swaps(n, need, p, seen, came)
            ring = following
            if not ring:
                break
        return self._displaced(n, wanted, came, searched) if displace else None

    def faults(self, p: int, n: int, *, root: int, vacated: bool, without: int | None = None) -> bool:
        """Whether a rule breaks when `p` takes `n` (and leaves `without`) on a chain that fills `root`; `vacated`:
        somebody of the chain has just left `n`."""
        c = self.c
        mine = [m for m in self.held.get(p, ()) if m != without]
        if added_faults(c, self.parameters, p, n, {**_few(self.held, c, p), p: mine}, place=False):
            return True
        if self.parameters.on(Rule.ROOMS) and self.full(n, root, vacated, without):
            return True
        return without is not None and self._leaves_alone(p, without)

    def full(self, n: int, root: int, vacated: bool, without: int | None) -> bool:
        """Needs in the middle of the chain are left and taken again: only its root and its end count."""
        c = self.c
        site, day = int(c.need_site[n]), int(c.need_day[n])
        for half in (1, 2):
            if int(c.need_halves[n]) & half:
                there = self.rooms[site, day, half] - vacated
                for m, by in ((root, int(root != n)), (without, -1)):
                    if m is not None and c.need_site[m] == site and c.need_day[m] == day:
                        there += by if int(c.need_halves[m]) & half else 0
                if there >= c.rooms[site]:
                    return True
        return False

    def _leaves_alone(self, p: int, n: int) -> bool:
        """Somebody at work that day would lose the supervisor."""
        if not self.leans_on.get(p) or not self.parameters.on(Rule.SUPERVISION):
            return False
        c = self.c
        after = {**_few(self.held, c, p), p: [m for m in self.held[p] if m != n]}
        for q in self.leans_on[p]:
            for m in self.held.get(q, ()):
                if c.need_day[m] == c.need_day[n]:
                    held = {**{s: self.held.get(s, ()) for s in c.supervisors[q]}, p: after[p]}
                    if not rules.supervision(c, self.parameters, q, m, held):
                        return True
        return False

    def _swaps(
        self, root: int, need: int, p: int, seen: set[int], came: dict[int, tuple[int, int]]
    ) -> list[int]:
        found = []
        for m in list(self.held.get(p, ())):
            if m in seen or (p, m) in self.pinned:
                continue
            if not self.faults(p, need, root=root, vacated=need in came, without=m):
                seen.add(m)
                came[m] = (p, need)
                found.append(m)
        return found

    def _mover(self, came: dict[int, tuple[int, int]], need: int, p: int) -> bool:
        """`p` already moves on the chain that opened this need."""
        while need in came:
            who, need = came[need]
            if who == p:
                return True
        return False

    def _chain(self, n: int, came: dict[int, tuple[int, int]], need: int, p: int, searched: int) -> Chain:
        added, removed = [(p, need)], []
        while need in came:
            who, above = came[need]
            removed.append((who, need))
            added.append((who, above))
            need = above
        return Chain(tuple(added), tuple(removed), None, searched)

    def _displaced(
        self, n: int, wanted: tuple[int, int], came: dict[int, tuple[int, int]], searched: int
    ) -> Chain | None:
        worth = [(self.loss(m), m) for m in came]
        least = min(worth, default=None)
        if least is None or least[0] >= wanted:
            return None
        who, above = came[least[1]]
        added, removed, need = [(who, above)], [(who, least[1])], above
        while need in came:
            who, above = came[need]
            removed.append((who, need))
            added.append((who, above))
            need = above
        return Chain(tuple(added), tuple(removed), least[1], searched)

    def _count(self, p: int, n: int, by: int) -> None:
        c = self.c
        self.filled[n] += by
        self.in_week[int(self.site_week[n])] += by
        for half in (1, 2):
            if int(c.need_halves[n]) & half:
                self.rooms[int(c.need_site[n]), int(c.need_day[n]), half] += by


def _few(held: dict[int, list[int]], c: Columns, p: int) -> dict[int, list[int]]:
    """What the rules of `p` look at: the supervisors' shifts."""
    return {s: held.get(s, []) for s in c.supervisors[p]}


def open_needs(c: Columns, filled: Ints) -> list[int]:
    """Needs with an empty seat, the most precious first."""
    short = (filled < c.need_wished).nonzero()[0]
    under = filled[short] < c.need_minimum[short]
    return short[np.lexsort((short, -c.need_weight[short], ~under))].tolist()
