"""Money is integer cents of euro; only unit prices (one SMS part) are thousandths."""

from __future__ import annotations


def format_euros(cents: int) -> str:
    """`20000` -> `200 €`, `1250` -> `12,50 €` (non-breaking spaces)."""
    sign = "−" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", "\u202f")
    return f"{sign}{grouped}{f',{rest:02d}' if rest else ''}\u00a0€"


def format_thousandths(thousandths: int) -> str:
    """Unit prices: `58` -> `0,058 €`, `50` -> `0,05 €`, `1160` -> `1,16 €`, `0` -> `0 €`."""
    cents, rest = divmod(thousandths, 10)
    if not rest:
        return format_euros(cents)
    return f"{thousandths // 1000},{thousandths % 1000:03d}\u00a0€"
