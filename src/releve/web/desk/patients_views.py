"""Finding a patient, their sheet, correcting it. Names are posted and kept in the session, never in an address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.booking import queries as booking
from releve.contexts.patients import queries, services
from releve.contexts.patients.access import access_patient
from releve.contexts.patients.rules import age_on
from releve.kernel import audit, clock
from releve.kernel.errors import DomainError, NotFound
from releve.web.account.guards import staff_required
from releve.web.ui.typography import PARIS

from . import booking_drafts as drafts
from . import day_access as desk
from .booking_forms import add_refusal
from .patients_forms import IdentityForm, read_person

SHOWN = 12
SUGGESTED = 6
MAX_TYPED = 120


def _results(request: HttpRequest, practice: Any, typed: str, limit: int) -> dict[str, Any]:
    """Patients that match, with age, and the person that the typed words would create."""
    now = clock.now()
    today = clock.local_day(now, PARIS)
    found = queries.search_patients(practice.pk, typed, limit=limit)
    if found:
        audit.record(
            by=desk.actor(request),
            action="patient.search",
            target_kind="practice",
            target_id=practice.pk,
            practice_id=practice.pk,
            now=now,
            found=[patient.pk for patient in found],
        )
    person = read_person(typed)
    return {
        "typed": typed,
        "found": [(p, age_on(p.birth_date, today) if p.birth_date else None) for p in found],
        "person": person if person.family_name else None,
    }


def wanted_time(data: Any) -> dict[str, str]:
    """The time already chosen on the board, carried along while the patient is looked for."""
    return {
        "vacation": str(data.get("vacation", ""))[:12],
        "debut": str(data.get("debut", ""))[:20],
    }


def _wanted_context(wanted: dict[str, str]) -> dict[str, Any]:
    if not wanted["vacation"] or not wanted["debut"]:
        return {}
    return {
        "wanted_shift": desk.read_id(wanted["vacation"], "Cette vacation"),
        "wanted_start": desk.read_instant(wanted["debut"]),
    }


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def patients(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """Look for a patient by any part of a name, birth date or phone."""
    practice = desk.practice_of(request, practice_slug, Capability.PATIENTS_READ)
    if request.method == "POST":
        typed = " ".join(request.POST.get("q", "")[:MAX_TYPED].split())
        key = drafts.keep(request, practice_slug, q=typed, **wanted_time(request.POST))
        return redirect(f"{reverse('desk:patients', args=[practice_slug])}?recherche={key}")
    page = desk.frame(request, practice, "patients") | {"typed": "", "found": [], "person": None}
    key = request.GET.get("recherche", "")
    page["searched"] = bool(key)
    if key:
        search = drafts.find(request, practice_slug, key)
        page |= _results(request, practice, search.get("q", ""), SHOWN) | _wanted_context(wanted_time(search))
    return desk.show(request, "desk/patients/search.html", page)


@staff_required
@require_POST
def suggest(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """The list under the search field while one types (a fragment)."""
    practice = desk.practice_of(request, practice_slug, Capability.PATIENTS_READ)
    typed = " ".join(request.POST.get("q", "")[:MAX_TYPED].split())
    page = desk.frame(request, practice, "patients") | {"found": [], "person": None, "typed": typed}
    if len(typed) >= 2:
        page |= _results(request, practice, typed, SUGGESTED)
    page |= _wanted_context(wanted_time(request.POST))
    return desk.show(request, "desk/patients/_suggestions.html", page)


def _patient(request: HttpRequest, practice: Any, patient_id: int) -> Any:
    patient = access_patient(request.user, patient_id, Capability.PATIENTS_READ, clock.now())
    if patient.practice_id != practice.pk:
        raise NotFound(queries.PATIENT_UNKNOWN)
    return patient


@staff_required
@require_safe
def sheet(request: HttpRequest, practice_slug: str, patient_id: int) -> HttpResponse:
    """Identity, contact, visits. The reading is journaled."""
    practice = desk.practice_of(request, practice_slug, Capability.PATIENTS_READ)
    patient = _patient(request, practice, patient_id)
    now = clock.now()
    visits = booking.patient_appointments(patient.pk, limit=30)
    return desk.show(
        request,
        "desk/patients/sheet.html",
        desk.frame(request, practice, "patients")
        | {
            "patient": patient,
            "age": age_on(patient.birth_date, clock.local_day(now, PARIS)) if patient.birth_date else None,
            "coming": [v for v in reversed(visits) if v.ends_at > now and v.status != "cancelled"],
            "past": [v for v in visits if v.ends_at <= now or v.status == "cancelled"],
        },
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, practice_slug: str, patient_id: int) -> HttpResponse:
    """Correct the identity or the contact. What changed is journaled by field, never by value."""
    practice = desk.practice_of(request, practice_slug, Capability.DESK_MANAGE)
    patient = _patient(request, practice, patient_id)
    form = IdentityForm(
        request.POST if request.method == "POST" else None, initial=IdentityForm.initial_of(patient)
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.correct_identity(
                    patient_id=patient.pk,
                    identity=form.identity(),
                    contact=form.contact(),
                    by=desk.actor(request),
                    now=clock.now(),
                )
            except DomainError as error:
                add_refusal(form, error)
                status = error.status
            else:
                messages.success(request, "La fiche est corrigée.")
                return redirect("desk:patient", practice_slug, patient.pk)
    return desk.show(
        request,
        "desk/patients/correct.html",
        desk.frame(request, practice, "patients") | {"patient": patient, "form": form},
        status=status,
    )
