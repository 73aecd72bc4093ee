"""What protects booking pages: secret addresses stay secret, forms stay small, nobody empties a practice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from releve.kernel.errors import DomainError, Throttled
from releve.kernel.rates import count_attempt
from releve.web.ui.errors import error_page

View = Callable[..., HttpResponseBase]
MAX_FORM_BYTES = 16_384


def _too_large(request: HttpRequest) -> bool:
    try:
        return int(request.headers.get("Content-Length") or 0) > MAX_FORM_BYTES
    except ValueError:
        return True


def refusal_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    response = error_page(
        request, status=error.status, message=error.message, reasons=[r.message for r in error.reasons]
    )
    if error.details.get("retry_after"):
        response["Retry-After"] = str(int(error.details["retry_after"]))
    return response


def private_page(view: View) -> View:
    """For an address that holds a secret or shows what somebody chose: not kept, not indexed, not told to other sites.

    `same-origin` and not `no-referrer` where there is a form: without any referrer, browsers send `Origin: null`, which
    the protection against forged forms refuses. `no_referrer` is for pages without a form.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and _too_large(request):
            response: HttpResponseBase = error_page(
                request,
                status=413,
                title="Ce formulaire est trop long",
                message="Rien n’a été enregistré. Revenez en arrière et raccourcissez votre saisie.",
            )
        else:
            try:
                response = view(request, *args, **kwargs)
            except DomainError as error:
                response = refusal_page(request, error)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response.setdefault("Referrer-Policy", "same-origin")
        return response

    return guarded


def no_referrer(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    return response


def count_hold(request: HttpRequest, now: datetime) -> None:
    """One more time held from this network address. Raises Throttled."""
    _count(
        "hold",
        get_adapter(request).get_client_ip(request),
        settings.BOOKING_HOLDS_PER_ADDRESS,
        now,
        "Beaucoup d’horaires ont été réservés puis laissés depuis votre connexion. Attendez un peu avant d’en choisir "
        "un autre, ou appelez le secrétariat\u00a0: il peut prendre le rendez-vous pour vous.",
    )


def count_code(contact: str, now: datetime) -> None:
    """One more code to this phone or mailbox. Raises Throttled."""
    _count(
        "code",
        contact,
        settings.BOOKING_CODES_PER_CONTACT,
        now,
        "Trop de codes ont été envoyés à ce numéro ou à cette adresse. Attendez un peu, ou appelez le secrétariat\u00a0: "
        "il peut prendre le rendez-vous pour vous.",
    )


def _count(kind: str, who: str, limit: int, now: datetime, message: str) -> None:
    seconds = settings.BOOKING_RATE_MINUTES * 60
    wait = count_attempt(kind, who, limit=limit, seconds=seconds, now=now)
    if wait is not None:
        raise Throttled(message, details={"retry_after": wait})
