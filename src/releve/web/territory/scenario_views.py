"""The scenario builder: a form that works alone, and the same answer in JSON for the page that follows the hand.

`POST /scenarios/nouveau/` with `do`: compute, save, add-<kind>, remove-<row>. Only `save` writes.
"""

from __future__ import annotations

import json
import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.diagnosis import services_scenarios as services
from releve.contexts.diagnosis import territories
from releve.contexts.diagnosis.parameters import value as parameter_value
from releve.contexts.diagnosis.queries import scenarios as saved
from releve.contexts.diagnosis.report import Place
from releve.contexts.diagnosis.scenario_effects import compute, knowledge_in_force
from releve.contexts.diagnosis.scenario_figures import parameter_words
from releve.contexts.diagnosis.scenario_json import result_to_dict
from releve.contexts.diagnosis.scenarios import MAX_BYTES, ActionKind, Content, ScenarioResult, read_content
from releve.contexts.diagnosis.sections.voices import fact_words
from releve.contexts.diagnosis.territory_search import search_territories
from releve.contexts.practices.queries import open_sites
from releve.contexts.territory.national import national
from releve.contexts.territory.queries import search_communes
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, Invalid, NotFound, Reason, Throttled
from releve.kernel.french import number
from releve.kernel.rates import count_attempt
from releve.web.ui.typography import PARIS

from . import scenario_memory as memory
from .map_frame import frame
from .scenario_forms import (
    BuilderForm,
    add_row,
    check,
    commune_label,
    form_of,
    place_errors,
    read_form,
    remove_row,
)
from .scenario_show import LEGEND, map_of, shown

CALCULATIONS_PER_ADDRESS, CALCULATION_SECONDS = 300, 60
SAVES_PER_ADDRESS, SAVE_SECONDS = 60, 600
LARGEST_BODY = 2 * MAX_BYTES
ANONYMOUS = Actor("anonymous")
TOO_LARGE = "Cette demande est trop longue\u00a0: un scénario tient en quelques lignes."


def today_in_paris() -> Any:
    return clock.local_day(clock.now(), PARIS)


def actor_of(request: HttpRequest) -> Actor:
    return Actor.user(request.user) if request.user.is_authenticated else ANONYMOUS


def throttle(request: HttpRequest, kind: str, limit: int, seconds: int) -> None:
    wait = count_attempt(
        kind, get_adapter(request).get_client_ip(request), limit=limit, seconds=seconds, now=clock.now()
    )
    if wait is not None:
        raise Throttled(
            "Beaucoup de demandes sont venues de votre connexion. Attendez un peu\u00a0: rien de ce que vous avez saisi "
            "n’est perdu.",
            details={"retry_after": wait},
        )


# --- The page ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """`?territoire=85161`; `&lieux=85161:3,85002:2` begins with these sites; `?depuis=<token>` with a saved one."""
    if request.method == "POST":
        return _posted(request, None)
    if source := request.GET.get("depuis", ""):
        row = saved.get_scenario(source)
        form = form_of(
            read_content(row.content), row.territory_code, names=_names(), name=f"{row.name} (copie)"[:120]
        )
        return _page(request, form, None)
    code = request.GET.get("territoire", "").strip()[:400]
    if not code:
        return start(request)
    try:
        place = territories.resolve(code)
    except DomainError as error:
        return start(request, message=error.message, status=404)
    return _page(request, _first_form(place, request.GET.get("lieux", "")[:400]), None)


def start(
    request: HttpRequest, *, message: str = "", status: int = 200, siting: bool = False
) -> HttpResponse:
    """Which territory? One field, then the builder."""
    query = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:80]
    hits = search_territories(query, limit=12) if query else []
    siting = siting or request.GET.get("pour") == "ou-ouvrir"
    target = "scenario-siting" if siting else "scenario-new"
    if len(hits) == 1:
        return redirect(f"{_address(target)}?territoire={hits[0].code}")
    context = {"query": query, "hits": hits, "message": message, "target": _address(target), "pour": target}
    return render(
        request, "territory/scenario_start.html", context, status=404 if query and not hits else status
    )


def _address(name: str) -> str:
    return "/scenarios/ou-ouvrir/" if name == "scenario-siting" else "/scenarios/nouveau/"


def _names() -> dict[str, str]:
    """Names by code of every commune; built when a page needs them (a few milliseconds)."""
    country = national()
    return dict(zip(country.codes.tolist(), country.names.tolist(), strict=True))


