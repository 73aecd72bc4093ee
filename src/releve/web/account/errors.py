"""The page of someone who tried too often, and service refusals shown beside the field they concern."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse

from releve.kernel.errors import DomainError
from releve.web.ui.errors import error_page

RETRY_AFTER_SECONDS = 300


def too_many_attempts(request: HttpRequest) -> HttpResponse:
    """429, in French, with the delay a program needs in `Retry-After` (seconds)."""
    response = error_page(
        request,
        status=429,
        message=(
            f"Par sécurité, nous faisons une pause de {RETRY_AFTER_SECONDS // 60} minutes. "
            "Si vous avez oublié votre mot de passe, demandez-en un nouveau depuis la page de connexion."
        ),
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def show_refusal(form: forms.Form, error: DomainError) -> None:
    """Put a service's refusal on the field it names, else on top of the form."""
    field = error.field if error.field in form.fields else None
    if error.reasons:
        for reason in error.reasons:
            form.add_error(field, reason.message)
    else:
        form.add_error(field, error.message)
