"""Errors of an estimate against published figures, by density class."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Inhabitants per km²: upper bounds of the classes (the last has none).
DENSITY_BOUNDS = (15.0, 30.0, 60.0, 150.0, 500.0, 2000.0)
QUANTILES = (0.5, 0.75, 0.9, 0.95)


@dataclass(frozen=True)
class ErrorRow:
    """Errors of one density class (`low` <= inhabitants per km² < `high`), or of all places (0 to infinity).

    r, weighted_r: Pearson, plain and weighted by inhabitants; mae, weighted_mae: mean absolute error; bias: mean of
    modelled - published; quantiles: absolute errors not exceeded by 50, 75, 90 and 95 % of places; mae_of_mean: error of
    the naive guess. Units of the score. NaN when the class is too small.
    """

    low: float
    high: float
    n: int
    population: float
    r: float
    weighted_r: float
    mae: float
    weighted_mae: float
    bias: float
    quantiles: tuple[float, ...]
    mae_of_mean: float


@dataclass(frozen=True)
class ValidationReport:
    """`overall`, then one row per density class (places of unknown surface only count in `overall`).

    modelled: (n,), NaN where not judged. folds: 0 when nothing was refitted.
    """

    overall: ErrorRow
    by_density: tuple[ErrorRow, ...]
    modelled: Floats
    folds: int
    seed: int

    def error_of(self, density: float, quantile: float = 0.9) -> float:
        """Absolute error not exceeded by `quantile` of the places of this density: to be written beside an estimate."""
        for row in self.by_density:
            if row.low <= density < row.high and row.n:
                return row.quantiles[QUANTILES.index(quantile)]
        return self.overall.quantiles[QUANTILES.index(quantile)]


def weighted_correlation(x: Floats, y: Floats, weights: Floats) -> float:
    """Pearson correlation with weights; NaN when one side does not vary."""
    if len(x) < 3 or not weights.sum() > 0:
        return float("nan")
    a, b = x - np.average(x, weights=weights), y - np.average(y, weights=weights)
    spread = np.sqrt(np.average(a * a, weights=weights) * np.average(b * b, weights=weights))
    return float(np.average(a * b, weights=weights) / spread) if spread > 0 else float("nan")


def _row(
    low: float, high: float, modelled: Floats, published: Floats, naive: Floats, population: Floats
) -> ErrorRow:
    error = modelled - published
    if not len(error):
        nan = float("nan")
        return ErrorRow(low, high, 0, 0.0, nan, nan, nan, nan, nan, (nan,) * len(QUANTILES), nan)
    size = np.abs(error)
    return ErrorRow(
        low,
        high,
        len(error),
        float(population.sum()),
        weighted_correlation(modelled, published, np.ones(len(error))),
        weighted_correlation(modelled, published, population),
        float(size.mean()),
        float(np.average(size, weights=population)),
        float(error.mean()),
        tuple(float(q) for q in np.quantile(size, QUANTILES)),
        float(np.abs(naive - published).mean()),
    )


def report_of(
    modelled: Floats,
    published: Floats,
    naive: Floats,
    population: Floats,
    surface_km2: Floats,
    folds: int,
    seed: int,
) -> ValidationReport:
    """Report on the places where both `modelled` and `published` are known; every array is (n,)."""
    known = np.isfinite(modelled) & np.isfinite(published)
    density = np.divide(population, surface_km2, out=np.full(len(population), np.nan), where=surface_km2 > 0)
    rows = []
    bounds = (0.0, *DENSITY_BOUNDS, float("inf"))
    for low, high in pairwise(bounds):
        here = known & (density >= low) & (density < high)
        rows.append(_row(low, high, modelled[here], published[here], naive[here], population[here]))
    overall = _row(0.0, float("inf"), modelled[known], published[known], naive[known], population[known])
    return ValidationReport(overall, tuple(rows), np.where(known, modelled, np.nan), folds, seed)
