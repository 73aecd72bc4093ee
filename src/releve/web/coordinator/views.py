"""`/coordination/`: what needs action today first, then the table of sites, then the same figures as files."""

from __future__ import annotations

import csv
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.queries import has_capability
from releve.contexts.indicators.rules import WeekCoverage
from releve.web.account.guards import staff_required

from . import territory


def _week_cell(week: WeekCoverage) -> dict[str, Any]:
    return {
        "level": week.level,
        "covered": territory.days(week.covered_days),
        "wished": territory.days(week.wished_days),
        "monday": week.monday,
    }


@staff_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The territory: a constant number of statements, whatever the number of sites."""
    view = territory.read_territory(request)
    activity = view.activity
    can_publish = has_capability(request.user, Capability.ROSTER_MANAGE)
    return render(
        request,
        "coordinator/dashboard.html",
        {
            "view": view,
            "nav_items": territory.nav_items(can_publish),
            "nav_current": "territory",
            "rows": [
                {
                    "row": row,
                    "cells": [_week_cell(week) for week in row.weeks],
                    "covered": territory.days(row.total.covered_days),
                    "wished": territory.days(row.total.wished_days),
                    "rate": territory.percent(row.total.rate),
                }
                for row in view.rows
            ],
            "total": {"rate": territory.percent(view.total.rate)},
            "thin": [
                {"row": row, "weeks": [_week_cell(week) for week in row.thin_weeks]} for row in view.thin_rows
            ],
            "figure_days": (
                f"{territory.days(view.total.covered_days)} sur {territory.days(view.total.wished_days)} jours, "
                "six semaines"
            ),
            "figure_period": f"sur les {territory.ACTIVITY_DAYS} derniers jours",
            "fill": territory.percent(activity.fill_rate),
            "no_show": territory.percent(activity.no_show_rate),
            "need_days": territory.NEED_DAYS,
            "nothing_urgent": not (view.needs_soon or view.proposals or view.thin_rows),
            "can_publish": can_publish,
            "query": request.GET.urlencode(),
        },
    )


def _csv(name: str, header: list[str], rows: list[list[Any]]) -> HttpResponse:
    """A file a French spreadsheet opens as it is: UTF-8 with its mark, semicolons."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response, delimiter=";")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_safe(value) for value in row])
    return response


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula is opened as text."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


@staff_required
@require_safe
def coverage_csv(request: HttpRequest) -> HttpResponse:
    """The table of the page, one line per site and week."""
    view = territory.read_territory(request)
    lines = [
        [
            row.site.practice.name,
            row.site.name,
            row.site.commune.name,
            row.site.commune.departement_id or "",
            row.site.commune.epci.name if row.site.commune.epci else "",
            week.monday.isoformat(),
            territory.days(week.wished_days),
            territory.days(week.covered_days),
            territory.days(week.proposed / 2),
            territory.days(week.missing_days),
        ]
        for row in view.rows
        for week in row.weeks
    ]
    header = [
        "cabinet",
        "lieu",
        "commune",
        "département",
        "intercommunalité",
        "semaine du",
        "jours médecin souhaités",
        "jours pourvus",
        "jours proposés",
        "jours manquants",
    ]
    return _csv(f"couverture-{view.filters.first_monday.isoformat()}.csv", header, lines)


@staff_required
@require_safe
def needs_csv(request: HttpRequest) -> HttpResponse:
    """The open needs of the coming two weeks."""
    view = territory.read_territory(request)
    lines = []
    for site, shifts in view.needs_soon:
        zone = ZoneInfo(site.time_zone)
        for shift in shifts:
            starts, ends = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
            lines.append(
                [
                    shift.day.isoformat(),
                    f"{starts:%H:%M}",
                    f"{ends:%H:%M}",
                    site.name,
                    site.commune.name,
                    site.practice.name,
                    shift.get_kind_display(),
                    shift.note,
                ]
            )
    header = ["jour", "début", "fin", "lieu", "commune", "cabinet", "type", "remarque"]
    return _csv("besoins.csv", header, lines)
