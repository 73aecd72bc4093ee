"""What the map of France fetches, as small as it can be: codes as gaps, values once, compressed once.

Read by territory/france_map.js (`decodeCodes`, `loadIndex`) and map_page.js.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from numpy.typing import NDArray

from releve.contexts.practices import queries as practices
from releve.contexts.territory.national import national

from . import layers

_EPOCH_SCALE = 1000  # thousandths of a degree: 100 m, enough for a name or a bounding box


def pack_codes(codes: list[str]) -> dict[str, list[int]]:
    """Sorted commune codes as gaps by prefix of two or three characters: 85001, 85004 → {"85": [1, 3]}."""
    packed: dict[str, list[int]] = {}
    last: dict[str, int] = {}
    for code in codes:
        prefix = code[:3] if code[:2] in ("97", "98") else code[:2]
        number = int(code[len(prefix) :])
        packed.setdefault(prefix, []).append(number - last.get(prefix, 0))
        last[prefix] = number
    return packed


def index_document() -> dict[str, Any]:
    """Codes, names, inhabitants and points (gaps in thousandths of a degree, null unplaced) of every commune."""
    country = national()
    placed = np.isfinite(country.lon) & np.isfinite(country.lat)
    return {
        "codes": pack_codes(country.codes.tolist()),
        "names": country.names.tolist(),
        "population": country.population.astype(int).tolist(),
        "lon": _gaps(country.lon, placed),
        "lat": _gaps(country.lat, placed),
    }


def _gaps(values: NDArray[np.float64], placed: NDArray[np.bool_]) -> list[int | None]:
    ticks = np.rint(values[placed] * _EPOCH_SCALE).astype(int)
    gaps: list[int | None] = [None] * len(values)
    for rank, gap in zip(np.flatnonzero(placed).tolist(), np.diff(ticks, prepend=0).tolist(), strict=True):
        gaps[rank] = gap
    return gaps


def layer_document(key: str, *, today: date) -> dict[str, Any]:
    """A layer for the map: values along `codes`, null unknown; the words of its legend."""
    result = layers.shown(key, today=today)
    layer, country = result.layer, national()
    decimals = 0 if layer.is_category else layer.decimals
    values = [
        None if value != value else (int(value) if decimals == 0 else value)
        for value in np.round(result.values, decimals).tolist()
    ]
    return {
        "key": layer.key,
        "label": layer.label,
        "unit": layer.unit,
        "decimals": decimals,
        "signed": layer.signed,
        "ramp": layer.ramp,
        "breaks": list(layer.breaks) if not layer.is_category else list(range(1, len(layer.words))),
        "words": list(layer.words),
        "missing": layer.missing,
        "source": result.source,
        "vintage": result.vintage,
        "nature": layer.nature,
        "note": layer.note,
        "codes": pack_codes(country.codes.tolist()),
        "values": values,
    }


def sites_document() -> list[dict[str, Any]]:
    """Open places of the platform with what one finds there."""
    found = []
    for site in practices.open_sites():
        equipment = sorted(item.get_kind_display() for item in site.equipment.all())
        lines = [f"{site.practice.name}, {site.commune.name}"]
        if equipment:
            lines.append(", ".join(equipment))
        if site.step_free:
            lines.append("Accès de plain-pied")
        found.append(
            {
                "name": site.name,
                "lon": round(site.lon, 5),
                "lat": round(site.lat, 5),
                "commune": site.commune_id,
                "lines": lines,
                "slug": site.slug,
            }
        )
    return found


@dataclass(frozen=True)
class Body:
    plain: bytes
    packed: bytes
    tag: str


# Bodies already made: a handful of layers of some hundred kilobytes each.
_bodies: dict[str, tuple[Any, Body]] = {}
_lock = Lock()


def body(name: str, stamp: Any, make: Callable[[], Any]) -> Body:
    """The JSON text of `make()` and its compressed form, made again when `stamp` changes."""
    known = _bodies.get(name)
    if known is None or known[0] != stamp:
        with _lock:
            known = _bodies.get(name)
            if known is None or known[0] != stamp:
                plain = json.dumps(make(), ensure_ascii=False, separators=(",", ":")).encode()
                tag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
                known = _bodies[name] = (stamp, Body(plain, gzip.compress(plain, 9, mtime=0), tag))
    return known[1]


def respond(request: HttpRequest, content: Body, *, cache: str) -> HttpResponse:
    """JSON, compressed when the browser can, 304 when it has it already."""
    if content.tag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(content.packed if packed else content.plain, content_type="application/json")
        if packed:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = content.tag
    response["Cache-Control"] = cache
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
