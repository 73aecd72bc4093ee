"""Taking an appointment, steps 3 and 4: who comes, then the code. The time is kept meanwhile."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from releve.contexts.booking import queries as booking
from releve.contexts.booking import services as booking_services
from releve.contexts.booking.enums import BookedBy
from releve.kernel import clock
from releve.kernel.audit import PATIENT
from releve.kernel.errors import Conflict, DomainError, Gone, Invalid, Throttled
from releve.kernel.phones import can_receive_sms

from .booking_forms import CodeForm, IdentityForm, show_refusal
from .booking_guard import count_code, private_page
from .booking_memory import recall, remember_confirmed

CHANNELS = ("sms", "mail")
CODE_ATTEMPTS = booking_services.MAX_CODE_ATTEMPTS


def lost_hold(request: HttpRequest, token: str, error: Gone) -> HttpResponse:
    """The time is no longer kept: confirmed already (back to the appointment), or expired (choose again)."""
    mine = recall(request, token)
    if mine and mine.manage_token:
        return redirect("public:appointment", manage_token=mine.manage_token)
    if request.method == "POST" and mine:
        # A second press of the same button: ask again, when the first press has been answered.
        return redirect("public:hold", hold_token=token)
    context = {"message": error.message, "back": mine.back if mine else "", "code": error.code}
    return render(request, "public/booking/expired.html", context, status=error.status)


def hold_context(hold: Any, **more: Any) -> dict[str, Any]:
    """What every page of a kept time shows: the choice so far and until when it is kept."""
    return {
        "hold": hold,
        "site": hold.site,
        "practice": hold.practice,
        "reason": hold.reason,
        "phone_number": hold.site.phone or hold.practice.phone,
        **more,
    }


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: HttpRequest, hold_token: str) -> HttpResponse:
    """Step 3. For a visit that is being moved, the only question is whether to move it."""
    now = clock.now()
    try:
        hold = booking.get_hold(hold_token, now)
        if hold.moves_appointment_id:
            return _move(request, hold, hold_token)
        return _identity(request, hold, hold_token)
    except Gone as error:
        return lost_hold(request, hold_token, error)


def _identity(request: HttpRequest, hold: Any, token: str) -> HttpResponse:
    now = clock.now()
    mine = recall(request, token)
    for_relative = bool(mine and mine.for_relative)
    if request.method != "POST":
        # Only the browser that typed it sees it again.
        form = IdentityForm(
            for_relative=for_relative, initial=IdentityForm.initial_from(hold.draft) if mine else {}
        )
        return _identity_page(request, hold, token, form)
    form = IdentityForm(request.POST, for_relative=for_relative)
    if not form.is_valid():
        return _identity_page(request, hold, token, form, status=422)
    had_code = bool(hold.code_sha256)
    try:
        hold = booking_services.save_hold_identity(
            token=token,
            identity=form.identity(),
            contact=form.contact(),
            booked_by=BookedBy.RELATIVE if for_relative else BookedBy.PATIENT,
            declared_known=mine.known if mine else None,
            by=PATIENT,
            now=now,
        )
    except Invalid as error:
        show_refusal(form, error)
        return _identity_page(request, hold, token, form, status=error.status)
    channels = usable_channels(hold.draft)
    if not channels:
        form.add_error(
            "phone",
            "Ce téléphone ne reçoit pas de SMS. Ajoutez un mobile ou une adresse mail, ou appelez le secrétariat.",
        )
        return _identity_page(request, hold, token, form, status=422)
    if len(channels) == 1 and not (had_code and hold.code_sha256):
        refusal = _send(hold, token, channels[0])
        if refusal is not None:
            return _code_page(request, hold, token, CodeForm(), refusal=refusal)
    return redirect("public:hold-code", hold_token=token)


def _identity_page(
    request: HttpRequest, hold: Any, token: str, form: IdentityForm, status: int = 200
) -> HttpResponse:
    context = hold_context(hold, form=form, token=token, for_relative=form.for_relative)
    return render(request, "public/booking/identity.html", context, status=status)


def usable_channels(draft: dict[str, Any]) -> list[str]:
    """Ways a code can reach the contact typed."""
    contact = draft.get("contact") or {}
    phone, email = contact.get("phone", ""), contact.get("email", "")
    return [
        channel for channel, usable in (("sms", phone and can_receive_sms(phone)), ("mail", email)) if usable
    ]


def masked(channel: str, draft: dict[str, Any]) -> str:
    """Enough to recognise one's own phone or mailbox."""
    contact = draft.get("contact") or {}
    if channel == "sms":
        return f"numéro finissant par {contact.get('phone', '')[-2:]}"
    name, _, domain = contact.get("email", "").partition("@")
    return f"{name[:2]}…@{domain}"


