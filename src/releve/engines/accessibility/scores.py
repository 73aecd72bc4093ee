"""Floating catchment scores: 2SFCA, E2SFCA, 3SFCA, APL. Formulas: docs/algorithms/accessibility.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .decay import Decay, Steps
from .errors import InvalidInput
from .travel import TravelTimes, Weights

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Accessibility:
    """Scores of origins and ratios of destinations.

    scores: (n_origins,), supply within reach per unit of demand. ratios: (n_destinations,), supply over the weighted
    demand in reach; 0 where nobody is in reach. demand_in_reach: (n_destinations,). unallocated: supply of the
    destinations that no demand reaches, so that sum(scores x demand) + unallocated = sum(supply).
    """

    scores: Floats
    ratios: Floats
    demand_in_reach: Floats
    unallocated: float
    unallocated_at: NDArray[np.integer]


def checked(values: ArrayLike, size: int, name: str, *, negative: bool = False) -> Floats:
    """`values` as (size,) float64, finite, not negative; else InvalidInput naming the first fault."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (size,):
        raise InvalidInput(f"« {name} » doit avoir {size} valeurs, pas {array.shape}.")
    wrong = ~np.isfinite(array) if negative else ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        raise InvalidInput(f"« {name} » a une valeur absente ou négative au rang {int(np.argmax(wrong))}.")
    return array


def _weights(times: TravelTimes | Weights, decay: Decay | None) -> Weights:
    if isinstance(times, Weights):
        return times
    if decay is None:
        raise InvalidInput("Il faut une décroissance pour peser des temps de trajet.")
    return times.weighted(decay)


def _ratios(supply: Floats, demand_in_reach: Floats) -> Floats:
    return np.divide(supply, demand_in_reach, out=np.zeros_like(supply), where=demand_in_reach > 0)


def enhanced_two_step(
    supply: ArrayLike, demand: ArrayLike, times: TravelTimes | Weights, decay: Decay | None = None
) -> Accessibility:
    """E2SFCA (Luo and Qi 2009): R_j = S_j / sum_i w(t_ij) D_i, A_i = sum_j w(t_ij) R_j.

    supply: (n_destinations,), demand: (n_origins,), both >= 0. `times` may be `Weights` prepared once with
    `times.weighted(decay)`: a score is then two sparse products.
    """
    weights = _weights(times, decay)
    supply = checked(supply, weights.n_destinations, "offre")
    demand = checked(demand, weights.n_origins, "demande")
    in_reach = weights.over_origins(demand)
    ratios = _ratios(supply, in_reach)
    stranded = np.flatnonzero((in_reach <= 0) & (supply > 0))
    return Accessibility(
        weights.over_destinations(ratios), ratios, in_reach, float(supply[stranded].sum()), stranded
    )


def two_step(
    supply: ArrayLike, demand: ArrayLike, times: TravelTimes | Weights, max_minutes: float | None = None
) -> Accessibility:
    """2SFCA (Radke and Mu 2000; Luo and Wang 2003): weight 1 up to `max_minutes`, 0 beyond."""
    if isinstance(times, Weights):
        return enhanced_two_step(supply, demand, times)
    if max_minutes is None:
        raise InvalidInput("Il faut un temps maximal.")
    return enhanced_two_step(supply, demand, times, Steps((max_minutes,), (1.0,)))


def selection_weights(weights: Weights, sites: ArrayLike | None = None) -> Weights:
    """G_ij w_ij of the 3SFCA, G_ij = w_ij / sum_k w_ik over the destinations marked in `sites` (default: all)."""
    open_sites = np.ones(weights.n_destinations) if sites is None else np.asarray(sites, dtype=np.float64)
    squared = weights.values * weights.values
    if sites is not None:
        squared = squared * open_sites[weights.indices]
    total = weights.over_destinations(open_sites)
    inverse = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    values = squared * np.repeat(inverse, np.diff(weights.indptr))
    # G is not symmetric even when times are: two neighbours do not have the same choice of sites.
    return Weights(weights.indptr, weights.indices, values, weights.n_origins, weights.n_destinations, False)


