"""Which scenarios this browser made: their edit secrets, in its session. Written when one is saved, never by a reading."""

from __future__ import annotations

from django.http import HttpRequest

from releve.contexts.diagnosis.services_scenarios import secret_digest

_KEY = "releve_scenarios"
_KEPT = 60


def tokens(request: HttpRequest) -> list[str]:
    """Tokens of the scenarios of this session, the last first."""
    return list(reversed(request.session.get(_KEY, {})))


def digests(request: HttpRequest, token: str) -> list[str]:
    """Digest of the secret that this session holds for a scenario, [] when it made another."""
    secret = request.session.get(_KEY, {}).get(token)
    return [secret_digest(secret)] if isinstance(secret, str) else []


def remember(request: HttpRequest, token: str, secret: str) -> None:
    kept = {**request.session.get(_KEY, {}), token: secret}
    request.session[_KEY] = dict(list(kept.items())[-_KEPT:])


def forget(request: HttpRequest, token: str) -> None:
    kept = dict(request.session.get(_KEY, {}))
    if kept.pop(token, None) is not None:
        request.session[_KEY] = kept
