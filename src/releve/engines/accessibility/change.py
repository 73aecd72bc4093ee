"""What a change of supply does, exactly and locally: scores are linear in supply, so one place is one column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .decay import Decay
from .errors import InvalidInput
from .scores import checked
from .travel import PIECE, TravelTimes, Weights, great_circle_km, reach_km, road_minutes

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

# A degree of latitude, kilometres, rounded down: the box it gives never misses a point.
DEGREE_KM = 110.5


@dataclass(frozen=True)
class SupplyChange:
    """Consultations a year added (or, negative, removed) at a point. `inside`: index of the place that holds it."""

    lon: float
    lat: float
    factor: float
    added: float
    group: int = 0
    inside: int | None = None


@dataclass(frozen=True)
class EffectOfEach:
    """One value per destination j, (n_destinations,), if `added` came at j alone."""

    people_gaining: Floats
    people_above: Floats
    weighted_gain: Floats
    best_gain: Floats


def minutes_from(
    site_lon: float,
    site_lat: float,
    site_factor: float,
    lon: ArrayLike,
    lat: ArrayLike,
    factor: ArrayLike,
    max_minutes: float,
    *,
    group: ArrayLike | None = None,
    site_group: int = 0,
    inside: int | None = None,
    self_minutes: float = 0.0,
) -> tuple[Integers, Floats]:
    """(indices, minutes) of the points within `max_minutes` of one site, by the road model, by index.

    Points: (n,) degrees; NaN = unplaced. `inside`: point that holds the site, at exactly `self_minutes` of it.
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    slowness = np.broadcast_to(np.asarray(factor, dtype=np.float64), lon.shape)
    if not (np.isfinite(site_lon) and np.isfinite(site_lat) and site_factor > 0):
        raise InvalidInput("Le lieu proposé n’a pas de coordonnées.")
    # Any slowness is positive: half of the site's own bounds the mean of the two from below.
    radius = reach_km(max_minutes, site_factor / 2.0)
    near = np.flatnonzero(np.abs(lat - site_lat) <= radius / DEGREE_KM)
    km = great_circle_km(site_lon, site_lat, lon[near], lat[near])
    minutes = road_minutes(km, (slowness[near] + site_factor) / 2.0)
    keep = minutes <= max_minutes
    if group is not None:
        keep &= np.asarray(group)[near] == site_group
    near, minutes = near[keep], minutes[keep]
    if inside is not None:
        others = near != inside
        near, minutes = near[others], minutes[others]
        if self_minutes <= max_minutes:
            at = int(np.searchsorted(near, inside))
            near, minutes = np.insert(near, at, inside), np.insert(minutes, at, self_minutes)
    return near, minutes


def local_effect(
    j_lon: float,
    j_lat: float,
    factor_j: float,
    added_consultations: float,
    lon: ArrayLike,
    lat: ArrayLike,
    factor: ArrayLike,
    demand: ArrayLike,
    decay: Decay,
    *,
    group: ArrayLike | None = None,
    group_j: int = 0,
    inside: int | None = None,
    self_minutes: ArrayLike = 0.0,
) -> tuple[Integers, Floats]:
    """Exact change of every score when `added_consultations` a year come at one point (negative: they go).

    delta_i = w(t_ij) added / sum_k w(t_kj) demand_k. Returns (indices, deltas) of the places in reach, increasing
    indices; both empty when nobody is in reach: the consultations would be lost. demand: (n,) standardised inhabitants.
    """
    if not np.isfinite(added_consultations):
        raise InvalidInput("Le nombre de consultations n’est pas un nombre.")
    people = np.asarray(demand, dtype=np.float64)
    own = 0.0
    if inside is not None:
        itself = np.asarray(self_minutes, dtype=np.float64)
        own = float(itself if itself.ndim == 0 else itself[inside])
    near, minutes = minutes_from(
        j_lon,
        j_lat,
        factor_j,
        lon,
        lat,
        factor,
        decay.reach,
        group=group,
        site_group=group_j,
        inside=inside,
        self_minutes=own,
    )
    weights = decay.weights(minutes)
    kept = weights > 0
    near, weights = near[kept], weights[kept]
    in_reach = float(weights @ people[near])
    if not in_reach > 0:
        return near[:0], weights[:0]
    return near, weights * (added_consultations / in_reach)