def three_step(
    supply: ArrayLike,
    demand: ArrayLike,
    times: TravelTimes | Weights,
    decay: Decay | None = None,
    *,
    sites: ArrayLike | None = None,
) -> Accessibility:
    """3SFCA (Wan, Zou and Sternberg 2012): demand is first shared between the sites in reach.

    G_ij = w_ij / sum_k w_ik, R_j = S_j / sum_i G_ij w_ij D_i, A_i = sum_j G_ij w_ij R_j.
    sites: (n_destinations,) booleans, the destinations among which people choose; by default those with supply > 0.
    """
    weights = _weights(times, decay)
    supply = checked(supply, weights.n_destinations, "offre")
    chosen = supply > 0 if sites is None else np.asarray(sites, dtype=bool)
    if chosen.shape != supply.shape:
        raise InvalidInput("Il faut un booléen par destination.")
    return enhanced_two_step(supply, demand, selection_weights(weights, chosen))


def apl(
    consultations: ArrayLike,
    standardised: ArrayLike,
    times: TravelTimes | Weights,
    decay: Decay | None = None,
) -> Accessibility:
    """APL (Barlet et al. 2012): E2SFCA of consultations a year over a population standardised by age.

    consultations: (n_destinations,) a year; standardised: (n_origins,) inhabitants, see `standardised_population`.
    Scores: consultations accessible a year per standardised inhabitant.
    """
    return enhanced_two_step(consultations, standardised, times, decay)


def standardised_population(population: ArrayLike, age_shares: ArrayLike, coefficients: ArrayLike) -> Floats:
    """P*_i = P_i (sum_a share_ia c_a) / c_mean, c_mean over the whole population: sum(P*) = sum(P).

    population: (n,); age_shares: (n, classes), of any common total (1 or 100); a row with a missing share counts
    with the mean need. coefficients: (classes,), consultations of a person of the class, relative or absolute.
    """
    shares = np.asarray(age_shares, dtype=np.float64)
    factors = np.asarray(coefficients, dtype=np.float64)
    if shares.ndim != 2 or factors.shape != (shares.shape[1],):
        raise InvalidInput("Il faut un coefficient par classe d’âge.")
    if not np.all(np.isfinite(factors) & (factors >= 0)) or not factors.any():
        raise InvalidInput("Les coefficients d’âge sont positifs.")
    people = checked(population, len(shares), "population")
    if np.any(shares < 0):
        raise InvalidInput("Une part d’âge est négative.")
    known = np.isfinite(shares).all(axis=1) & (np.nansum(shares, axis=1) > 0)
    need = np.full(len(people), np.nan)
    need[known] = (shares[known] @ factors) / shares[known].sum(axis=1)
    counted = known & (people > 0)
    if not counted.any():
        return people.copy()
    mean = float(np.average(need[counted], weights=people[counted]))
    return np.asarray(people * np.where(known, need / mean, 1.0))


def territory_mean(scores: ArrayLike, population: ArrayLike, territory: ArrayLike, size: int) -> Floats:
    """Population-weighted mean of each territory, (size,); NaN without inhabitants or with no known score.

    scores: (n,), NaN = unknown, left out with its people. territory: (n,) integers from 0 to size - 1, -1 = none.
    """
    values = np.asarray(scores, dtype=np.float64)
    people = np.asarray(population, dtype=np.float64)
    where = np.asarray(territory)
    kept = np.isfinite(values) & np.isfinite(people) & (where >= 0)
    total = np.bincount(where[kept], weights=people[kept], minlength=size)
    summed = np.bincount(where[kept], weights=(people * values)[kept], minlength=size)
    return np.divide(summed, total, out=np.full(size, np.nan), where=total > 0)
