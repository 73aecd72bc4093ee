"""Who may enter a view: an anonymous visitor is led to the sign-in page, then brought back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import urlencode

View = Callable[..., HttpResponseBase]


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """302 to the sign-in page. A fragment asked for by HTMX gets 401 and makes the whole page move."""
    if getattr(request, "htmx", False):
        shown = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        target = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': shown})}"
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    # After signing in one lands on a page: the target of a refused POST is not one.
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    back = urlsplit(request.headers.get("Referer", "")).path or "/mon-espace/"
    return redirect_to_login(back)


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
