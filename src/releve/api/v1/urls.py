"""Addresses of the JSON API: ninja's, guarded, and a last one that answers for all those that do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt

from . import problems
from .routes import api, refuse_large_body

_patterns, _app, _namespace = api.urls


def _guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refusal = refuse_large_body(request)
        if refusal is not None:
            return refusal
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        refusal = problems.problem(
            405, code="method-not-allowed", detail="Cette adresse n’accepte pas cette méthode."
        )
        refusal["Allow"] = response["Allow"]
        return refusal

    return csrf_exempt(guarded)


@csrf_exempt
def _unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problems.problem(404, code="not-found", detail="Cette adresse n’existe pas.")


for _pattern in _patterns:
    if isinstance(_pattern, URLPattern):
        _pattern.callback = _guarded(_pattern.callback)

app_name = "api-v1"
urlpatterns: list[URLPattern | URLResolver] = [
    *_patterns,
    re_path(r"^(?P<rest>.*)$", _unknown, name="unknown"),
]
