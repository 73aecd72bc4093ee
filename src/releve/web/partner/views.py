"""A pharmacist, a nurse or a town hall agent books for a patient. Nothing of a patient is ever read here: the
partner types who comes, the practice's secretary and doctors alone see the sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.queries import has_capability
from releve.contexts.booking import access
from releve.contexts.booking import queries as booking
from releve.contexts.booking import services as booking_services
from releve.contexts.booking.enums import AppointmentStatus, BookedBy
from releve.contexts.practices import queries as practices
from releve.contexts.practices.access import list_practices, require_capability
from releve.contexts.practices.enums import PracticeStatus
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound
from releve.web.account.guards import staff_required
from releve.web.public.booking_forms import IdentityForm, show_refusal
from releve.web.public.booking_guard import private_page
from releve.web.public.booking_times import build_week, places_nearby, read_day, read_time_button
from releve.web.public.booking_views import read_id

AUDIENCE = "partner"
# Visits already over stay on the list this long, so that « did it take place? » has an answer.
SHOWN_BEFORE = timedelta(days=7)


@staff_required
@private_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where this partner may book, and what they booked: date, place, initials."""
    if not has_capability(request.user, Capability.REFER_PATIENTS):
        raise Forbidden(
            "Cet espace est celui des partenaires (pharmacie, infirmerie, mairie) qu’un cabinet a invités. "
            "Demandez une invitation à la personne qui gère les accès du cabinet."
        )
    now, person = clock.now(), cast(Any, request.user)
    linked = list(list_practices(person, Capability.REFER_PATIENTS))
    referrals = booking.referrals_of(person.pk, practice_ids=[p.pk for p in linked], since=now - SHOWN_BEFORE)
    context = {
        "places": practices.public_sites([p.pk for p in linked]),
        "coming": [r for r in referrals if r.starts_at > now and r.status != AppointmentStatus.CANCELLED],
        "others": [r for r in referrals if r.starts_at <= now or r.status == AppointmentStatus.CANCELLED],
    }
    return render(request, "partner/home.html", context)


def _site(request: HttpRequest, slug: str) -> Any:
    """A place where this partner may book. NotFound for another practice's, Forbidden without the right."""
    site = practices.get_public_site(slug)
    require_capability(request.user, site.practice, Capability.REFER_PATIENTS)
    if site.practice.status != PracticeStatus.OPEN:
        raise Gone("Ce cabinet ne prend pas de rendez-vous en ce moment.", code="practice-closed")
    return site


@staff_required
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, site_slug: str) -> HttpResponse:
    """What for, then when."""
    site = _site(request, site_slug)
    reasons = booking.list_reasons(site.practice_id, audience=AUDIENCE)
    reason_id = read_id(request.GET.get("motif", ""))
    context: dict[str, Any] = {
        "site": site,
        "practice": site.practice,
        "phone_number": site.phone or site.practice.phone,
        "here": reverse("partner:book", args=[site.slug]),
    }
    if reason_id is None:
        return render(request, "partner/ask_reason.html", {**context, "reasons": reasons})
    context["reason"] = next((r for r in reasons if r.pk == reason_id), None)
    if context["reason"] is None:
        raise NotFound("Ce motif de consultation n’est pas proposé ici.", code="unknown-reason")
    if request.method == "POST":
        return _take_time(request, context)
    return _times_page(request, context)


