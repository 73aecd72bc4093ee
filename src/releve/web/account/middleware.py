"""Two rules on every signed-in request: a session does not last for ever, and staff hold a second factor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from releve.contexts.accounts import queries
from releve.kernel import clock

STARTED_KEY = "releve_started_at"
SEEN_KEY = "releve_seen_at"
# The session row is written at most once in this many seconds for the sake of the idle limit.
SEEN_EVERY_SECONDS = 60

# Pages of a person who still has to set up a second factor.
SET_UP_VIEWS = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
    }
)
# Parts open to anyone: there, a person without a second factor is an anonymous visitor.
OPEN_NAMESPACES = frozenset({"public", "ui", "demo", "ical"})


class SessionLimitsMiddleware:
    """Ends a session that is idle, too old, or older than « se déconnecter partout ».

    The request then goes on as an anonymous one: a public page is served, a guarded page explains what
    happened (see `guards.sign_in_first`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Reading the session only when there is one keeps public pages free of session queries.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._check(request, clock.now())
        return self.get_response(request)

    def _check(self, request: HttpRequest, now: datetime) -> None:
        stamp = now.timestamp()
        started = request.session.get(STARTED_KEY)
        if started is None:
            request.session[STARTED_KEY] = request.session[SEEN_KEY] = stamp
            return
        seen = request.session.get(SEEN_KEY, started)
        ended_at = getattr(request.user, "sessions_ended_at", None)
        over = (
            stamp - seen > settings.SESSION_IDLE_LIMIT.total_seconds()
            or stamp - started > settings.SESSION_ABSOLUTE_LIMIT.total_seconds()
            or (ended_at is not None and started < ended_at.timestamp())
        )
        if over:
            logout(request)
            request.session_ended = True  # type: ignore[attr-defined]
        elif stamp - seen >= SEEN_EVERY_SECONDS:
            request.session[SEEN_KEY] = stamp


class SecondFactorMiddleware:
    """Leads signed-in staff without a passkey or a TOTP application to set one up, before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        if not queries.lacks_second_factor(
            request.user, required=settings.SECOND_FACTOR_REQUIRED, demo=settings.RELEVE_MODE == "demo"
        ):
            return None
        match = request.resolver_match
        if match is None or match.view_name in SET_UP_VIEWS:
            return None
        if match.namespace in OPEN_NAMESPACES or request.path.startswith(("/api/", "/static/")):
            request.user = AnonymousUser()
            return None
        if getattr(request, "htmx", False):
            return HttpResponse(status=403, headers={"HX-Redirect": reverse("mfa_index")})
        return redirect("mfa_index")
