"""Who may enter a view: an anonymous visitor is led to the sign-in page, then brought back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode

View = Callable[..., HttpResponseBase]
HOME = "/mon-espace/"


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """302 to the sign-in page, or to the page that says why the session ended.

    A fragment asked for by HTMX gets 401 and makes the whole page move. A form sent after the end of the
    session gets a page with 401: the browser still holds what was typed, so nothing moves away from it.
    """
    ended = getattr(request, "session_ended", False)
    page = reverse("account:session_ended") if ended else resolve_url(settings.LOGIN_URL)
    if getattr(request, "htmx", False):
        shown = urlsplit(request.headers.get("HX-Current-URL", "")).path or HOME
        return HttpResponse(status=401, headers={"HX-Redirect": _with_next(page, shown)})
    if request.method in {"GET", "HEAD"}:
        return redirect(_with_next(page, request.get_full_path()))
    # After signing in one lands on a page: the target of a refused POST is not one.
    back = urlsplit(request.headers.get("Referer", "")).path or HOME
    if ended:
        context = {
            "sign_in_href": _with_next(resolve_url(settings.LOGIN_URL), back),
            "form_was_sent": True,
            "idle_minutes": int(settings.SESSION_IDLE_LIMIT.total_seconds() // 60),
            "hours": int(settings.SESSION_ABSOLUTE_LIMIT.total_seconds() // 3600),
        }
        return render(request, "account/session_ended.html", context, status=401)
    return redirect(_with_next(page, back))


def _with_next(page: str, target: str) -> str:
    return f"{page}?{urlencode({'next': target})}"


def staff_required(view: View) -> View:
    """Only for a signed-in person; what that person may do is then decided by the access functions."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        return view(request, *args, **kwargs)

    guarded.staff_required = True  # type: ignore[attr-defined]
    return guarded


class StaffRequiredMixin:
    """`staff_required` for class-based views."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
