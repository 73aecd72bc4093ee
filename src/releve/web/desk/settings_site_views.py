"""Settings of the sites: sheet with its point on a map, rooms, equipment, closures, calendar addresses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.practices import queries, services
from releve.contexts.rostering import queries as rostering
from releve.contexts.rostering import services as rostering_services
from releve.contexts.territory import queries as territory
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError, NotFound
from releve.kernel.identifiers import check_finess
from releve.web.account.guards import staff_required

from .settings_base import page, practice_of, refuse, site_of
from .settings_forms import ClosureForm, EquipmentForm, RoomForm, SiteForm, commune_label

_SITE_FIELDS = (
    "name",
    "kind",
    "address",
    "phone",
    "lat",
    "lon",
    "finess",
    "siret",
    "closed_weekdays",
    "planned_end_on",
    "directions",
    "step_free",
    "accessibility",
    "secretariat",
    "lodging",
    "software",
    "is_public",
)
_CONTOUR_KM = 12.0


@staff_required
@require_safe
def site_list(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    return page(request, "sites", practice, "sites", sites=list(queries.list_sites(practice.pk)))


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_site(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    form = SiteForm(request.POST or None, initial={"is_public": True})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                site = services.add_site(
                    practice_id=practice.pk,
                    commune_code=form.cleaned_data["commune_code"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                    **_typed(form),
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                _warn(request, site)
                messages.success(request, f"Le lieu « {site.name} » est créé. Ajoutez maintenant ses salles.")
                return redirect("settings:rooms", practice_slug, site.slug)
    return page(request, "site", practice, "sites", status=status, form=form, site=None)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def site_page(request: HttpRequest, practice_slug: str, site_slug: str) -> HttpResponse:
    site = site_of(request, practice_slug, site_slug)
    initial = {name: getattr(site, name) for name in (*_SITE_FIELDS, "postal_code")}
    initial |= {"commune": commune_label(site.commune), "expected_version": site.version}
    form = SiteForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            typed = _typed(form)
            # The point of the former commune is not a point of the new one.
            moved = form.cleaned_data["commune_code"] != site.commune_id
            if moved and (typed["lat"], typed["lon"]) == (site.lat, site.lon):
                typed |= {"lat": None, "lon": None}
            try:
                saved = services.save_site(
                    site_id=site.pk,
                    expected_version=form.cleaned_data["expected_version"],
                    commune_code=form.cleaned_data["commune_code"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                    **typed,
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                _warn(request, saved)
                messages.success(request, f"Le lieu « {saved.name} » est enregistré.")
                return redirect("settings:site", practice_slug, site_slug)
    return page(request, "site", site.practice, "sites", status=status, form=form, site=site, tab="site")


def _typed(form: SiteForm) -> dict[str, Any]:
    typed = {name: form.cleaned_data[name] for name in _SITE_FIELDS}
    if form.cleaned_data["postal_code"]:
        typed["postal_code"] = form.cleaned_data["postal_code"]
    return typed


def _warn(request: HttpRequest, site: Any) -> None:
    if site.finess:
        for warning in check_finess(site.finess).warnings:
            messages.warning(request, warning)


@staff_required
@require_safe
def contours(request: HttpRequest, practice_slug: str, site_slug: str) -> HttpResponse:
    """Outlines of the communes around the site (GeoJSON), the background of its map."""
    site = site_of(request, practice_slug, site_slug)
    shapes = territory.shapes_around(site.lat, site.lon, _CONTOUR_KM)
    return JsonResponse(shapes, content_type="application/geo+json")


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def rooms(request: HttpRequest, practice_slug: str, site_slug: str) -> HttpResponse:
    """Rooms of a site; POST adds one."""
    site = site_of(request, practice_slug, site_slug)
    form = RoomForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.add_room(
                    site_id=site.pk,
                    name=form.cleaned_data["name"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, "La salle est ajoutée.")
                return redirect("settings:rooms", practice_slug, site_slug)
    return page(
        request,
        "rooms",
        site.practice,
        "sites",
        status=status,
        form=form,
        site=site,
        tab="rooms",
        rooms=queries.list_rooms(site.pk),
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, practice_slug: str, site_slug: str, room_id: int) -> HttpResponse:
    """Rename a room."""
    site = site_of(request, practice_slug, site_slug)
    shown = queries.get_room(site, room_id)
    form = RoomForm(request.POST or None, initial={"name": shown.name})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.rename_room(
                    room_id=shown.pk,
                    name=form.cleaned_data["name"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, "Le nom de la salle est enregistré.")
                return redirect("settings:rooms", practice_slug, site_slug)
    return page(
        request, "room", site.practice, "sites", status=status, form=form, site=site, tab="rooms", room=shown
    )


@staff_required
@require_POST
def remove_room(request: HttpRequest, practice_slug: str, site_slug: str, room_id: int) -> HttpResponse:
    site = site_of(request, practice_slug, site_slug)
    shown = queries.get_room(site, room_id)
    services.remove_room(room_id=shown.pk, by=Actor.user(request.user), now=clock.now())
    messages.success(request, f"La salle « {shown.name} » est supprimée.")
    return redirect("settings:rooms", practice_slug, site_slug)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def equipment(request: HttpRequest, practice_slug: str, site_slug: str) -> HttpResponse:
    site = site_of(request, practice_slug, site_slug)
    initial: dict[str, Any] = {}
    for item in queries.list_equipment(site.pk):
        initial |= {f"has_{item.kind}": True, f"note_{item.kind}": item.note}
    form = EquipmentForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.set_equipment(
                    site_id=site.pk, kinds=form.kinds(), by=Actor.user(request.user), now=clock.now()
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, "Le matériel est enregistré.")
                return redirect("settings:equipment", practice_slug, site_slug)
    return page(
        request, "equipment", site.practice, "sites", status=status, form=form, site=site, tab="equipment"
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def closures(request: HttpRequest, practice_slug: str, site_slug: str) -> HttpResponse:
    """Days closed beyond the weekly ones; POST adds a period."""
    site = site_of(request, practice_slug, site_slug)
    form = ClosureForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                closure = services.add_closure(
                    site_id=site.pk, by=Actor.user(request.user), now=clock.now(), **data
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                inside = len(_shift_days(site, closure.first_day, closure.last_day))
                messages.success(request, "La fermeture est enregistrée.")
                if inside:
                    messages.warning(
                        request,
                        f"Vacations prévues pendant cette fermeture : {inside}. "
                        "Annulez-les ou déplacez-les dans le calendrier.",
                    )
                return redirect("settings:closures", practice_slug, site_slug)
    today = clock.local_day(clock.now(), site.time_zone)
    shown = list(queries.list_closures(site.pk, since=today - timedelta(days=30)))
    days = _shift_days(site, today, max((closure.last_day for closure in shown), default=today))
    rows = [(c, sum(c.first_day <= day <= c.last_day for day in days)) for c in shown]
    return page(
        request,
        "closures",
        site.practice,
        "sites",
        status=status,
        form=form,
        site=site,
        tab="closures",
        rows=rows,
        today=today,
    )


def _shift_days(site: Any, first: date, last: date) -> list[date]:
    """Days of the shifts of the site still to come in this period, one per shift."""
    if last < first:
        return []
    return [shift.day for shift in rostering.shifts_between(site.practice_id, first, last, site_id=site.pk)]


@staff_required
@require_POST
def remove_closure(request: HttpRequest, practice_slug: str, site_slug: str, closure_id: int) -> HttpResponse:
    site = site_of(request, practice_slug, site_slug)
    closure = queries.get_closure(site, closure_id)
    services.remove_closure(closure_id=closure.pk, by=Actor.user(request.user), now=clock.now())
    messages.success(request, "La fermeture est supprimée : le lieu est de nouveau ouvert ces jours-là.")
    return redirect("settings:closures", practice_slug, site_slug)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def feeds(request: HttpRequest, practice_slug: str, site_slug: str) -> HttpResponse:
    """Secret calendar addresses of the site. POST creates one, shown once: only its digest is kept."""
    site = site_of(request, practice_slug, site_slug)
    address, refusal = "", None
    if request.method == "POST":
        try:
            _, token = rostering_services.create_feed(
                site_id=site.pk, by=Actor.user(request.user), now=clock.now()
            )
            address = settings.RELEVE_BASE_URL + reverse("ical:feed", args=[token])
        except DomainError as error:
            refusal = error
    response = page(
        request,
        "feeds",
        site.practice,
        "sites",
        status=refusal.status if refusal else 200,
        site=site,
        tab="feeds",
        feeds=rostering.list_feeds(site_id=site.pk),
        address=address,
        refusal=refusal,
    )
    response["Cache-Control"] = "no-store"
    return response


@staff_required
@require_POST
def revoke_feed(request: HttpRequest, practice_slug: str, site_slug: str, feed_id: int) -> HttpResponse:
    site = site_of(request, practice_slug, site_slug)
    if not any(feed.pk == feed_id for feed in rostering.list_feeds(site_id=site.pk)):
        raise NotFound("Ce calendrier n’existe pas dans ce lieu.")
    rostering_services.revoke_feed(feed_id=feed_id, by=Actor.user(request.user), now=clock.now())
    messages.success(request, "Cette adresse de calendrier est fermée : elle ne donne plus rien.")
    return redirect("settings:feeds", practice_slug, site_slug)
