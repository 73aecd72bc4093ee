"""Settings of the practice itself: the checklist, its sheet, the notice to patients, opening and closing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.diagnosis.queries.scenarios import scenarios_of_practice
from releve.contexts.practices import services
from releve.contexts.practices.access import practice_capabilities
from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practices.rules import DEFAULT_CARE_TEAM_NOTICE
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, DomainError, Invalid
from releve.web.account.guards import staff_required
from releve.workflows.close_practice import close_practice
from releve.workflows.open_practice import open_practice, readiness

from .settings_base import page, practice_of, refuse
from .settings_forms import NoticeForm, PracticeForm

_PRACTICE_FIELDS = (
    "name",
    "phone",
    "email",
    "presentation",
    "opened_on",
    "planned_end_on",
    "booking_horizon_days",
    "cancel_notice_hours",
)
_TARGETS = {
    "practice": "settings:practice",
    "sites": "settings:sites",
    "reasons": "settings:reasons",
    "team": "settings:team",
    "notice": "settings:notice",
    "week": "roster:templates",
}


@staff_required
@require_safe
def overview(request: HttpRequest, practice_slug: str) -> HttpResponse:
    return _overview(request, practice_of(request, practice_slug))


def _overview(request: HttpRequest, practice, *, refusal: DomainError | None = None) -> HttpResponse:
    steps = readiness(practice, now=clock.now())
    rows = [(step, _target(request, step.target, practice)) for step in steps]
    return page(
        request,
        "overview",
        practice,
        "overview",
        status=refusal.status if refusal else 200,
        rows=rows,
        missing=[step for step in steps if step.essential and not step.done],
        done=sum(step.done for step in steps),
        is_open=practice.status == PracticeStatus.OPEN,
        refusal=refusal,
        scenarios=scenarios_of_practice(practice.pk),
    )


def _target(request: HttpRequest, key: str, practice) -> str:
    """Where a step is done; empty when the person's roles do not open that page."""
    if key == "week" and Capability.ROSTER_MANAGE not in practice_capabilities(request.user, practice):
        return ""
    try:
        return reverse(_TARGETS[key], args=[practice.slug])
    except NoReverseMatch:
        return ""


@staff_required
@require_POST
def open_(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    try:
        open_practice(practice_id=practice.pk, by=Actor.user(request.user), now=clock.now())
    except (Invalid, Conflict) as error:
        return _overview(request, practice, refusal=error)
    messages.success(request, "Le cabinet est ouvert : les patients peuvent réserver.")
    return redirect("settings:overview", practice_slug)


@staff_required
@require_POST
def close(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    try:
        close_practice(practice_id=practice.pk, by=Actor.user(request.user), now=clock.now())
    except (Invalid, Conflict) as error:
        return _overview(request, practice, refusal=error)
    messages.success(request, "Le cabinet est fermé.")
    return redirect("settings:overview", practice_slug)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def practice_page(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    initial = {name: getattr(practice, name) for name in _PRACTICE_FIELDS}
    form = PracticeForm(request.POST or None, initial={**initial, "expected_version": practice.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.save_practice(
                    practice_id=practice.pk,
                    expected_version=form.cleaned_data["expected_version"],
                    by=Actor.user(request.user),
                    now=clock.now(),
                    **{name: form.cleaned_data[name] for name in _PRACTICE_FIELDS},
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, "Les informations du cabinet sont enregistrées.")
                return redirect("settings:practice", practice_slug)
    return page(request, "practice", practice, "practice", status=status, form=form)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    initial = {"care_team_notice": practice.care_team_notice, "expected_version": practice.version}
    form = NoticeForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            proposed = "use_default" in request.POST
            text = DEFAULT_CARE_TEAM_NOTICE if proposed else form.cleaned_data["care_team_notice"]
            try:
                services.save_practice(
                    practice_id=practice.pk,
                    expected_version=form.cleaned_data["expected_version"],
                    care_team_notice=text,
                    by=Actor.user(request.user),
                    now=clock.now(),
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, "Le texte donné aux patients est enregistré.")
                return redirect("settings:notice", practice_slug)
    return page(
        request, "notice", practice, "notice", status=status, form=form, proposed=DEFAULT_CARE_TEAM_NOTICE
    )
