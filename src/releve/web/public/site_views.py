"""A place: who consults and when, what for, how to come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from releve.contexts.booking import queries as booking
from releve.contexts.practices import queries as practices
from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.rostering import queries as rostering
from releve.contexts.territory import queries as territory
from releve.kernel import clock

from .month import Month, month_weeks, read_month

MAP_RADIUS_KM = 15
NEXT_TIMES = 6
NEXT_TIMES_DAYS = 28


def _state(site: Any, today: date) -> str:
    """`open`, `preparing`, or `ended` (closed, or past its planned end)."""
    practice = site.practice
    if practice.status == PracticeStatus.PREPARING:
        return "preparing"
    ends = [day for day in (practice.planned_end_on, site.planned_end_on) if day]
    if practice.status == PracticeStatus.CLOSED or (ends and min(ends) < today):
        return "ended"
    return "open"


def _closed_days(site: Any, month: Month) -> set[date]:
    days: set[date] = set()
    for closure in practices.list_closures(site.pk, since=month.first):
        day = max(closure.first_day, month.first)
        while day <= min(closure.last_day, month.last):
            days.add(day)
            day += timedelta(days=1)
    return days


def _directions(site: Any) -> str:
    """An outside map with the way to the place; only opened when the visitor asks."""
    return f"https://www.openstreetmap.org/directions?{urlencode({'to': f'{site.lat:.5f},{site.lon:.5f}'})}"


@require_safe
def site_page(request: HttpRequest, site_slug: str) -> HttpResponse:
    now = clock.now()
    site = practices.get_public_site(site_slug)
    today = clock.local_day(now, site.time_zone)
    month = read_month(request.GET.get("mois", ""), today)
    state = _state(site, today)
    opening = rostering.opening_days(site.pk, month.first, month.last)
    reasons = booking.list_reasons(site.practice_id) if state == "open" else []
    slots = (
        booking.find_slots(
            site_id=site.pk,
            reason_id=reasons[0].pk,
            first_day=today,
            days=NEXT_TIMES_DAYS,
            now=now,
            limit=NEXT_TIMES,
        )
        if reasons
        else []
    )
    weeks = month_weeks(
        month,
        today=today,
        hours_by_day={item.day: item.hours for item in opening},
        closed_days=_closed_days(site, month),
    )
    return render(
        request,
        "public/site.html",
        {
            "site": site,
            "practice": site.practice,
            "state": state,
            "today": today,
            "month": month,
            "weeks": weeks,
            "opening": [item for item in opening if item.day >= today],
            "reasons": reasons,
            "slots": slots,
            "phone_number": site.phone or site.practice.phone,
            "directions": _directions(site),
            "equipment": site.equipment.all(),
        },
    )


@require_safe
@cache_control(public=True, max_age=3600)
def site_map(request: HttpRequest, site_slug: str) -> HttpResponse:
    """Contours of the communes around and the point of the place: our own map, no outside tile."""
    site = practices.get_public_site(site_slug)
    return JsonResponse(
        {
            "site": {
                "name": site.name,
                "lat": site.lat,
                "lon": site.lon,
                "commune": site.commune.name,
                "code": site.commune_id,
            },
            "shapes": territory.shapes_around(site.lat, site.lon, MAP_RADIUS_KM),
        }
    )
