"""`/healthz`: for load balancers and monitoring. Says nothing about people."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from releve.kernel import clock, health


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503; `worker` is `ok`, `late`, `absent` or `unknown`."""
    alive = health.database_answers()
    state = {
        "status": "ok" if alive else "error",
        "database": "ok" if alive else "unreachable",
        "worker": health.worker_state(now=clock.now()) if alive else "unknown",
    }
    return JsonResponse(state, status=200 if alive else 503)
