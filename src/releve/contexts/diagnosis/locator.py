"""A small map that says where a territory is: contours, names, doctors. Pure: features in, SVG text out.

Equirectangular projection at the middle latitude: under 100 km the shapes are true to less than a percent.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from releve.kernel.french import NBSP, number

from .drawing import INK, PAPER_COLOURS, circle, frame, mark, rect, short, shortened, text_width, write

KM_PER_DEGREE = 111.195
LEAST_STEP = 0.6  # points nearer than this on the drawing are not drawn
NAMES_SHOWN = 14
HALO = "#FBF8F3"
DISCS_SHOWN = 70
LARGEST_DISC = 22.0
MANY = 30  # communes: their borders are then drawn thin, and only the largest are named
Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class MapPoint:
    """Something at a place: `weight` doctors, or a consultation site of the platform (`kind` `site`)."""

    lat: float
    lon: float
    label: str
    weight: float = 0.0
    kind: str = "doctors"


def has_contours(features: Sequence[dict[str, Any]]) -> bool:
    """False where only points are known: a map of dots would say nothing."""
    return any(feature["geometry"]["type"] == "MultiPolygon" for feature in features)


def _rings(feature: dict[str, Any]) -> list[list[Ring]]:
    geometry = feature["geometry"]
    return geometry["coordinates"] if geometry["type"] == "MultiPolygon" else []


@dataclass(frozen=True)
class _Frame:
    """From degrees to the drawing."""

    west: float
    north: float
    scale: float  # units per kilometre
    squeeze: float  # cosine of the middle latitude

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (
            (lon - self.west) * KM_PER_DEGREE * self.squeeze * self.scale,
            (self.north - lat) * KM_PER_DEGREE * self.scale,
        )


def _frame(
    features: Sequence[dict[str, Any]], codes: Collection[str], width: float, height: float, around_km: float
) -> _Frame:
    """A window around the territory (its contours, else its points), with its surroundings."""
    inside = [feature for feature in features if feature["properties"]["code"] in codes] or list(features)
    points: Ring = []
    for feature in inside:
        rings = [ring for polygon in _rings(feature) for ring in polygon]
        points += [(float(x), float(y)) for ring in rings for x, y in ring]
        if not rings:
            lon, lat = feature["geometry"]["coordinates"]
            points.append((float(lon), float(lat)))
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos(math.radians((south + north) / 2)) or 1e-6
    span_x = (east - west) * KM_PER_DEGREE * squeeze + 2 * around_km
    span_y = (north - south) * KM_PER_DEGREE + 2 * around_km
    scale = min(width / span_x, height / span_y)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    return _Frame(
        west=middle_x - width / scale / 2 / (KM_PER_DEGREE * squeeze),
        north=middle_y + height / scale / 2 / KM_PER_DEGREE,
        scale=scale,
        squeeze=squeeze,
    )


def _path(feature: dict[str, Any], to: _Frame) -> str:
    """`d` of a path: relative steps, points too near to be seen left out."""
    parts = []
    for polygon in _rings(feature):
        for ring in polygon:
            drawn: list[tuple[float, float]] = []
            for lon, lat in ring:
                x, y = to.at(float(lon), float(lat))
                if not drawn or math.hypot(x - drawn[-1][0], y - drawn[-1][1]) >= LEAST_STEP:
                    drawn.append((x, y))
            if len(drawn) > 2:
                parts.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in drawn) + "Z")
    return "".join(parts)


def _is_inside(x: float, y: float, width: float, height: float, edge: float = 0.0) -> bool:
    return edge <= x <= width - edge and edge <= y <= height - edge


def _scale_bar(to: _Frame, width: float, height: float) -> str:
    km = next((k for k in (1, 2, 5, 10, 20, 50) if k * to.scale >= 42), 50)
    length = km * to.scale
    x, y = width - length - 12, height - 12
    rule = f"M{short(x)},{short(y - 4)}v4h{short(length)}v-4"
    words = write(x + length / 2, y - 7, f"{km}{NBSP}km", size=11, anchor="middle")
    return f'<path class="rl-m-rule" d="{rule}" fill="none" stroke="{INK}" stroke-width="1.4"/>{words}'


def locator_svg(
    features: Sequence[dict[str, Any]],
    *,
    codes: Collection[str],
    name: str,
    points: Sequence[MapPoint] = (),
    width: float = 420,
    height: float = 300,
    around_km: float = 7.0,
    uid: str = "plan",
) -> str:
    """The map, or "" when no contour is known. `codes`: the communes of the territory, highlighted.

    Doctors are discs whose area follows their number; sites of the platform are squares on their point. The
    words say the same: how many doctors are drawn, and where.
    """
    if not has_contours(features):
        return ""
    to = _frame(features, codes, width, height, around_km)
    inside, outside = [], []
    border, edge = (1.6, PAPER_COLOURS[0]) if len(codes) < MANY else (0.5, "#5E9C8F")
    for feature in features:
        d = _path(feature, to)
        if not d:
            continue
        if feature["properties"]["code"] in codes:
            inside.append(
                f'<path class="rl-m-here" d="{d}" fill="#BFDCD4" stroke="{edge}" stroke-width="{border}"/>'
            )
        else:
            outside.append(
                f'<path class="rl-m-around" d="{d}" fill="#F6F1E8" stroke="#BDB5A4" stroke-width="0.7"/>'
            )
    shapes = [
        f'<clipPath id="{uid}-bord"><rect width="{width:g}" height="{height:g}" rx="8"/></clipPath>',
        f'<g clip-path="url(#{uid}-bord)"><rect class="rl-m-sea" width="{width:g}" height="{height:g}" fill="#E9F0F2"/>',
        *outside,
        *inside,
    ]
    drawn = [(to.at(p.lon, p.lat), p) for p in points]
    drawn = [(at, p) for at, p in drawn if _is_inside(*at, width, height, 3)]
    drawn = sorted(drawn, key=lambda item: -item[1].weight)[:DISCS_SHOWN]
    most = max((p.weight for _, p in drawn), default=1.0)
    taken: list[tuple[float, float, float, float]] = []
    for (x, y), p in drawn:
        if p.kind == "site":
            shapes.append(mark(3, x, y, 7))
        else:
            shapes.append(
                circle(
                    x,
                    y,
                    _radius(p, to, most),
                    css="rl-m-doctors",
                    fill="#E8873A",
                    opacity=0.85,
                    stroke="#FFFFFF",
                )
            )
    shapes += _names(features, codes, to, width, height, taken, _below_discs(drawn, to, most))
    shapes.append(_scale_bar(to, width, height))
    shapes.append("</g>")
    shapes.append(
        rect(0.5, 0.5, width - 1, height - 1, css="rl-m-edge", fill="none", radius=8, stroke="#BDB5A4")
    )
    doctors = [p for _, p in drawn if p.kind != "site"]
    sites = [p.label for _, p in drawn if p.kind == "site"]
    said = ", ".join(f"{p.label} ({number(p.weight, 1 if p.weight % 1 else 0)})" for p in doctors[:12])
    description = f"{name} et les communes voisines."
    if doctors:
        description += f" Médecins généralistes{NBSP}: {said}."
    if sites:
        description += f" Lieux de consultation de la plateforme{NBSP}: {', '.join(sites[:12])}."
    return frame(
        shapes,
        uid=uid,
        title=f"Carte{NBSP}: {name}",
        description=description,
        width=width,
        height=height,
        css="rl-m",
    )


def _radius(point: MapPoint, to: _Frame, most: float) -> float:
    """Area follows the number of doctors; smaller beside a large town (`most`) or on the map of a département."""
    unit = min(3.2, LARGEST_DISC / math.sqrt(max(most, 1.0)))
    return max(unit * math.sqrt(max(point.weight, 0.3)) * min(max(to.scale / 8, 0.16), 1) ** 0.5, 1.2)


def _below_discs(
    drawn: Sequence[tuple[tuple[float, float], MapPoint]], to: _Frame, most: float
) -> dict[str, tuple[float, float]]:
    """Where the name of a commune goes when a disc stands in it: under the disc."""
    return {p.label: (x, y + _radius(p, to, most) + 11) for (x, y), p in drawn if p.kind != "site"}


def _names(
    features: Sequence[dict[str, Any]],
    codes: Collection[str],
    to: _Frame,
    width: float,
    height: float,
    taken: list[tuple[float, float, float, float]],
    below: dict[str, tuple[float, float]],
) -> list[str]:
    """Names that do not meet: the territory's first, then the most inhabited around."""
    shapes: list[str] = []
    named = 0
    own_first = len(codes) < MANY
    ordered = sorted(
        features,
        key=lambda f: (
            own_first and f["properties"]["code"] not in codes,
            -(f["properties"].get("population") or 0),
        ),
    )
    for feature in ordered:
        if named >= NAMES_SHOWN:
            break
        here = own_first and feature["properties"]["code"] in codes
        centre = below.get(feature["properties"]["name"]) or _centre(feature, to)
        if centre is None:
            continue
        x, y = centre
        size = 12.5 if here else 10.5
        text = shortened(feature["properties"]["name"], 130, size)
        half = text_width(text, size) / 2
        box = (x - half - 2, y - size, x + half + 2, y + 4)
        if not (
            _is_inside(box[0], box[1], width, height, 2) and _is_inside(box[2], box[3], width, height, 2)
        ):
            continue
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        # A pale edge first: the name stays readable over borders and discs.
        edge = write(x, y, text, size=size, anchor="middle", bold=here, css="rl-m-halo", fill=HALO)
        shapes.append(
            edge.replace(" fill=", f' stroke="{HALO}" stroke-width="2.6" stroke-linejoin="round" fill=', 1)
        )
        shapes.append(write(x, y, text, size=size, anchor="middle", bold=here, css="rl-m-name"))
        named += 1
    return shapes


def _centre(feature: dict[str, Any], to: _Frame) -> tuple[float, float] | None:
    """Middle of the largest ring's box: good enough to write a name."""
    rings = [polygon[0] for polygon in _rings(feature) if polygon]
    if not rings:
        return None
    ring = max(rings, key=len)
    xs, ys = [float(p[0]) for p in ring], [float(p[1]) for p in ring]
    return to.at((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
