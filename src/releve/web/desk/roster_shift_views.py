"""One shift: create, change (form, or a drag as JSON to the same address), cancel, reopen, answer."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.access import access_practice, access_site, practice_capabilities
from releve.contexts.rostering import access, queries, services
from releve.contexts.rostering.enums import ShiftKind, ShiftStatus
from releve.kernel import clock, french
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError, Invalid, NotFound
from releve.web.account.guards import staff_required
from releve.workflows import shift_changes

from . import roster_grid as grid
from .roster_calendar_views import DEFAULT_ZONE
from .roster_forms import CancelForm, NewShiftForm, ShiftForm, add_refusal, refusal_lines

MAX_JSON_BYTES = 4096
DRAG_FIELDS = {"day", "starts", "ends", "expected_version"}


def _shift(request: HttpRequest, practice_slug: str, shift_id: int, capability: Capability) -> Any:
    """The shift, which must be one of the practice named in the address."""
    practice = access_practice(request.user, practice_slug, capability)
    shift = access.access_shift(request.user, shift_id, capability)
    if shift.practice_id != practice.pk:
        raise NotFound(access.SHIFT_UNKNOWN)
    return shift


def _calendar_url(practice_slug: str, day: date, site_slug: str = "") -> str:
    query = f"?mois={day:%Y-%m}" + (f"&site={site_slug}" if site_slug else "")
    return reverse("roster:calendar", args=[practice_slug]) + query


def _people(practice_id: int, day: date, shift: Any = None) -> list[tuple[int, str]]:
    """The team that day, plus who already holds the shift."""
    found = [
        (person.pk, f"{person.display_name}, {person.get_status_display().lower()}")
        for person in queries.assignable_practitioners(practice_id, day)
    ]
    if shift is not None and shift.practitioner and shift.practitioner_id not in dict(found):
        found.append((shift.practitioner_id, shift.practitioner.display_name))
    return found


def _rooms(practice_id: int, day: date, site_id: int | None) -> list[tuple[int, str]]:
    view = queries.roster_view(practice_id, day, day)
    names = {site.pk: site.name for site in view.sites}
    return [
        (room.pk, room.name if site_id else f"{room.name} ({names[room.site_id]})")
        for room in view.rooms
        if site_id in (None, room.site_id)
    ]


def _initial(shift: Any) -> dict[str, Any]:
    zone = ZoneInfo(shift.site.time_zone)
    return {
        "day": shift.day,
        "starts": shift.starts_at.astimezone(zone).time(),
        "ends": shift.ends_at.astimezone(zone).time(),
        "kind": shift.kind,
        "room": shift.room_id or "",
        "practitioner": shift.practitioner_id or "",
        "bookable": shift.bookable,
        "note": shift.note,
        "expected_version": shift.version,
    }


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def shift_page(request: HttpRequest, practice_slug: str, shift_id: int) -> HttpResponse:
    """Read a shift; change it with the form, or by a drag (JSON: day, starts, ends, expected_version)."""
    if request.method == "POST":
        shift = _shift(request, practice_slug, shift_id, Capability.ROSTER_MANAGE)
        if request.content_type == "application/json":
            return _drag(request, shift)
        return _save(request, practice_slug, shift)
    shift = _shift(request, practice_slug, shift_id, Capability.ROSTER_VIEW)
    return _render_shift(request, shift, form=None, status=200)


def _save(request: HttpRequest, practice_slug: str, shift: Any) -> HttpResponse:
    form = _bound(shift, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            shift_changes.edit_shift_safely(
                shift_id=shift.pk,
                expected_version=data["expected_version"] or 0,
                day=data["day"],
                starts=data["starts"],
                ends=data["ends"],
                kind=data["kind"],
                room_id=data["room"],
                practitioner_id=data["practitioner"],
                bookable=data["bookable"],
                note=data["note"],
                by=Actor.user(request.user),
                now=clock.now(),
            )
        except DomainError as error:
            add_refusal(form, error)
            return _render_shift(request, shift, form=form, status=error.status, refusal=error)
        messages.success(request, f"La vacation du {french.long_date(data['day'])} est enregistrée.")
        return redirect(_calendar_url(practice_slug, data["day"], shift.site.slug))
    return _render_shift(request, shift, form=form, status=422)


def _bound(shift: Any, data: Any) -> ShiftForm:
    return ShiftForm(
        data,
        initial=_initial(shift),
        rooms=_rooms(shift.practice_id, shift.day, shift.site_id),
        people=_people(shift.practice_id, shift.day, shift),
    )


def _render_shift(
    request: HttpRequest,
    shift: Any,
    *,
    form: ShiftForm | None,
    status: int,
    refusal: DomainError | None = None,
) -> HttpResponse:
    today = clock.local_day(clock.now(), shift.site.time_zone)
    held = practice_capabilities(request.user, shift.practice)
    can_manage = Capability.ROSTER_MANAGE in held
    live = shift.status not in (ShiftStatus.CANCELLED, ShiftStatus.HELD) and shift.day >= today
    if form is None and can_manage and live:
        form = _bound(shift, None)
    return render(
        request,
        "desk/roster/shift.html",
        {
            "practice": shift.practice,
            "nav_current": "roster",
            "shift": shift,
            "card": grid.card_of(shift, today=today),
            "form": form,
            "can_manage": can_manage,
            "live": live,
            "can_answer": can_manage and live and shift.status == ShiftStatus.PROPOSED,
            "can_release": can_manage and live and shift.status == ShiftStatus.CONFIRMED,
            "can_cancel": can_manage and live,
            "can_reopen": can_manage and shift.status == ShiftStatus.CANCELLED and shift.day >= today,
            "stale": refusal is not None and refusal.code == "stale",
            "back": _calendar_url(shift.practice.slug, shift.day, shift.site.slug),
        },
        status=status,
    )


def _drag(request: HttpRequest, shift: Any) -> HttpResponse:
    """A move or a resize. Answers JSON: the card as it now is, or the reasons of the refusal."""
    try:
        changes, version = _read_drag(request)
        moved = shift_changes.edit_shift_safely(
            shift_id=shift.pk,
            expected_version=version,
            by=Actor.user(request.user),
            now=clock.now(),
            **changes,
        )
    except DomainError as error:
        return JsonResponse(
            {
                "code": error.code,
                "message": error.message,
                "reasons": [{"code": error.code, "message": line} for line in refusal_lines(error)],
            },
            status=error.status,
        )
    card = grid.card_of(moved, today=clock.local_day(clock.now(), moved.site.time_zone))
    return JsonResponse(
        {
            "id": card.id,
            "version": card.version,
            "start": f"{card.day.isoformat()}T{card.starts}:00",
            "end": f"{card.day.isoformat()}T{card.ends}:00",
            "message": f"Vacation déplacée\u00a0: {french.long_date(card.day)}, {card.hours}.",
        }
    )


def _read_drag(request: HttpRequest) -> tuple[dict[str, Any], int]:
    if len(request.body) > MAX_JSON_BYTES:
        raise Invalid("Cette demande est trop longue.", code="too-large")
    try:
        data = json.loads(request.body)
        if not isinstance(data, dict):
            raise ValueError
        unknown = set(data) - DRAG_FIELDS
        version = data["expected_version"]
        changes = {
            "day": date.fromisoformat(data["day"]),
            "starts": time.fromisoformat(data["starts"]),
            "ends": time.fromisoformat(data["ends"]),
        }
    except (ValueError, KeyError, TypeError):
        raise Invalid(
            "Demande illisible\u00a0: il faut day, starts, ends et expected_version.", code="malformed"
        ) from None
    if unknown:
        raise Invalid(f"Champs inconnus\u00a0: {', '.join(sorted(unknown))}.", code="unknown-fields")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Invalid("expected_version est un nombre entier.", code="malformed")
    return changes, version


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_shift(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Create one shift: a published need when nobody is named."""
    practice = access_practice(request.user, practice_slug, Capability.ROSTER_MANAGE)
    now = clock.now()
    today = clock.local_day(now, DEFAULT_ZONE)
    view = queries.roster_view(practice.pk, today, today)
    day = _day_asked(request, today)
    form = NewShiftForm(
        request.POST if request.method == "POST" else None,
        initial={
            "day": day,
            "starts": time(9, 0),
            "ends": time(12, 30),
            "kind": ShiftKind.CONSULTATION,
            "site": request.GET.get("site", ""),
            "bookable": True,
        },
        sites=view.sites,
        rooms=_rooms(practice.pk, today, view.sites[0].pk if len(view.sites) == 1 else None),
        people=_people(practice.pk, day),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            site = access_site(request.user, practice_slug, data["site"], Capability.ROSTER_MANAGE)
            try:
                shift = services.create_shift(
                    site_id=site.pk,
                    day=data["day"],
                    starts=data["starts"],
                    ends=data["ends"],
                    kind=data["kind"],
                    room_id=data["room"],
                    practitioner_id=data["practitioner"],
                    status=(data["status"] or ShiftStatus.CONFIRMED) if data["practitioner"] else None,
                    bookable=data["bookable"],
                    note=data["note"],
                    by=Actor.user(request.user),
                    now=now,
                )
            except DomainError as error:
                add_refusal(form, error)
                status = error.status
            else:
                what = "Besoin publié" if shift.status == ShiftStatus.OPEN else "Vacation créée"
                messages.success(request, f"{what}\u00a0: {french.long_date(shift.day)}, {site.name}.")
                return redirect(_calendar_url(practice_slug, shift.day, site.slug))
    return render(
        request,
        "desk/roster/shift_new.html",
        {
            "practice": practice,
            "nav_current": "roster",
            "form": form,
            "back": _calendar_url(practice_slug, day),
        },
        status=status,
    )


def _day_asked(request: HttpRequest, today: date) -> date:
    text = request.POST.get("day") or request.GET.get("jour") or ""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_shift(request: HttpRequest, practice_slug: str, shift_id: int) -> HttpResponse:
    """Cancel with a reason. The page says what happens to the appointments before anything is done."""
    shift = _shift(request, practice_slug, shift_id, Capability.ROSTER_MANAGE)
    now = clock.now()
    form = CancelForm(request.POST if request.method == "POST" else None)
    status, refusal = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                shift_changes.cancel_shift_safely(
                    shift_id=shift.pk,
                    reason=form.cleaned_data["reason"],
                    by=Actor.user(request.user),
                    now=now,
                )
            except DomainError as error:
                add_refusal(form, error)
                status, refusal = error.status, error
            else:
                messages.success(
                    request,
                    f"La vacation du {french.long_date(shift.day)} est annulée. Vous pouvez la rouvrir.",
                )
                return redirect("roster:shift", practice_slug, shift.pk)
    return render(
        request,
        "desk/roster/shift_cancel.html",
        {
            "practice": shift.practice,
            "nav_current": "roster",
            "shift": shift,
            "card": grid.card_of(shift, today=clock.local_day(now, shift.site.time_zone)),
            "form": form,
            "refusal": refusal,
        },
        status=status,
    )


@staff_required
@require_POST
def act_on_shift(request: HttpRequest, practice_slug: str, shift_id: int) -> HttpResponse:
    """One-button changes: accept or decline a proposal, set the person free, reopen a cancelled shift."""
    shift = _shift(request, practice_slug, shift_id, Capability.ROSTER_MANAGE)
    action = request.POST.get("action", "")
    by, now = Actor.user(request.user), clock.now()
    done: str
    try:
        if action == "accepter":
            services.accept_proposal(shift_id=shift.pk, by=by, now=now)
            done = "La proposition est acceptée\u00a0: la vacation est confirmée."
        elif action == "refuser":
            services.decline_proposal(shift_id=shift.pk, by=by, now=now)
            done = "La proposition est déclinée\u00a0: la vacation est de nouveau à pourvoir."
        elif action == "liberer":
            shift_changes.release_shift_safely(shift_id=shift.pk, by=by, now=now)
            done = "La vacation est de nouveau à pourvoir."
        elif action == "rouvrir":
            services.reopen_shift(shift_id=shift.pk, by=by, now=now)
            done = "La vacation est rouverte."
        else:
            raise Invalid("Cette action n’existe pas.", field="action")
    except DomainError as error:
        if action not in ("accepter", "refuser", "liberer", "rouvrir"):
            raise
        return _render_refused(request, shift, error)
    messages.success(request, done)
    return redirect("roster:shift", practice_slug, shift.pk)


def _render_refused(request: HttpRequest, shift: Any, error: DomainError) -> HttpResponse:
    """The shift's page with the reasons on top: nothing changed."""
    form = _bound(shift, None)
    for text in refusal_lines(error):
        messages.error(request, text)
    return _render_shift(request, shift, form=form, status=error.status)
