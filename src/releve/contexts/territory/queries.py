"""Reads of the reference territory: search, nearest, contours, calendar. Everything here is public data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from releve.kernel.errors import Invalid, NotFound

from . import calendar
from .calendar import school_calendar_known, school_calendar_span
from .enums import CommuneKind
from .models import Commune, CommuneShape, Dataset, Departement, Epci, FormerCommune, PostalCode
from .rules import Box, box_around, distance_km, is_commune_code, normalise_name

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
MAX_QUERY_LENGTH = 80  # the longest name of France has 45 letters


@dataclass(frozen=True)
class CommuneHit:
    """A commune as a search result. `former_name`: the former or delegated commune that was found, if any."""

    code: str
    name: str
    postal_codes: tuple[str, ...]
    departement_code: str
    departement_name: str
    epci_code: str
    epci_name: str
    population: int | None
    lat: float | None
    lon: float | None
    distance_km: float | None = None
    former_name: str = ""


def _hits(codes: Iterable[str], *, former: dict[str, str] | None = None) -> list[CommuneHit]:
    """Results in the order of `codes`, one statement."""
    codes = list(codes)
    rows = {row.pk: row for row in Commune.objects.filter(pk__in=codes).select_related("departement", "epci")}
    return [_hit(rows[code], former_name=(former or {}).get(code, "")) for code in codes]


def _hit(row: Commune, *, distance: float | None = None, former_name: str = "") -> CommuneHit:
    return CommuneHit(
        code=row.code,
        name=row.name,
        postal_codes=tuple(row.postal_codes.split("|")) if row.postal_codes else (),
        departement_code=row.departement_id or "",
        departement_name=row.departement.name if row.departement else "",
        epci_code=row.epci_id or "",
        epci_name=row.epci.name if row.epci else "",
        population=row.population,
        lat=row.lat,
        lon=row.lon,
        distance_km=distance,
        former_name=former_name,
    )


def search_communes(q: str, *, limit: int = 10) -> list[CommuneHit]:
    """Communes found by name, part of a name, postal code (whole or beginning) or INSEE code, best first.

    Order: exact name, beginning of the name, beginning of a word, anywhere; then the most inhabited. A name
    may be followed by its postal code (« Aubigny 85430 »). Former and delegated communes lead to the
    present one.
    Never raises: an empty or meaningless `q` gives [].
    """
    limit = max(0, min(limit, MAX_LIMIT))
    words = normalise_name(q).split()
    if not words or not limit or len(q) > MAX_QUERY_LENGTH:
        return []
    if len(words) == 1 and is_commune_code(words[0].upper()) and not words[0].isdigit():
        return _hits(_by_code(words[0].upper()))
    if len(words) == 1 and words[0].isdigit():
        return _search_digits(words[0], limit)
    postal = [word for word in words if len(word) == 5 and word.isdigit()]
    name = " ".join(word for word in words if word not in postal)
    if postal and name:
        return _search_name(name, limit, within=list(_with_postal_code(postal[0])))
    return _search_name(" ".join(words), limit)


def _by_code(code: str) -> list[str]:
    """The commune of that INSEE code, or the one that replaced it."""
    found = list(Commune.objects.filter(pk=code, is_current=True).values_list("pk", flat=True))
    return found or list(FormerCommune.objects.filter(pk=code).values_list("commune_id", flat=True))


def _with_postal_code(start: str) -> QuerySet[PostalCode, str]:
    # A range of digits, not LIKE: it uses the index on both databases whatever their collation.
    low, high = start.ljust(5, "0"), start.ljust(5, "9")
    return PostalCode.objects.filter(code__range=(low, high)).order_by().values_list("commune_id", flat=True)


def _search_digits(digits: str, limit: int) -> list[CommuneHit]:
    if len(digits) > 5:
        return []
    # The short list first: a plan that scans communes for each postal code is then impossible.
    rows = Commune.objects.filter(is_current=True, pk__in=list(_with_postal_code(digits)))
    codes = list(
        rows.order_by(F("population").desc(nulls_last=True), "pk").values_list("pk", flat=True)[:limit]
    )
    if len(digits) == 5:
        codes += [code for code in _by_code(digits) if code not in codes]
    return _hits(codes[:limit])


LOOSE = 4


def _rank(name: str) -> Case:
    """0 exact, 1 beginning of the name, 2 beginning of a word, 3 anywhere, LOOSE another order or spacing."""
    return Case(
        When(search_name=name, then=Value(0)),
        When(search_name__startswith=name, then=Value(1)),
        When(search_name__contains=f" {name}", then=Value(2)),
        When(search_name__contains=name, then=Value(3)),
        default=Value(LOOSE),
        output_field=IntegerField(),
    )


def _matches(name: str) -> Q:
    """Every road to a name in one scan: as written, its words in another order, without its spaces.

    One or two letters match beginnings of words only: anywhere would be half of France.
    """
    if len(name) <= 2:
        return Q(search_name__startswith=name) | Q(search_name__contains=f" {name}")
    if " " not in name:
        return Q(search_joined__contains=name)
    joined = Q(search_joined__contains=name.replace(" ", ""))
    # The longest word, the rarest, is tested first. Lone letters are in every name: no other order for them.
    words = sorted(name.split(), key=len, reverse=True)
    if len(words[-1]) == 1:
        return joined
    return joined | reduce(and_, (Q(search_joined__contains=word) for word in words))


def _search_name(name: str, limit: int, *, within: list[str] | None = None) -> list[CommuneHit]:
    rows = Commune.objects.filter(_matches(name), is_current=True)
    if within is not None:
        rows = rows.filter(pk__in=within)
    rows = rows.annotate(rank=_rank(name)).order_by("rank", F("population").desc(nulls_last=True), "code")
    best = [(rank, code) for code, rank in rows.values_list("code", "rank")[:limit]]
    former: dict[str, str] = {}
    if len(best) < limit or best[-1][0] > 1:
        best, former = _with_former(name, best, limit, within)
    # Loose matches answer a name typed loosely; beside real matches they are noise.
    if best and best[0][0] < LOOSE:
        best = [pair for pair in best if pair[0] < LOOSE]
    return _hits([code for _, code in best], former=former)


def _with_former(
    name: str, best: list[tuple[int, str]], limit: int, within: list[str] | None
) -> tuple[list[tuple[int, str]], dict[str, str]]:
    """Add former and delegated communes, each after the present ones of the same rank."""
    start = Q(search_name__startswith=name) | Q(search_name__contains=f" {name}")
    rows = FormerCommune.objects.filter(start if len(name) <= 2 else Q(search_name__contains=name))
    if within is not None:
        rows = rows.filter(commune_id__in=within)
    rows = rows.annotate(rank=_rank(name)).order_by(
        "rank", F("commune__population").desc(nulls_last=True), "code"
    )
    known = {code for _, code in best}
    former: dict[str, str] = {}
    added = []
    for code, old_name, rank in rows.values_list("commune_id", "name", "rank")[: limit * 2]:
        if code not in known:
            known.add(code)
            former[code] = old_name
            added.append((rank, code))
    # sorted() is stable: present communes come first at equal rank, each list keeps its own order.
    return sorted([*best, *added], key=lambda pair: pair[0])[:limit], former


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
                f"{label} a été remplacée par {old.commune.name} ({old.commune_id}).",
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
    rows = Commune.objects.filter(is_current=True, kind=CommuneKind.COMMUNE).order_by()
    radius = min(8.0, max_km)
    while limit:
        points = rows.filter(_in_box(box_around(lat, lon, radius))).values_list("pk", "lat", "lon")
        near = sorted((distance_km(lat, lon, y, x), code) for code, y, x in points)
        near = [pair for pair in near if pair[0] <= radius][:limit]
        if len(near) == limit or radius >= max_km:
            found = Commune.objects.select_related("departement", "epci").in_bulk([code for _, code in near])
            return [_hit(found[code], distance=km) for km, code in near]
        radius = min(radius * 2.5, max_km)
    return []


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
        (distance_km(lat, lon, y, x) if y is not None else radius_km, code, name, population, y, x, text)
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
