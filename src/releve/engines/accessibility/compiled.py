"""Scores straight from coordinates, compiled by Numba, without any matrix of pairs. Optional: extra `fast`.

Points are sorted into square cells of a local plane per latitude band; each point looks at the neighbouring cells and
accumulates weighted demand, then weighted ratios: two passes over the pairs, memory proportional to the points.
Without Numba, `scores_from_points` does the same through the sparse matrix.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .decay import Decay, Gaussian, Linear, PiecewiseLinear, SmoothedSteps, Steps
from .errors import InvalidInput
from .scores import Accessibility, checked, enhanced_two_step
from .travel import EARTH_KM, ROOT, SLOPE, _groups, _on_sphere, _points, reach_km, travel_times

Floats = NDArray[np.float64]


@cache
def _kernels() -> ModuleType | None:
    try:
        from . import _compiled_kernels
    except ImportError:
        return None
    return _compiled_kernels


def compiled_available() -> bool:
    """True when Numba is installed and imports."""
    return _kernels() is not None


def warm_up() -> bool:
    """Compile (or read from the disk cache) every kernel on a few points; False without Numba."""
    if not compiled_available():
        return False
    spots = np.array([2.0, 2.01, 2.02])
    decay = Steps((10.0,), (1.0,))
    places = (spots, spots + 44.0, 1.0, decay)
    scores_from_points(np.ones(3), np.ones(3), *places)
    scores_from_points(np.ones(3), np.ones(3), *places, dest_lon=spots, dest_lat=spots + 44.0)
    return True


def _shape_of(decay: Decay) -> tuple[int, Floats, Floats, float] | None:
    """(kind, a, b, sigma) understood by the kernels; None for a decay they do not know."""
    if isinstance(decay, Steps):
        falls = -np.diff([*decay.step_weights, 0.0])
        return 0, np.array(decay.bounds), falls, 0.0
    if isinstance(decay, Linear):
        return 1, np.array([decay.flat, decay.end]), np.array([1.0, 0.0]), 0.0
    if isinstance(decay, PiecewiseLinear):
        return 1, np.array(decay.bounds), np.array(decay.knot_weights), 0.0
    if isinstance(decay, Gaussian):
        return 2, np.array([decay.sigma]), np.zeros(1), 0.0
    if isinstance(decay, SmoothedSteps):
        return 3, np.array(decay.bounds), np.array(decay.falls), decay.sigma
    return None


class _Side:
    """Placed points of one side, sorted by band of latitude then longitude."""

    def __init__(self, lon: Floats, lat: Floats, factor: Floats, group: Any, height: float) -> None:
        self.size = len(lon)
        placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        east, north = np.radians(lon[placed]), np.radians(lat[placed])
        # One circle of longitudes, so that the windows of the sweep are counted once.
        east = np.mod(east + np.pi, 2 * np.pi) - np.pi
        band = np.floor(north / height).astype(np.int64)
        order = np.lexsort((east, band))
        self.index = placed[order]
        self.lon, self.lat = east[order], north[order]
        self.xyz = np.ascontiguousarray(_on_sphere(lon[self.index], lat[self.index]).T)
        self.factor = np.ascontiguousarray(factor[self.index])
        self.group = (
            np.zeros(len(placed), dtype=np.int32)
            if group is None
            else np.ascontiguousarray(group[self.index], dtype=np.int32)
        )
        band = band[order]
        self.first = int(band[0]) if len(band) else 0
        count = int(band[-1]) - self.first + 1 if len(band) else 0
        self.starts = np.searchsorted(band, np.arange(self.first, self.first + count + 1)).astype(np.int64)


def scores_from_points(
    supply: ArrayLike,
    demand: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    factor: ArrayLike,
    decay: Decay,
    *,
    max_km: float | None = None,
    dest_lon: ArrayLike | None = None,
    dest_lat: ArrayLike | None = None,
    dest_factor: ArrayLike | None = None,
    reachable_group: ArrayLike | None = None,
    dest_group: ArrayLike | None = None,
    self_minutes: ArrayLike = 0.0,
    compiled: bool | None = None,
) -> Accessibility:
    """E2SFCA scores from coordinates: the same as `enhanced_two_step` on `travel_times` with the same arguments.

    compiled: None = when Numba is installed and knows the decay, False = sparse matrix, True = ImportError if it cannot.
    """
    kernels = None if compiled is False else _kernels()
    shape = _shape_of(decay)
    if kernels is None or shape is None:
        if compiled:
            raise ImportError("Le calcul compilé demande Numba et une décroissance connue.")
        times = travel_times(
            lon, lat, factor, max_minutes=decay.reach, max_km=max_km, dest_lon=dest_lon, dest_lat=dest_lat,
            dest_factor=dest_factor, reachable_group=reachable_group, dest_group=dest_group,
            self_minutes=self_minutes,
        )  # fmt: skip
        return enhanced_two_step(supply, demand, times, decay)

    lon, lat, factor = _points(lon, lat, factor, "origines")
    own = dest_lon is None or dest_lat is None
    if dest_lon is None or dest_lat is None:
        to_lon, to_lat, to_factor = lon, lat, factor
    else:
        to_lon, to_lat, to_factor = _points(
            dest_lon, dest_lat, 1.0 if dest_factor is None else dest_factor, "destinations"
        )
    group = _groups(reachable_group, len(lon))
    to_group = group if own else _groups(dest_group, len(to_lon))
    if (group is None) != (to_group is None):
        raise InvalidInput("Les groupes de communication sont à donner des deux côtés.")
    supply = checked(supply, len(to_lon), "offre")
    demand = checked(demand, len(lon), "demande")

    quickest = (np.nanmin(factor) + np.nanmin(to_factor)) / 2.0 if len(lon) and len(to_lon) else 1.0
    km = min(np.inf if max_km is None else max_km, reach_km(decay.reach, float(quickest)))
    angle = min(km / EARTH_KM, np.pi)
    height = max(angle / 6.0, 1e-4)
    here = _Side(lon, lat, factor, group, height)
    there = here if own else _Side(to_lon, to_lat, to_factor, to_group, height)
    if own:
        # Kernels leave a point out of its own sum: its own time counts.
        itself = np.broadcast_to(np.asarray(self_minutes, dtype=np.float64), lon.shape)
        alone = np.zeros(len(lon))
        alone[here.index] = decay.weights(itself[here.index])
        in_reach = _gathered_both(kernels, here, demand, decay, shape, angle, height) + alone * demand
        ratios = np.divide(supply, in_reach, out=np.zeros_like(supply), where=in_reach > 0)
        scores = _gathered_both(kernels, here, ratios, decay, shape, angle, height) + alone * ratios
    else:
        in_reach = _gathered(kernels, there, here, demand, decay, shape, angle, height)
        ratios = np.divide(supply, in_reach, out=np.zeros_like(supply), where=in_reach > 0)
        scores = _gathered(kernels, here, there, ratios, decay, shape, angle, height)
    stranded = np.flatnonzero((in_reach <= 0) & (supply > 0))
    return Accessibility(scores, ratios, in_reach, float(supply[stranded].sum()), stranded)


def _vectorised(
    kernels: Any, shape: tuple[int, Floats, Floats, float], chord: float
) -> tuple[bool, Floats, Floats]:
    """Whether the branchless kernel fits (at most four steps, short chords), and its bounds and falls."""
    kind, a, b, _ = shape
    if kind != 0 or len(a) > 4 or chord / 2.0 >= kernels.SERIES_LIMIT:
        return False, a, b
    return True, np.concatenate((a, np.full(4 - len(a), -1.0))), np.concatenate((b, np.zeros(4 - len(b))))


def _gathered_both(
    kernels: Any,
    side: _Side,
    values: Floats,
    decay: Decay,
    shape: tuple[int, Floats, Floats, float],
    angle: float,
    height: float,
) -> Floats:
    """sum over the other points of weight x value, in the order of the caller (unplaced points: 0)."""
    chord = 2.0 * np.sin(angle / 2.0)
    vector, a, b = _vectorised(kernels, shape, chord)
    sums = kernels.gather_both(
        side.lon, side.xyz, side.factor, side.group, side.starts, side.first, height,
        np.ascontiguousarray(values[side.index]), float(chord * chord) * (1 + 1e-15), float(angle), vector, shape[0],
        a, b, float(decay.reach), float(shape[3]), ROOT, SLOPE, EARTH_KM, kernels.workers(),
    )  # fmt: skip
    result = np.zeros(side.size)
    result[side.index] = sums.sum(axis=0)
    return result


def _gathered(
    kernels: Any,
    side: _Side,
    other: _Side,
    values: Floats,
    decay: Decay,
    shape: tuple[int, Floats, Floats, float],
    angle: float,
    height: float,
) -> Floats:
    """sum over `other` of weight x values, scattered back to the order of the caller (unplaced points: 0)."""
    kind, _, _, sigma = shape
    chord = 2.0 * np.sin(angle / 2.0)
    most = float(chord * chord) * (1 + 1e-15)
    vector, a, b = _vectorised(kernels, shape, chord)
    sums = kernels.gather(
        side.lon, side.lat, side.xyz, side.factor, side.group, side.starts, side.first, height,
        other.lon, other.xyz, other.factor, other.group, other.starts, other.first,
        np.ascontiguousarray(values[other.index]), most, float(angle), vector, kind, a, b, float(decay.reach),
        float(sigma), ROOT, SLOPE, EARTH_KM,
    )  # fmt: skip
    result = np.zeros(side.size)
    result[side.index] = sums
    return result
