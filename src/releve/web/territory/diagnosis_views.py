"""The diagnosis of a territory: find it, read it, print it, take its figures. Public data, no account."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from releve.contexts.diagnosis import queries as diagnoses
from releve.contexts.diagnosis.drawing import NARROW, svg_id
from releve.contexts.diagnosis.headline import access_scale, headline_figures, threshold
from releve.contexts.diagnosis.report import Report
from releve.contexts.diagnosis.report_json import to_csv_rows
from releve.contexts.diagnosis.territory_search import TerritoryHit, read_commune_list, search_territories
from releve.contexts.territory.rules import normalise_name
from releve.kernel import clock
from releve.kernel.errors import DomainError, Invalid, NotFound, Throttled
from releve.kernel.rates import count_attempt
from releve.web.ui.typography import PARIS
from releve.workflows import diagnosis_document

from . import weights

MAX_QUERY_LENGTH = 80
MAX_LIST_LENGTH = 4000
SHOWN_MATCHES = 12
SHOWN_SUGGESTIONS = 8
CERTAIN_RATIO = 5
DOCUMENTS_PER_ADDRESS, DOCUMENTS_SECONDS = 30, 600
EXAMPLES = (
    ("85161", "Nieul-le-Dolent", "une commune de Vendée dont le médecin est parti en 2021"),
    ("62563", "Mazingarbe", "une ville du Pas-de-Calais, 7 600 consultations en 2022"),
    ("85", "Vendée", "un département entier"),
)


def read_query(request: HttpRequest, name: str = "q", most: int = MAX_QUERY_LENGTH) -> str:
    return " ".join(request.GET.get(name, "").replace("\x00", " ").split())[:most]


# --- To find a territory --------------------------------------------------------------------------------------


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`?q=nieul` finds; `?communes=…` makes one territory of several communes; nothing: the page asks."""
    listed = request.GET.get("communes", "").replace("\x00", " ").strip()[:MAX_LIST_LENGTH]
    if listed:
        return _from_list(request, listed)
    query = read_query(request)
    if not query:
        return render(request, "territory/home.html", {"query": "", "examples": _known_examples()})
    hits = search_territories(query, limit=SHOWN_MATCHES)
    chosen = _only_match(query, hits)
    if chosen is not None:
        return redirect("territory:diagnosis", code=chosen.code)
    context = {"query": query, "hits": hits, "close": [] if hits else _names_beginning_alike(query)}
    return render(request, "territory/choose.html", context, status=200 if hits else 404)


def _names_beginning_alike(query: str) -> list[TerritoryHit]:
    """For a name with a mistake in it: what begins like its longest part that is known, four letters at least."""
    for length in range(min(len(query) - 1, 20), 3, -1):
        if hits := search_territories(query[:length], limit=SHOWN_MATCHES):
            return hits
    return []


def _known_examples() -> list[tuple[str, str, str]]:
    """Examples that this installation knows: a small reference may not hold them."""
    return [item for item in EXAMPLES if search_territories(item[0], limit=1)]


def _only_match(query: str, hits: list[TerritoryHit]) -> TerritoryHit | None:
    """The territory that is certainly meant: the only one found, a code, or a town far larger than its namesakes."""
    if len(hits) == 1 or (hits and hits[0].code == query.replace(" ", "").upper()):
        return hits[0]
    wanted = normalise_name(query)
    exact = [hit for hit in hits if normalise_name(hit.name) == wanted]
    if len(exact) != 1:
        return None
    if not exact[0].is_commune:
        return exact[0]
    others = sum(hit.population or 0 for hit in hits if hit is not exact[0] and hit.is_commune)
    groups = any(not hit.is_commune for hit in hits)
    return exact[0] if not groups and (exact[0].population or 0) >= CERTAIN_RATIO * others else None


