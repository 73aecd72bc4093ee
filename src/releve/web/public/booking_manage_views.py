"""The appointment behind a patient's link: read, cancel, move, put in one's calendar. No name is shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from releve.contexts.booking import queries as booking
from releve.contexts.booking import services as booking_services
from releve.contexts.booking.enums import AppointmentStatus, BookableBy
from releve.kernel import clock
from releve.kernel.audit import PATIENT
from releve.kernel.errors import Conflict, DomainError, Gone, Invalid

from .booking_calendar import appointment_calendar
from .booking_guard import count_hold, no_referrer, private_page
from .booking_memory import Remembered, remember
from .booking_times import build_week, places_nearby, read_day, read_time_button

_DONE = {"confirme", "deplace", "annule"}


def _context(appointment: Any, token: str, **more: Any) -> dict[str, Any]:
    """`state`: coming, cancelled, past; `refusal`: why it cannot be changed online; `tried`: somebody has just tried."""
    now = clock.now()
    refusal: DomainError | None = None
    if appointment.status == AppointmentStatus.CANCELLED:
        state = "cancelled"
    elif appointment.status != AppointmentStatus.BOOKED or appointment.starts_at <= now:
        state = "past"
    else:
        state = "coming"
        try:
            booking_services.check_patient_may_change(appointment, now)
        except Conflict as error:
            refusal = error
    site = appointment.site
    return {
        "appointment": appointment,
        "site": site,
        "practice": appointment.practice,
        "reason": appointment.reason,
        "initials": booking.patient_initials(appointment.patient),
        "phone_number": site.phone or appointment.practice.phone,
        "token": token,
        "state": state,
        "refusal": refusal,
        "done": "",
        "tried": False,
        **more,
    }


@private_page
@require_safe
def appointment(request: HttpRequest, manage_token: str) -> HttpResponse:
    found = booking.appointment_by_link(manage_token)
    done = request.GET.get("fait", "")
    context = _context(found, manage_token, done=done if done in _DONE else "")
    return no_referrer(render(request, "public/booking/appointment.html", context))


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, manage_token: str) -> HttpResponse:
    found = booking.appointment_by_link(manage_token)
    if request.method == "POST":
        try:
            booking_services.cancel_by_link(token=manage_token, by=PATIENT, now=clock.now())
        except (Gone, Conflict) as error:
            return _unchanged(request, manage_token, error)
        return redirect(f"{reverse('public:appointment', args=[manage_token])}?fait=annule")
    context = _context(found, manage_token)
    if context["state"] != "coming" or context["refusal"]:
        return redirect("public:appointment", manage_token=manage_token)
    return render(request, "public/booking/cancel.html", context)


def _unchanged(request: HttpRequest, token: str, error: DomainError) -> HttpResponse:
    """The appointment as it stands, with the reason why nothing was changed."""
    context = _context(booking.appointment_by_link(token), token, refusal=error, tried=True)
    return render(request, "public/booking/appointment.html", context, status=error.status)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, manage_token: str) -> HttpResponse:
    """Another time for the same reason at the same place; confirmed on the next page, without a code."""
    found = booking.appointment_by_link(manage_token)
    now = clock.now()
    try:
        booking_services.check_patient_may_change(found, now)
    except (Gone, Conflict) as error:
        return _unchanged(request, manage_token, error)
    if request.method == "POST":
        try:
            starts_at, practitioner_id = read_time_button(
                request.POST.get("horaire", ""), time_zone=found.site.time_zone
            )
            count_hold(request, now)
            placed = booking_services.place_hold(
                site_id=found.site_id,
                reason_id=found.reason_id,
                starts_at=starts_at,
                practitioner_id=practitioner_id,
                audience=_audience(found),
                moves_appointment=found,
                by=PATIENT,
                now=now,
            )
        except (booking_services.SlotTaken, Gone, Invalid) as error:
            return _move_page(request, found, manage_token, refusal=error)
        here = reverse("public:appointment-move", args=[manage_token])
        remember(request, placed.token, Remembered(back=here))
        return redirect("public:hold", hold_token=placed.token)
    return _move_page(request, found, manage_token)


def _audience(appointment: Any) -> str:
    """A patient may keep a reason that a partner chose for them."""
    return "partner" if appointment.reason.bookable_by == BookableBy.PARTNER else "public"


def _move_page(
    request: HttpRequest, appointment: Any, token: str, *, refusal: DomainError | None = None
) -> HttpResponse:
    site, now = appointment.site, clock.now()
    site.practice = appointment.practice
    today = clock.local_day(now, site.time_zone)
    week = build_week(
        site=site,
        reason_id=appointment.reason_id,
        first_day=read_day(request.GET.get("du", ""), today=today),
        now=now,
        audience=_audience(appointment),
    )
    here = reverse("public:appointment-move", args=[token])
    context = _context(
        appointment,
        token,
        refusal=refusal,
        week=week,
        action=here,
        days_href=f"{here}?du=",
        nearby=[] if week.days else places_nearby(site, category=appointment.reason.category, now=now),
    )
    status = refusal.status if refusal else 200
    return render(request, "public/booking/move.html", context, status=status)


@private_page
@require_safe
def calendar(request: HttpRequest, manage_token: str) -> HttpResponse:
    """The appointment as a file for one's calendar: no patient's name, no secret link."""
    found = booking.appointment_by_link(manage_token)
    response = HttpResponse(
        appointment_calendar(found, host=request.get_host()), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return no_referrer(response)
