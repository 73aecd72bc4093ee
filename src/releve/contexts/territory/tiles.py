"""Vector tiles of communes: projecting, simplifying a whole coverage at once, cutting, writing (MVT 2.1).

Pure. Geometries are shapely objects; tiles are those of Web Mercator (z, x, y from the north-west corner), each
written as two layers: `communes` (polygons) and `departements` (lines). A feature carries no property: its id
is its code read in base 36 (`feature_id`), which a program turns back without a table. Format: Mapbox Vector
Tile Specification 2.1, <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[Any]  # of shapely geometries
Integers = NDArray[np.int64]

MIN_ZOOM, MAX_ZOOM = 4, 9
TILE_PIXELS = 512  # as MapLibre draws them
# Units across a tile: far away a coarser grid, of about a pixel, makes tiles a third lighter.
EXTENTS = {4: 512, 5: 576, 6: 1024, 7: 2048, 8: 4096, 9: 4096}
# How far a border may move, in pixels; the finest zoom keeps every point of the source.
TOLERANCES = {4: 1.6, 5: 1.6, 6: 1.0, 7: 0.8, 8: 0.8}
BUFFER = 1 / 64  # share of a tile kept around it, so that no border shows where two tiles meet
_MAX_LATITUDE = 85.05112878
_POLYGON, _LINE = 3, 2


def feature_id(code: str) -> int:
    """The number of a commune or a département: its code in base 36 ("85161" → 13,688,629)."""
    return int(code, 36)


def to_mercator(geometries: Geometries) -> Geometries:
    """Web Mercator scaled to a unit square, (0, 0) in the north-west; from (lon, lat) in degrees."""

    def project(points: NDArray[np.float64]) -> NDArray[np.float64]:
        lat = np.radians(np.clip(points[:, 1], -_MAX_LATITUDE, _MAX_LATITUDE))
        y = 0.5 - np.log(np.tan(np.pi / 4 + lat / 2)) / (2 * np.pi)
        return np.column_stack((points[:, 0] / 360 + 0.5, y))

    return np.asarray(shapely.transform(geometries, project))


def simplify_coverage(geometries: Geometries, zoom: int) -> Geometries:
    """The coverage as a screen shows it at `zoom`: a shared border stays shared (Visvalingam-Whyatt)."""
    tolerance = TOLERANCES[zoom] / (TILE_PIXELS * 2**zoom)
    return np.asarray(shapely.coverage_simplify(geometries, tolerance))


def outlines_by_group(geometries: Geometries, groups: NDArray[Any]) -> tuple[NDArray[Any], Geometries]:
    """(group names, borders of the union of each group): communes to départements."""
    names, inverse = np.unique(groups, return_inverse=True)
    unions = [_union(geometries[inverse == number]) for number in range(len(names))]
    return names, np.asarray(shapely.boundary(np.array(unions, dtype=object)))


def _union(geometries: Geometries) -> Any:
    try:
        return shapely.coverage_union_all(geometries)
    except shapely.GEOSException:
        # A few contours of the source overlap: the slower union does not mind.
        return shapely.union_all(geometries)


@dataclass(frozen=True)
class Layer:
    """What is drawn under one name: shapes in unit Mercator, and the id of each."""

    name: str
    kind: int  # 2 lines, 3 polygons
    shapes: Geometries
    ids: Integers


def commune_layer(shapes: Geometries, codes: list[str]) -> Layer:
    return Layer("communes", _POLYGON, shapes, np.array([feature_id(code) for code in codes], dtype=np.int64))


def departement_layer(shapes: Geometries, codes: list[str]) -> Layer:
    ids = np.array([feature_id(code) for code in codes], dtype=np.int64)
    return Layer("departements", _LINE, shapes, ids)


def cut(layers: list[Layer], zoom: int) -> Iterator[tuple[int, int, bytes]]:
    """(x, y, uncompressed tile) of every tile of `zoom` that something touches."""
    size = 1 / 2**zoom
    margin = size * BUFFER
    trees = [shapely.STRtree(layer.shapes) for layer in layers]
    bounds = [shapely.bounds(layer.shapes) for layer in layers]
    for x, y in sorted(_touched(bounds, zoom)):
        box = (x * size - margin, y * size - margin, (x + 1) * size + margin, (y + 1) * size + margin)
        parts = []
        for layer, tree, extents in zip(layers, trees, bounds, strict=True):
            near = np.sort(tree.query(shapely.box(*box)))
            if near.size:
                pieces = _clipped(layer.shapes[near], extents[near], box)
                parts.append(_encode_layer(layer, pieces, layer.ids[near], x, y, zoom))
        tile = b"".join(parts)
        if tile:
            yield x, y, tile


def _touched(bounds: list[NDArray[np.float64]], zoom: int) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for extents in bounds:
        corners = np.floor(extents * 2**zoom).astype(int)
        for west, north, east, south in np.unique(corners, axis=0).tolist():
            found.update((x, y) for x in range(west, east + 1) for y in range(north, south + 1))
    return found


def _clipped(
    shapes: Geometries, extents: NDArray[np.float64], box: tuple[float, float, float, float]
) -> Geometries:
    inside = (
        (extents[:, 0] >= box[0])
        & (extents[:, 1] >= box[1])
        & (extents[:, 2] <= box[2])
        & (extents[:, 3] <= box[3])
    )
    if inside.all():
        return shapes
    shapes = shapes.copy()
    shapes[~inside] = shapely.clip_by_rect(shapes[~inside], *box)
    return shapes


def _encode_layer(layer: Layer, pieces: Geometries, ids: Integers, x: int, y: int, zoom: int) -> bytes:
    lines = _rings(pieces) if layer.kind == _POLYGON else _paths(pieces)
    if lines is None:
        return b""
    coordinates, line_of, feature_of, outer = lines
    units = np.rint((coordinates * 2**zoom - (x, y)) * EXTENTS[zoom]).astype(np.int64)
    kept = _tidy(units, line_of, feature_of, outer, closed=layer.kind == _POLYGON)
    if kept is None:
        return b""
    features = _features(*kept, ids=ids, kind=layer.kind)
    name = layer.name.encode()
    body = (
        b"\x78\x02\x0a" + bytes([len(name)]) + name + features + b"\x28" + _varints(np.array([EXTENTS[zoom]]))
    )
    return b"\x1a" + _varints(np.array([len(body)])) + body


def _rings(pieces: Geometries) -> tuple[NDArray[np.float64], Integers, Integers, NDArray[np.bool_]] | None:
    """Points without the closing one, ring of each, feature of each ring, whether it is an outer one."""
    polygons, feature_of_polygon = shapely.get_parts(pieces, return_index=True)
    good = (shapely.get_type_id(polygons) == 3) & ~shapely.is_empty(polygons)
    polygons, feature_of_polygon = polygons[good], feature_of_polygon[good]
    if not len(polygons):
        return None
    # Counter-clockwise on paper with y down is what the format calls an outer ring.
    polygons = shapely.orient_polygons(polygons, exterior_cw=False)
    rings, polygon_of_ring = shapely.get_rings(polygons, return_index=True)
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    last = np.append(ring_of[1:] != ring_of[:-1], True)
    outer = np.append(True, polygon_of_ring[1:] != polygon_of_ring[:-1])
    return points[~last], ring_of[~last], feature_of_polygon[polygon_of_ring], outer


def _paths(pieces: Geometries) -> tuple[NDArray[np.float64], Integers, Integers, NDArray[np.bool_]] | None:
    lines, feature_of = shapely.get_parts(pieces, return_index=True)
    good = np.isin(shapely.get_type_id(lines), (1, 2)) & ~shapely.is_empty(lines)
    lines, feature_of = lines[good], feature_of[good]
    if not len(lines):
        return None
    points, line_of = shapely.get_coordinates(lines, return_index=True)
    return points, line_of, feature_of, np.ones(len(lines), dtype=bool)


def _tidy(
    units: Integers, line_of: Integers, feature_of: Integers, outer: NDArray[np.bool_], *, closed: bool
) -> tuple[Integers, Integers, Integers] | None:
    """Without repeated points nor rings that rounding has flattened: (points, line of each, feature of lines)."""
    fresh = np.append(True, (units[1:] != units[:-1]).any(axis=1) | (line_of[1:] != line_of[:-1]))
    units, line_of = units[fresh], line_of[fresh]
    count = np.bincount(line_of, minlength=len(feature_of))
    if closed:
        good = count >= 3
        starts = np.cumsum(count) - count
        after = np.arange(1, len(units) + 1)
        full = count > 0
        after[(starts + count - 1)[full]] = starts[full]
        cross = units[:, 0] * units[after, 1] - units[after, 0] * units[:, 1]
        area = np.bincount(line_of, weights=cross.astype(float), minlength=len(feature_of))
        good &= np.where(outer, area > 0, area < 0)
        # A hole goes with the outer ring before it.
        leader = np.maximum.accumulate(np.where(outer, np.arange(len(outer)), 0))
        good &= good[leader]
    else:
        good = count >= 2
    if not good.any():
        return None
    chosen = good[line_of]
    number = np.cumsum(good) - 1
    return units[chosen], number[line_of[chosen]], feature_of[good]


def _features(units: Integers, line_of: Integers, feature_of: Integers, *, ids: Integers, kind: int) -> bytes:
    """Every field of a feature is a varint, its headers too: one array of numbers, written at once."""
    closed = kind == _POLYGON
    count = np.bincount(line_of)
    first = np.cumsum(count) - count
    owners, lines_before = np.unique(feature_of, return_index=True)
    delta = np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    delta[first[lines_before]] = units[first[lines_before]]  # the pen starts at the corner for each feature
    zigzag = (delta << 1) ^ (delta >> 63)

    words = 2 * count + (3 if closed else 2)  # MoveTo, LineTo, ClosePath and the points
    header = 8
    owner_of_line = np.searchsorted(owners, feature_of)
    offset = np.cumsum(words) - words + header * (owner_of_line + 1)
    stream = np.zeros(int(words.sum()) + header * len(owners), dtype=np.int64)
    stream[offset] = 9
    stream[offset + 3] = ((count - 1) << 3) | 2
    if closed:
        stream[offset + words - 1] = 15
    rank = np.arange(len(units)) - first[line_of]
    place = offset[line_of] + 1 + 2 * rank + (rank > 0)
    stream[place], stream[place + 1] = zigzag[:, 0], zigzag[:, 1]

    begin = offset[lines_before]
    head = begin - header
    length = _byte_counts(stream)
    ends = np.append(head[1:], len(stream))
    totals = np.concatenate(([0], np.cumsum(length)))
    geometry = totals[ends] - totals[begin]
    stream[head], stream[head + 2], stream[head + 3] = 0x12, 0x08, ids[owners]
    stream[head + 4], stream[head + 5], stream[head + 6], stream[head + 7] = 0x18, kind, 0x22, geometry
    stream[head + 1] = 4 + _byte_counts(ids[owners]) + _byte_counts(geometry) + geometry
    return _varints(stream)


def _byte_counts(numbers: Integers) -> Integers:
    count = np.ones(len(numbers), dtype=np.int64)
    for bits in (7, 14, 21, 28, 35):
        count += numbers >= 1 << bits
    return count


def _varints(numbers: Integers) -> bytes:
    """Base-128 numbers of Protocol Buffers, for values under 2**42."""
    count = _byte_counts(numbers)
    place = np.cumsum(count) - count
    written = np.zeros(int(count.sum()), dtype=np.uint8)
    for byte in range(int(count.max())):
        long = count > byte
        more = np.where(count[long] > byte + 1, 0x80, 0)
        written[place[long] + byte] = ((numbers[long] >> (7 * byte)) & 0x7F) | more
    return written.tobytes()