def _from_list(request: HttpRequest, text: str) -> HttpResponse:
    found = read_commune_list(text)
    if found.codes and not found.unmatched:
        return redirect("territory:diagnosis", code=",".join(found.codes))
    context = {"query": "", "examples": _known_examples(), "listed": text, "unmatched": found.unmatched}
    return render(request, "territory/home.html", context, status=422)


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options of the field, as one types (two letters or more)."""
    query = read_query(request)
    hits = search_territories(query, limit=SHOWN_SUGGESTIONS) if len(query) >= 2 else []
    response = render(request, "territory/partials/suggestions.html", {"query": query, "hits": hits})
    response["Cache-Control"] = "public, max-age=3600"
    return response


# --- To read it -----------------------------------------------------------------------------------------------


def _report(request: HttpRequest, code: str) -> Report:
    today = clock.local_day(clock.now(), PARIS)
    return diagnoses.diagnose(code, today=today, weights=weights.read(request.GET))


def _unknown(request: HttpRequest, code: str, error: DomainError) -> HttpResponse:
    """404 that helps: the commune that replaced the one asked for, or what resembles it."""
    replaced_by = error.details.get("replaced_by")
    text = code.replace("-", " ").replace("+", " ").replace(",", " ")[:MAX_QUERY_LENGTH]
    context = {
        "message": error.message,
        "replaced_by": replaced_by,
        "hits": [] if replaced_by else search_territories(text, limit=6),
        "replacement": next(iter(search_territories(str(replaced_by), limit=1)), None)
        if replaced_by
        else None,
        "query": "",
    }
    return render(request, "territory/unknown.html", context, status=404)


def _answered(request: HttpRequest, code: str, answer: Callable[[Report], HttpResponse]) -> HttpResponse:
    try:
        report = _report(request, code)
    except NotFound as error:
        return _unknown(request, code, error)
    except Invalid as error:
        if error.field == "code":
            return _unknown(request, code, error)
        raise
    return answer(report)


@require_safe
def diagnosis(request: HttpRequest, code: str) -> HttpResponse:
    return _answered(request, code, lambda report: _page(request, report))


def _page(request: HttpRequest, report: Report) -> HttpResponse:
    code = report.place.code
    chosen = weights.read(request.GET)
    return render(
        request,
        "territory/diagnosis.html",
        {
            "report": report,
            "place": report.place,
            "headline": headline_figures(report),
            "scale_wide": mark_safe(access_scale(report, uid="echelle-l")),
            "scale_narrow": mark_safe(access_scale(report, width=NARROW, uid="echelle-e")),
            "threshold": threshold(report),
            "threshold_setting": report.parameters.get("apl_threshold"),
            "day": date.fromisoformat(report.as_of),
            "links": _links(code),
            "weights": weights.fields(report, chosen),
            "weights_changed": bool(chosen),
            "weights_query": f"?{request.GET.urlencode()}" if chosen else "",
        },
    )


def _links(code: str) -> dict[str, str]:
    """Addresses of what comes next, "" for those that are not installed."""
    wanted = {
        "scenario": f"/scenarios/nouveau/?territoire={code}",
        "map": f"/carte/?territoire={code}",
        "survey": f"/territoires/{code}/enquete/",
        "knowledge": f"/territoires/{code}/connaissances/",
    }
    return {name: address if _exists(address.split("?")[0]) else "" for name, address in wanted.items()}


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


# --- To take it away ------------------------------------------------------------------------------------------


@require_safe
def document(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF. Written on demand: so many for one address in ten minutes."""
    return _answered(request, code, lambda report: _pdf(request, report))


def _pdf(request: HttpRequest, report: Report) -> HttpResponse:
    wait = count_attempt(
        "diagnosis-pdf",
        get_adapter(request).get_client_ip(request),
        limit=DOCUMENTS_PER_ADDRESS,
        seconds=DOCUMENTS_SECONDS,
        now=clock.now(),
    )
    if wait is not None:
        raise Throttled(
            "Beaucoup de documents ont été demandés depuis votre connexion. Attendez quelques minutes\u00a0: la page "
            "du diagnostic, elle, reste ouverte.",
            details={"retry_after": wait},
        )
    response = HttpResponse(diagnosis_document.render_pdf(report), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{diagnosis_document.file_name(report)}"'
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_safe
def figures(request: HttpRequest, code: str) -> HttpResponse:
    """Every figure, one a line, with its source and nature."""
    return _answered(request, code, _csv)


def _csv(report: Report) -> HttpResponse:
    """A file a French spreadsheet opens as it is: UTF-8 with its mark, semicolons; the rows are already safe."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    name = f"diagnostic-{svg_id(report.place.name)[:60]}-{report.as_of}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response, delimiter=";")
    for row in to_csv_rows(report):
        writer.writerow(row)
    return response
