"""Maximal covering: p places so that most people have one near (Church and ReVelle 1974).

Greedy, then swaps; a Lagrangian bound whose choices restart the swaps; places ruled out by their reduced cost; and
HiGHS on what is left. Every answer carries a certified bound. See docs/algorithms/siting.md.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .highs import Programme, maximise
from .problem import Floats, Ints, InvalidParameter, NegativeInput, NotFinite, ShapeMismatch
from .relaxation import Bound, take_best, upper_bound
from .result import Status

# Beyond this many stored pairs, the reduced problem is not given to HiGHS as a whole.
LARGEST_CORE = 150_000
# Steps of the relaxation between two restarts of the swaps: a descent costs about as much as that many steps.
RESTART_EVERY, RESTART_EVERY_LARGE = 40, 200
# From this many stored pairs on, the bound is the slow part and gets most of the time.
LARGE = 500_000
# Rounds of shaken swaps without a better plan before giving up.
SHAKES = 400


@dataclass(frozen=True, eq=False)
class CoverResult:
    """sites: (p,) open places, sorted. objective: people covered. bound: no choice covers more.

    gap: (bound - objective) / objective. method: what closed or improved last. iterations: subgradient steps and nodes.
    """

    status: Status
    sites: Ints
    objective: float
    bound: float
    gap: float
    seconds: float
    iterations: int
    method: str


def max_cover(
    covers: Any, weights: Floats, p: int, *, seconds: float = 60.0, seed: int = 0, gap: float = 0.0
) -> CoverResult:
    """covers: (m places, n points) sparse, any stored entry = covered. weights: (n,) people, >= 0.

    gap: relative gap at which the search stops. Errors: subclasses of `SitingError`.
    """
    begun = time.perf_counter()
    matrix = sparse.csr_array(covers, copy=True)
    people = np.asarray(weights, dtype=np.float64)
    if people.shape != (matrix.shape[1],):
        raise ShapeMismatch(f"« weights » compte {people.size} valeurs, il en faut {matrix.shape[1]}.")
    if not np.isfinite(people).all():
        raise NotFinite("Un poids n’est pas un nombre fini.")
    if (people < 0).any() or p < 0:
        raise NegativeInput("Un poids ou le nombre de lieux est négatif.")
    if not gap >= 0 or not seconds > 0:
        raise InvalidParameter("L’écart accepté et le temps de calcul sont des nombres positifs.")
    matrix.sum_duplicates()
    matrix = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    m = matrix.shape[0]
    covered = np.bincount(matrix.indices, minlength=matrix.shape[1]) > 0
    useful = np.flatnonzero(covered & (people > 0))
    if p == 0 or m == 0 or not len(useful):
        return _answer(np.arange(min(p, m)), matrix, people, 0.0, 0, "trivial", begun)
    if p >= m:
        return _answer(np.arange(m), matrix, people, float(people[useful].sum()), 0, "trivial", begun)
    search = _Search(sparse.csr_array(matrix[:, useful]), people[useful], p, begun + seconds, seed, gap)
    search.run()
    return _answer(
        np.sort(search.best), matrix, people, search.bound, search.iterations, search.method, begun, gap
    )


def _answer(
    sites: Ints,
    matrix: sparse.csr_array,
    people: Floats,
    bound: float,
    iterations: int,
    method: str,
    begun: float,
    gap: float = 0.0,
) -> CoverResult:
    count = np.bincount(matrix[sites].indices, minlength=len(people))
    value = float(people[count > 0].sum())
    bound = max(bound, value)
    relative = (bound - value) / max(value, 1e-12) if bound > value else 0.0
    status = Status.OPTIMAL if relative <= max(gap * (1 + 1e-6), 1e-9) else Status.FEASIBLE
    return CoverResult(status, sites, value, bound, relative, time.perf_counter() - begun, iterations, method)


def greedy(covers: sparse.csr_array, weights: Floats, p: int) -> Ints:
    """The place that adds most, p times."""
    left = weights.copy()
    chosen = np.zeros(p, dtype=np.int64)
    taken = np.zeros(covers.shape[0], dtype=bool)
    for position in range(p):
        gain = covers @ left
        gain[taken] = -1.0
        place = int(np.argmax(gain))
        chosen[position], taken[place] = place, True
        left[covers.indices[covers.indptr[place] : covers.indptr[place + 1]]] = 0.0
    return chosen


def swap(
    covers: sparse.csr_array, by_point: sparse.csr_array, weights: Floats, sites: Ints, *, end: float = np.inf
) -> tuple[Ints, float]:
    """Best swap first, until none improves; all pairs are valued at once.

    by_point: the transpose of `covers`. Taking s out and j in is worth `gain[j] - loss[s] + both[s, j]`, where `both`
    are people that only s covers and j covers too: a sparse product, p rows of it.
    """
    sites = sites.copy()
    count = np.bincount(covers[sites].indices, minlength=len(weights))
    least = 1e-9 * max(1.0, float(weights.sum()))
    gain = covers @ np.where(count == 0, weights, 0.0)

    def recount(place: int, step: int) -> None:
        """One site more or less at `place`: who is covered, and what the places around would add."""
        points = covers.indices[covers.indptr[place] : covers.indptr[place + 1]]
        count[points] += step
        turned = points[count[points] == (1 if step > 0 else 0)]
        near = by_point[turned]
        # Around these points only: most places are far from the swap.
        np.add.at(gain, near.indices, -step * np.repeat(weights[turned], np.diff(near.indptr)))

    while time.perf_counter() < end:
        only = covers[sites]
        only.data = np.where(count == 1, weights, 0.0)[only.indices]
        loss = only.sum(axis=1)
        both = sparse.csr_array(only @ by_point)
        place, seat = int(np.argmax(gain)), int(np.argmin(loss))
        change = float(gain[place] - loss[seat])
        if both.nnz:
            paired = both.data + gain[both.indices] - np.repeat(loss, np.diff(both.indptr))
            at = int(np.argmax(paired))
            if paired[at] > change:
                place = int(both.indices[at])
                seat = int(np.searchsorted(both.indptr, at, side="right")) - 1
                change = float(paired[at])
        if change <= least:
            break
        recount(int(sites[seat]), -1)
        recount(place, 1)
        sites[seat] = place
    return sites, float(weights[count > 0].sum())


def merge_points(covers: sparse.csr_array, weights: Floats) -> tuple[sparse.csr_array, Floats]:
    """Points with the very same covering places become one; points that nothing covers disappear."""
    columns = covers.tocsc()
    columns.sort_indices()
    groups: dict[bytes, int] = {}
    kept: list[int] = []
    total: list[float] = []
    for point in range(columns.shape[1]):
        places = columns.indices[columns.indptr[point] : columns.indptr[point + 1]]
        if not len(places):
            continue
        at = groups.setdefault(places.tobytes(), len(kept))
        if at == len(kept):
            kept.append(point)
            total.append(0.0)
        total[at] += float(weights[point])
    return sparse.csr_array(columns[:, kept]), np.array(total)


class _Search:
    def __init__(
        self, covers: sparse.csr_array, weights: Floats, p: int, end: float, seed: int, gap: float
    ) -> None:
        self.covers, self.weights, self.p, self.end, self.gap = covers, weights, p, end, gap
        self.by_point = sparse.csr_array(covers.T)
        self.rng = np.random.default_rng(seed)
        self.whole = bool((weights == np.floor(weights)).all())
        self.bound, self.iterations, self.method = float(weights.sum()), 0, "greedy"
        self.best, self.value = greedy(covers, weights, p), 0.0
        self.improve(self.best)

    @property
    def left(self) -> float:
        return self.end - time.perf_counter()

    def closed(self) -> bool:
        bound = np.floor(self.bound + 1e-6) if self.whole else self.bound
        return bool(bound - self.value <= self.gap * self.value + 1e-9 * self.value)

    def improve(self, sites: Ints) -> None:
        found, value = swap(self.covers, self.by_point, self.weights, sites, end=self.end)
        if value > self.value:
            self.best, self.value = found, value

    def run(self) -> None:
        relaxed = self.relax()
        self.bound = min(self.bound, relaxed.value)
        if not self.closed():
            self.finish(relaxed)
        if self.whole:
            self.bound = float(np.floor(self.bound + 1e-6))

    def relax(self) -> Bound:
        """Bound from the relaxation; its choices restart the swaps now and then."""

        large = self.covers.nnz > LARGE
        every = RESTART_EVERY_LARGE if large else RESTART_EVERY

        def on_choice(step: int, bound: float, chosen: Ints) -> float:
            if step % every == every - 1 and bound - self.value < 0.03 * bound:
                self.improve(chosen)
            return self.value

        relaxed = upper_bound(
            self.covers,
            self.weights,
            None,
            self.p,
            target=self.value,
            end=time.perf_counter() + (0.7 if large else 0.4) * self.left,
            gap=self.gap,
            on_choice=on_choice,
        )
        self.iterations, self.method = relaxed.steps, "lagrangian"
        return relaxed

    def finish(self, relaxed: Bound) -> None:
        """Shaken swaps among the promising places (a better plan), then HiGHS on all that may matter (a proof)."""
        _, _, cut = take_best(relaxed.worth, None, self.p)
        # With this place in, a plan is worth at most:
        reach = relaxed.value - np.maximum(0.0, cut - relaxed.worth)
        sizes = np.diff(self.covers.indptr)

        def better_than(limit: float) -> Ints:
            return np.flatnonzero(reach >= limit - 1e-9 * relaxed.value)

        provable = int(sizes[better_than(self.value)].sum()) <= LARGEST_CORE
        half_way = (relaxed.value + self.value) / 2
        self.shake(better_than(half_way), seconds=self.left * (0.15 if provable else 0.9))
        places = better_than(self.value)
        if int(sizes[places].sum()) <= LARGEST_CORE and self.left > 0.5 and not self.closed():
            self.core(np.union1d(places, self.best))

    def shake(self, places: Ints, *, seconds: float) -> None:
        """Iterated local search over `places`: close a few sites, open others with some chance, swap again."""
        stop = min(self.end, time.perf_counter() + seconds)
        places = np.union1d(places, self.best)
        covers = sparse.csr_array(self.covers[places])
        used = np.flatnonzero(np.bincount(covers.indices, minlength=covers.shape[1]) > 0)
        covers, weights = sparse.csr_array(covers[:, used]), self.weights[used]
        by_point = sparse.csr_array(covers.T)
        here, value = np.searchsorted(places, self.best), self.value
        quiet = 0
        while time.perf_counter() < stop and quiet < SHAKES and not self.closed():
            self.iterations += 1
            closing = int(self.rng.integers(2, max(3, min(9, self.p // 4 + 2))))
            kept = self.rng.permutation(here)[min(closing, self.p - 1) :]
            count = np.bincount(covers[kept].indices, minlength=len(weights))
            left = np.where(count == 0, weights, 0.0)
            opened = list(kept)
            while len(opened) < self.p:
                gain = (covers @ left) * self.rng.uniform(0.75, 1.0, covers.shape[0])
                gain[opened] = -1.0
                place = int(np.argmax(gain))
                opened.append(place)
                left[covers.indices[covers.indptr[place] : covers.indptr[place + 1]]] = 0.0
            found, worth = swap(covers, by_point, weights, np.array(opened), end=stop)
            quiet += 1
            if worth >= value * (1.0 - 0.0002):
                here, value = found, worth
            if worth > self.value * (1.0 + 1e-12):
                self.best, self.value, self.method, quiet = places[found], worth, "swaps", 0
            elif quiet % 20 == 0:
                here, value = np.searchsorted(places, self.best), self.value

    def core(self, places: Ints) -> None:
        """The exact model over `places`: every better plan lies inside, so its bound holds for all."""
        covers, weights = merge_points(sparse.csr_array(self.covers[places]), self.weights)
        m, n = covers.shape
        rows = sparse.block_array(
            [
                [-sparse.csr_array(covers.T), sparse.eye_array(n)],
                [sparse.csr_array(np.ones((1, m))), sparse.csr_array((1, n))],
            ],
            format="csr",
        )
        opened = np.isin(places, self.best).astype(np.float64)
        outcome = maximise(
            Programme(
                np.concatenate([np.zeros(m), weights]),
                sparse.csr_array(rows),
                np.full(n + 1, -np.inf),
                np.concatenate([np.zeros(n), [float(self.p)]]),
                np.zeros(m + n),
                np.ones(m + n),
                np.concatenate([np.ones(m, dtype=bool), np.zeros(n, dtype=bool)]),
            ),
            seconds=self.left,
            seed=int(self.rng.integers(2**31)),
            gap=self.gap,
            start=np.concatenate([opened, np.minimum(1.0, covers.T @ opened)]),
        )
        self.iterations += outcome.nodes
        if outcome.x is not None:
            chosen = places[outcome.x[:m] > 0.5]
            if len(chosen) < self.p:
                rest = np.setdiff1d(np.arange(self.covers.shape[0]), chosen)[: self.p - len(chosen)]
                chosen = np.concatenate([chosen, rest])
            self.improve(chosen[: self.p])
        self.method = "core"
        if np.isfinite(outcome.bound):
            self.bound = min(self.bound, max(outcome.bound, self.value))