def _first_form(place: Place, sites: str) -> BuilderForm:
    """A place to begin: the proposed sites, or three days in the commune (the most inhabited one of a territory)."""
    form, names = BuilderForm(territory=place.code), _names()
    for part in sites.split(","):
        code, _, days = part.partition(":")
        if code in names and days:
            add_row(form, ActionKind.SITE, commune_label(code, names[code]))
            form.rows[-1].days = days[:4]
    if not form.rows:
        country = national()
        known = [code for code in place.commune_codes if code in country.index]
        if len(place.commune_codes) == 1 or known:
            code = max(known, key=lambda c: country.population[country.index[c]]) if known else place.code
            add_row(form, ActionKind.SITE, commune_label(code, names.get(code, place.name)))
    for row in form.rows:
        row.is_new = False
    return form


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, token: str) -> HttpResponse:
    """Change a saved scenario: its owner, or who made it in this browser."""
    row = saved.get_scenario(token)
    saved.require_change(row, user=request.user, digests=memory.digests(request, token))
    if request.method == "POST":
        return _posted(request, row)
    form = form_of(
        read_content(row.content), row.territory_code, names=_names(), name=row.name, version=row.version
    )
    return _page(request, form, row)


def _posted(request: HttpRequest, row: Any) -> HttpResponse:
    form = read_form(request.POST)
    if row is not None:
        form.territory = row.territory_code
    do = request.POST.get("do", "compute")
    if do.startswith("add-"):
        add_row(form, do.removeprefix("add-"), request.POST.get("commune-ajoutee", "")[:120])
        return _page(request, form, row)
    if do.startswith("remove-"):
        remove_row(form, do.removeprefix("remove-"))
        return _page(request, form, row)
    if do == "save":
        return _save(request, form, row)
    throttle(request, "scenario-calculate", CALCULATIONS_PER_ADDRESS, CALCULATION_SECONDS)
    return _page(request, form, row, strict=True)


def _save(request: HttpRequest, form: BuilderForm, row: Any) -> HttpResponse:
    content = check(form)
    if not form.name:
        form.errors.append("Donnez un nom à ce scénario pour l’enregistrer.")
    if content is None or not form.is_valid:
        return _page(request, form, row, strict=True)
    throttle(request, "scenario-save", SAVES_PER_ADDRESS, SAVE_SECONDS)
    common = {"name": form.name, "content": content, "today": today_in_paris(), "by": actor_of(request)}
    try:
        if row is None:
            made = services.save_scenario(territory=form.territory, now=clock.now(), **common)
            memory.remember(request, made.scenario.token, made.secret)
            token, words = made.scenario.token, "Scénario enregistré."
        else:
            version = int(form.version) if form.version.isdecimal() else 0
            services.change_scenario(scenario_id=row.pk, expected_version=version, now=clock.now(), **common)
            token, words = row.token, "Scénario modifié."
    except Conflict as error:
        form.errors.append(error.message)
        form.version = str(error.details.get("version", form.version))
        return _page(request, form, row, status=error.status)
    except Invalid as error:
        place_errors(form, error)
        return _page(request, form, row, strict=True)
    messages.success(request, words)
    return redirect("territory:scenario", token)


def _page(
    request: HttpRequest, form: BuilderForm, row: Any, *, strict: bool = False, status: int = 200
) -> HttpResponse:
    """The form with the result of what it holds; `strict`: what is wrong is said, with status 422."""
    try:
        place = territories.resolve(form.territory)
    except (NotFound, Invalid) as error:
        return start(request, message=error.message, status=404)
    result = _result(form, place, strict=strict)
    if strict and not form.is_valid and status == 200:
        status = 422
    ticked = set(form.knowledge)
    context = {
        "form": form,
        "place": place,
        "scenario": row,
        "result": result,
        "shown": shown(result) if result else None,
        "map_data": map_of(result) if result else {},
        "kinds": [(kind.value, words) for kind, words in _ADDS],
        "sites": [
            {"slug": site.slug, "words": f"{site.name}, {site.commune.name}"} for site in open_sites()[:300]
        ],
        "knowledge": [
            {"id": fact.pk, "words": fact_words(fact), "row": fact, "ticked": fact.pk in ticked}
            for fact in knowledge_in_force(place.commune_codes, today=today_in_paris())
        ],
        "parameters": parameter_words(today_in_paris()),
        "default_visits": number(parameter_value("visits_per_day", on=today_in_paris())),
        "frame": frame(),
        "legend": LEGEND,
        "action": request.path,
        "modelled": national().modelled,
        "members": list(place.commune_codes[:400]),
    }
    return render(request, "territory/scenario_builder.html", context, status=status)


