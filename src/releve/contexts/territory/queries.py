"""Reads of the reference territory: search, nearest, contours, calendar. Everything here is public data."""

from __future__ import annotations

import json
from datetime import date
from threading import Lock
from typing import Any

from django.db import connection
from django.db.models import Q

from releve.kernel.errors import Invalid, NotFound

from . import calendar
from .calendar import school_calendar_known, school_calendar_span
from .commune_index import CommuneHit, CommuneIndex, CommuneRow, FormerRow
from .enums import CommuneKind
from .models import Commune, CommuneShape, Dataset, Departement, Epci, FormerCommune
from .rules import REFERENCE_PARTS, Box, box_around, distance_km, is_commune_code

__all__ = [
    "CommuneHit",
    "get_commune",
    "get_departement",
    "get_epci",
    "is_public_holiday",
    "list_datasets",
    "nearest_communes",
    "public_holiday",
    "school_calendar_known",
    "school_calendar_span",
    "school_holiday",
    "search_communes",
    "shapes_around",
]

MAX_LIMIT = 50
MAX_SHAPES_BYTES = 60_000


def _reference_key() -> tuple[tuple[Any, ...], ...]:
    """Fingerprint of the imported reference: changes with each import, empty before the first one.

    Written in SQL: it runs at each search, and building it would cost more than running it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slug, id, sha256, imported_at FROM territory_dataset "
            "WHERE slug IN (%s, %s, %s, %s, %s) ORDER BY slug",
            REFERENCE_PARTS,
        )
        return tuple(cursor.fetchall())


def _load_index() -> CommuneIndex:
    departements = dict(Departement.objects.values_list("code", "name"))
    intercommunalities = dict(Epci.objects.values_list("siren", "name"))
    communes = Commune.objects.filter(is_current=True).order_by()
    former = FormerCommune.objects.order_by()
    rows = communes.values_list(
        "code",
        "name",
        "search_name",
        "kind",
        "population",
        "lat",
        "lon",
        "postal_codes",
        "departement_id",
        "epci_id",
    )
    return CommuneIndex(
        map(CommuneRow._make, rows.iterator(chunk_size=5000)),
        map(FormerRow._make, former.values_list("code", "name", "search_name", "commune_id")),
        departements=departements,
        intercommunalities=intercommunalities,
    )


# One per process, replaced whole when an import has changed the reference; the lock only spares two threads
# building it at the same time.
_loaded: tuple[tuple[tuple[Any, ...], ...], CommuneIndex] | None = None
_loading = Lock()


def _index() -> CommuneIndex:
    """The index of the reference as imported now: one small statement, plus its reading after an import.

    The key is read before the rows: an import in between leaves new rows under the old key, hence one useless
    reading at the next search, never an old answer. Communes written by another road than an import (tests)
    have no key and are read each time.
    """
    global _loaded
    key = _reference_key()
    if not key:
        return _load_index()
    known = _loaded
    if known is None or known[0] != key:
        with _loading:
            known = _loaded
            if known is None or known[0] != key:
                known = _loaded = (key, _load_index())
    return known[1]


def search_communes(q: str, *, limit: int = 10) -> list[CommuneHit]:
    """Communes found by name, part of a name, postal code (whole or beginning) or INSEE code, best first.

    Order: exact name, beginning of the name, beginning of a word, anywhere; then the most inhabited. A name
    may be followed by its postal code (« Aubigny 85430 »). Former and delegated communes lead to the
    present one.
    Never raises: an empty or meaningless `q` gives [].
    """
    limit = max(0, min(limit, MAX_LIMIT))
    return _index().search(q, limit) if limit else []


def get_commune(code: str) -> Commune:
    """The commune of an INSEE code, with its département and EPCI.

    Raises NotFound; for a commune that merged (`former-commune`), message and `details["replaced_by"]` name
    the one that replaced it.
    """
    if is_commune_code(code):
        row = Commune.objects.select_related("departement", "epci").filter(pk=code).first()
        if row is not None:
            return row
        old = FormerCommune.objects.select_related("commune").filter(pk=code).first()
        if old is not None:
            label = f"La commune {old.name} ({code})" if old.name else f"La commune {code}"
            raise NotFound(
                f"{label} a été remplacée par {old.commune.name} ({old.commune_id}).".replace("'", "’"),
                code="former-commune",
                details={"replaced_by": old.commune_id},
            )
    raise NotFound(f"Aucune commune n’a le code Insee « {code[:10]} ».", code="unknown-commune")


def get_departement(code: str) -> Departement:
    """The département (or overseas collectivity) of that code. Raises NotFound."""
    row = Departement.objects.select_related("region").filter(pk=code[:10]).first()
    if row is None:
        raise NotFound(f"Aucun département n’a le code « {code[:10]} ».", code="unknown-departement")
    return row


def get_epci(siren: str) -> Epci:
    """The intercommunality of that SIREN. Raises NotFound."""
    row = Epci.objects.filter(pk=siren[:20]).first()
    if row is None:
        raise NotFound(f"Aucune intercommunalité n’a le SIREN « {siren[:20]} ».", code="unknown-epci")
    return row


def departement_names() -> dict[str, str]:
    """Names of the départements by code, in the order of codes."""
    return dict(Departement.objects.order_by("code").values_list("code", "name"))


def epci_names() -> dict[str, str]:
    """Names of the intercommunalities by SIREN, in the order of names."""
    return dict(Epci.objects.order_by("name", "siren").values_list("siren", "name"))


def list_datasets() -> list[Dataset]:
    """Manifests of what was imported: producer, vintage, licence, rows."""
    return list(Dataset.objects.order_by("slug"))


def _check_point(lat: float, lon: float) -> None:
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # also refuses NaN
        raise Invalid("Cette position n’existe pas : latitude ou longitude hors limites.", field="lat")


def _in_box(box: Box) -> Q:
    return Q(lat__range=(box.min_lat, box.max_lat), lon__range=(box.min_lon, box.max_lon))


def nearest_communes(lat: float, lon: float, *, limit: int = 10, max_km: float = 100) -> list[CommuneHit]:
    """Communes by distance (as the crow flies, km, in `distance_km`), at most `max_km` away.

    Municipal arrondissements are left out, their commune stands for them. Raises Invalid for a bad point.
    """
    _check_point(lat, lon)
    limit = max(0, min(limit, MAX_LIMIT))
    max_km = min(max(max_km, 0.0), 20_000.0)
    return _index().nearest(lat, lon, limit=limit, max_km=max_km) if limit else []


def shapes_around(lat: float, lon: float, radius_km: float = 12) -> dict[str, Any]:
    """GeoJSON FeatureCollection of the communes around a point: contours when known, else points.

    Properties: `code`, `name`, `population`. Nearest first; once the document would pass 60 kB the further
    communes are given as points, then left out (`"truncated": true`). Raises Invalid for an impossible point.
    """
    _check_point(lat, lon)
    radius_km = min(max(radius_km, 0.0), 60.0)
    box = box_around(lat, lon, radius_km)
    shapes = {
        row["commune_id"]: row
        for row in CommuneShape.objects.filter(
            min_lat__lte=box.max_lat,
            max_lat__gte=box.min_lat,
            min_lon__lte=box.max_lon,
            max_lon__gte=box.min_lon,
        ).values("commune_id", "min_lat", "min_lon", "max_lat", "max_lon")
    }
    # The rectangle of a contour may touch the square without reaching the circle.
    touching = [
        code
        for code, row in shapes.items()
        if Box(row["min_lat"], row["min_lon"], row["max_lat"], row["max_lon"]).km_outside(lat, lon)
        <= radius_km
    ]
    rows = (
        Commune.objects.filter(Q(pk__in=touching) | _in_box(box), is_current=True, kind=CommuneKind.COMMUNE)
        .order_by()
        .values_list("code", "name", "population", "lat", "lon", "shape__coordinates")
    )
    ordered = sorted(
        (
            radius_km if y is None or x is None else distance_km(lat, lon, y, x),
            code,
            name,
            population,
            y,
            x,
            text,
        )
        for code, name, population, y, x, text in rows
    )
    features: list[dict[str, Any]] = []
    size, truncated = 80, False
    touched = set(touching)
    for distance, code, name, population, y, x, text in ordered:
        if code not in touched and distance > radius_km:
            continue
        feature: dict[str, Any] = {
            "type": "Feature",
            "id": code,
            "properties": {"code": code, "name": name, "population": population},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        point_size = len(json.dumps(feature)) + 2
        # Counted as json.dumps writes it by default, with a space after each comma.
        contour_size = point_size + len(text) + text.count(",") if text else 0
        # A tenth of the room is kept for the points of the communes further away.
        if contour_size and size + contour_size <= MAX_SHAPES_BYTES * 0.9:
            feature["geometry"] = {"type": "MultiPolygon", "coordinates": json.loads(text)}
            size += contour_size
        elif y is not None and size + point_size <= MAX_SHAPES_BYTES:
            size += point_size
        else:
            truncated = True
            continue
        features.append(feature)
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if truncated:
        collection["truncated"] = True
    return collection


def public_holiday(day: date, departement_code: str) -> str | None:
    """French name of the public holiday of that day in that département, None on any other day."""
    return calendar.public_holiday(day, departement_code)


def is_public_holiday(day: date, departement_code: str) -> bool:
    """Whether that day is a public holiday in that département."""
    return calendar.public_holiday(day, departement_code) is not None


def school_holiday(day: date, departement_code: str) -> str | None:
    """French name of the school holidays, None outside them or when `school_calendar_known` is False."""
    return calendar.school_holiday(day, departement_code)
