"""Numba kernels of `compiled.py`. Imported only when Numba is there.

Points arrive sorted by band of latitude, then by longitude. For two bands the window of longitudes that may hold a
pair only moves to the right, so two pointers sweep it; what is left is arithmetic on contiguous rows.
"""

from __future__ import annotations

import math

import numpy as np
from numba import get_num_threads, njit, prange

# asin(x) by its series up to x^7: exact to the last bit below this chord/2 (about 127 km).
SERIES_LIMIT = 0.01


def workers() -> int:
    """Parts into which a sweep is cut. Sums depend on it by their last bits only."""
    return int(get_num_threads())


@njit(cache=True, inline="always")
def _weight(kind, t, a, b, reach, limit):
    """Weight of t minutes; (a, b): (bounds, falls), (knots, weights), ([sigma], -) or (bounds, falls) with `limit`."""
    if t > reach:
        return 0.0
    if kind == 0:
        total = 0.0
        for k in range(len(a)):
            if t <= a[k]:
                total += b[k]
        return total
    if kind == 1:
        if t <= a[0]:
            return b[0]
        for k in range(1, len(a)):
            if t <= a[k]:
                return b[k - 1] + (b[k] - b[k - 1]) * (t - a[k - 1]) / (a[k] - a[k - 1])
        return 0.0
    if kind == 2:
        return math.exp(-t * t / (2.0 * a[0] * a[0]))
    total = 0.0
    for k in range(len(a)):
        total += b[k] * 0.5 * math.erfc((t - a[k]) / (limit * math.sqrt(2.0)))
    return total


# Not inlined by Numba, which would drop the permission to reorder the sum; LLVM inlines it all the same.
@njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _steps_run(
    x, y, z, f, g, tx, ty, tz, tf, tg, value, low, high, most, bounds, falls, root, slope, radius2
):
    """Weighted sum of `value` over candidates low..high: no branch, so that it becomes vector code."""
    b0, b1, b2, b3 = bounds[0], bounds[1], bounds[2], bounds[3]
    f0, f1, f2, f3 = falls[0], falls[1], falls[2], falls[3]
    total = 0.0
    tx, ty, tz, tf, tg = tx[low:high], ty[low:high], tz[low:high], tf[low:high], tg[low:high]
    value = value[low:high]
    for k in range(len(tx)):
        dx, dy, dz = tx[k] - x, ty[k] - y, tz[k] - z
        square = dx * dx + dy * dy + dz * dz
        q = square * 0.25
        half = math.sqrt(q)
        km = radius2 * half * (1.0 + q * (1.0 / 6.0 + q * (3.0 / 40.0 + q * (15.0 / 336.0))))
        t = 0.5 * (f + tf[k]) * (root * math.sqrt(km) + slope * km)
        w = (f0 if t <= b0 else 0.0) + (f1 if t <= b1 else 0.0)
        w += (f2 if t <= b2 else 0.0) + (f3 if t <= b3 else 0.0)
        w = w if square <= most else 0.0
        total += (w if g == tg[k] else 0.0) * value[k]
    return total


@njit(cache=True)
def _any_run(
    x, y, z, f, g, tx, ty, tz, tf, tg, value, low, high, most, kind, a, b, reach, limit, root, slope, radius2
):
    total = 0.0
    for k in range(low, high):
        dx, dy, dz = tx[k] - x, ty[k] - y, tz[k] - z
        square = dx * dx + dy * dy + dz * dz
        if square > most or g != tg[k]:
            continue
        km = radius2 * math.asin(min(0.5 * math.sqrt(square), 1.0))
        t = 0.5 * (f + tf[k]) * (root * math.sqrt(km) + slope * km)
        total += _weight(kind, t, a, b, reach, limit) * value[k]
    return total


