"""One visit: its page, its steps through the day, moving it, cancelling it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.booking import services
from releve.contexts.booking.enums import AppointmentStatus, BookedBy
from releve.kernel import clock, french
from releve.kernel.errors import DomainError, Invalid
from releve.kernel.phones import can_receive_sms
from releve.web.account.guards import staff_required

from . import day_access as desk
from .booking_forms import CancelForm, OverbookForm, add_refusal
from .booking_times import free_times, read_window
from .day_board import steps_of
from .day_views import board_context, board_of

FETCH = "fetch"  # X-Requested-With of day.js: answers the board, or the refusal as JSON


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == FETCH


def _board_answer(request: HttpRequest, appointment: Any, shown_text: str) -> HttpResponse:
    """The board on which the action was made, redrawn."""
    now = clock.now()
    site = appointment.site
    site.practice = appointment.practice
    shown = desk.read_day(shown_text) if shown_text else desk.visit_day(appointment)
    page = desk.frame(request, appointment.practice)
    board = board_of(site, shown, now, may_manage=True)
    page |= board_context(site, shown, now, board)
    return desk.show(request, "desk/day/_board.html", page, etag=f'"{board.version}"')


def _refused(error: DomainError) -> JsonResponse:
    return JsonResponse({"code": error.code, "message": error.message}, status=error.status)


@staff_required
@require_safe
def visit(request: HttpRequest, practice_slug: str, appointment_id: int) -> HttpResponse:
    """Everything the desk knows of one appointment. The reading is journaled."""
    appointment = desk.visit_of(request, practice_slug, appointment_id, Capability.DESK_VIEW)
    now = clock.now()
    desk.journal_visit(request, appointment, now)
    return desk.show(
        request,
        "desk/day/visit.html",
        desk.frame(request, appointment.practice) | _visit_context(appointment, now),
    )


def _visit_context(appointment: Any, now: Any) -> dict[str, Any]:
    day = desk.visit_day(appointment)
    zone = desk.zone_of(appointment.site)
    steps, back = steps_of(appointment.status, begun=day <= clock.local_day(now, zone))
    return {
        "appointment": appointment,
        "day": day,
        "zone": zone,
        "steps": steps,
        "back": back,
        "is_booked": appointment.status == AppointmentStatus.BOOKED,
        "gets_sms": bool(appointment.contact_phone) and can_receive_sms(appointment.contact_phone),
        "day_href": desk.day_url(appointment.practice.slug, appointment.site, day, appointment.pk),
    }


@gzip_page
@staff_required
@require_POST
def step(request: HttpRequest, practice_slug: str, appointment_id: int) -> HttpResponse:
    """One step forward or back. Said twice, the second time changes nothing."""
    appointment = desk.visit_of(request, practice_slug, appointment_id, Capability.DESK_MANAGE)
    status = request.POST.get("status", "")
    try:
        if status not in AppointmentStatus.values or status == AppointmentStatus.CANCELLED:
            raise Invalid("Cette étape n’existe pas.", field="status")
        services.set_appointment_status(
            appointment_id=appointment.pk, status=status, by=desk.actor(request), now=clock.now()
        )
    except DomainError as error:
        if _by_script(request):
            return _refused(error)
        raise
    if _by_script(request):
        return _board_answer(request, appointment, request.POST.get("jour", ""))
    return redirect(
        desk.day_url(practice_slug, appointment.site, desk.visit_day(appointment), appointment.pk)
    )


@gzip_page
@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, practice_slug: str, appointment_id: int) -> HttpResponse:
    """Choose another time in the list, then confirm; or a drag on the board (day.js)."""
    appointment = desk.visit_of(request, practice_slug, appointment_id, Capability.DESK_MANAGE)
    if request.method == "POST":
        return _move(request, appointment)
    now = clock.now()
    desk.journal_visit(request, appointment, now)
    chosen = None
    if request.GET.get("vacation"):
        shift_id = desk.read_id(request.GET["vacation"], "Cette vacation")
        chosen = _chosen(request, appointment, shift_id, request.GET.get("debut", ""))
    return _render_move(request, appointment, chosen, OverbookForm(), status=200)


def _chosen(request: HttpRequest, appointment: Any, shift_id: int, text: str) -> dict[str, Any]:
    shift = desk.shift_of(request, appointment.practice, shift_id)
    return {"shift": shift, "starts_at": desk.read_instant(text)}


def _move(request: HttpRequest, appointment: Any) -> HttpResponse:
    form = OverbookForm(request.POST)
    moved = None
    try:
        shift_id, starts_at = desk.read_slot(request.POST.get("creneau", ""))
        sequence = desk.read_id(request.POST.get("sequence", ""), "Ce formulaire")
        # A shift of another practice does not exist here.
        shift = desk.shift_of(request, appointment.practice, shift_id)
        if form.is_valid():
            moved = services.move_appointment(
                appointment_id=appointment.pk,
                starts_at=starts_at,
                shift_id=shift_id,
                overbook_reason=form.cleaned_reason(),
                expected_sequence=sequence,
                by=desk.actor(request),
                now=clock.now(),
            )
    except DomainError as error:
        if _by_script(request):
            return _refused(error)
        if error.status == 404 or not isinstance(form.data.get("creneau"), str) or error.status == 422:
            raise
        add_refusal(form, error)
        return _render_move(
            request, appointment, {"shift": shift, "starts_at": starts_at}, form, status=error.status
        )
    if moved is None:
        if _by_script(request):
            return _refused(Invalid("Un surnombre doit avoir un motif."))
        return _render_move(request, appointment, {"shift": shift, "starts_at": starts_at}, form, status=422)
    said = f"Déplacé\u00a0: {moved.patient.display_name}, {french.day_and_hour(starts_at, desk.zone_of(moved.site))}."
    if _by_script(request):
        answer = _board_answer(request, moved, request.POST.get("jour", ""))
        return answer
    messages.success(request, said)
    return redirect(desk.day_url(moved.practice.slug, moved.site, desk.visit_day(moved), moved.pk))


def _render_move(
    request: HttpRequest, appointment: Any, chosen: dict[str, Any] | None, form: OverbookForm, *, status: int
) -> HttpResponse:
    now = clock.now()
    site = desk.usual_site(
        request, appointment.practice, request.GET.get("lieu", "") or appointment.site.slug
    )
    times = None
    if chosen is None or status != 200:
        times = free_times(
            site=site, reason_id=appointment.reason_id, first=read_window(request, site, now), now=now
        )
    return desk.show(
        request,
        "desk/day/move.html",
        desk.frame(request, appointment.practice)
        | _visit_context(appointment, now)
        | {"chosen": chosen, "times": times, "form": form, "site": site, "time_name": "creneau"},
        status=status,
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, practice_slug: str, appointment_id: int) -> HttpResponse:
    """Cancel with who and why; the page says what the patient will receive."""
    appointment = desk.visit_of(request, practice_slug, appointment_id, Capability.DESK_MANAGE)
    now = clock.now()
    form = CancelForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.cancel_appointment(
                    appointment_id=appointment.pk,
                    reason=form.cleaned_data["reason"],
                    cancelled_by=BookedBy(form.cleaned_data["who"]),
                    by=desk.actor(request),
                    now=now,
                )
            except DomainError as error:
                add_refusal(form, error)
                status = error.status
            else:
                messages.success(
                    request,
                    f"Rendez-vous de {appointment.patient.display_name} annulé\u00a0: l’horaire est de nouveau libre.",
                )
                return redirect(desk.day_url(practice_slug, appointment.site, desk.visit_day(appointment)))
    return desk.show(
        request,
        "desk/day/cancel.html",
        desk.frame(request, appointment.practice) | _visit_context(appointment, now) | {"form": form},
        status=status,
    )
