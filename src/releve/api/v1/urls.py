from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from .routes import api, refuse_large_body

_patterns, _app, _namespace = api.urls


def _guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return refuse_large_body(request) or view(request, *args, **kwargs)

    guarded.csrf_exempt = True  # type: ignore[attr-defined]
    return guarded


for _pattern in _patterns:
    if isinstance(_pattern, URLPattern):
        _pattern.callback = _guarded(_pattern.callback)

app_name = "api-v1"
urlpatterns: list[URLPattern | URLResolver] = list(_patterns)