# Each pair once: what i gives to k is what k gives to i. `out` is written beside the sum.
@njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _steps_run_both(
    x, y, z, f, g, v, tx, ty, tz, tf, tg, value, out, low, high, most, bounds, falls, root, slope, radius2
):
    b0, b1, b2, b3 = bounds[0], bounds[1], bounds[2], bounds[3]
    f0, f1, f2, f3 = falls[0], falls[1], falls[2], falls[3]
    total = 0.0
    # Slices tell the compiler that no index is negative: without them the loop stays scalar.
    tx, ty, tz, tf, tg = tx[low:high], ty[low:high], tz[low:high], tf[low:high], tg[low:high]
    value, out = value[low:high], out[low:high]
    for k in range(len(tx)):
        dx, dy, dz = tx[k] - x, ty[k] - y, tz[k] - z
        square = dx * dx + dy * dy + dz * dz
        q = square * 0.25
        half = math.sqrt(q)
        km = radius2 * half * (1.0 + q * (1.0 / 6.0 + q * (3.0 / 40.0 + q * (15.0 / 336.0))))
        t = 0.5 * (f + tf[k]) * (root * math.sqrt(km) + slope * km)
        w = (f0 if t <= b0 else 0.0) + (f1 if t <= b1 else 0.0)
        w += (f2 if t <= b2 else 0.0) + (f3 if t <= b3 else 0.0)
        w = w if square <= most else 0.0
        w = w if g == tg[k] else 0.0
        total += w * value[k]
        out[k] += w * v
    return total


@njit(cache=True)
def _any_run_both(
    x,
    y,
    z,
    f,
    g,
    v,
    tx,
    ty,
    tz,
    tf,
    tg,
    value,
    out,
    low,
    high,
    most,
    kind,
    a,
    b,
    reach,
    limit,
    root,
    slope,
    radius2,
):
    total = 0.0
    for k in range(low, high):
        dx, dy, dz = tx[k] - x, ty[k] - y, tz[k] - z
        square = dx * dx + dy * dy + dz * dz
        if square > most or g != tg[k]:
            continue
        km = radius2 * math.asin(min(0.5 * math.sqrt(square), 1.0))
        t = 0.5 * (f + tf[k]) * (root * math.sqrt(km) + slope * km)
        w = _weight(kind, t, a, b, reach, limit)
        total += w * value[k]
        out[k] += w * v
    return total


@njit(cache=True, inline="always")
def _window(number, other, band_height, sine):
    """Widest window of longitude (radians) of a pair between two bands; negative: no pair."""
    apart = max(0, abs(other - number) - 1) * band_height
    room = sine * sine - math.sin(apart / 2.0) ** 2
    if room < 0.0:
        return -1.0
    south, other_south = number * band_height, other * band_height
    highest = max(
        max(abs(south), abs(south + band_height)), max(abs(other_south), abs(other_south + band_height))
    )
    shrink = math.cos(min(highest, math.pi / 2.0))
    ratio = math.sqrt(room) / shrink if shrink > 1e-9 else 2.0
    window = math.pi if ratio >= 1.0 else 2.0 * math.asin(ratio)
    return window * (1.0 + 1e-9) + 1e-12


