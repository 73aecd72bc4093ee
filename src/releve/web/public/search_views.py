"""« Près de chez vous »: from a commune to the places that receive, by distance, with their next free times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from releve.contexts.booking import queries as booking
from releve.contexts.booking.enums import ReasonCategory
from releve.contexts.territory import queries as territory
from releve.contexts.territory.rules import normalise_name
from releve.kernel import clock
from releve.kernel.errors import Invalid, NotFound

RADII_KM = (20, 40, 80)
DEFAULT_RADIUS_KM = 40
SEARCH_DAYS = 28
MAX_QUERY_LENGTH = 80
SHOWN_MATCHES = 10
SHOWN_SUGGESTIONS = 8
CERTAIN_RATIO = 5

CATEGORY_LABELS: dict[str, str] = {
    ReasonCategory.FIRST_VISIT: "Première consultation",
    ReasonCategory.FOLLOW_UP: "Suivi",
    ReasonCategory.CHILD: "Enfant",
    ReasonCategory.URGENT: "Urgence du jour",
    ReasonCategory.NURSE: "Infirmière ASALÉE",
}


@dataclass(frozen=True)
class SearchFilters:
    """What a visitor may narrow: `motif` (a category, or all) and `rayon` (kilometres)."""

    category: str
    radius_km: int


def read_filters(request: HttpRequest) -> SearchFilters:
    """Raises Invalid on a value that no page of ours offers."""
    category = request.GET.get("motif", "")
    if category and category not in CATEGORY_LABELS:
        raise Invalid("Ce motif de consultation n’existe pas.", field="motif")
    radius = request.GET.get("rayon", str(DEFAULT_RADIUS_KM))
    if radius not in {str(value) for value in RADII_KM}:
        raise Invalid("Cette distance n’est pas proposée\u00a0: choisissez 20, 40 ou 80 km.", field="rayon")
    return SearchFilters(category=category, radius_km=int(radius))


def read_query(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:MAX_QUERY_LENGTH]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`?commune=85161` shows the places; `?q=nieul` finds the commune first (one match: straight to its places)."""
    filters = read_filters(request)
    code = request.GET.get("commune", "").strip()
    if code:
        return _places_page(request, code, filters)
    query = read_query(request)
    if not query:
        return render(request, "public/search_start.html", {"query": ""})
    hits = territory.search_communes(query, limit=SHOWN_MATCHES)
    chosen = _only_match(query, hits)
    if chosen is not None:
        target = request.GET.copy()
        target.pop("q", None)
        target["commune"] = chosen.code
        return redirect(f"{reverse('public:search')}?{target.urlencode()}")
    status = 200 if hits else 404
    return render(request, "public/search_choose.html", {"query": query, "hits": hits}, status=status)


def _only_match(query: str, hits: list[Any]) -> Any | None:
    """The commune that is certainly meant: the only one found, or a town of that exact name far larger than the
    other matches together. « Nieul » is not certain: it may be the beginning of Nieul-le-Dolent."""
    if len(hits) == 1:
        return hits[0]
    wanted = normalise_name(query)
    exact = [hit for hit in hits if normalise_name(hit.name) == wanted]
    if len(exact) != 1:
        return None
    others = sum(hit.population or 0 for hit in hits if hit is not exact[0])
    return exact[0] if (exact[0].population or 0) >= CERTAIN_RATIO * others else None


def _places_page(request: HttpRequest, code: str, filters: SearchFilters) -> HttpResponse:
    try:
        commune = territory.get_commune(code)
    except NotFound as error:
        replaced_by = error.details.get("replaced_by")
        if replaced_by:
            target = request.GET.copy()
            target["commune"] = replaced_by
            return redirect(f"{reverse('public:search')}?{target.urlencode()}")
        return render(request, "public/search_choose.html", {"query": code[:20], "hits": []}, status=404)
    if commune.lat is None or commune.lon is None:
        return render(request, "public/search_choose.html", {"query": commune.name, "hits": []}, status=404)
    now = clock.now()
    found = booking.next_times_near(
        lat=commune.lat,
        lon=commune.lon,
        now=now,
        radius_km=filters.radius_km,
        days=SEARCH_DAYS,
        category=filters.category or None,
    )
    if filters.category:
        found = [item for item in found if item.reason_id is not None]
    audiences = booking.who_is_received({item.site.practice_id for item in found})
    places = [
        {
            "site": item.site,
            "distance_km": item.distance_km,
            "reason_id": item.reason_id,
            "slots": item.slots,
            "received": audiences.get(item.site.practice_id, []),
        }
        for item in found
    ]
    wider = next((radius for radius in RADII_KM if radius > filters.radius_km), None)
    return render(
        request,
        "public/search_places.html",
        {
            "commune": commune,
            "places": places,
            "has_times": any(place["slots"] for place in places),
            "filters": filters,
            "categories": [("", "Tous les motifs"), *CATEGORY_LABELS.items()],
            "category_label": CATEGORY_LABELS.get(filters.category, ""),
            "wider": wider,
            "days": SEARCH_DAYS,
        },
    )


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options of the commune field, as one types (two letters or more)."""
    query = read_query(request)
    hits = territory.search_communes(query, limit=SHOWN_SUGGESTIONS) if len(query) >= 2 else []
    response = render(request, "public/partials/suggestions.html", {"query": query, "hits": hits})
    response["Cache-Control"] = "public, max-age=3600"
    return response
