"""The calendar feed of a practitioner or a site, behind a secret address. No session, no cookie, no
patient."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from releve.contexts.rostering import queries, services
from releve.kernel import clock
from releve.kernel.errors import DomainError

from .render import REFRESH, render_feed

MAX_TOKEN = 64


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """200 with the calendar, 304 when it has not changed, 404 for an unknown address, 410 once revoked."""
    now = clock.now()
    try:
        view = queries.feed_events(token[:MAX_TOKEN], now=now)
    except DomainError as error:
        return _headers(
            HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")
        )
    # The one write of a GET: that the address is in use, at most once an hour.
    services.note_feed_read(feed_id=view.feed_id, last_read_at=view.last_read_at, now=now)
    body = render_feed(view, host=urlsplit(settings.RELEVE_BASE_URL).hostname or "releve.invalid")
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    modified = int(view.modified_at.timestamp())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    response["Content-Disposition"] = 'inline; filename="vacations.ics"'
    found = get_conditional_response(request, etag=etag, last_modified=modified, response=response)
    return _headers(found or response)


def _headers(response: HttpResponse) -> HttpResponse:
    """Private, never indexed, and the secret address never leaves as a referrer."""
    response["Cache-Control"] = f"private, max-age={int(REFRESH.total_seconds()) // 4}"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
