"""What the coordinator's pages show, read once for the page and the files: nothing here grows with the rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.queries import has_capability
from releve.contexts.indicators import queries as indicators
from releve.contexts.indicators.rules import WeekCoverage, monday_of, total_coverage
from releve.contexts.practices.access import list_practices
from releve.kernel import clock
from releve.kernel.errors import Forbidden, Invalid
from releve.web.ui.typography import number

WEEKS = 6
NEED_DAYS = 14
ACTIVITY_DAYS = 28
HOME_ZONE = "Europe/Paris"


@dataclass(frozen=True)
class SiteRow:
    """A site of the territory and its coming weeks."""

    site: Any
    weeks: list[WeekCoverage]
    need_count: int

    @property
    def total(self) -> WeekCoverage:
        return total_coverage(self.weeks[0].monday, self.weeks)

    @property
    def thin_weeks(self) -> list[WeekCoverage]:
        return [week for week in self.weeks if week.is_thin]


@dataclass(frozen=True)
class Filters:
    departement: str
    epci: str
    first_monday: date


@dataclass(frozen=True)
class TerritoryView:
    """One reading of the territory."""

    filters: Filters
    departements: list[Any]
    epcis: list[Any]
    rows: list[SiteRow]
    needs_soon: list[tuple[Any, list[Any]]]  # (site, open shifts)
    proposals: list[Any]
    activity: indicators.Activity
    total: WeekCoverage
    today: date

    @property
    def need_count(self) -> int:
        return sum(len(shifts) for _, shifts in self.needs_soon)

    @property
    def thin_rows(self) -> list[SiteRow]:
        return sorted(
            (row for row in self.rows if row.thin_weeks), key=lambda r: (-len(r.thin_weeks), r.site.name)
        )

    @property
    def mondays(self) -> list[date]:
        return [self.filters.first_monday + timedelta(days=7 * i) for i in range(WEEKS)]


def read_territory(request: HttpRequest) -> TerritoryView:
    """Forbidden without `territory_view` anywhere; Invalid for a filter that names nothing of the territory."""
    if not has_capability(request.user, Capability.TERRITORY_VIEW):
        raise Forbidden("Cette page est réservée à la coordination d’un territoire.")
    now = clock.now()
    today = clock.local_day(now, HOME_ZONE)
    everywhere = indicators.territory_sites(list_practices(request.user, Capability.TERRITORY_VIEW))
    departements = _distinct(site.commune.departement for site in everywhere)
    epcis = _distinct(site.commune.epci for site in everywhere)
    filters = _filters(request, today, departements, epcis)
    sites = [
        site
        for site in everywhere
        if filters.departement in ("", site.commune.departement_id)
        and filters.epci in ("", site.commune.epci_id)
    ]
    return _view(filters, departements, epcis, sites, now=now, today=today)


def _view(
    filters: Filters,
    departements: list[Any],
    epcis: list[Any],
    sites: list[Any],
    *,
    now: datetime,
    today: date,
) -> TerritoryView:
    ids = [site.pk for site in sites]
    coverage = indicators.weekly_coverage(ids, first_monday=filters.first_monday, weeks=WEEKS)
    # One reading serves the action list (two weeks from today) and the table (six weeks from the period asked for).
    last = filters.first_monday + timedelta(days=7 * WEEKS - 1)
    first_day = min(today, filters.first_monday)
    needs = [
        shift
        for shift in indicators.open_needs(
            ids, first=first_day, last=max(last, today + timedelta(days=NEED_DAYS))
        )
        if shift.starts_at > now
    ]
    counts: dict[int, int] = defaultdict(int)
    soon: dict[int, list[Any]] = defaultdict(list)
    for shift in needs:
        if filters.first_monday <= shift.day <= last:
            counts[shift.site_id] += 1
        if shift.day <= today + timedelta(days=NEED_DAYS):
            soon[shift.site_id].append(shift)
    rows = [SiteRow(site, coverage[site.pk], counts[site.pk]) for site in sites]
    by_id = {site.pk: site for site in sites}
    return TerritoryView(
        filters=filters,
        departements=departements,
        epcis=epcis,
        rows=rows,
        # Dict order is the order of the first need: the most pressing place comes first.
        needs_soon=[(by_id[site_id], shifts) for site_id, shifts in soon.items()],
        proposals=indicators.proposals_waiting(ids, now=now),
        activity=indicators.activity(ids, starts=now - timedelta(days=ACTIVITY_DAYS), ends=now),
        total=total_coverage(filters.first_monday, (row.total for row in rows)),
        today=today,
    )


def _distinct(items: Any) -> list[Any]:
    found = {item.pk: item for item in items if item is not None}
    return sorted(found.values(), key=lambda item: item.name)


def _filters(request: HttpRequest, today: date, departements: list[Any], epcis: list[Any]) -> Filters:
    departement, epci = request.GET.get("departement", ""), request.GET.get("epci", "")
    if departement and departement not in {d.pk for d in departements}:
        raise Invalid("Ce département n’est pas dans votre territoire.", field="departement")
    if epci and epci not in {e.pk for e in epcis}:
        raise Invalid("Cette intercommunalité n’est pas dans votre territoire.", field="epci")
    text = request.GET.get("du", "")
    try:
        start = monday_of(date.fromisoformat(text)) if text else monday_of(today)
    except ValueError:
        raise Invalid("Le jour s’écrit AAAA-MM-JJ, par exemple 2026-03-02.", field="du") from None
    if abs((start - today).days) > 800:
        raise Invalid("Cette période est hors du calendrier.", field="du")
    return Filters(departement=departement, epci=epci, first_monday=start)


def nav_items(can_publish: bool) -> list[dict[str, str]]:
    """Navigation of the territory's pages."""
    items = [
        {"key": "territory", "label": "Territoire", "icon": "map", "href": reverse("coordinator:dashboard")}
    ]
    if can_publish:
        items.append(
            {
                "key": "need",
                "label": "Publier un besoin",
                "icon": "plus-circle",
                "href": reverse("coordinator:need_new"),
            }
        )
    items += [
        {
            "key": "surveys",
            "label": "Enquêtes",
            "icon": "chat-square-text",
            "href": reverse("territory:surveys"),
        },
        {
            "key": "perimeters",
            "label": "Périmètres",
            "icon": "bounding-box",
            "href": reverse("territory:perimeters"),
        },
    ]
    return items


def percent(share: float | None) -> str:
    """`82 %`; a dash when unknown."""
    return "–" if share is None else f"{round(share * 100)}\u00a0%"


def days(value: float) -> str:
    """Days without useless decimals: `2`, `2,5`."""
    return number(value, 0 if float(value).is_integer() else 1)
