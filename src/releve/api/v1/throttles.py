"""How often an anonymous caller may write. A partner's key is not limited here."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from ninja.throttling import AnonRateThrottle

from .keys import caller


class PublicThrottle(AnonRateThrottle):
    """One count per network address and per rate, in the shared cache.

    ninja's own key is not used: it lets through whoever passed an authentication, which anonymous callers do here, and
    it believes any `X-Forwarded-For`. The address is the one that sign-in counts by (`RELEVE_TRUSTED_PROXIES`).
    """

    def get_cache_key(self, request: HttpRequest) -> str | None:
        if caller(request) is not None:
            return None
        address = get_adapter(request).get_client_ip(request)
        name = salted_hmac("api.rate", f"{self.rate}:{address}", algorithm="sha256").hexdigest()
        return f"api:rate:{name[:32]}"