def _take_time(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    site = context["site"]
    try:
        starts_at, practitioner_id = read_time_button(
            request.POST.get("horaire", ""), time_zone=site.time_zone
        )
        placed = booking_services.place_hold(
            site_id=site.pk,
            reason_id=context["reason"].pk,
            starts_at=starts_at,
            practitioner_id=practitioner_id,
            audience=AUDIENCE,
            by=Actor.user(request.user),
            now=clock.now(),
        )
    except (booking_services.SlotTaken, Gone, Invalid) as refusal:
        return _times_page(request, context, refusal=refusal)
    return redirect("partner:hold", hold_token=placed.token)


def _times_page(
    request: HttpRequest, context: dict[str, Any], *, refusal: DomainError | None = None
) -> HttpResponse:
    site, reason, now = context["site"], context["reason"], clock.now()
    today = clock.local_day(now, site.time_zone)
    week = build_week(
        site=site,
        reason_id=reason.pk,
        first_day=read_day(request.GET.get("du", ""), today=today),
        now=now,
        audience=AUDIENCE,
    )
    action = f"{context['here']}?motif={reason.pk}"
    context |= {
        "week": week,
        "refusal": refusal,
        "action": action,
        "days_href": f"{action}&du=",
        "nearby": [] if week.days else places_nearby(site, category=reason.category, now=now),
    }
    return render(request, "partner/times.html", context, status=refusal.status if refusal else 200)


@staff_required
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: HttpRequest, hold_token: str) -> HttpResponse:
    """Who comes; the partner vouches for the contact, so no code is asked."""
    hold = _hold(request, hold_token)
    if request.method != "POST":
        return _identity_page(request, hold, hold_token, IdentityForm(partner=True))
    form = IdentityForm(request.POST, partner=True)
    if not form.is_valid():
        return _identity_page(request, hold, hold_token, form, status=422)
    by, now = Actor.user(request.user), clock.now()
    try:
        booking_services.save_hold_identity(
            token=hold_token,
            identity=form.identity(),
            contact=form.contact(),
            booked_by=BookedBy.PARTNER,
            contact_required=not form.cleaned_data["unreachable"],
            by=by,
            now=now,
        )
        booked = booking_services.confirm_hold(token=hold_token, code=None, without_code=True, by=by, now=now)
    except (Invalid, Conflict) as error:
        show_refusal(form, error)
        return _identity_page(request, hold, hold_token, form, status=error.status)
    address = reverse("partner:appointment", args=[booked.appointment.public_id])
    return redirect(f"{address}?fait=pris")


def _hold(request: HttpRequest, token: str) -> Any:
    hold = booking.get_hold(token, clock.now())
    require_capability(request.user, hold.practice, Capability.REFER_PATIENTS)
    if hold.moves_appointment_id:
        raise NotFound("Cette réservation appartient à un patient qui déplace son rendez-vous.")
    return hold


def _identity_page(
    request: HttpRequest, hold: Any, token: str, form: IdentityForm, status: int = 200
) -> HttpResponse:
    context = {
        "hold": hold,
        "site": hold.site,
        "practice": hold.practice,
        "reason": hold.reason,
        "form": form,
        "release_href": reverse("partner:hold-release", args=[token]),
    }
    return render(request, "partner/identity.html", context, status=status)


@staff_required
@private_page
@require_POST
def release(request: HttpRequest, hold_token: str) -> HttpResponse:
    hold = _hold(request, hold_token)
    booking_services.release_hold(token=hold_token, by=Actor.user(request.user), now=clock.now())
    return redirect(f"{reverse('partner:book', args=[hold.site.slug])}?motif={hold.reason_id}")


def _appointment_page(
    request: HttpRequest, found: Any, template: str, *, refusal: DomainError | None = None
) -> HttpResponse:
    now = clock.now()
    coming = found.status == AppointmentStatus.BOOKED and found.starts_at > now
    context = {
        "appointment": found,
        "site": found.site,
        "practice": found.practice,
        "reason": found.reason,
        "initials": booking.patient_initials(found.patient),
        "phone_number": found.site.phone or found.practice.phone,
        "state": "cancelled"
        if found.status == AppointmentStatus.CANCELLED
        else "coming"
        if coming
        else "past",
        "told": bool(found.contact_phone or found.contact_email),
        "fresh": request.GET.get("fait") == "pris",
        "refusal": refusal,
    }
    return render(request, template, context, status=refusal.status if refusal else 200)


@staff_required
@private_page
@require_safe
def appointment(request: HttpRequest, public_id: str) -> HttpResponse:
    """The paper slip to hand over: date, hour, place. The name is written by hand."""
    return _appointment_page(
        request, access.access_referral(request.user, public_id), "partner/appointment.html"
    )


@staff_required
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.access_referral(request.user, public_id)
    if request.method != "POST":
        return _appointment_page(request, found, "partner/cancel.html")
    now = clock.now()
    try:
        booking_services.check_patient_may_change(found, now)
        booking_services.cancel_appointment(
            appointment_id=found.pk, cancelled_by=BookedBy.PARTNER, by=Actor.user(request.user), now=now
        )
    except (Gone, Conflict) as error:
        return _appointment_page(request, found, "partner/appointment.html", refusal=error)
    return redirect("partner:appointment", public_id=public_id)
