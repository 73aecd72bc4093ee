"""Partners' keys: optional, but a key that is given must be right."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security.base import AuthBase

from releve.contexts.booking.queries import ClientKey, api_client_by_token

_ATTRIBUTE = "_releve_api_client"


class ApiKey(AuthBase):
    """`Authorization: Bearer <key>`. Absent: an anonymous patient. Unknown or revoked: 401, never anonymous."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Any:
        header = request.headers.get("Authorization", "")
        if not header:
            setattr(request, _ATTRIBUTE, None)
            return True
        scheme, _, token = header.partition(" ")
        client = api_client_by_token(token.strip()) if scheme.lower() == "bearer" else None
        if client is None:
            raise AuthenticationError()
        setattr(request, _ATTRIBUTE, client)
        return client


def caller(request: HttpRequest) -> ClientKey | None:
    """The partner behind the request, or None for an anonymous patient."""
    found: ClientKey | None = getattr(request, _ATTRIBUTE, None)
    return found
