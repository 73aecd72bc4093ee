"""Settings of the reasons for a visit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from releve.contexts.booking import queries, services
from releve.kernel import clock
from releve.kernel.audit import Actor
from releve.kernel.errors import DomainError
from releve.web.account.guards import staff_required

from .settings_base import page, practice_of, refuse
from .settings_forms import ReasonForm

_NEW = {
    "category": "other",
    "duration_minutes": 15,
    "shift_kinds": ["consultation", "intern"],
    "patient_rule": "any",
    "bookable_by": "public",
    "min_notice_minutes": 60,
    "is_active": True,
}


@staff_required
@require_safe
def reason_list(request: HttpRequest, practice_slug: str) -> HttpResponse:
    practice = practice_of(request, practice_slug)
    return page(request, "reasons", practice, "reasons", reasons=queries.all_reasons(practice.pk))


@staff_required
@require_POST
def create_defaults(request: HttpRequest, practice_slug: str) -> HttpResponse:
    """The starting set; those that exist are left alone."""
    practice = practice_of(request, practice_slug)
    created = services.create_default_reasons(
        practice_id=practice.pk, by=Actor.user(request.user), now=clock.now()
    )
    if created:
        messages.success(request, f"Motifs créés : {len(created)}. Ajustez durées et consignes.")
    else:
        messages.info(request, "Tous les motifs de départ existent déjà.")
    return redirect("settings:reasons", practice_slug)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def reason(request: HttpRequest, practice_slug: str, reason_id: int | None = None) -> HttpResponse:
    """One reason, new without `reason_id`."""
    practice = practice_of(request, practice_slug)
    shown = queries.get_reason(practice.pk, reason_id) if reason_id is not None else None
    form = ReasonForm(request.POST or None, initial=_initial(practice.pk, shown))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = services.save_visit_reason(
                    practice_id=practice.pk,
                    reason_id=reason_id,
                    by=Actor.user(request.user),
                    now=clock.now(),
                    **form.cleaned_data,
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, f"Le motif « {saved.label} » est enregistré.")
                return redirect("settings:reasons", practice_slug)
    return page(request, "reason", practice, "reasons", status=status, form=form, reason=shown)


def _initial(practice_id: int, shown: Any) -> dict[str, Any]:
    if shown is None:
        last = max((reason.position for reason in queries.all_reasons(practice_id)), default=0)
        return {**_NEW, "position": last + 1}
    return {name: getattr(shown, name) for name in ReasonForm.base_fields}
