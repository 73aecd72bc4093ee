"""p-median: open p places so that people travel least. Proven by Lagrangian bounds and branching.

Hakimi 1964; ReVelle and Swain 1970 (the model); Teitz and Bart 1968 (interchange); Cornuéjols, Fisher and Nemhauser
1977 (relaxation). See docs/algorithms/siting.md.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import Floats, Ints, InvalidParameter, NegativeInput, NotFinite, ShapeMismatch
from .result import Status

ROOT_STEPS = 900
NODE_STEPS = 60


@dataclass(frozen=True, eq=False)
class PMedianResult:
    """sites: (p,) open places, sorted. assignment: (n,) place of each point, -1 when left unserved at its cap.

    objective: weighted cost. bound: no choice costs less. gap: (objective - bound) / objective. nodes: branches.
    """

    status: Status
    sites: Ints
    assignment: Ints
    objective: float
    bound: float
    gap: float
    seconds: float
    iterations: int
    nodes: int


def p_median(
    cost: NDArray[np.floating] | NDArray[np.integer],
    p: int,
    *,
    weights: Floats | None = None,
    caps: Floats | None = None,
    fixed_open: Ints | None = None,
    seconds: float = 60.0,
    seed: int = 0,
    gap: float = 0.0,
) -> PMedianResult:
    """cost: (m places, n points) cost of serving a point from a place, >= 0, `inf` where it cannot be.

    weights: (n,) people (default 1). caps: (n,) cost at which a point is left unserved (default: it must be served).
    fixed_open: places that are open in any case. At most p places open (p at least as many as fixed).
    Errors: subclasses of `SitingError`.
    """
    begun = time.perf_counter()
    weighted, ceiling, fixed = _prepare(cost, p, weights, caps, fixed_open)
    m, n = weighted.shape
    if m == 0 or n == 0 or p == 0:
        sites = np.arange(min(p, m))
        value = float(np.where(np.isfinite(ceiling), ceiling, 0.0).sum()) if n else 0.0
        return PMedianResult(
            Status.OPTIMAL, sites, np.full(n, -1), value, value, 0.0, time.perf_counter() - begun, 0, 0
        )
    search = _Search(weighted, ceiling, min(p, m), fixed, end=begun + seconds, gap=gap, seed=seed)
    search.run()
    sites = np.sort(search.best)
    served = weighted[sites]
    nearest = served.argmin(axis=0)
    unserved = served.min(axis=0) >= ceiling
    # Served at exactly the cap or not at all: the same cost; a place is named when it can serve.
    unserved &= ~np.isfinite(served.min(axis=0)) | (served.min(axis=0) > ceiling)
    bound = min(search.bound, search.value)
    relative = (search.value - bound) / max(abs(search.value), 1e-12)
    closed = search.closed or relative <= max(gap * (1 + 1e-6), 1e-9)
    return PMedianResult(
        Status.OPTIMAL if closed else Status.FEASIBLE,
        sites,
        np.where(unserved, -1, sites[nearest]),
        search.value,
        bound,
        relative,
        time.perf_counter() - begun,
        search.iterations,
        search.nodes,
    )


def _prepare(
    cost: NDArray[np.floating] | NDArray[np.integer],
    p: int,
    weights: Floats | None,
    caps: Floats | None,
    fixed_open: Ints | None,
) -> tuple[Floats, Floats, Ints]:
    matrix = np.asarray(cost, dtype=np.float64)
    if matrix.ndim != 2:
        raise ShapeMismatch("Les coûts forment un tableau lieux × points.")
    m, n = matrix.shape
    if np.isnan(matrix).any():
        raise NotFinite("Un coût manque (NaN).")
    if (matrix < 0).any():
        raise NegativeInput("Un coût est négatif.")
    if p < 0:
        raise NegativeInput("Le nombre de lieux ne peut pas être négatif.")
    people = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    if people.shape != (n,):
        raise ShapeMismatch(f"« weights » compte {people.size} valeurs, il en faut {n}.")
    if not np.isfinite(people).all():
        raise NotFinite("Un poids n’est pas un nombre fini.")
    if (people < 0).any():
        raise NegativeInput("Un poids est négatif.")
    ceiling = np.full(n, np.inf)
    if caps is not None:
        ceiling = np.asarray(caps, dtype=np.float64)
        if ceiling.shape != (n,):
            raise ShapeMismatch(f"« caps » compte {ceiling.size} valeurs, il en faut {n}.")
        if np.isnan(ceiling).any() or (ceiling < 0).any():
            raise NegativeInput("Un coût plafond est négatif ou manque.")
    with np.errstate(invalid="ignore"):
        weighted = np.where(people[None, :] > 0, matrix * people[None, :], 0.0)
        ceiling = np.where(people > 0, ceiling * people, 0.0)
    weighted = np.minimum(weighted, ceiling[None, :])
    if n and m and p and not np.isfinite(weighted.min(axis=0)).all():
        raise InvalidParameter(
            "Un point n’a aucun lieu qui puisse le desservir\u00a0: donnez un coût plafond."
        )
    fixed = np.unique(np.asarray([] if fixed_open is None else fixed_open, dtype=np.int64))
    if len(fixed) and (fixed[0] < 0 or fixed[-1] >= m):
        raise InvalidParameter("Un lieu déjà ouvert n’existe pas.")
    if len(fixed) > p:
        raise InvalidParameter("Il y a plus de lieux déjà ouverts que de lieux à ouvrir.")
    # Pairs that cannot be: a cost above any solution, so that the arithmetic stays finite.
    if not np.isfinite(weighted).all():
        finite = weighted[np.isfinite(weighted)]
        worst = float(finite.max(initial=0.0))
        weighted[~np.isfinite(weighted)] = (worst + 1.0) * (n + 1)
    return np.ascontiguousarray(weighted), ceiling, fixed


def interchange(
    cost: Floats, sites: Ints, *, fixed: int = 0, end: float = np.inf, ceiling: Floats | None = None
) -> tuple[Ints, float]:
    """Teitz-Bart interchange to a local optimum, best swap first; all swaps are valued at once.

    cost: (m, n). sites: (p,), the first `fixed` of them stay. Returns (sites, value).
    """
    sites = sites.copy()
    m, n = cost.shape
    p = len(sites)
    everyone = np.arange(n)
    while True:
        open_cost = cost[sites]
        if p > 1:
            two = np.argpartition(open_cost, 1, axis=0)[:2]
            a, b = open_cost[two[0], everyone], open_cost[two[1], everyone]
            swap = a > b
            first = np.where(swap, two[1], two[0])
            d1, d2 = np.minimum(a, b), np.maximum(a, b)
        else:
            first = np.zeros(n, dtype=np.int64)
            d1, d2 = open_cost[0], np.full(n, np.inf)
        if ceiling is not None:
            d2 = np.minimum(d2, ceiling)
            d1 = np.minimum(d1, ceiling)
        value = float(d1.sum())
        if p <= fixed or m == p or time.perf_counter() > end:
            return sites, value
        order = np.argsort(first, kind="stable")
        cuts = np.flatnonzero(np.diff(first[order], prepend=-1))
        owners = first[order][cuts]
        ordered = cost[:, order]
        d1o, d2o = d1[order], d2[order]
        gain = np.maximum(d1o - ordered, 0.0).sum(axis=1)
        rest = np.clip(ordered, d1o, d2o)
        rest -= d1o
        loss = np.zeros((m, p))
        loss[:, owners] = np.add.reduceat(rest, cuts, axis=1)
        change = loss - gain[:, None]
        change[sites] = np.inf
        change[:, :fixed] = np.inf
        at = int(np.argmin(change))
        if not change.flat[at] < -1e-9 * max(1.0, value):
            return sites, value
        sites[at % p] = at // p


def greedy(cost: Floats, p: int, fixed: Ints, ceiling: Floats) -> Ints:
    """Open the most useful place p times, after the fixed ones."""
    chosen = list(fixed.tolist())
    if chosen:
        best = np.minimum(cost[fixed].min(axis=0), ceiling)
    elif np.isfinite(ceiling).all():
        best = ceiling.copy()
    else:
        chosen.append(int(np.argmin(cost.sum(axis=1))))
        best = np.minimum(cost[chosen[0]], ceiling)
    while len(chosen) < p:
        gain = np.maximum(best - cost, 0.0).sum(axis=1)
        gain[chosen] = -1.0
        place = int(np.argmax(gain))
        chosen.append(place)
        best = np.minimum(best, cost[place])
    return np.array(chosen[:p], dtype=np.int64)


class _Search:
    """Branch and bound over places; the bound of each node is Lagrangian."""

    def __init__(
        self, cost: Floats, ceiling: Floats, p: int, fixed: Ints, *, end: float, gap: float, seed: int
    ) -> None:
        self.cost, self.ceiling, self.p, self.fixed = cost, ceiling, p, fixed
        self.end, self.gap = end, gap
        self.whole = bool((cost == np.floor(cost)).all() and (cost < 2**50).all())
        self.iterations = self.nodes = 0
        self.bound, self.closed = 0.0, False
        self.pool = np.arange(len(cost))
        self.best = greedy(cost, p, fixed, ceiling)
        self.value = np.inf
        self.seen: set[bytes] = set()
        # In a large problem swaps get a share of the time, so that the bound has some too.
        self.large, self.begun, self.swapped = cost.size > 1_000_000, time.perf_counter(), 0.0
        self.try_sites(self.best)

    def beaten(self, bound: float) -> bool:
        """Whether a node of this bound cannot hold anything better than the best (within the wanted gap)."""
        if self.whole:
            bound = np.ceil(bound - 1e-6)
        return bool(bound >= self.value - max(1e-9 * abs(self.value), self.gap * abs(self.value)))

    def try_sites(self, sites: Ints) -> None:
        """Improve a choice of sites by interchange and keep it if it is the best.

        Only places that a better solution may use are tried: those that the root has not ruled out.
        """
        others = sites[~np.isin(sites, self.fixed)]
        key = np.sort(others).tobytes()
        now = time.perf_counter()
        rationed = self.large and np.isfinite(self.value)
        if key in self.seen or (rationed and self.swapped > 0.3 * (now - self.begun)):
            return
        self.seen.add(key)
        pool = np.union1d(self.pool, sites)
        found, value = interchange(
            self.cost[pool] if len(pool) < len(self.cost) else self.cost,
            np.searchsorted(pool, np.concatenate([self.fixed, others])),
            fixed=len(self.fixed),
            end=min(self.end, now + 0.25 * (self.end - now)) if self.large else self.end,
            ceiling=self.ceiling,
        )
        self.swapped += time.perf_counter() - now
        if value < self.value:
            self.best, self.value = pool[found], value

    def run(self) -> None:
        n = self.cost.shape[1]
        if self.p == self.cost.shape[0]:
            self.bound, self.closed = self.value, True
            return
        start = np.minimum(np.sort(self.cost[self.best], axis=0)[min(1, self.p - 1)], self.ceiling)
        start = np.where(np.isfinite(start), start, 0.0).reshape(n)
        free = np.setdiff1d(np.arange(self.cost.shape[0]), self.fixed)
        stack: list[tuple[float, Ints, Ints, Floats, int]] = [(0.0, self.fixed, free, start, ROOT_STEPS)]
        root = True
        while stack:
            low, inside, free, multipliers, steps = stack.pop()
            if self.beaten(low):
                continue
            if time.perf_counter() > self.end:
                stack.append((low, inside, free, multipliers, steps))
                break
            self.nodes += 1
            bound, inside, free, multipliers, pick = self.node(inside, free, multipliers, steps)
            bound = max(bound, low)
            if root:
                self.bound, root = bound, False
                self.pool = np.concatenate([inside, free])
            if self.beaten(bound) or pick is None:
                continue
            if len(inside) >= self.p or len(inside) + len(free) <= self.p:
                # Nothing is left to choose: the node is one choice of sites, measured here.
                self.try_sites(np.concatenate([inside, free])[: self.p])
                continue
            rest = free[free != pick]
            with_it = (bound, np.append(inside, pick), rest, multipliers, NODE_STEPS)
            without = (bound, inside, rest, multipliers, NODE_STEPS)
            stack += [without, with_it]
        open_bounds = [entry[0] for entry in stack]
        self.closed = not stack
        if self.closed:
            self.bound = self.value * (1.0 - self.gap) if self.gap else self.value
        else:
            self.bound = max(self.bound, min([*open_bounds, self.value * (1.0 - self.gap)]))

    def node(
        self, inside: Ints, free: Ints, multipliers: Floats, steps: int
    ) -> tuple[float, Ints, Ints, Floats, int | None]:
        """Subgradient ascent at a node; fixes places by their reduced cost on the way.

        Returns (bound, places open, places still free, multipliers, place to branch on or None when closed).
        """
        places = np.concatenate([inside, free])
        cost = self.cost[places]
        n_in = len(inside)
        work = np.empty_like(cost)
        u = multipliers.copy()
        best_u, best = u, -np.inf
        theta, stale = (1.6 if steps == ROOT_STEPS else 0.5), 0
        patience = 25 if steps == ROOT_STEPS else 8
        direction = np.zeros_like(u)
        for step in range(steps):
            self.iterations += 1
            q = self.p - n_in
            np.subtract(cost, u, out=work)
            np.minimum(work, 0.0, out=work)
            rho = np.add.reduce(work, axis=1)
            inner = rho[n_in:]
            part = np.argpartition(inner, q - 1)[:q] if 0 < q < len(inner) else np.arange(min(q, len(inner)))
            bound = float(np.add.reduce(u) + np.add.reduce(rho[:n_in]) + np.add.reduce(inner[part]))
            chosen = np.concatenate([np.arange(n_in), part + n_in])
            if step == 0 or bound > best + 1e-6 * abs(best):
                best, best_u, stale = bound, u.copy(), 0
            else:
                stale += 1
            if self.beaten(best):
                return best, inside, free, best_u, None
            if steps == ROOT_STEPS and step % 30 == 0:
                self.try_sites(places[chosen])
                if self.beaten(best):
                    return best, inside, free, best_u, None
            if step % 4 == 0 and bound >= best - 1e-3 * abs(best) and 0 < q < len(inner):
                into, out = self._fixable(bound, inner, part, q)
                if len(into) or len(out):
                    keep = np.ones(len(inner), dtype=bool)
                    keep[into] = keep[out] = False
                    inside, free = np.concatenate([inside, free[into]]), free[keep]
                    n_in = len(inside)
                    places = np.concatenate([inside, free])
                    cost = self.cost[places]
                    work = np.empty_like(cost)
                    if n_in >= self.p or n_in + len(free) <= self.p:
                        break
                    continue
            if time.perf_counter() > self.end:
                break
            if stale >= patience:
                theta, stale, u = theta * 0.6, 0, best_u.copy()
                direction[:] = 0.0
                if theta < (0.05 if steps == ROOT_STEPS else 0.1):
                    break
                continue
            slack = 1.0 - np.count_nonzero(cost[chosen] < u, axis=0)
            direction = slack + 0.4 * direction
            norm = float(direction @ direction)
            if norm < 1e-12:
                break
            u = u + theta * max(self.value - bound, 1e-4 * self.value) / norm * direction
            np.clip(u, 0.0, self.ceiling, out=u)
        np.subtract(cost, best_u, out=work)
        np.minimum(work, 0.0, out=work)
        rho = work.sum(axis=1)[n_in:]
        q = self.p - n_in
        if 0 < q < len(rho):
            self.try_sites(np.concatenate([inside, free[np.argpartition(rho, q - 1)[:q]]]))
            if self.beaten(best):
                return best, inside, free, best_u, None
        if q <= 0 or len(rho) <= q:
            return best, inside, free, best_u, int(free[0]) if len(free) else -1
        # Branch where the relaxation hesitates most: the place whose reduced cost is nearest to the cut.
        ranked = np.sort(rho)
        middle = (ranked[q - 1] + ranked[q]) / 2
        return best, inside, free, best_u, int(free[int(np.argmin(np.abs(rho - middle)))])

    def _fixable(self, bound: float, inner: Floats, part: Ints, q: int) -> tuple[Ints, Ints]:
        """Free places that every better solution opens, and that none opens."""
        limit = self.value - (1.0 - 1e-6 if self.whole else 1e-9 * abs(self.value))
        limit = min(limit, self.value * (1.0 - self.gap)) if self.gap else limit
        last = float(inner[part].max())
        taken = np.zeros(len(inner), dtype=bool)
        taken[part] = True
        following = float(inner[~taken].min())
        out = np.flatnonzero(~taken & (bound - last + inner > limit))
        into = np.flatnonzero(taken & (bound - inner + following > limit))
        return into, out