_ADDS = (
    (ActionKind.SITE, "Un lieu"),
    (ActionKind.DOCTOR_LEAVES, "Un départ de médecin"),
    (ActionKind.DOCTOR_ARRIVES, "Une installation"),
    (ActionKind.MOBILE, "Une tournée mobile"),
    (ActionKind.SITE_CLOSES, "Une fermeture de lieu"),
)


def _result(form: BuilderForm, place: Place, *, strict: bool) -> ScenarioResult | None:
    content = form.content
    if content is None and form.is_valid:
        content = check(form)
    found = None
    if content is not None:
        try:
            found = compute(content, place, today=today_in_paris())
        except Invalid as error:
            place_errors(form, error)
    if not strict:
        # The person has not finished typing: a row that was just added is not a mistake yet.
        for row in form.rows:
            row.errors.clear()
    return found


# --- What the page asks for as one types ------------------------------------------------------------------------


@require_safe
def communes(request: HttpRequest) -> HttpResponse:
    """Options of a commune field: the value carries the code in brackets."""
    query = next((value for name, value in request.GET.items() if name.endswith("commune")), "")
    query = " ".join(str(query).replace("\x00", " ").split())[:80]
    hits = search_communes(query, limit=8) if len(query) >= 2 else []
    options = [(hit, commune_label(hit.code, hit.name)) for hit in hits]
    response = render(
        request,
        "territory/scenario_communes.html",
        {"query": query, "options": options, "serial": _serial(request)},
    )
    response["Cache-Control"] = "public, max-age=3600"
    return response


def _serial(request: HttpRequest) -> str:
    """Part of the identifiers of the options: several fields may be open on the page."""
    name = next((name for name in request.GET if name.endswith("commune")), "")
    return "".join(letter for letter in name if letter.isalnum() or letter == "-")[:20]


@require_POST
def calculate(request: HttpRequest) -> HttpResponse:
    """The figures of a content that is not saved. Body: `{"territory": "85161", "content": {…}}`, or `"form"`: the
    fields of the builder. Answers `{"result": {…}, "html": "…", "map": {…}, "milliseconds": 31}`; 422 with `errors`.
    """
    try:
        return _calculated(request)
    except DomainError as error:
        body = {
            "code": error.code,
            "message": error.message,
            "errors": [
                {"code": reason.code, "message": reason.message}
                for reason in error.reasons or (Reason(error.code, error.message),)
            ],
            "fields": error.details.get("fields", []),
        }
        response = JsonResponse(body, status=error.status)
        if "retry_after" in error.details:
            response["Retry-After"] = str(int(error.details["retry_after"]))
        return response


def _calculated(request: HttpRequest) -> HttpResponse:
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise Invalid(TOO_LARGE, code="too-large")
    throttle(request, "scenario-calculate", CALCULATIONS_PER_ADDRESS, CALCULATION_SECONDS)
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid("Cette demande est illisible.", code="unreadable") from None
    if not isinstance(asked, dict):
        raise Invalid("Cette demande est illisible.", code="unreadable")
    begun = time.perf_counter()
    form, content = _asked(asked)
    territory = form.territory if form is not None else asked.get("territory")
    place = territories.resolve(territory if isinstance(territory, str) else "")
    if content is None:
        return JsonResponse(_refusal(form), status=422)
    try:
        result = compute(content, place, today=today_in_paris())
    except Invalid as error:
        if form is None:
            raise
        place_errors(form, error)
        return JsonResponse(_refusal(form), status=422)
    html = render_to_string(
        "territory/scenario_result.html", {"result": result, "shown": shown(result), "place": place}
    )
    answer: dict[str, Any] = {
        "html": html,
        "map": map_of(result),
        "summary": result.summary,
        "milliseconds": round(1000 * (time.perf_counter() - begun)),
    }
    if form is None:
        answer["result"] = result_to_dict(result)
    return JsonResponse(answer)


def _asked(asked: dict[str, Any]) -> tuple[BuilderForm | None, Content | None]:
    fields = asked.get("form")
    if fields is None:
        return None, read_content(asked.get("content"))
    if not isinstance(fields, dict) or len(fields) > 500:
        raise Invalid("Cette demande est illisible.", code="unreadable")
    data: MultiValueDict[str, Any] = MultiValueDict(
        {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    )
    form = read_form(data)
    return form, check(form)


def _refusal(form: BuilderForm | None) -> dict[str, Any]:
    found = form.messages if form is not None else []
    return {
        "code": "invalid",
        "message": found[0][1] if found else "Ce scénario ne peut pas être calculé.",
        "errors": [{"field": field, "message": message} for field, message in found],
    }
