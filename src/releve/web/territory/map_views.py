"""The page of the map and what it fetches: tiles, values of a layer, names, places. All public data."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from releve.contexts.diagnosis import territories
from releve.contexts.territory import queries as territory
from releve.contexts.territory import tiles, tiles_store
from releve.contexts.territory.national import national
from releve.kernel import clock
from releve.kernel.errors import DomainError

from . import layers, map_data
from .map_frame import frame, index_stamp, tiles_dir

FOR_EVER = "public, max-age=31536000, immutable"
A_WHILE = "public, max-age=300"
MAX_HIGHLIGHTED = 2_500


def _today() -> Any:
    return clock.local_day(clock.now(), settings.TIME_ZONE)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The map, its layer (`couche`) and the territory to show (`territoire`)."""
    key = request.GET.get("couche", layers.DEFAULT)
    facts = layers.Facts(_today())
    country = facts.country
    result = layers.shown(key if key in layers.LAYERS else layers.DEFAULT, today=facts.today, facts=facts)
    place, problem = _place(request.GET.get("territoire", ""))
    # Without JavaScript the field sends what was typed.
    query = request.GET.get("commune", "").strip()[:80]
    hits = territory.search_communes(query, limit=8) if query else []
    if len(hits) == 1 and place is None:
        place, problem = _place(hits[0].code)
        hits = []
    context = {
        "frame": frame(country),
        "result": result,
        "layer": result.layer,
        "legend": layers.legend(result),
        "unknown": len(country) - result.known,
        "layers": list(layers.LAYERS.values()),
        "place": place,
        "query": query,
        "hits": hits,
        "problem": problem,
        "highlighted": list(place.commune_codes[:MAX_HIGHLIGHTED]) if place else [],
        "modelled": country.modelled,
        "bad_layer": key not in layers.LAYERS,
        "diagnosis_pattern": reverse("territory:diagnosis", args=["00000"]),
        "site_pattern": reverse("public:site", args=["slug"]),
    }
    status = 404 if problem or key not in layers.LAYERS else 200
    return render(request, "territory/map.html", context, status=status)


def _place(code: str) -> tuple[Any, str]:
    code = code.strip()
    if not code:
        return None, ""
    try:
        return territories.resolve(code[:400]), ""
    except DomainError as error:
        return None, error.message


@require_safe
def layer(request: HttpRequest, layer: str) -> HttpResponse:
    """Values of a layer for every commune. 404 for a layer that does not exist."""
    today = _today()
    result = layers.shown(layers.get_layer(layer).key, today=today)
    content = map_data.body(f"layer:{layer}", result, lambda: map_data.layer_document(layer, today=today))
    return map_data.respond(request, content, cache=A_WHILE)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Names, points and inhabitants of the communes; kept for ever under the address that carries its mark."""
    content = map_data.body("index", national().key, map_data.index_document)
    known = request.GET.get("v") == index_stamp(national())
    return map_data.respond(request, content, cache=FOR_EVER if known else A_WHILE)


@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """Open places of the platform."""
    document = map_data.sites_document()
    content = map_data.body("sites", repr(document), lambda: document)
    return map_data.respond(request, content, cache="no-cache")


@require_safe
def tile(request: HttpRequest, fingerprint: str, z: int, x: int, y: int) -> HttpResponse:
    """A compressed vector tile; 204 where there is nothing, 404 for a set that is gone or a zoom never made."""
    if not tiles.MIN_ZOOM <= z <= tiles.MAX_ZOOM or not tiles_store.has_set(tiles_dir(), fingerprint):
        raise Http404("tuile inconnue")
    content = tiles_store.read_tile(tiles_dir(), fingerprint, z, x, y)
    if content is None:
        response = HttpResponse(status=204)
    else:
        # Every browser that draws the map opens gzip; the file is only kept that way.
        response = HttpResponse(content, content_type="application/vnd.mapbox-vector-tile")
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = FOR_EVER
    return response
