"""Doctors within so many minutes by the road model: a small adapter to the engine, for the communes of one territory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from releve.contexts.territory.national import National
from releve.engines.accessibility import minutes_from, reach_km, travel_times

from . import travel_matrix
from .vulnerability import Floats

KM_PER_DEGREE = 110.5  # rounded down: the box never misses a commune


def _near(national: National, lat: Floats, lon: Floats, radius_km: float) -> NDArray[np.int64]:
    """Ranks of the communes of the rectangle around points, widened by `radius_km`."""
    north, south = lat.max() + radius_km / KM_PER_DEGREE, lat.min() - radius_km / KM_PER_DEGREE
    narrow = max(0.05, float(np.cos(np.radians(min(89.0, max(abs(north), abs(south)))))))
    reach = radius_km / (KM_PER_DEGREE * narrow)
    inside = (national.lat >= south) & (national.lat <= north)
    inside &= (national.lon >= lon.min() - reach) & (national.lon <= lon.max() + reach)
    return np.flatnonzero(inside)


def within_minutes(
    national: National,
    supply: Floats,
    lat: Floats,
    lon: Floats,
    road_factor: Floats,
    land_group: NDArray[np.int64],
    minutes: Sequence[float],
    *,
    ranks: NDArray[np.int64] | None = None,
) -> Floats:
    """Sum of `supply` (n,), per commune of France, within each time of each point; (m, len(minutes)).

    lat, lon, road_factor, land_group: (m,) of the points; a point without coordinates gives NaN. Supply counts
    at the point of its commune: whoever lives in a commune is at 0 minute of its doctors. `ranks`: (m,) places of
    the points in the national arrays, -1 for none; real road times are then used where a file gives them.
    """
    found = np.full((len(lat), len(minutes)), np.nan)
    placed = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if not len(placed):
        return found
    found[placed] = 0.0
    longest = max(minutes)
    # Half of a point's own slowness bounds the mean of two from below.
    radius = reach_km(longest, float(road_factor[placed].min()) / 2)
    near = _near(national, lat[placed], lon[placed], radius)
    near = near[supply[near] > 0]
    if not len(near):
        return found
    times = travel_times(
        lon[placed],
        lat[placed],
        road_factor[placed],
        max_minutes=longest,
        dest_lon=national.lon[near],
        dest_lat=national.lat[near],
        dest_factor=national.road_factor[near],
        reachable_group=land_group[placed],
        dest_group=national.land_group[near],
    )
    roads = None if ranks is None else travel_matrix.matrix(national)
    if roads is not None and ranks is not None:
        times = roads.corrected(times, ranks[placed], near, longest)
    origins, there = times.origins(), supply[near][times.indices]
    for rank, limit in enumerate(minutes):
        kept = times.minutes <= limit
        found[placed, rank] = np.bincount(origins[kept], weights=there[kept], minlength=len(placed))
    return found


def nearest_supply(
    national: National, supply: Floats, position: int, *, at_least: float, max_minutes: float
) -> tuple[int, float] | None:
    """(rank, minutes) of the nearest commune with that much supply, other than `position`; None when there is none."""
    if not (np.isfinite(national.lat[position]) and np.isfinite(national.lon[position])):
        return None
    near, minutes = minutes_from(
        float(national.lon[position]),
        float(national.lat[position]),
        float(national.road_factor[position]),
        national.lon,
        national.lat,
        national.road_factor,
        max_minutes,
        group=national.land_group,
        site_group=int(national.land_group[position]),
    )
    roads = travel_matrix.matrix(national)
    if roads is not None and roads.named[position]:
        others, real = roads.times.row(position)
        kept = ~roads.named[near]
        near = np.concatenate((near[kept], others[real <= max_minutes]))
        minutes = np.concatenate((minutes[kept], real[real <= max_minutes]))
        order = np.argsort(near)
        near, minutes = near[order], minutes[order]
    enough = (supply[near] >= at_least) & (near != position)
    if not enough.any():
        return None
    best = int(np.argmin(np.where(enough, minutes, np.inf)))
    return int(near[best]), float(minutes[best])