def scenario_effect(
    changes: Sequence[SupplyChange],
    lon: ArrayLike,
    lat: ArrayLike,
    factor: ArrayLike,
    demand: ArrayLike,
    decay: Decay,
    *,
    group: ArrayLike | None = None,
    self_minutes: ArrayLike = 0.0,
) -> tuple[Integers, Floats]:
    """Sum of the local effects of several changes, exact since scores are linear in supply: (indices, deltas)."""
    total = np.zeros(np.asarray(lon).shape)
    touched = np.zeros(total.shape, dtype=bool)
    for change in changes:
        near, deltas = local_effect(
            change.lon,
            change.lat,
            change.factor,
            change.added,
            lon,
            lat,
            factor,
            demand,
            decay,
            group=group,
            group_j=change.group,
            inside=change.inside,
            self_minutes=self_minutes,
        )
        total[near] += deltas
        touched[near] = True
    indices = np.flatnonzero(touched)
    return indices, total[indices]


def effect_of_each(
    times: TravelTimes | Weights,
    decay: Decay | None,
    demand: ArrayLike,
    added: ArrayLike,
    baseline: ArrayLike,
    threshold: float,
    population: ArrayLike,
    *,
    least_gain: float = 0.1,
) -> EffectOfEach:
    """For each destination j alone: what `added` consultations a year (scalar or (n_destinations,)) would change there.

    demand, baseline, population: (n_origins,): standardised inhabitants, present score (NaN: unknown, never counted as
    brought above), inhabitants. people_gaining: inhabitants whose score rises by at least `least_gain`; people_above:
    inhabitants whose score goes from below `threshold` to it or above; weighted_gain: sum of inhabitants x rise;
    best_gain: largest rise. Exact, every destination in one pass over the pairs.
    """
    if isinstance(times, Weights):
        weights = times
    elif decay is None:
        raise InvalidInput("Il faut une décroissance pour peser des temps de trajet.")
    else:
        weights = times.weighted(decay)
    size = weights.n_destinations
    people = checked(population, weights.n_origins, "population")
    in_reach = weights.over_origins(checked(demand, weights.n_origins, "demande"))
    more = np.broadcast_to(np.asarray(added, dtype=np.float64), (size,))
    if not np.all(np.isfinite(more) & (more >= 0)):
        raise InvalidInput("Les consultations ajoutées sont positives.")
    now = np.asarray(baseline, dtype=np.float64)
    if now.shape != people.shape:
        raise InvalidInput("Il faut un score de référence par origine.")
    per_weight = np.divide(more, in_reach, out=np.zeros(size), where=in_reach > 0)

    by_site = weights.by_destination()
    # People at or above the threshold, or whose score is unknown, can never be brought above it.
    lacking = np.where(now < threshold, threshold - now, np.inf)
    gaining, above, best = np.zeros(size), np.zeros(size), np.zeros(size)
    for low, high in _pieces(by_site.indptr):
        rows = np.diff(by_site.indptr[low : high + 1])
        part = slice(by_site.indptr[low], by_site.indptr[high])
        where = by_site.indices[part]
        rise = by_site.values[part] * np.repeat(per_weight[low:high], rows)
        there = people[where]
        # Empty rows have no place in a sum by pieces: they keep their zero.
        filled = low + np.flatnonzero(rows)
        starts = by_site.indptr[filled] - part.start
        gaining[filled] = np.add.reduceat(there * ((rise >= least_gain) & (rise > 0)), starts)
        above[filled] = np.add.reduceat(there * (rise >= lacking[where]), starts)
        best[filled] = np.maximum.reduceat(rise, starts)
    weighted = per_weight * weights.over_origins(people)
    return EffectOfEach(gaining, above, weighted, best)


def _pieces(indptr: Integers) -> Iterator[tuple[int, int]]:
    """Runs of destinations with about PIECE pairs each, and at least one: temporaries then stay in the cache."""
    size, low = len(indptr) - 1, 0
    while low < size:
        high = int(np.searchsorted(indptr, indptr[low] + PIECE, side="right")) - 1
        high = min(max(high, low + 1), size)
        if indptr[high] > indptr[low]:
            yield low, high
        low = high
