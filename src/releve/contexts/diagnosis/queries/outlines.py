"""Contours of a territory and of what surrounds it, for a small map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import cos, radians
from typing import Any

from django.db.models import Max, Min, Q

from releve.contexts.territory.enums import CommuneKind
from releve.contexts.territory.models import CommuneShape

KM_PER_DEGREE = 111.195
LARGEST_KM = 260.0  # height of the largest map: beyond, communes are no longer seen
LEAST_KNOWN = 0.8  # share of the communes whose contour must be known


def outlines_around(codes: Sequence[str], *, margin_km: float, shape: float) -> list[dict[str, Any]]:
    """GeoJSON features of every commune seen in a window around these, `shape` times wider than high.

    Empty when too few of their contours are loaded, or when the territory is too wide for a map of communes.
    """
    own = CommuneShape.objects.filter(commune_id__in=codes)
    box = own.aggregate(south=Min("min_lat"), north=Max("max_lat"), west=Min("min_lon"), east=Max("max_lon"))
    if box["south"] is None or own.count() < LEAST_KNOWN * len(codes):
        return []
    squeeze = max(cos(radians((box["south"] + box["north"]) / 2)), 0.05)
    height = (box["north"] - box["south"]) * KM_PER_DEGREE + 2 * margin_km
    width = (box["east"] - box["west"]) * KM_PER_DEGREE * squeeze + 2 * margin_km
    if max(height, width / shape) > LARGEST_KM:
        return []
    more_north = (max(height, width / shape) - height + 2 * margin_km) / 2 / KM_PER_DEGREE
    more_east = (max(width, height * shape) - width + 2 * margin_km) / 2 / KM_PER_DEGREE / squeeze
    # An arrondissement is seen only when it is asked for: its commune covers it.
    seen = Q(commune__kind=CommuneKind.COMMUNE) | Q(commune_id__in=codes)
    rows = CommuneShape.objects.filter(
        seen,
        min_lat__lte=box["north"] + more_north,
        max_lat__gte=box["south"] - more_north,
        min_lon__lte=box["east"] + more_east,
        max_lon__gte=box["west"] - more_east,
        commune__is_current=True,
    ).values_list("commune_id", "commune__name", "commune__population", "coordinates")
    return [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name, "population": population},
            "geometry": {"type": "MultiPolygon", "coordinates": json.loads(text)},
        }
        for code, name, population, text in rows
    ]
