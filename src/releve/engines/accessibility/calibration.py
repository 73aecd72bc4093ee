"""Calibration of the modelled APL on published figures, and its honest validation. Pure: arrays in, dataclasses out.

What is fitted, in this order (method and errors seen: docs/algorithms/accessibility.md):
1. the decay, without believing any count of doctors: for each candidate, the supply that would best explain published
   scores is rebuilt (non-negative, only where there are doctors) on most places, and judged on the places kept aside;
2. how strongly age counts, and the time inside a place, on the error of the scores;
3. consultations a year per doctor, by département around a national value, and a background everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags

from .decay import APL_2012, APL_STEPS, Decay, Linear, SmoothedSteps, Steps
from .errors import InvalidInput
from .scores import checked, standardised_population
from .travel import TravelTimes, Weights, road_minutes, travel_times
from .validation import ErrorRow, ValidationReport, report_of

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]
Booleans = NDArray[np.bool_]

# Consultations and visits per person under 25, 25-64, 65-74 and 75 or more, relative to the mean: the 19 classes of Irdes
# working paper 70 (table 1) averaged with the French age pyramid.
AGE_COEFFICIENTS = (0.69, 0.83, 1.46, 2.05)

DECAYS: tuple[Decay, ...] = (
    APL_STEPS,
    SmoothedSteps(APL_STEPS.bounds, APL_STEPS.step_weights, 1.5),
    SmoothedSteps(APL_STEPS.bounds, APL_STEPS.step_weights, 2.5),
    SmoothedSteps(APL_STEPS.bounds, APL_STEPS.step_weights, 4.0),
    Linear(20.0),
    Linear(20.0, flat=5.0),
    Steps((20.0,), (1.0,)),
    APL_2012,
)
# Never beyond 1: published figures would take more, but age is mixed there with everything else that rural places share.
AGE_STRENGTHS = (0.0, 0.5, 1.0)
SELF_SHARES = (0.0, 0.5, 1.0)
# Weight of a place in the fit: inhabitants to this power, between one place one voice (0) and one person one voice (1).
VOICE = 0.5
# Pull of a département's consultations per doctor towards the national value, as a share of its mean curvature.
SHRINK = 0.2


@dataclass(frozen=True)
class CalibrationInputs:
    """One row per place (commune), n rows, any order. NaN = unknown.

    lon, lat: degrees WGS 84. factor: slowness of the road. population: inhabitants. age_shares: (n, 4) under 25,
    25-64, 65-74, 75 and over, any common total. gps: general practitioners of the place (NaN = none counted). published:
    APL of the same time. departement, block: (n,) integers from 0; validation keeps a block (EPCI) whole. surface_km2: for
    density classes and the time inside a place. group: places that roads join. used: False where the counts of doctors
    around are incomplete: such places weigh nothing.
    """

    lon: ArrayLike
    lat: ArrayLike
    factor: ArrayLike
    population: ArrayLike
    age_shares: ArrayLike
    gps: ArrayLike
    published: ArrayLike
    departement: ArrayLike
    block: ArrayLike
    surface_km2: ArrayLike
    group: ArrayLike | None = None
    used: ArrayLike | None = None


@dataclass(frozen=True)
class Trial:
    """How well a decay lets an unknown supply explain published scores of places kept aside."""

    decay: Decay
    held_out_r: float
    held_out_mae: float
    in_sample_mae: float


@dataclass(frozen=True)
class Calibration:
    """What `fit` found. consultations_per_gp: (départements,) a year; NaN-free, the national value where unknown.

    national: consultations a year of a doctor when nothing else supplies care: the value of a doctor in a scenario.
    attached, background: the level model, consultations a year tied to counted doctors (mean of `consultations_per_gp`)
    and consultations per standardised inhabitant found everywhere (regression towards the mean); `levels` uses them.
    """

    decay: Decay
    age_coefficients: tuple[float, ...]
    age_strength: float
    self_share: float
    national: float
    consultations_per_gp: Floats
    attached: float
    background: float
    trials: tuple[Trial, ...]
    n_places: int


@dataclass(frozen=True)
class _Prepared:
    """Inputs checked, with the places that weigh."""

    size: int
    population: Floats
    age_shares: Floats
    gps: Floats
    published: Floats
    departement: Integers
    n_departements: int
    block: Integers
    surface: Floats
    usable: Booleans
    times: TravelTimes = field(repr=False)


def _prepare(inputs: CalibrationInputs, reach: float) -> _Prepared:
    population = np.nan_to_num(np.asarray(inputs.population, dtype=np.float64))
    size = len(population)
    population = checked(population, size, "population")
    gps = checked(np.nan_to_num(np.asarray(inputs.gps, dtype=np.float64)), size, "médecins")
    published = np.asarray(inputs.published, dtype=np.float64)
    departement, block = np.asarray(inputs.departement), np.asarray(inputs.block)
    for name, array in (("APL publiée", published), ("département", departement), ("bloc", block)):
        if array.shape != (size,):
            raise InvalidInput(f"« {name} » doit avoir {size} valeurs.")
    if not np.issubdtype(departement.dtype, np.integer) or (size and departement.min() < 0):
        raise InvalidInput("Les départements sont numérotés à partir de 0.")
    used = np.ones(size, dtype=bool) if inputs.used is None else np.asarray(inputs.used, dtype=bool)
    times = travel_times(
        inputs.lon, inputs.lat, inputs.factor, max_minutes=reach, reachable_group=inputs.group
    )
    placed = np.diff(times.indptr) > 0
    usable = used & np.isfinite(published) & (population > 0) & placed
    if usable.sum() < 10:
        raise InvalidInput("Trop peu de lieux ont à la fois un point, des habitants et une APL publiée.")
    return _Prepared(
        size,
        population,
        np.asarray(inputs.age_shares, dtype=np.float64),
        gps,
        published,
        departement,
        int(departement.max()) + 1,
        block,
        np.asarray(inputs.surface_km2, dtype=np.float64),
        usable,
        times,
    )


def strengthened(coefficients: ArrayLike, strength: float) -> Floats:
    """Age coefficients with their distance to 1 multiplied by `strength` (0: age does not count)."""
    return np.maximum(1.0 + strength * (np.asarray(coefficients, dtype=np.float64) - 1.0), 0.0)


def time_inside(surface_km2: ArrayLike, factor: ArrayLike, share: float) -> Floats:
    """Minutes from a place to itself: the road over `share` of the radius of its surface; 0 where unknown."""
    radius = np.sqrt(np.nan_to_num(np.asarray(surface_km2, dtype=np.float64)) / np.pi)
    return road_minutes(share * radius, factor)


def _own_minutes(ready: _Prepared, inputs: CalibrationInputs, share: float) -> TravelTimes:
    if share == 0:
        return ready.times
    factor = np.broadcast_to(np.asarray(inputs.factor, dtype=np.float64), (ready.size,))
    inside = time_inside(ready.surface, factor, share)
    itself = ready.times.origins() == ready.times.indices
    minutes = np.where(itself, inside[ready.times.indices], ready.times.minutes)
    times = ready.times
    return TravelTimes(times.indptr, times.indices, minutes, times.n_origins, times.n_destinations, True)


def _shares_of_demand(weights: Weights, demand: Floats) -> csr_matrix:
    """w_ij / sum_k w_kj demand_k: what one consultation at j adds to the score of i."""
    in_reach = weights.over_origins(demand)
    inverse = np.divide(1.0, in_reach, out=np.zeros_like(in_reach), where=in_reach > 0)
    return csr_matrix(
        (weights.values * inverse[weights.indices], weights.indices, weights.indptr),
        shape=(weights.n_origins, weights.n_destinations),
    )


def rebuilt_supply(
    effect: csr_matrix,
    published: Floats,
    prior: Floats,
    rows: Booleans,
    *,
    pull: float = 0.05,
    steps: int = 60,
) -> Floats:
    """Supply >= 0, only where `prior` > 0, that best explains `published` on `rows`: ridge towards the prior.

    effect: (n, m) as of `_shares_of_demand`. pull: strength of the ridge in units of the prior. (m,) consultations.
    """
    places = np.flatnonzero(prior > 0)
    unit = np.maximum(prior[places], np.median(prior[places]))
    here = (effect[rows][:, places] @ diags(unit)).tocsr()
    there = here.T.tocsr()
    start, wanted = prior[places] / unit, published[rows]

    def loss(z: Floats) -> tuple[float, Floats]:
        error, moved = here @ z - wanted, z - start
        return 0.5 * float(error @ error + pull * (moved @ moved)), there @ error + pull * moved

    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(places), options={"maxiter": steps}
    )
    supply = np.zeros(len(prior))
    supply[places] = found.x * unit
    return supply


def _columns(ready: _Prepared, weights: Weights, demand: Floats) -> tuple[Floats, Floats]:
    """((n, départements) score of one consultation per doctor of each département, (n,) score of the background)."""
    effect = _shares_of_demand(weights, demand)
    by_departement = csr_matrix(
        (ready.gps, (np.arange(ready.size), ready.departement)), shape=(ready.size, ready.n_departements)
    )
    return (effect @ by_departement).toarray(), np.asarray(effect @ demand)


def _coefficients(
    columns: Floats, background: Floats, published: Floats, voice: Floats, rows: Booleans, shrink: float
) -> tuple[float, Floats, float, float]:
    """(national per doctor alone, per doctor by département, attached mean, background >= 0), weighted least squares."""
    total = columns.sum(axis=1)
    x, b, y, v = total[rows], background[rows], published[rows], voice[rows]
    national = float((v * x) @ y / ((v * x) @ x))
    two = np.column_stack((x, b))
    attached, level = np.linalg.solve((two * v[:, None]).T @ two, (two * v[:, None]).T @ y)
    if level < 0 or attached < 0:
        attached, level = national, 0.0
    kept = columns[rows]
    curvature = (kept * v[:, None]).T @ kept
    size = len(curvature)
    pull = shrink * np.trace(curvature) / size
    gap = y - kept.sum(axis=1) * attached - b * level
    moved = np.linalg.solve(curvature + pull * np.eye(size), (kept * v[:, None]).T @ gap)
    return national, np.maximum(attached + moved, 0.0), float(attached), float(level)


def try_decay(
    inputs: CalibrationInputs,
    decay: Decay,
    *,
    age_coefficients: ArrayLike = AGE_COEFFICIENTS,
    share_aside: float = 0.15,
    seed: int = 0,
) -> Trial:
    """One candidate decay, judged on places kept aside (a random `share_aside` of them)."""
    return _try_decay(_prepare(inputs, decay.reach), decay, age_coefficients, share_aside, seed)


def _try_decay(
    ready: _Prepared, decay: Decay, age_coefficients: ArrayLike, share_aside: float, seed: int
) -> Trial:
    demand = standardised_population(ready.population, ready.age_shares, age_coefficients)
    effect = _shares_of_demand(ready.times.weighted(decay), demand)
    aside = np.random.default_rng(seed).random(ready.size) < share_aside
    kept, held = ready.usable & ~aside, ready.usable & aside
    total = np.asarray(effect @ ready.gps)
    # Scale of the prior: the national mean score is met.
    scale = float(
        np.average(ready.published[kept], weights=ready.population[kept])
        / np.average(total[kept], weights=ready.population[kept])
    )
    supply = rebuilt_supply(effect, ready.published, ready.gps * scale, kept)
    error = np.asarray(effect @ supply) - ready.published
    modelled = error + ready.published
    r = float(np.corrcoef(modelled[held], ready.published[held])[0, 1])
    return Trial(decay, r, float(np.abs(error[held]).mean()), float(np.abs(error[kept]).mean()))


def fit(
    inputs: CalibrationInputs,
    *,
    age_coefficients: ArrayLike = AGE_COEFFICIENTS,
    decays: Sequence[Decay] = DECAYS,
    age_strengths: Sequence[float] = AGE_STRENGTHS,
    self_shares: Sequence[float] = SELF_SHARES,
    shrink: float = SHRINK,
    seed: int = 0,
) -> Calibration:
    """Decay, age strength, time inside a place and consultations per doctor that bring modelled APL to published APL.

    One candidate in a list fixes that choice. Cost: about 5 s per decay for the 34,900 communes.
    """
    if not (len(decays) and len(age_strengths) and len(self_shares)):
        raise InvalidInput("Il faut au moins un candidat de chaque sorte.")
    base = np.asarray(age_coefficients, dtype=np.float64)
    ready = _prepare(inputs, max(d.reach for d in decays))
    trials: tuple[Trial, ...] = ()
    decay = decays[0]
    if len(decays) > 1:
        trials = tuple(_try_decay(ready, d, base, 0.15, seed) for d in decays)
        decay = min(trials, key=lambda trial: trial.held_out_mae).decay
    voice = ready.population**VOICE
    best: tuple[float, float, float] | None = None
    for share in self_shares:
        weights = _own_minutes(ready, inputs, share).weighted(decay)
        for strength in age_strengths:
            demand = standardised_population(ready.population, ready.age_shares, strengthened(base, strength))
            score = np.asarray(_shares_of_demand(weights, demand) @ ready.gps)[ready.usable]
            y, v = ready.published[ready.usable], voice[ready.usable]
            gap = score * float((v * score) @ y / ((v * score) @ score)) - y
            loss = float(v @ gap**2)
            # A later candidate must do better by one part in a thousand: no choice is made on noise.
            if best is None or loss < best[0] * 0.999:
                best = (loss, share, strength)
    assert best is not None
    _, share, strength = best
    chosen = strengthened(base, strength)
    demand = standardised_population(ready.population, ready.age_shares, chosen)
    weights = _own_minutes(ready, inputs, share).weighted(decay)
    columns, background = _columns(ready, weights, demand)
    national, per_gp, attached, level = _coefficients(
        columns, background, ready.published, voice, ready.usable, shrink
    )
    return Calibration(
        decay,
        tuple(float(c) for c in chosen),
        strength,
        share,
        national,
        per_gp,
        attached,
        level,
        trials,
        int(ready.usable.sum()),
    )


def _fixed(calibration: Calibration, inputs: CalibrationInputs) -> tuple[_Prepared, Floats, Floats]:
    ready = _prepare(inputs, calibration.decay.reach)
    demand = standardised_population(ready.population, ready.age_shares, calibration.age_coefficients)
    weights = _own_minutes(ready, inputs, calibration.self_share).weighted(calibration.decay)
    return ready, *_columns(ready, weights, demand)


def levels(calibration: Calibration, inputs: CalibrationInputs) -> Floats:
    """Modelled APL of every place, (n,), NaN where a place is unplaced: an estimate, to be shown as such."""
    ready, columns, background = _fixed(calibration, inputs)
    per_gp = np.full(ready.n_departements, calibration.attached)
    known = min(len(per_gp), len(calibration.consultations_per_gp))
    per_gp[:known] = calibration.consultations_per_gp[:known]
    modelled = columns @ per_gp + background * calibration.background
    return np.where(np.diff(ready.times.indptr) > 0, modelled, np.nan)


def validate(
    calibration: Calibration,
    inputs: CalibrationInputs,
    folds: int = 5,
    seed: int = 0,
    *,
    shrink: float = SHRINK,
) -> ValidationReport:
    """Errors on places not used: whole blocks (EPCI) are kept aside in turn, consultations per doctor fitted on the rest.

    The decay, the age strength and the time inside a place, chosen among a handful, are those of `calibration`.
    `mae_of_mean` of each row is the error of saying the mean of the other folds everywhere: the model must beat it.
    """
    if folds < 2:
        raise InvalidInput("Il faut au moins deux parts pour valider.")
    ready, columns, background = _fixed(calibration, inputs)
    names, block = np.unique(ready.block, return_inverse=True)
    part = np.random.default_rng(seed).permutation(np.arange(len(names)) % folds)[block]
    voice = ready.population**VOICE
    modelled = np.full(ready.size, np.nan)
    naive = np.full(ready.size, np.nan)
    for fold in range(folds):
        kept, held = ready.usable & (part != fold), ready.usable & (part == fold)
        _, per_gp, _, level = _coefficients(columns, background, ready.published, voice, kept, shrink)
        modelled[held] = columns[held] @ per_gp + background[held] * level
        naive[held] = ready.published[kept].mean()
    return report_of(modelled, ready.published, naive, ready.population, ready.surface, folds, seed)


def validate_year(calibration: Calibration, inputs: CalibrationInputs) -> ValidationReport:
    """Errors of a calibration, unchanged, on another year (its own counts of doctors and published scores)."""
    ready, *_ = _fixed(calibration, inputs)
    modelled = np.where(ready.usable, levels(calibration, inputs), np.nan)
    naive = np.full(ready.size, float(np.mean(ready.published[ready.usable])))
    return report_of(modelled, ready.published, naive, ready.population, ready.surface, 0, 0)


def validate_change(
    calibration: Calibration, before: CalibrationInputs, after: CalibrationInputs
) -> ValidationReport:
    """Modelled change against published change between two years of the same places in the same order.

    Counts of the two years may come from different sources: each is brought to the published mean of its own year, so only
    the difference between places is judged. Naive: the mean published change everywhere.
    """
    old, new = _fixed(calibration, before), _fixed(calibration, after)
    usable = old[0].usable & new[0].usable
    people = new[0].population[usable]

    def level(fixed: tuple[_Prepared, Floats, Floats]) -> Floats:
        score = fixed[1].sum(axis=1)
        scale = np.average(fixed[0].published[usable], weights=people) / np.average(
            score[usable], weights=people
        )
        return np.asarray(score * scale)

    modelled = np.where(usable, level(new) - level(old), np.nan)
    published = new[0].published - old[0].published
    naive = np.full(new[0].size, float(np.mean(published[usable])))
    return report_of(modelled, published, naive, new[0].population, new[0].surface, 0, 0)


__all__ = [
    "AGE_COEFFICIENTS",
    "Calibration",
    "CalibrationInputs",
    "ErrorRow",
    "Trial",
    "ValidationReport",
    "fit",
    "levels",
    "rebuilt_supply",
    "strengthened",
    "time_inside",
    "try_decay",
    "validate",
    "validate_change",
    "validate_year",
]
