"""What every page of the day shares: who may enter, the practice and its sites, the instant of an address."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from releve.contexts.accounts.enums import Capability
from releve.contexts.booking.access import access_appointment
from releve.contexts.practices import queries as practices
from releve.contexts.practices.access import access_practice, access_site, practice_capabilities
from releve.contexts.rostering.access import access_shift
from releve.kernel import audit, clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Invalid, NotFound
from releve.web.ui.typography import PARIS

SITE_KEY = "desk_sites"  # session: the site last looked at, per practice
SEEN_KEY = "desk_boards"  # session: boards whose reading has been journaled, and when
# A board that refreshes by itself is one reading for this long.
SAME_READING_SECONDS = 1800
_NAV = {
    "day": Capability.DESK_VIEW,
    "patients": Capability.PATIENTS_READ,
    "roster": Capability.ROSTER_VIEW,
    "settings": Capability.PRACTICE_SETTINGS,
}


def practice_of(request: HttpRequest, slug: str, capability: Capability = Capability.DESK_VIEW) -> Any:
    return access_practice(request.user, slug, capability)


def site_of(
    request: HttpRequest, practice_slug: str, site_slug: str, capability: Capability = Capability.DESK_VIEW
) -> Any:
    site = access_site(request.user, practice_slug, site_slug, capability)
    sites = request.session.get(SITE_KEY, {})
    if sites.get(practice_slug) != site_slug:
        request.session[SITE_KEY] = {**sites, practice_slug: site_slug}
    return site


def usual_site(request: HttpRequest, practice: Any, wanted: str = "") -> Any:
    """The site asked for, else the one last looked at, else the first. NotFound for a site of another practice."""
    sites = list(practices.list_sites(practice.pk).prefetch_related(None))
    if not sites:
        raise NotFound("Ce cabinet n’a pas encore de lieu de consultation : ajoutez-en un dans les réglages.")
    slug = wanted or request.session.get(SITE_KEY, {}).get(practice.slug, "")
    found = next((site for site in sites if site.slug == slug), None)
    if found is None and wanted:
        raise NotFound("Ce lieu n’existe pas dans ce cabinet.")
    found = found or sites[0]
    found.practice = practice
    return found


def visit_of(request: HttpRequest, practice_slug: str, appointment_id: int, capability: Capability) -> Any:
    """The appointment, which must be of the practice in the address."""
    practice = practice_of(request, practice_slug, capability)
    user: Any = request.user
    appointment = access_appointment(user, appointment_id, capability)
    if appointment.practice_id != practice.pk:
        raise NotFound("Ce rendez-vous n’existe pas.")
    return appointment


def shift_of(request: HttpRequest, practice: Any, shift_id: int) -> Any:
    shift = access_shift(request.user, shift_id, Capability.ROSTER_VIEW)
    if shift.practice_id != practice.pk:
        raise NotFound("Cette vacation n’existe pas dans ce cabinet.")
    return shift


def frame(request: HttpRequest, practice: Any, current: str = "day") -> dict[str, Any]:
    """Context of `desk/day/_frame.html`."""
    held = practice_capabilities(request.user, practice)
    return {
        "practice": practice,
        "nav_current": current,
        "nav_allowed": {key for key, capability in _NAV.items() if capability in held},
        "may_manage": Capability.DESK_MANAGE in held,
        "may_search": Capability.PATIENTS_READ in held,
        "wanted_shift": None,
        "wanted_start": None,
        "typed": "",
    }


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, etag: str = ""
) -> HttpResponse:
    """Render a page that carries names: no browser and no proxy keeps a copy."""
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    if etag:
        response["ETag"] = etag
    return response


def day_url(practice_slug: str, site: Any, day: date, appointment_id: int | None = None) -> str:
    address = reverse("desk:day", args=[practice_slug, site.slug, day.isoformat()])
    return f"{address}#rdv-{appointment_id}" if appointment_id else address


def visit_day(appointment: Any) -> date:
    return clock.local_day(appointment.starts_at, appointment.site.time_zone)


def read_day(text: str) -> date:
    """A day of an address: `2026-03-04`. NotFound otherwise."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound("Cette journée n’existe pas.") from None
    if len(text) != 10 or not 2000 <= day.year <= 2099:
        raise NotFound("Cette journée n’existe pas.")
    return day


def read_instant(text: str) -> datetime:
    """An instant of an address, always in UTC: `2026-03-04T08:00:00Z`. Raises Invalid."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("Cet horaire est illisible. Choisissez-le sur la journée.", field="debut") from None
    clock.check_year(moment)
    return moment


def read_id(text: str, what: str = "Cet identifiant") -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Invalid(f"{what} est illisible.")
    return int(text)


def read_slot(text: str) -> tuple[int, datetime]:
    """`12@2026-03-04T08:00:00Z`: the value of a button that carries a time."""
    shift, _, start = text.partition("@")
    return read_id(shift, "Cet horaire"), read_instant(start)


def zone_of(site: Any) -> str:
    return site.time_zone or PARIS


def actor(request: HttpRequest) -> Actor:
    return Actor.user(request.user)


def journal_board(request: HttpRequest, site: Any, day: date, now: datetime, *, refresh: bool) -> None:
    """One line per reading of a board, not per patient: the refreshes of the next half-hour belong to it."""
    key = f"{site.pk}:{day.isoformat()}"
    seen = {k: t for k, t in request.session.get(SEEN_KEY, {}).items() if now.timestamp() - t < 86_400}
    if refresh and now.timestamp() - seen.get(key, 0) < SAME_READING_SECONDS:
        return
    request.session[SEEN_KEY] = {**seen, key: int(now.timestamp())}
    audit.record(
        by=actor(request),
        action="board.read",
        target_kind="site",
        target_id=site.pk,
        practice_id=site.practice_id,
        now=now,
        day=day.isoformat(),
    )


def journal_visit(request: HttpRequest, appointment: Any, now: datetime) -> None:
    audit.record(
        by=actor(request),
        action="appointment.read",
        target_kind="appointment",
        target_id=appointment.pk,
        practice_id=appointment.practice_id,
        now=now,
    )
