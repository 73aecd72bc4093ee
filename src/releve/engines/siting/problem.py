"""The question: candidates, people, what a day changes, the budget, the aim, the limits."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .errors import InvalidParameter, MissingInput, NegativeInput, NotFinite, ShapeMismatch

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Scores are consultations a year: two that differ by less are the same.
SCORE_TOLERANCE = 1e-9


class Aim(enum.StrEnum):
    """What is sought."""

    PEOPLE_ABOVE_THRESHOLD = "people_above_threshold"
    HIGHEST_MINIMUM = "highest_minimum"
    PRIORITY_VISITS = "priority_visits"
    TRAVEL = "travel"


@dataclass(frozen=True)
class Fairness:
    """Fairness between groups of points (EPCI). Both rules may be used together.

    `proportional_floor` (0 to 1): every group in need gets visits in proportion to its need, at least to this share:
    `V_g / N_g >= floor * V / N`, where `V` are visits gained a year and `N` the visits that miss below the threshold.
    `min_group_days`: weekly days opened inside every group in need that has a candidate (needs `candidate_group`).
    A group is in need when one of its points has a known score below the threshold.
    """

    proportional_floor: float = 0.0
    min_group_days: float = 0.0


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """Where to open, and how many weekly days each. `n_c` candidates, `n_d` demand points.

    population: (n_d,) inhabitants. demand: (n_d,) standardised inhabitants; default: population.
    baseline: (n_d,) consultations a year per standardised inhabitant; NaN = unknown (left out of the aims that need it,
    and counted). priority: (n_d,) weight >= 0; default 1. group: (n_d,) group number; candidate_group: (n_c,).
    effects: (n_c, n_d) sparse, change of the score of a point for ONE weekly day at a candidate, >= 0.
    minutes: (n_c, n_d) sparse, travel time; a stored 0 is "on the spot", a missing pair cannot be travelled.
    current_minutes: (n_d,) minutes to the nearest site already open, NaN = none (aim `travel`).
    unserved_minutes: what a point without any reachable site counts (aim `travel`); default: largest minutes given.
    max_days: (n_c,) or one number, weekly days at most at each candidate. committed_days: (n_c,) already decided,
    part of the budget. budget_days: weekly days to share out. step: 1, 0.5...; every number of days is a multiple of
    it. min_days: least days of an open site (default: one step).
    max_sites: open sites at most. max_minutes: a site serves nobody beyond.
    min_reached_share: share of the population within `max_minutes` of an open site, at least.
    threshold: score to reach (aim `people_above_threshold`; with `priority_visits`, visits beyond it do not count).
    """

    aim: Aim
    population: Floats
    budget_days: float
    effects: Any = None
    minutes: Any = None
    baseline: Floats | None = None
    demand: Floats | None = None
    priority: Floats | None = None
    group: Ints | None = None
    candidate_group: Ints | None = None
    max_days: Floats | float = 5.0
    committed_days: Floats | None = None
    current_minutes: Floats | None = None
    unserved_minutes: float | None = None
    step: float = 1.0
    min_days: float | None = None
    max_sites: int | None = None
    max_minutes: float | None = None
    min_reached_share: float | None = None
    threshold: float | None = None
    fairness: Fairness | None = None

    def checked(self) -> Checked:
        """Validated arrays in units of one step. Errors: subclasses of `SitingError`."""
        return _check(self)


@dataclass(frozen=True, eq=False)
class Checked:
    """Validated input. Days are counted in steps; `effects` is per step and limited to `max_minutes`."""

    aim: Aim
    n_candidates: int
    n_points: int
    population: Floats
    demand: Floats
    baseline: Floats
    priority: Floats
    group: Ints
    candidate_group: Ints | None
    effects: sparse.csr_array
    minutes: sparse.csr_array | None
    current_minutes: Floats
    unserved_minutes: float
    most: Ints
    committed: Ints
    least: int
    budget: int
    step: float
    max_sites: int | None
    min_reached_share: float | None
    threshold: float | None
    fairness: Fairness | None


def _vector(name: str, values: Any, size: int, *, nan: bool = False) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0:
        array = np.full(size, float(array))
    if array.shape != (size,):
        raise ShapeMismatch(f"« {name} » compte {array.size} valeurs, il en faut {size}.")
    bad = np.isinf(array) if nan else ~np.isfinite(array)
    if bad.any():
        raise NotFinite(f"« {name} » contient une valeur qui n’est pas un nombre fini.")
    if (array < 0).any():
        raise NegativeInput(f"« {name} » contient une valeur négative.")
    return array


def _matrix(name: str, values: Any, shape: tuple[int | None, int]) -> sparse.csr_array:
    # A copy: sorting and summing must not touch the caller's arrays. Stored zeros are kept.
    matrix = sparse.csr_array(values, dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    if (shape[0] is not None and matrix.shape[0] != shape[0]) or matrix.shape[1] != shape[1]:
        raise ShapeMismatch(
            f"« {name} » est de taille {matrix.shape[0]} × {matrix.shape[1]}, "
            f"il faut {shape[0] if shape[0] is not None else matrix.shape[0]} × {shape[1]}."
        )
    if not np.isfinite(matrix.data).all():
        raise NotFinite(f"« {name} » contient une valeur qui n’est pas un nombre fini.")
    if (matrix.data < 0).any():
        raise NegativeInput(f"« {name} » contient une valeur négative.")
    return matrix


def _steps(name: str, days: Any, step: float) -> Any:
    """Days as whole numbers of steps, rounded down; 1e-9 of tolerance."""
    array = np.asarray(days, dtype=np.float64)
    if not np.isfinite(array).all():
        raise NotFinite(f"« {name} » contient une valeur qui n’est pas un nombre fini.")
    if (array < 0).any():
        raise NegativeInput(f"« {name} » ne peut pas être négatif.")
    return np.floor(array / step + 1e-9).astype(np.int64)


def _check(p: SitingProblem) -> Checked:
    aim = Aim(p.aim)
    population = np.atleast_1d(np.asarray(p.population, dtype=np.float64))
    if population.ndim != 1:
        raise ShapeMismatch("« population » doit être une liste simple.")
    n_d = population.shape[0]
    population = _vector("population", population, n_d)
    if not (np.isfinite(p.step) and p.step > 0):
        raise InvalidParameter("Le pas doit être un nombre de jours positif.")
    matrix = p.effects if p.effects is not None else p.minutes
    if matrix is None:
        raise MissingInput("Il faut l’effet d’un jour (« effects ») ou les temps de trajet (« minutes »).")
    if aim is not Aim.TRAVEL and p.effects is None:
        raise MissingInput("Cet objectif demande l’effet d’un jour de consultation (« effects »).")
    if (aim is Aim.TRAVEL or p.max_minutes is not None) and p.minutes is None:
        raise MissingInput("Il faut les temps de trajet (« minutes »).")
    n_c = int(matrix.shape[0])
    effects = (
        _matrix("effects", p.effects, (n_c, n_d)) if p.effects is not None else sparse.csr_array((n_c, n_d))
    )
    minutes = _matrix("minutes", p.minutes, (n_c, n_d)) if p.minutes is not None else None
    if p.max_minutes is not None and minutes is not None:
        if not p.max_minutes >= 0:
            raise NegativeInput("Le temps de trajet maximal ne peut pas être négatif.")
        minutes = keep_entries(minutes, minutes.data <= p.max_minutes)
        reach = minutes.copy()
        reach.data = np.ones_like(reach.data)
        effects = sparse.csr_array(effects.multiply(reach))
    effects = keep_entries(effects, effects.data > 0)
    effects.data *= p.step

    if aim in (Aim.PEOPLE_ABOVE_THRESHOLD, Aim.HIGHEST_MINIMUM) and p.baseline is None:
        raise MissingInput("Cet objectif demande l’accessibilité actuelle de chaque point (« baseline »).")
    if aim is Aim.PEOPLE_ABOVE_THRESHOLD and p.threshold is None:
        raise MissingInput("Il faut un seuil (« threshold »).")
    if aim is Aim.PRIORITY_VISITS and p.threshold is not None and p.baseline is None:
        raise MissingInput("Plafonner les visites au seuil demande l’accessibilité actuelle (« baseline »).")
    if p.threshold is not None and not (np.isfinite(p.threshold) and p.threshold >= 0):
        raise InvalidParameter("Le seuil doit être un nombre positif ou nul.")
    if p.max_sites is not None and p.max_sites < 0:
        raise NegativeInput("Le nombre de lieux ne peut pas être négatif.")
    if p.min_reached_share is not None:
        if not 0 <= p.min_reached_share <= 1:
            raise InvalidParameter("La part de population à desservir est comprise entre 0 et 1.")
        if p.max_minutes is None:
            raise MissingInput("La part de population à desservir demande un temps de trajet maximal.")
    budget = int(_steps("budget_days", p.budget_days, p.step))
    most = np.broadcast_to(_steps("max_days", p.max_days, p.step), (n_c,)).copy() if n_c else np.zeros(0, int)
    committed = np.zeros(n_c, dtype=np.int64)
    if p.committed_days is not None:
        committed = _steps("committed_days", _vector("committed_days", p.committed_days, n_c), p.step)
    least = 1
    if p.min_days is not None:
        if not (np.isfinite(p.min_days) and p.min_days >= 0):
            raise NegativeInput("Le minimum de jours d’un lieu ne peut pas être négatif.")
        least = max(1, int(np.ceil(p.min_days / p.step - 1e-9)))
    group = _groups("group", p.group, n_d)
    candidate_group = (
        None if p.candidate_group is None else _groups("candidate_group", p.candidate_group, n_c)
    )
    _check_fairness(p, aim)
    unserved = p.unserved_minutes
    if unserved is None:
        given = np.asarray([0.0]) if minutes is None or not minutes.nnz else minutes.data
        unserved = max(float(given.max()), p.max_minutes or 0.0)
    elif not (np.isfinite(unserved) and unserved >= 0):
        raise NegativeInput("Les minutes d’un point non desservi ne peuvent pas être négatives.")
    current = np.full(n_d, np.nan)
    if p.current_minutes is not None:
        current = _vector("current_minutes", p.current_minutes, n_d, nan=True)
    baseline = np.full(n_d, np.nan)
    if p.baseline is not None:
        baseline = _vector("baseline", p.baseline, n_d, nan=True)
    return Checked(
        aim=aim,
        n_candidates=n_c,
        n_points=n_d,
        population=population,
        demand=population if p.demand is None else _vector("demand", p.demand, n_d),
        baseline=baseline,
        priority=np.ones(n_d) if p.priority is None else _vector("priority", p.priority, n_d),
        group=group,
        candidate_group=candidate_group,
        effects=effects,
        minutes=minutes,
        current_minutes=current,
        unserved_minutes=float(unserved),
        most=most,
        committed=committed,
        least=least,
        budget=budget,
        step=float(p.step),
        max_sites=p.max_sites,
        min_reached_share=p.min_reached_share,
        threshold=p.threshold,
        fairness=p.fairness,
    )


def _check_fairness(p: SitingProblem, aim: Aim) -> None:
    if p.fairness is None:
        return
    if not 0 <= p.fairness.proportional_floor <= 1:
        raise InvalidParameter("Le plancher d’équité est compris entre 0 et 1.")
    if not (np.isfinite(p.fairness.min_group_days) and p.fairness.min_group_days >= 0):
        raise NegativeInput("Le minimum de jours par groupe ne peut pas être négatif.")
    if p.group is None:
        raise MissingInput("L’équité entre groupes demande le groupe de chaque point (« group »).")
    if p.fairness.min_group_days > 0 and p.candidate_group is None:
        raise MissingInput("Un minimum de jours par groupe demande « candidate_group ».")
    if p.fairness.proportional_floor > 0:
        if p.threshold is None or p.baseline is None:
            raise MissingInput("Le plancher d’équité demande un seuil et l’accessibilité actuelle.")
        if aim is Aim.TRAVEL:
            raise InvalidParameter("Le plancher d’équité porte sur des visites : pas pour les trajets.")


def _groups(name: str, values: Any, size: int) -> Ints:
    if values is None:
        return np.zeros(size, dtype=np.int64)
    array = np.asarray(values)
    if array.shape != (size,):
        raise ShapeMismatch(f"« {name} » compte {array.size} valeurs, il en faut {size}.")
    if not np.issubdtype(array.dtype, np.integer):
        raise InvalidParameter(f"« {name} » doit contenir des numéros entiers.")
    return array.astype(np.int64)


def keep_entries(matrix: sparse.csr_array, mask: NDArray[np.bool_]) -> sparse.csr_array:
    """The same matrix with only the stored entries of `mask` (stored zeros survive)."""
    before = np.concatenate([[0], np.cumsum(mask)])
    return sparse.csr_array(
        (matrix.data[mask], matrix.indices[mask], before[matrix.indptr]), shape=matrix.shape
    )
