"""Contours: reading WKB, light simplification, centre. Coordinates are (lon, lat), WGS 84 degrees."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from .rules import KM_PER_DEGREE, Box

Ring = NDArray[np.float64]  # shape (n, 2), closed: first point = last point
Polygon = list[Ring]
WKB_POLYGON, WKB_MULTIPOLYGON, WKB_POINT = 3, 6, 1


class BadGeometry(ValueError):
    """Text that is not the little-endian hexadecimal WKB of a point, polygon or multipolygon."""


def _decode(text: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise BadGeometry("hexadécimal illisible") from error
    if len(data) < 9 or data[0] != 1:
        raise BadGeometry("WKB trop court ou dans un ordre d’octets inattendu")
    return data


def parse_point(text: str) -> tuple[float, float]:
    """(lon, lat) of a WKB point."""
    data = _decode(text)
    if len(data) != 21 or struct.unpack_from("<I", data, 1)[0] != WKB_POINT:
        raise BadGeometry("ce n’est pas un point")
    lon, lat = struct.unpack_from("<dd", data, 5)
    return lon, lat


def parse_multipolygon(text: str) -> list[Polygon]:
    """Polygons (outer ring first, then holes) of a WKB polygon or multipolygon."""
    data = _decode(text)
    try:
        (kind,) = struct.unpack_from("<I", data, 1)
        if kind == WKB_POLYGON:
            polygon, end = _read_polygon(data, 0)
            polygons = [polygon]
        elif kind == WKB_MULTIPOLYGON:
            (count,) = struct.unpack_from("<I", data, 5)
            end, polygons = 9, []
            for _ in range(count):
                polygon, end = _read_polygon(data, end)
                polygons.append(polygon)
        else:
            raise BadGeometry(f"type de géométrie {kind} inattendu")
    except (struct.error, ValueError) as error:
        raise BadGeometry(str(error)) from error
    if end != len(data) or not polygons:
        raise BadGeometry("contour tronqué ou trop long")
    return polygons


def _read_polygon(data: bytes, start: int) -> tuple[Polygon, int]:
    (rings,) = struct.unpack_from("<I", data, start + 5)
    cursor, polygon = start + 9, []
    for _ in range(rings):
        (points,) = struct.unpack_from("<I", data, cursor)
        polygon.append(np.frombuffer(data, "<f8", 2 * points, cursor + 4).reshape(points, 2))
        cursor += 4 + 16 * points
    return polygon, cursor


def bounding_box(polygons: list[Polygon]) -> Box:
    """The rectangle around all outer rings."""
    low = np.min([polygon[0].min(axis=0) for polygon in polygons], axis=0)
    high = np.max([polygon[0].max(axis=0) for polygon in polygons], axis=0)
    return Box(float(low[1]), float(low[0]), float(high[1]), float(high[0]))


def ring_area(ring: Ring) -> float:
    """Signed area in square degrees (shoelace)."""
    shifted = ring - ring[0]
    return float(np.sum(shifted[:-1, 0] * shifted[1:, 1] - shifted[1:, 0] * shifted[:-1, 1]) / 2)


def area_km2(coordinates: list[list[list[list[float]]]]) -> float:
    """Surface of the `coordinates` of a GeoJSON MultiPolygon, holes deducted.

    Each ring is flattened at its own latitude: within 0.1 % for a commune.
    """
    total = 0.0
    for polygon in coordinates:
        for index, points in enumerate(polygon):
            ring = np.array(points, dtype=np.float64)
            middle = (ring[:, 1].min() + ring[:, 1].max()) / 2
            area = abs(ring_area(ring)) * KM_PER_DEGREE**2 * float(np.cos(np.radians(middle)))
            total += area if index == 0 else -area
    return total


def centroid(polygons: list[Polygon]) -> tuple[float, float]:
    """(lon, lat) of the centre of mass, holes deducted (plane approximation, fine for a commune)."""
    origin = polygons[0][0][0]
    weight, moment = 0.0, np.zeros(2)
    for polygon in polygons:
        for index, ring in enumerate(polygon):
            points = ring - origin
            cross = points[:-1, 0] * points[1:, 1] - points[1:, 0] * points[:-1, 1]
            area = cross.sum() / 2
            sign = np.sign(area) * (1 if index == 0 else -1)
            weight += sign * area
            moment += sign * ((points[:-1] + points[1:]) * cross[:, None]).sum(axis=0) / 6
    centre = origin + moment / weight if weight > 0 else polygons[0][0].mean(axis=0)
    return float(centre[0]), float(centre[1])


def simplify(ring: Ring, tolerance: float) -> Ring:
    """Douglas-Peucker on a closed ring: no dropped point is further than `tolerance` degrees from the line.

    Longitudes are shrunk by cos(lat) for the measure. The first point and the furthest from it always stay.
    """
    scale = np.array([np.cos(np.radians(ring[:, 1].mean())), 1.0])
    plane = (ring - ring[0]) * scale
    far = int(np.argmax((plane**2).sum(axis=1)))
    keep = np.zeros(len(ring), dtype=bool)
    keep[[0, far, len(ring) - 1]] = True
    stack = [(0, far), (far, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        base = plane[last] - plane[first]
        offset = plane[first + 1 : last] - plane[first]
        length = float(np.hypot(base[0], base[1]))
        if length == 0:
            gap = np.hypot(offset[:, 0], offset[:, 1])
        else:
            gap = np.abs(base[0] * offset[:, 1] - base[1] * offset[:, 0]) / length
        worst = int(np.argmax(gap))
        if gap[worst] > tolerance:
            middle = first + 1 + worst
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return ring[keep]


def compact_coordinates(polygons: list[Polygon], *, max_points: int = 90, tolerance: float = 0.0005) -> str:
    """GeoJSON `coordinates` of a MultiPolygon as text, 4 decimals (about 10 m), about `max_points` at most.

    Contours are drawn as a background: specks (under 5 % of the largest surface) are dropped when the
    whole is too heavy, and the tolerance doubles until it fits. Short contours are kept point for point.
    """
    rings = [polygon[0] for polygon in polygons if len(polygon[0]) >= 4]
    if not rings:
        return "[]"
    if sum(map(len, rings)) > max_points:
        areas = [abs(ring_area(ring)) for ring in rings]
        rings = [ring for ring, area in zip(rings, areas, strict=True) if area >= 0.05 * max(areas)]
        whole = rings
        while sum(map(len, rings)) > max_points and tolerance < 0.05:
            rings = [simplify(ring, tolerance) for ring in whole]
            tolerance *= 2
    texts = []
    for ring in rings:
        ticks = np.rint(ring * 10_000).astype(np.int64)
        moved = np.ones(len(ticks), dtype=bool)
        moved[1:] = (ticks[1:] != ticks[:-1]).any(axis=1)
        ticks = ticks[moved]
        if len(ticks) >= 4:
            texts.append(
                "[[" + ",".join(f"[{x / 10_000:.8g},{y / 10_000:.8g}]" for x, y in ticks.tolist()) + "]]"
            )
    return "[" + ",".join(texts) + "]"
