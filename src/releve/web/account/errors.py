"""The page of someone who tried too often."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

RETRY_AFTER_SECONDS = 300


def too_many_attempts(request: HttpRequest) -> HttpResponse:
    """429, in French, with the delay a program needs in `Retry-After` (seconds)."""
    return render(
        request,
        "account/too_many_attempts.html",
        {"minutes": RETRY_AFTER_SECONDS // 60},
        status=429,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
