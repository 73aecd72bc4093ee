"""Saved scenarios: mine, one, several side by side, their files, and the file of a practice they may join."""

from __future__ import annotations

import csv
import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.diagnosis import services_scenarios as services
from releve.contexts.diagnosis import territories
from releve.contexts.diagnosis.drawing import svg_id
from releve.contexts.diagnosis.queries import scenarios as queries
from releve.contexts.diagnosis.scenario_json import compare as side_by_side
from releve.contexts.diagnosis.scenario_json import result_from_dict, result_to_csv_rows
from releve.contexts.practices.access import access_practice, list_practices
from releve.contexts.territory.national import national
from releve.kernel import clock
from releve.kernel.errors import Conflict, DomainError, Invalid
from releve.web.account.guards import staff_required

from . import scenario_memory as memory
from .map_frame import frame
from .scenario_show import LEGEND, map_of, shown
from .scenario_views import actor_of

MIN_COMPARED, MAX_COMPARED = 2, 4


def _mine(request: HttpRequest) -> list[Any]:
    return queries.list_scenarios(user=request.user, tokens=memory.tokens(request))


def _place_name(row: Any) -> str:
    try:
        return territories.resolve(row.territory_code).name
    except DomainError:  # a perimeter withdrawn, communes merged since: the figures stay readable
        return str(row.territory_code)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Scenarios of this account and of this browser."""
    rows = [
        {"row": row, "place": _place_name(row), "actions": len(row.content.get("actions", []))}
        for row in _mine(request)
    ]
    return render(request, "territory/scenarios.html", {"rows": rows, "max_compared": MAX_COMPARED})


@require_safe
def saved(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.get_scenario(token)
    return _saved(request, row)


def _saved(request: HttpRequest, row: Any, *, refusal: DomainError | None = None) -> HttpResponse:
    result = result_from_dict(row.result)
    may_change = queries.may_change(row, user=request.user, digests=memory.digests(request, row.token))
    practices = (
        list(list_practices(request.user, Capability.PRACTICE_SETTINGS)[:200])
        if request.user.is_authenticated
        else []
    )
    attached_here = row.practice is not None and any(p.pk == row.practice_id for p in practices)
    context = {
        "scenario": row,
        "result": result,
        "shown": shown(result),
        "map_data": map_of(result),
        "place_name": _place_name(row),
        "may_change": may_change,
        "others": [other for other in _mine(request) if other.pk != row.pk][:12],
        "practices": [p for p in practices if p.pk != row.practice_id],
        "attached_here": attached_here,
        "outdated": dict(row.vintages) != national().vintages,
        "frame": frame(),
        "legend": LEGEND,
        "refusal": refusal,
        "address": request.build_absolute_uri(request.path),
        "max_compared": MAX_COMPARED,
    }
    return render(
        request, "territory/scenario_saved.html", context, status=refusal.status if refusal else 200
    )


@require_POST
def delete(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.get_scenario(token)
    queries.require_change(row, user=request.user, digests=memory.digests(request, token))
    try:
        services.delete_scenario(scenario_id=row.pk, by=actor_of(request), now=clock.now())
    except Conflict as error:
        return _saved(request, row, refusal=error)
    memory.forget(request, token)
    messages.success(request, f"Le scénario «\u00a0{row.name}\u00a0» est supprimé.")
    return redirect("territory:scenarios")


@staff_required
@require_POST
def attach(request: HttpRequest, token: str) -> HttpResponse:
    """Into the file of a practice whose settings the person holds; somebody else's scenario is copied there."""
    row = queries.get_scenario(token)
    practice = access_practice(
        request.user, request.POST.get("cabinet", "")[:80], Capability.PRACTICE_SETTINGS
    )
    own = queries.may_change(row, user=request.user, digests=memory.digests(request, token))
    try:
        kept = services.attach_scenario(
            scenario_id=row.pk, practice_id=practice.pk, own=own, by=actor_of(request), now=clock.now()
        )
    except Conflict as error:
        return _saved(request, row, refusal=error)
    copied = (
        "" if kept.pk == row.pk else " Une copie a été faite, pour que le dossier ne change pas à votre insu."
    )
    messages.success(request, f"Scénario au dossier de {practice.name}.{copied}")
    return redirect("territory:scenario", kept.token)


@staff_required
@require_POST
def detach(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.get_scenario(token)
    if row.practice is None:
        return redirect("territory:scenario", token)
    practice = access_practice(request.user, row.practice.slug, Capability.PRACTICE_SETTINGS)
    services.detach_scenario(
        scenario_id=row.pk, practice_id=practice.pk, by=actor_of(request), now=clock.now()
    )
    messages.success(request, f"Scénario retiré du dossier de {practice.name}.")
    return redirect("territory:scenario", token)


# --- Files ------------------------------------------------------------------------------------------------------


def _file_name(row: Any, extension: str) -> str:
    return f"scenario-{svg_id(row.name)[:60]}.{extension}"


@require_safe
def as_csv(request: HttpRequest, token: str) -> HttpResponse:
    """Every figure and table, for a French spreadsheet: UTF-8 with its mark, semicolons."""
    row = queries.get_scenario(token)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(row, "csv")}"'
    csv.writer(response, delimiter=";").writerows(result_to_csv_rows(row.name, result_from_dict(row.result)))
    return response


@require_safe
def as_json(request: HttpRequest, token: str) -> HttpResponse:
    """Content, result and vintages, as they were saved."""
    row = queries.get_scenario(token)
    body = {
        "name": row.name,
        "territory": {"kind": row.territory_kind, "code": row.territory_code},
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "version": row.version,
        "content": row.content,
        "result": row.result,
        "vintages": row.vintages,
    }
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{_file_name(row, "json")}"'
    return response


# --- Side by side -----------------------------------------------------------------------------------------------


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """`?s=token&s=token`, two to four."""
    tokens = list(dict.fromkeys(token for token in request.GET.getlist("s") if token))
    if not MIN_COMPARED <= len(tokens) <= MAX_COMPARED:
        raise Invalid(
            f"Choisissez de {MIN_COMPARED} à {MAX_COMPARED} scénarios à comparer.",
            code="bad-selection",
            field="s",
        )
    rows = [queries.get_scenario(token) for token in tokens]
    results = [result_from_dict(row.result) for row in rows]
    columns = [
        {"row": row, "place": _place_name(row), "result": result, "letter": "ABCD"[rank]}
        for rank, (row, result) in enumerate(zip(rows, results, strict=True))
    ]
    context = {
        "columns": columns,
        "table": side_by_side(results),
        "places": sorted({_place_name(row) for row in rows}),
        "communes": _communes(results),
        "same_territory": len({row.territory_code for row in rows}) == 1,
        "same_data": all(dict(row.vintages) == dict(rows[0].vintages) for row in rows),
        "territory": rows[0].territory_code,
    }
    return render(request, "territory/scenario_compare.html", context)


def _communes(results: list[Any]) -> list[dict[str, Any]]:
    """Communes that differ most between the scenarios, with the difference each brings."""
    found: dict[str, list[float]] = {}
    for rank, result in enumerate(results):
        for code, (before, after, _) in result.communes.items():
            if before is not None and after is not None:
                found.setdefault(code, [0.0] * len(results))[rank] = after - before
    country = national()
    ranked = sorted(found.items(), key=lambda item: (min(item[1]) - max(item[1]), item[0]))[:15]
    return [
        {"code": code, "name": str(country.names[country.index[code]]).replace("'", "’"), "values": values}
        for code, values in ranked
        if code in country.index and max(values) - min(values) >= 0.005
    ]
