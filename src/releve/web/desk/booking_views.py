"""Booking by phone: a name typed once, a person, a time, « Confirmer ».

1. the search of every page finds the patient, or carries the typed name to « Nouveau » ;
2. choosing makes a draft (`booking_drafts`) and shows the next free times ;
3. a time shows the form, already filled ; 4. « Confirmer » books.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from releve.contexts.accounts.enums import Capability
from releve.contexts.booking import queries, services
from releve.contexts.booking.enums import BookedBy, ReasonCategory
from releve.contexts.booking.rules import effective_minutes
from releve.contexts.patients.access import access_patient
from releve.contexts.patients.queries import PATIENT_UNKNOWN
from releve.kernel import clock, french
from releve.kernel.errors import DomainError, Invalid, NotFound
from releve.kernel.phones import can_receive_sms, format_phone
from releve.web.account.guards import staff_required
from releve.web.ui.typography import duration

from . import booking_drafts as drafts
from . import day_access as desk
from .booking_forms import ContactForm, NewPatientForm, add_refusal
from .booking_times import free_times, read_window
from .day_views import way_out
from .patients_forms import read_person
from .patients_views import wanted_time


def _draft_url(practice_slug: str, key: str, **query: Any) -> str:
    address = reverse("desk:book_draft", args=[practice_slug, key])
    kept = {name: value for name, value in query.items() if value}
    return f"{address}?{urlencode(kept)}" if kept else address


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Who comes? A « + » of the board leads here with its time; choosing a person goes on."""
    practice = desk.practice_of(request, practice_slug, Capability.DESK_MANAGE)
    if request.method == "POST":
        return _choose_person(request, practice)
    page = desk.frame(request, practice)
    wanted = wanted_time(request.GET)
    if wanted["vacation"]:
        shift = desk.shift_of(request, practice, desk.read_id(wanted["vacation"], "Cette vacation"))
        page |= {
            "wanted_shift": shift.pk,
            "wanted_start": desk.read_instant(wanted["debut"]),
            "shift": shift,
        }
    return desk.show(request, "desk/booking/start.html", page)


def _choose_person(request: HttpRequest, practice: Any) -> HttpResponse:
    values: dict[str, Any] = {}
    if request.POST.get("patient_id"):
        values["patient_id"] = desk.read_id(request.POST["patient_id"], "Ce patient")
        _known(request, practice, values["patient_id"])
    else:
        person = read_person(request.POST.get("q", ""))
        if not person.family_name:
            raise Invalid("Tapez au moins un nom de famille.", field="q")
        values |= {
            "family_name": person.family_name,
            "given_name": person.given_name,
            "birth_date": person.birth_date.isoformat() if person.birth_date else "",
            "phone": person.phone,
        }
    key = drafts.keep(request, practice.slug, **values)
    return redirect(_draft_url(practice.slug, key, **wanted_time(request.POST)))


def _known(request: HttpRequest, practice: Any, patient_id: int) -> Any:
    patient = access_patient(request.user, patient_id, Capability.DESK_MANAGE, clock.now())
    if patient.practice_id != practice.pk:
        raise NotFound(PATIENT_UNKNOWN)
    return patient


def _reasons(practice: Any) -> list[Any]:
    found = queries.list_reasons(practice.pk, audience="desk")
    if not found:
        raise Invalid("Ce cabinet n’a pas encore de motif de consultation : ajoutez-en dans les réglages.")
    return found


def _right_reason(reasons: list[Any], text: str, *, known: bool, kind: str = "") -> Any:
    """The reason asked for, else follow-up for somebody already seen here and first visit for the others."""
    asked = next((r for r in reasons if str(r.pk) == text), None)
    if asked is not None:
        return asked
    fitting = [r for r in reasons if not kind or r.fits_shift_kind(kind)] or reasons
    wanted = ReasonCategory.FOLLOW_UP if known else ReasonCategory.FIRST_VISIT
    return next((r for r in fitting if r.category == wanted), fitting[0])


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, practice_slug: str, draft_key: str) -> HttpResponse:
    """The times, then the form. POST books; a taken time shows fresh ones and keeps what was typed."""
    practice = desk.practice_of(request, practice_slug, Capability.DESK_MANAGE)
    draft = drafts.find(request, practice_slug, draft_key)
    if draft.get("done"):
        return redirect(draft["done"])
    patient = _known(request, practice, draft["patient_id"]) if draft.get("patient_id") else None
    page = desk.frame(request, practice) | {
        "draft_key": draft_key,
        "patient": patient,
        "who": patient.display_name
        if patient
        else f"{draft['family_name'].upper()} {draft['given_name']}".strip(),
        "known": bool(patient and patient.first_seen_on),
        "reasons": _reasons(practice),
    }
    if request.method == "POST":
        return _book(request, practice, draft, page)
    wanted = wanted_time(request.GET)
    if wanted["vacation"]:
        shift = desk.shift_of(request, practice, desk.read_id(wanted["vacation"], "Cette vacation"))
        return _show_form(request, draft, page, shift, desk.read_instant(wanted["debut"]), None, status=200)
    return _render_times(request, practice, page)


