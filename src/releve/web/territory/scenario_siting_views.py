"""Where to open: a budget of days a week, an aim, limits; the plan, how sure it is, what a further day would add."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from releve.contexts.diagnosis import charts, siting_plan, territories
from releve.contexts.diagnosis.drawing import NARROW, WIDE
from releve.contexts.diagnosis.enums import TerritoryKind
from releve.contexts.diagnosis.parameters import all_values
from releve.contexts.diagnosis.report import Chart, Place, Series
from releve.contexts.diagnosis.scenarios import as_number
from releve.contexts.diagnosis.siting_plan import AIM_LABELS, AIM_UNITS, Question, SitingPlan
from releve.contexts.territory.national import national
from releve.kernel.costly import Turns
from releve.kernel.errors import DomainError, Invalid, Unavailable
from releve.kernel.french import NBSP, number

from .scenario_views import start, throttle, today_in_paris

PLANS_PER_ADDRESS, PLAN_SECONDS = 20, 60
SECONDS, SECONDS_LARGE = 3.0, 8.0
LARGE = 120  # communes
_KEPT = 32
# One search at a time in a process: it takes the whole of a core for seconds.
computing = Turns(at_once=1, waiting=2, seconds=10.0)
_plans: OrderedDict[Any, SitingPlan] = OrderedDict()
_lock = Lock()


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?territoire=248500530&jours=6&but=people&minutes=20&lieux=3&equite=oui`."""
    code = request.GET.get("territoire", "").strip()[:400]
    if not code:
        return start(request, siting=True)
    try:
        place = territories.resolve(code)
    except DomainError as unknown:
        return start(request, message=unknown.message, status=404, siting=True)
    asked = "jours" in request.GET
    typed = {name: request.GET.get(name, "")[:20] for name in ("jours", "but", "minutes", "lieux", "equite")}
    plan: SitingPlan | None = None
    error: DomainError | None = None
    if asked:
        try:
            plan = _plan(request, place, _question(typed))
        except (Invalid, Unavailable) as refused:
            error = refused
    context = {
        "place": place,
        "typed": {**typed, "jours": typed["jours"] or "6", "but": typed["but"] or "priority"},
        "aims": list(AIM_LABELS.items()),
        "may_be_fair": _may_be_fair(place),
        "plan": plan,
        "error": error,
        "unit": AIM_UNITS.get(plan.question.aim, "") if plan else "",
        "gap_percent": round(100 * plan.gap, 1) if plan and plan.gap < 100 else None,
        "spent": sum(site.days for site in plan.sites) if plan else 0,
        "chart": _chart(plan) if plan and plan.further else None,
        "scenario_href": _scenario_href(plan) if plan and plan.sites else "",
        "modelled": national().modelled,
        "is_large": len(place.commune_codes) > LARGE,
    }
    response = render(
        request, "territory/scenario_siting.html", context, status=error.status if error else 200
    )
    if error is not None and "retry_after" in error.details:
        response["Retry-After"] = str(error.details["retry_after"])
    return response


def _question(typed: dict[str, str]) -> Question:
    days = as_number(typed["jours"])
    minutes, sites = as_number(typed["minutes"]), as_number(typed["lieux"])
    if typed["minutes"] and minutes is None:
        raise Invalid("Le trajet maximal est un nombre de minutes.", code="bad-minutes", field="max_minutes")
    if typed["lieux"] and (sites is None or not float(sites).is_integer()):
        raise Invalid("Le nombre de lieux est un nombre entier.", code="bad-sites", field="max_sites")
    return Question(
        days=float("nan") if days is None else days,
        aim=typed["but"] or "priority",
        max_minutes=minutes,
        max_sites=None if sites is None else int(sites),
        fair=bool(typed["equite"]),
    ).checked()


def _may_be_fair(place: Place) -> bool:
    return place.kind != TerritoryKind.EPCI and len(place.commune_codes) > 1


def _plan(request: HttpRequest, place: Place, question: Question) -> SitingPlan:
    """The plan of a question, kept for the next reader: the same data and day give the same plan."""
    today = today_in_paris()
    key = (place, question, today, national().key, tuple(all_values(today).items()))
    if (known := _known(key)) is not None:
        return known
    throttle(request, "scenario-siting", PLANS_PER_ADDRESS, PLAN_SECONDS)
    seconds = SECONDS_LARGE if len(place.commune_codes) > LARGE else SECONDS
    with computing.turn():
        # Somebody may have asked the same meanwhile.
        if (known := _known(key)) is not None:
            return known
        plan = siting_plan.propose(place, question, today=today, seconds=seconds)
    with _lock:
        _plans[key] = plan
        while len(_plans) > _KEPT:
            _plans.popitem(last=False)
    return plan


def _known(key: Any) -> SitingPlan | None:
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
        return _plans.get(key)


def _scenario_href(plan: SitingPlan) -> str:
    sites = ",".join(f"{site.code}:{site.days:g}" for site in plan.sites)
    return f"{reverse('territory:scenario-new')}?{urlencode({'territoire': plan.place.code, 'lieux': sites})}"


_GAIN_WORDS = {
    "people": "habitants",
    "minimum": "consultation par an et par habitant",
    "priority": "consultations par an",
    "travel": "minute de route",
}


def _chart(plan: SitingPlan) -> dict[str, Any]:
    """What each further day adds, in the unit of the aim."""
    best = max(day.gain for day in plan.further)
    some = best > (0.005 if plan.decimals == 2 else 0.05 if plan.decimals else 0.5)
    last = plan.further[-1]
    chart = Chart(
        "further",
        f"Un jour de plus apporterait au mieux {number(best, plan.decimals)}{NBSP}{_GAIN_WORDS[plan.question.aim]}"
        if some
        else f"Aller jusqu’à {number(last.days)}{NBSP}jours n’apporterait presque rien de plus",
        "bars",
        AIM_UNITS[plan.question.aim],
        (Series("Gain", tuple((f"{number(day.days)}e jour", day.gain) for day in plan.further)),),
        "model",
        decimals=plan.decimals,
    )
    return {
        "title": chart.title,
        "unit": chart.unit,
        "wide": mark_safe(charts.chart_svg(chart, width=WIDE, uid="jours-l")),
        "narrow": mark_safe(charts.chart_svg(chart, width=NARROW, uid="jours-e")),
        "table": charts.chart_table(chart),
    }
