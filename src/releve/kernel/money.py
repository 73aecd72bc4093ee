"""Money is integer cents of euro."""

from __future__ import annotations


def format_euros(cents: int) -> str:
    """`20000` -> `200 €`, `1250` -> `12,50 €` (non-breaking spaces)."""
    sign = "−" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", "\u202f")
    return f"{sign}{grouped}{f',{rest:02d}' if rest else ''}\u00a0€"
