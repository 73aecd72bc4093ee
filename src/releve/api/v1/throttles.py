"""How often an anonymous caller may write. A partner's key is not limited here."""

from __future__ import annotations

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from ninja.throttling import AnonRateThrottle

from releve.kernel.errors import Throttled
from releve.kernel.rates import count_attempt

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


def count_hold(request: HttpRequest, now: datetime) -> None:
    """The same limit as on the pages, in the same counter: whoever holds times to keep them from others meets it on
    either road. Raises Throttled."""
    if caller(request) is None:
        address = get_adapter(request).get_client_ip(request)
        _count("hold", address, settings.BOOKING_HOLDS_PER_ADDRESS, now, "Trop d’horaires retenus.")


def count_code(contact: str, now: datetime) -> None:
    """One more code to this phone or mailbox, whoever asks. Raises Throttled."""
    _count("code", contact, settings.BOOKING_CODES_PER_CONTACT, now, "Trop de codes envoyés à ce contact.")


def _count(kind: str, who: str, limit: int, now: datetime, message: str) -> None:
    seconds = settings.BOOKING_RATE_MINUTES * 60
    wait = count_attempt(kind, who, limit=limit, seconds=seconds, now=now)
    if wait is not None:
        raise Throttled(f"{message} Attendez un peu.", details={"retry_after": wait})