def _render_times(request: HttpRequest, practice: Any, page: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    site = desk.usual_site(request, practice, request.GET.get("lieu", ""))
    reason = _right_reason(page["reasons"], request.GET.get("motif", ""), known=page["known"])
    times = free_times(site=site, reason_id=reason.pk, first=read_window(request, site, now), now=now)
    page |= {"site": site, "zone": desk.zone_of(site), "reason": reason, "times": times, "now": now}
    page["sites"] = list(desk.practices.list_sites(practice.pk).prefetch_related(None))
    if not times.days:
        page |= way_out(site, clock.local_day(now, desk.zone_of(site)), now)
    return desk.show(request, "desk/booking/times.html", page)


def _form(page: dict[str, Any], data: Any = None, **initial: Any) -> ContactForm:
    choices = [(r.pk, f"{r.label} ({duration(r.duration_minutes)})") for r in page["reasons"]]
    kind = ContactForm if page["patient"] else NewPatientForm
    return kind(data, initial=initial, reasons=choices)


def _show_form(
    request: HttpRequest,
    draft: dict[str, Any],
    page: dict[str, Any],
    shift: Any,
    starts_at: Any,
    form: ContactForm | None,
    *,
    status: int,
    taken: bool = False,
) -> HttpResponse:
    now = clock.now()
    patient, site = page["patient"], shift.site
    asked = str(form.data.get("reason", "")) if form else request.GET.get("motif", "")
    reason = _right_reason(page["reasons"], asked, known=page["known"], kind=shift.kind)
    if form is None:
        form = _form(
            page,
            reason=reason.pk,
            phone=format_phone(patient.phone) if patient and patient.phone else draft.get("phone", ""),
            email=patient.email if patient else "",
            family_name=draft.get("family_name", ""),
            given_name=draft.get("given_name", ""),
            birth_date=_day(draft.get("birth_date", "")),
            overbook=request.GET.get("surnombre") == "1",
        )
    rhythm = shift.practitioner.rhythm_minutes if shift.practitioner else None
    minutes = effective_minutes(reason.duration_minutes, rhythm)
    page |= {
        "form": form,
        "shift": shift,
        "site": site,
        "zone": desk.zone_of(site),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "reason": reason,
        "taken": taken,
        "is_past": starts_at < now,
        "show_overbook": taken or bool(form["overbook"].value()),
        "times": None,
    }
    if taken:
        day = clock.local_day(starts_at, desk.zone_of(site))
        first = max(day, clock.local_day(now, desk.zone_of(site)))
        page["times"] = free_times(site=site, reason_id=reason.pk, first=first, now=now)
    return desk.show(request, "desk/booking/confirm.html", page, status=status)


def _day(text: str) -> date | None:
    """A birth date of the draft, written there by us."""
    return date.fromisoformat(text) if text else None


def _book(request: HttpRequest, practice: Any, draft: dict[str, Any], page: dict[str, Any]) -> HttpResponse:
    shift_id, starts_at = desk.read_slot(request.POST.get("creneau", ""))
    shift = desk.shift_of(request, practice, shift_id)
    form = _form(page, request.POST)
    if not form.is_valid():
        return _show_form(request, draft, page, shift, starts_at, form, status=422)
    patient = page["patient"]
    try:
        booking = services.book_appointment(
            site_id=shift.site_id,
            reason_id=form.cleaned_data["reason"],
            starts_at=starts_at,
            shift_id=shift.pk,
            patient_id=patient.pk if patient else None,
            identity=form.identity() if isinstance(form, NewPatientForm) else None,
            contact=form.contact(),
            booked_by=BookedBy.DESK,
            audience="desk",
            overbook_reason=form.cleaned_reason(),
            desk_note=form.cleaned_data["desk_note"],
            by=desk.actor(request),
            now=clock.now(),
        )
    except DomainError as error:
        if error.status == 404:
            raise
        add_refusal(form, error)
        taken = error.code in {"slot-taken", "shift-closed"}
        return _show_form(request, draft, page, shift, starts_at, form, status=error.status, taken=taken)
    appointment = booking.appointment
    address = desk.day_url(practice.slug, appointment.site, desk.visit_day(appointment), appointment.pk)
    drafts.finish(request, page["draft_key"], address)
    messages.success(request, _said(appointment))
    return redirect(address)


def _said(appointment: Any) -> str:
    """What was done, and how the patient is told."""
    told = []
    if appointment.contact_phone and can_receive_sms(appointment.contact_phone):
        told.append(f"SMS au {format_phone(appointment.contact_phone)}")
    if appointment.contact_email:
        told.append("mail")
    how = (
        f" Confirmation par {' et '.join(told)}."
        if told
        else " Aucun message\u00a0: dites l’heure au patient."
    )
    when = french.day_and_hour(appointment.starts_at, desk.zone_of(appointment.site))
    who, doctor = appointment.patient.display_name, appointment.practitioner.display_name
    return f"Rendez-vous pris\u00a0: {who}, {when}, {doctor}.{how}"
