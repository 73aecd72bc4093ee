"""The roster calendar of a practice: month, week, printed month. `roster.js` adds dragging."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.indicators import queries as indicators
from releve.contexts.indicators.rules import WeekCoverage, monday_of, total_coverage
from releve.contexts.practices.access import access_practice, practice_capabilities
from releve.contexts.rostering import queries as rostering
from releve.contexts.rostering.enums import ShiftStatus
from releve.contexts.territory.queries import public_holiday
from releve.kernel import clock
from releve.kernel.errors import Invalid
from releve.web.account.guards import staff_required

from . import roster_grid as grid

DEFAULT_ZONE = "Europe/Paris"
_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Period:
    """The weeks a page shows, and how to go to the ones before and after."""

    view: str  # mois | semaine
    mondays: list[date]
    month: int | None
    title: str
    previous: str
    following: str
    param: str  # name of the query parameter that carries the period
    value: str

    @property
    def first(self) -> date:
        return self.mondays[0]

    @property
    def last(self) -> date:
        return self.mondays[-1] + timedelta(days=6)


def read_period(request: HttpRequest, today: date) -> Period:
    """The period asked for by `vue`, `mois`, `semaine`. Raises Invalid for anything else than these words."""
    view = request.GET.get("vue", "mois")
    if view == "mois":
        text = request.GET.get("mois") or f"{today:%Y-%m}"
        found = _MONTH.fullmatch(text)
        if found is None:
            raise Invalid("Le mois s’écrit AAAA-MM, par exemple 2026-03.", field="mois")
        year, month = int(found[1]), int(found[2])
        return Period(
            view="mois",
            mondays=grid.month_mondays(year, month),
            month=month,
            title=grid.month_title(year, month),
            previous=grid.neighbour_month(year, month, -1),
            following=grid.neighbour_month(year, month, 1),
            param="mois",
            value=text,
        )
    if view == "semaine":
        text = request.GET.get("semaine") or today.isoformat()
        try:
            monday = monday_of(date.fromisoformat(text))
        except ValueError:
            raise Invalid("La semaine s’écrit AAAA-MM-JJ, par exemple 2026-03-02.", field="semaine") from None
        if not 2000 <= monday.year <= 2099:
            raise Invalid("Cette semaine est hors du calendrier.", field="semaine")
        row = grid.WeekRow(monday, [], WeekCoverage(monday))
        return Period(
            view="semaine",
            mondays=[monday],
            month=None,
            title=f"semaine {row.number}, {row.title}",
            previous=(monday - timedelta(days=7)).isoformat(),
            following=(monday + timedelta(days=7)).isoformat(),
            param="semaine",
            value=monday.isoformat(),
        )
    raise Invalid("La vue est «\u00a0mois\u00a0» ou «\u00a0semaine\u00a0».", field="vue")


def _notes(days: list[rostering.RosterDay], departement: str) -> Callable[[date], grid.DayNotes]:
    known = {}
    for row in days:
        known[row.day] = grid.DayNotes(
            holiday=(public_holiday(row.day, departement) or "") if departement else "",
            school=row.school_holiday or "",
            closure=", ".join(dict.fromkeys(why for _, why in row.closures)),
        )
    return lambda day: known.get(day) or grid.DayNotes()


def _page(request: HttpRequest, practice_slug: str) -> dict[str, Any]:
    """Everything the calendar and its printed sheet show."""
    practice = access_practice(request.user, practice_slug, Capability.ROSTER_VIEW)
    now = clock.now()
    period = read_period(request, clock.local_day(now, DEFAULT_ZONE))
    view = rostering.roster_view(practice.pk, period.first, period.last)
    site = _chosen_site(request, view.sites)
    if site is not None and len(view.sites) > 1:
        view = rostering.roster_view(practice.pk, period.first, period.last, site_id=site.pk)
    today = clock.local_day(now, site.time_zone if site else DEFAULT_ZONE)
    shown = [site] if site else view.sites
    by_site = indicators.weekly_coverage(
        [s.pk for s in shown], first_monday=period.first, weeks=len(period.mondays)
    )
    coverage = {
        monday: total_coverage(monday, (weeks[i] for weeks in by_site.values()))
        for i, monday in enumerate(period.mondays)
    }
    weeks = grid.build_weeks(
        period.mondays,
        view.shifts,
        coverage=coverage,
        notes_of=_notes(view.days, shown[0].commune.departement_id or "" if shown else ""),
        today=today,
        month=period.month,
    )
    can_manage = Capability.ROSTER_MANAGE in practice_capabilities(request.user, practice)
    # Going from one view to the other stays at the same place in time.
    inside = period.first <= today <= period.last
    middle = today if inside else period.mondays[min(1, len(period.mondays) - 1)]
    return {
        "practice": practice,
        "nav_current": "roster",
        "month_param": period.value if period.view == "mois" else f"{period.first + timedelta(days=3):%Y-%m}",
        "week_param": period.value if period.view == "semaine" else monday_of(middle).isoformat(),
        "is_week": period.view == "semaine",
        "drag_date": (period.value + "-01") if period.view == "mois" else period.value,
        "sites": view.sites,
        "site": site,
        "several_sites": site is None and len(view.sites) > 1,
        "period": period,
        "weeks": [(row, grid.coverage_sentence(row.coverage)) for row in weeks],
        "counts": view.counts,
        "open_count": view.counts.get(ShiftStatus.OPEN, 0),
        "proposed_count": view.counts.get(ShiftStatus.PROPOSED, 0),
        "can_manage": can_manage,
        "today": today,
        "weekdays": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    }


def _chosen_site(request: HttpRequest, sites: list[Any]) -> Any:
    slug = request.GET.get("site", "")
    if not slug:
        return sites[0] if len(sites) == 1 else None
    for site in sites:
        if site.slug == slug:
            return site
    raise Invalid("Ce lieu n’est pas un lieu de ce cabinet.", field="site")


@staff_required
@require_safe
def calendar(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Month or week of the roster."""
    page = _page(request, practice_slug)
    cards = [card for row, _ in page["weeks"] for cell in row.cells for card in cell.cards]
    page["events"] = [
        {
            "id": str(card.id),
            "start": f"{card.day.isoformat()}T{card.starts}:00",
            "end": f"{card.day.isoformat()}T{card.ends}:00",
            "title": card.who,
            "label": f"{card.status_label}, {card.kind_label}",
            "room": card.room,
            "status": card.status,
            "version": card.version,
            "movable": card.movable and page["can_manage"],
            "url": reverse("roster:shift", args=[practice_slug, card.id]),
        }
        for card in cards
        if card.status != ShiftStatus.CANCELLED
    ]
    return render(request, "desk/roster/calendar.html", page)


@staff_required
@require_safe
def print_month(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """The month on one A4 sheet, landscape."""
    page = _page(request, practice_slug)
    page["printed_at"] = clock.now()
    return render(request, "desk/roster/print.html", page)
