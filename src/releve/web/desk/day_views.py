"""The day of a practice: choosing where, the board, its refresh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.booking import queries as booking
from releve.contexts.practices import queries as practices
from releve.contexts.practices.access import list_practices
from releve.contexts.rostering import queries as rostering
from releve.kernel import clock
from releve.kernel.errors import Forbidden, Invalid, NotFound
from releve.web.account.guards import staff_required

from . import day_access as desk
from .day_board import Board, lay_out

NEXT_DAYS = 60
REFRESH = "plateau"  # value of `vue` that asks for the board alone


@staff_required
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The practices whose day the person may see; straight to the day when there is one."""
    found = list(list_practices(request.user, Capability.DESK_VIEW))
    if not found:
        raise Forbidden(
            "Aucun cabinet ne vous a ouvert son secrétariat. Demandez l’accès au porteur de projet."
        )
    if len(found) == 1:
        return redirect("desk:today", found[0].slug)
    return desk.show(
        request, "desk/day/choose.html", {"practices": found, "practice": None, "nav_current": "day"}
    )


@staff_required
@require_safe
def today(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Leads to a day of a site: today at the usual site, or what the date picker asks (`lieu`, `date`)."""
    practice = desk.practice_of(request, practice_slug)
    site = desk.usual_site(request, practice, request.GET.get("lieu", ""))
    text = request.GET.get("date", "")
    if text:
        try:
            day = desk.read_day(text)
        except NotFound:
            raise Invalid(
                "Cette date n’existe pas. Choisissez-la dans le calendrier.", field="date"
            ) from None
    else:
        day = clock.local_day(clock.now(), desk.zone_of(site))
    return redirect(desk.day_url(practice_slug, site, day))


# Compressed for poor lines; Django adds random bytes so that the length says nothing of what is inside.
@gzip_page
@staff_required
@require_safe
def day(request: HttpRequest, practice_slug: str, site_slug: str, day: str) -> HttpResponse:
    """The board. With `?vue=plateau`, only what refreshes, or 304 when nothing changed."""
    site = desk.site_of(request, practice_slug, site_slug)
    shown = desk.read_day(day)
    now = clock.now()
    refresh = request.GET.get("vue") == REFRESH
    page = desk.frame(request, site.practice)
    board = board_of(site, shown, now, may_manage=page["may_manage"])
    desk.journal_board(request, site, shown, now, refresh=refresh)
    etag = f'"{board.version}"'
    if refresh and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag, "Cache-Control": "no-store"})
    page |= board_context(site, shown, now, board)
    if refresh:
        return desk.show(request, "desk/day/_board.html", page, etag=etag)
    page["sites"] = list(practices.list_sites(site.practice_id).prefetch_related(None))
    page |= _neighbours(practice_slug, site, shown)
    if not board.has_doctor:
        page |= way_out(site, shown, now)
        page["closed_why"] = practices.closed_on(site, shown)
    return desk.show(request, "desk/day/day.html", page)


def board_of(site: Any, shown: Any, now: Any, *, may_manage: bool) -> Board:
    return lay_out(
        booking.day_board(site_id=site.pk, day=shown, now=now),
        now=now,
        today=clock.local_day(now, desk.zone_of(site)),
        may_manage=may_manage,
    )


def board_context(site: Any, shown: Any, now: Any, board: Board) -> dict[str, Any]:
    zone = desk.zone_of(site)
    return {
        "site": site,
        "zone": zone,
        "day": shown,
        "today": clock.local_day(now, zone),
        "is_today": shown == clock.local_day(now, zone),
        "now": now,
        "board": board,
    }


def _neighbours(practice_slug: str, site: Any, shown: Any) -> dict[str, Any]:
    return {
        "previous": desk.day_url(practice_slug, site, shown - timedelta(days=1)),
        "following": desk.day_url(practice_slug, site, shown + timedelta(days=1)),
        "today_href": f"{reverse('desk:today', args=[practice_slug])}?lieu={site.slug}",
    }


def way_out(site: Any, shown: Any, now: Any) -> dict[str, Any]:
    """Where to send a patient when nobody consults: next open days here, next times around."""
    zone = desk.zone_of(site)
    first = max(shown, clock.local_day(now, zone))
    open_days = [
        d for d in rostering.opening_days(site.pk, first, first + timedelta(days=NEXT_DAYS)) if d.day != shown
    ]
    near = [
        place
        for place in booking.next_times_near(
            lat=site.lat, lon=site.lon, now=now, max_sites=6, audience="desk"
        )
        if place.site.pk != site.pk and place.slots
    ]
    return {"open_days": open_days[:5], "near_places": near[:3]}
