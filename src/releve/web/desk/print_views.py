"""The day on paper: one part per practitioner, with room to write."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from releve.kernel import audit, clock
from releve.web.account.guards import staff_required

from . import day_access as desk
from .day_views import board_context, board_of


@staff_required
@require_safe
def print_day(request: HttpRequest, practice_slug: str, site_slug: str, day: str) -> HttpResponse:
    """A4, portrait. Names, birth year, reason and phone only: paper gets lost."""
    site = desk.site_of(request, practice_slug, site_slug)
    shown = desk.read_day(day)
    now = clock.now()
    page = desk.frame(request, site.practice)
    page |= board_context(site, shown, now, board_of(site, shown, now, may_manage=False))
    audit.record(
        by=desk.actor(request),
        action="board.print",
        target_kind="site",
        target_id=site.pk,
        practice_id=site.practice_id,
        now=now,
        day=shown.isoformat(),
    )
    page["day_href"] = desk.day_url(practice_slug, site, shown)
    return desk.show(request, "desk/print/day.html", page)
