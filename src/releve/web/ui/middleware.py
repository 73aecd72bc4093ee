"""Turns an uncaught DomainError of an HTML view into a page with its status, in French."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from releve.kernel.database_faults import is_passing_fault, is_unreadable_text
from releve.kernel.errors import DomainError

from .errors import busy_page, error_page, unreadable

Handler = Callable[[HttpRequest], HttpResponse]


class DomainErrorMiddleware:
    """Views raise `kernel.errors`; this answers. The API has its own handler and never reaches here."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if request.path.startswith("/api/"):
            return None
        if is_passing_fault(exception):
            return busy_page(request)
        if is_unreadable_text(exception):
            return unreadable(request)
        if not isinstance(exception, DomainError):
            return None
        response = error_page(
            request,
            status=exception.status,
            message=exception.message,
            reasons=[reason.message for reason in exception.reasons],
        )
        retry_after = exception.details.get("retry_after")
        if retry_after:
            response["Retry-After"] = str(int(retry_after))
        return response
