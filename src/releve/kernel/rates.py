"""Counters of attempts in the shared cache, per window of time. The key says nothing of who it is about."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.utils.crypto import salted_hmac


def count_attempt(kind: str, who: str, *, limit: int, seconds: int, now: datetime) -> int | None:
    """One more attempt of `who`; None when it is allowed, else the seconds until the next window.

    Two attempts of the same second may count as one: a limit against floods does not need to be exact.
    """
    window, elapsed = divmod(int(now.timestamp()), seconds)
    name = salted_hmac("booking.rate", f"{kind}:{who.casefold()}", algorithm="sha256").hexdigest()
    key = f"booking:{kind}:{window}:{name[:32]}"
    count = cache.get(key, 0) + 1
    if count > limit:
        return seconds - elapsed
    cache.set(key, count, timeout=seconds)
    return None