@njit(cache=True, parallel=True)
def gather_both(
    lon, xyz, f, g, starts, first_band, band_height, value, most, angle, vector, kind, a, b, reach, limit, root, slope,
    radius, parts,
):  # fmt: skip
    """sum over the other points of weight x value, for every point of one set; a point does not count itself.

    Bands are dealt out to `parts` workers, each adding into a row of its own: (parts, n), to be summed.
    """
    n = len(lon)
    result = np.zeros((parts, n))
    x, y, z = xyz[0], xyz[1], xyz[2]
    bands = len(starts) - 1
    span = math.ceil(angle / band_height) + 1
    sine = math.sin(min(angle, math.pi) / 2.0)
    full = 2.0 * math.pi
    radius2 = 2.0 * radius
    for part in prange(parts):
        out = result[part]
        for band in range(part, bands, parts):
            begin, end = starts[band], starts[band + 1]
            if begin == end:
                continue
            for other in range(band, min(band + span + 1, bands)):
                to_begin, to_end = starts[other], starts[other + 1]
                if to_begin == to_end:
                    continue
                window = _window(band + first_band, other + first_band, band_height, sine)
                if window < 0.0:
                    continue
                turns = 0 if window >= math.pi else 1
                for turn in range(-turns, turns + 1):
                    shift = turn * full
                    low, high = to_begin, to_begin
                    for i in range(begin, end):
                        if turns == 0:
                            low, high = to_begin, to_end
                        else:
                            west, east = lon[i] + shift - window, lon[i] + shift + window
                            while low < to_end and lon[low] < west:
                                low += 1
                            if high < low:
                                high = low
                            while high < to_end and lon[high] <= east:
                                high += 1
                        start = max(low, i + 1) if other == band else low
                        if start >= high:
                            continue
                        if vector:
                            out[i] += _steps_run_both(
                                x[i], y[i], z[i], f[i], g[i], value[i], x, y, z, f, g, value, out,
                                start, high, most, a, b, root, slope, radius2,
                            )  # fmt: skip
                        else:
                            out[i] += _any_run_both(
                                x[i], y[i], z[i], f[i], g[i], value[i], x, y, z, f, g, value, out,
                                start, high, most, kind, a, b, reach, limit, root, slope, radius2,
                            )  # fmt: skip
    return result


@njit(cache=True, parallel=True)
def gather(
    lon, lat, xyz, f, g, starts, first_band, band_height,
    to_lon, to_xyz, to_f, to_g, to_starts, to_first_band,
    value, most, angle, vector, kind, a, b, reach, limit, root, slope, radius,
):  # fmt: skip
    """sum over targets of weight x value, for every point (both sides sorted by band and longitude).

    angle: largest angle of a pair, radians; most: its squared chord. Bands are numbered from `first_band` on each side,
    of `band_height` radians; `starts` holds the first point of each band and the count at its end.
    """
    n = len(lon)
    result = np.zeros(n)
    x, y, z = xyz[0], xyz[1], xyz[2]
    tx, ty, tz = to_xyz[0], to_xyz[1], to_xyz[2]
    bands = len(starts) - 1
    to_bands = len(to_starts) - 1
    span = math.ceil(angle / band_height) + 1
    sine = math.sin(min(angle, math.pi) / 2.0)
    full = 2.0 * math.pi
    radius2 = 2.0 * radius
    for band in prange(bands):
        begin, end = starts[band], starts[band + 1]
        if begin == end:
            continue
        number = band + first_band
        for other in range(
            max(number - span, to_first_band), min(number + span + 1, to_first_band + to_bands)
        ):
            to_begin, to_end = to_starts[other - to_first_band], to_starts[other - to_first_band + 1]
            if to_begin == to_end:
                continue
            window = _window(number, other, band_height, sine)
            if window < 0.0:
                continue
            turns = 0 if window >= math.pi else 1
            for turn in range(-turns, turns + 1):
                shift = turn * full
                low, high = to_begin, to_begin
                for i in range(begin, end):
                    if turns == 0:
                        low, high = to_begin, to_end
                    else:
                        west, east = lon[i] + shift - window, lon[i] + shift + window
                        while low < to_end and to_lon[low] < west:
                            low += 1
                        if high < low:
                            high = low
                        while high < to_end and to_lon[high] <= east:
                            high += 1
                    if low == high:
                        continue
                    if vector:
                        result[i] += _steps_run(
                            x[i], y[i], z[i], f[i], g[i], tx, ty, tz, to_f, to_g, value,
                            low, high, most, a, b, root, slope, radius2,
                        )  # fmt: skip
                    else:
                        result[i] += _any_run(
                            x[i], y[i], z[i], f[i], g[i], tx, ty, tz, to_f, to_g, value,
                            low, high, most, kind, a, b, reach, limit, root, slope, radius2,
                        )  # fmt: skip
    return result