def _send(hold: Any, token: str, channel: str) -> DomainError | None:
    """Send a code; the refusal when it cannot be. Gone goes through."""
    now = clock.now()
    contact = hold.draft["contact"]
    try:
        count_code(contact["phone" if channel == "sms" else "email"], now)
        booking_services.send_code(token=token, channel=channel, by=PATIENT, now=now)
    except (Throttled, Invalid) as error:
        return error
    return None


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, hold_token: str) -> HttpResponse:
    """Step 4: choose SMS or mail, receive six digits, copy them."""
    now = clock.now()
    try:
        hold = booking.get_hold(hold_token, now)
        if not hold.draft or hold.moves_appointment_id:
            return redirect("public:hold", hold_token=hold_token)
        if request.method != "POST":
            return _code_page(request, hold, hold_token, CodeForm())
        if "canal" in request.POST:
            return _send_again(request, hold, hold_token)
        return _confirm(request, hold, hold_token)
    except Gone as error:
        return lost_hold(request, hold_token, error)


def _send_again(request: HttpRequest, hold: Any, token: str) -> HttpResponse:
    channel = request.POST["canal"]
    if channel not in CHANNELS or channel not in usable_channels(hold.draft):
        refusal: DomainError | None = Invalid("Choisissez SMS ou mail.", field="canal")
    else:
        refusal = _send(hold, token, channel)
    if refusal is not None:
        return _code_page(request, hold, token, CodeForm(), refusal=refusal)
    return redirect("public:hold-code", hold_token=token)


def _confirm(request: HttpRequest, hold: Any, token: str) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, hold, token, form, status=422)
    try:
        booked = booking_services.confirm_hold(
            token=token, code=form.cleaned_data["code"], by=PATIENT, now=clock.now()
        )
    except Invalid as error:
        if error.field != "code":
            raise
        form.add_error("code", error.message)
        return _code_page(request, booking.get_hold(token, clock.now()), token, form, status=error.status)
    except Throttled as error:
        return _code_page(request, hold, token, form, refusal=error)
    except Conflict as error:
        return _refused(request, hold, token, error)
    remember_confirmed(request, token, booked.manage_token)
    return _to_confirmed(booked.manage_token)


def _to_confirmed(manage_token: str) -> HttpResponse:
    return redirect(f"{reverse('public:appointment', args=[manage_token])}?fait=confirme")


def _refused(request: HttpRequest, hold: Any, token: str, error: DomainError) -> HttpResponse:
    context = hold_context(hold, token=token, refusal=error)
    return render(request, "public/booking/refused.html", context, status=error.status)


def _code_page(
    request: HttpRequest,
    hold: Any,
    token: str,
    form: CodeForm,
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    channels = usable_channels(hold.draft)
    sent_by = hold.draft.get("code_channel", "") if hold.code_sha256 else ""
    context = hold_context(
        hold,
        token=token,
        form=form,
        refusal=refusal,
        channels=[{"key": key, "to": masked(key, hold.draft)} for key in channels],
        sent_by=sent_by,
        sent_to=masked(sent_by, hold.draft) if sent_by else "",
        attempts_left=CODE_ATTEMPTS - hold.code_attempts,
        sends_left=booking_services.MAX_CODES_SENT - hold.codes_sent,
    )
    return render(request, "public/booking/code.html", context, status=refusal.status if refusal else status)


def _move(request: HttpRequest, hold: Any, token: str) -> HttpResponse:
    appointment = hold.moves_appointment
    try:
        booking_services.check_patient_may_change(appointment, clock.now())
        if request.method == "POST":
            moved = booking_services.confirm_hold(
                token=token, code=None, without_code=True, by=PATIENT, now=clock.now()
            )
            remember_confirmed(request, token, moved.manage_token)
            return redirect(f"{reverse('public:appointment', args=[moved.manage_token])}?fait=deplace")
    except Conflict as error:
        return _refused(request, hold, token, error)
    context = hold_context(hold, token=token, appointment=appointment)
    return render(request, "public/booking/move_confirm.html", context)


@private_page
@require_POST
def release(request: HttpRequest, hold_token: str) -> HttpResponse:
    """« Changer d’horaire »: the time goes back to everybody at once."""
    now = clock.now()
    mine = recall(request, hold_token)
    if mine and mine.manage_token:
        return redirect("public:appointment", manage_token=mine.manage_token)
    booking_services.release_hold(token=hold_token, by=PATIENT, now=now)
    return redirect(mine.back if mine and mine.back else reverse("public:search"))
