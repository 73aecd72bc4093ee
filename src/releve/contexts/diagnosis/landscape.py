"""What every diagnosis compares itself with, computed once per process: means, histories, criteria, EPCI, départements.

Derived from `territory.national`; replaced with it, after an import.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from releve.contexts.territory.models import Departement, Epci
from releve.contexts.territory.national import National

from .vulnerability import Floats, fragilities

Strings = NDArray[np.str_]


@dataclass(frozen=True)
class DepartementFacts:
    """What is known of a département only."""

    code: str
    name: str
    gp_density: float | None
    share_doctors_55_plus: float | None  # 0 to 1
    yearly_change: float | None
    diabetes: float | None
    respiratory: float | None

    @property
    def chronic(self) -> float:
        """Mean of the two prevalences, %; NaN when one is not known."""
        if self.diabetes is None or self.respiratory is None:
            return float("nan")
        return (self.diabetes + self.respiratory) / 2


FEATURES = ("population", "density", "apl", "share_65_plus", "emergency_minutes")


@dataclass(frozen=True, eq=False)
class Level:
    """All territories of one kind: raw criteria (n, 5), their percentiles, and what likeness is measured on.

    `features`: (n, 5) in the order of FEATURES, population and density in logarithm; `spread`: their standard
    deviations over the country, (5,).
    """

    codes: Strings
    index: dict[str, int]
    population: Floats
    criteria: Floats
    fragility: Floats
    features: Floats
    spread: Floats


@dataclass(frozen=True, eq=False)
class Landscape:
    national: National
    departements: dict[str, DepartementFacts]
    epci_names: dict[str, str]
    communes: Level
    epcis: Level
    by_departement: Level
    history_france: Floats  # (years,), mean weighted by population
    history_departement: dict[str, Floats]

    def departement_name(self, code: str) -> str:
        found = self.departements.get(code)
        return found.name if found else code


_loaded: Landscape | None = None
_loading = Lock()


def landscape(national: National) -> Landscape:
    """The landscape of these arrays, shared by all threads: do not write to it (no statement once read)."""
    global _loaded
    known = _loaded
    if known is None or known.national is not national:
        with _loading:
            known = _loaded
            if known is None or known.national is not national:
                known = _loaded = _build(national)
    return known


def weighted_mean(values: Floats, weights: Floats) -> float:
    """Mean of the known values weighted by `weights`; NaN when none is known. A territory without people: plain mean."""
    known = np.isfinite(values)
    if not known.any():
        return float("nan")
    kept, weight = values[known], weights[known]
    if len(kept) == 1:
        return float(kept[0])  # as published, not through a rounding
    return float(np.average(kept, weights=weight)) if weight.sum() > 0 else float(kept.mean())


def _grouped_mean(values: Floats, weights: Floats, group: NDArray[np.int64], size: int) -> Floats:
    """Mean of the known values of each group, weighted; (size,), NaN when none is known."""
    known = np.isfinite(values) & (group >= 0)
    total = np.bincount(group[known], weights=weights[known], minlength=size)
    summed = np.bincount(group[known], weights=(weights * values)[known], minlength=size)
    return np.divide(summed, total, out=np.full(size, np.nan), where=total > 0)


def _numbers(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _build(national: National) -> Landscape:
    departements = {
        row[0]: DepartementFacts(*row)
        for row in Departement.objects.order_by("code").values_list(
            "code",
            "name",
            "figures__gp_density",
            "figures__share_doctors_55_plus",
            "figures__doctors_yearly_change",
            "figures__diabetes_prevalence",
            "figures__respiratory_prevalence",
        )
    }
    epci_names = dict(Epci.objects.values_list("siren", "name"))
    older = {code: 100 * _numbers(facts.share_doctors_55_plus) for code, facts in departements.items()}
    chronic = {code: facts.chronic for code, facts in departements.items()}
    nowhere = float("nan")
    codes = national.departement.tolist()
    criteria = np.column_stack(
        (
            national.apl,
            np.array([older.get(code, nowhere) for code in codes], dtype=np.float64),
            np.array([chronic.get(code, nowhere) for code in codes], dtype=np.float64),
            national.emergency_minutes,
            national.median_income,
        )
    )
    weights = national.population
    communes = _level(
        national.codes,
        national.index,
        weights,
        criteria,
        _features(
            weights, national.density, national.apl, national.share_65_plus, national.emergency_minutes
        ),
    )
    epci_names_here = np.array(sorted({siren for siren in national.epci.tolist() if siren}), dtype="U9")
    departement_codes = np.array(sorted({code for code in codes if code}), dtype="U3")
    epcis = _group_level(national, criteria, national.epci, epci_names_here)
    by_departement = _group_level(national, criteria, national.departement, departement_codes)
    group = _group_of(national.departement, departement_codes)
    years = national.apl_history.shape[1]
    size = len(departement_codes)
    table = (
        np.column_stack(
            [_grouped_mean(national.apl_history[:, y], weights, group, size) for y in range(years)]
        )
        if years
        else np.zeros((size, 0))
    )
    return Landscape(
        national=national,
        departements=departements,
        epci_names=epci_names,
        communes=communes,
        epcis=epcis,
        by_departement=by_departement,
        history_france=np.array(
            [weighted_mean(national.apl_history[:, y], weights) for y in range(years)], dtype=np.float64
        ),
        history_departement=dict(zip(departement_codes.tolist(), table, strict=True)),
    )


def _features(
    population: Floats, density: Floats, apl: Floats, share_65_plus: Floats, emergency: Floats
) -> Floats:
    with np.errstate(divide="ignore"):
        return np.column_stack(
            (
                np.log(np.maximum(population, 1.0)),
                np.log(np.maximum(density, 0.1)),
                apl,
                share_65_plus,
                emergency,
            )
        )


def _level(
    codes: Strings, index: dict[str, int], population: Floats, criteria: Floats, features: Floats
) -> Level:
    known = np.isfinite(features)
    spread = np.array(
        [features[known[:, f], f].std() if known[:, f].any() else np.nan for f in range(features.shape[1])]
    )
    return Level(codes, index, population, criteria, fragilities(criteria, criteria), features, spread)


def _group_of(values: Strings, names: Strings) -> NDArray[np.int64]:
    """Rank in `names` (sorted) of each value, -1 when absent."""
    if not len(names):
        return np.full(len(values), -1, dtype=np.int64)
    found = np.minimum(np.searchsorted(names, values), len(names) - 1)
    return np.where(names[found] == values, found, -1)


def _group_level(national: National, criteria: Floats, values: Strings, names: Strings) -> Level:
    group, size, weights = _group_of(values, names), len(names), national.population
    means = np.column_stack(
        [_grouped_mean(criteria[:, c], weights, group, size) for c in range(criteria.shape[1])]
    )
    inside = group >= 0
    population = np.bincount(group[inside], weights=weights[inside], minlength=size).astype(np.float64)
    surface = np.bincount(group[inside], weights=np.nan_to_num(national.surface_km2)[inside], minlength=size)
    density = np.divide(population, surface, out=np.full(size, np.nan), where=surface > 0)
    features = _features(
        population,
        density,
        means[:, 0],
        _grouped_mean(national.share_65_plus, weights, group, size),
        means[:, 3],
    )
    index = {name: rank for rank, name in enumerate(names.tolist())}
    return _level(names, index, population, means, features)
