"""What the secretary is in the middle of, kept in the session: names never travel in an address.

A draft has a short random key; a person keeps the last few, so that two tabs do not disturb each other.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest

from releve.kernel.errors import Gone

KEY = "desk_drafts"
KEPT = 8


def keep(request: HttpRequest, practice_slug: str, **values: Any) -> str:
    """Store a draft; its key."""
    key = secrets.token_hex(6)
    drafts = dict(request.session.get(KEY, {}))
    while len(drafts) >= KEPT:
        drafts.pop(next(iter(drafts)))
    drafts[key] = {"practice": practice_slug, **values}
    request.session[KEY] = drafts
    return key


def find(request: HttpRequest, practice_slug: str, key: str) -> dict[str, Any]:
    """The draft of this practice. Raises Gone when it is no longer kept (booked, or the session ended)."""
    draft = request.session.get(KEY, {}).get(key)
    if draft is None or draft.get("practice") != practice_slug:
        raise Gone(
            "Cette prise de rendez-vous n’est plus en cours. Recommencez en tapant le nom du patient.",
            code="draft-gone",
        )
    return dict(draft)


def finish(request: HttpRequest, key: str, address: str) -> None:
    """The draft was booked: nothing of the person is kept, only where the appointment is, for a second click."""
    drafts = dict(request.session.get(KEY, {}))
    if key in drafts:
        drafts[key] = {"practice": drafts[key]["practice"], "done": address}
        request.session[KEY] = drafts
