"""Text messages: alphabet, number of paid parts, and French written so that one part is enough.

GSM 03.38 writes 160 characters in a lone part and 153 in each part of a longer message. One character
outside its alphabet (ê, œ, « or a typographic apostrophe are enough) turns the whole message into UCS-2: 70
and 67. So `to_gsm7` rewrites what French typography adds and keeps é, è, à, ù, which the alphabet has.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

GSM7 = "gsm7"
UCS2 = "ucs2"

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # written with an escape: two places each

_WRITABLE = BASIC | EXTENSION
_LONE = {GSM7: 160, UCS2: 70}
_CHAINED = {GSM7: 153, UCS2: 67}

_REWRITTEN = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "´": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‹": "'",
        "›": "'",
        "–": "-",
        "—": "-",
        "‑": "-",
        "‒": "-",
        "−": "-",
        "…": "...",
        "•": "-",
        "·": "-",
        "œ": "oe",
        "Œ": "OE",
        "ç": "c",
        "°": "o",
        "º": "o",
        "ª": "a",
        "×": "x",
        "→": "->",
        "½": "1/2",
        "\t": " ",
        "\u00ad": "",
        "\u200b": "",
        "\u2060": "",
        "\ufeff": "",
    }
)


@dataclass(frozen=True)
class SmsLength:
    """`units`: places used (septets in GSM-7, UTF-16 units in UCS-2). `parts`: what the operator bills."""

    encoding: str
    units: int
    parts: int

    @property
    def room_left(self) -> int:
        """Places still free before one more part is billed."""
        capacity = _LONE[self.encoding] if self.parts <= 1 else _CHAINED[self.encoding] * self.parts
        return max(capacity - self.units, 0)


def is_gsm7(text: str) -> bool:
    """True when every character exists in the GSM alphabet or its extension table."""
    return _WRITABLE.issuperset(text)


def to_gsm7(text: str) -> str:
    """`text` rewritten with the GSM alphabet wherever French allows it: `« Hélène »` keeps its é and è.

    Quotes, apostrophes, dashes and unusual spaces become plain; œ becomes oe; an accent the alphabet lacks is
    dropped (ê -> e, ç -> c, À -> A). What cannot be written (another script, an emoji) stays, and the message
    is then longer (see `measure`). Idempotent.
    """
    if is_gsm7(text):
        return text
    for_quotes = unicodedata.normalize("NFC", text)
    for_quotes = for_quotes.replace("«\u00a0", '"').replace("\u00a0»", '"')
    for_quotes = for_quotes.replace("«\u202f", '"').replace("\u202f»", '"')
    return "".join(_rewrite(character) for character in for_quotes.translate(_REWRITTEN))


def measure(text: str) -> SmsLength:
    """Encoding, places and paid parts of `text` as it is."""
    if is_gsm7(text):
        if len(text) <= _LONE[GSM7] and EXTENSION.isdisjoint(text):
            return SmsLength(GSM7, len(text), 1 if text else 0)
        widths = [2 if character in EXTENSION else 1 for character in text]
        return _fill(GSM7, widths)
    return _fill(UCS2, [2 if ord(character) > 0xFFFF else 1 for character in text])


def _rewrite(character: str) -> str:
    if character in BASIC or character in EXTENSION:
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    if unicodedata.combining(character):
        return ""
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return bare if bare and is_gsm7(bare) else character


def _fill(encoding: str, widths: list[int]) -> SmsLength:
    units = sum(widths)
    if units <= _LONE[encoding]:
        return SmsLength(encoding, units, 1 if units else 0)
    # A character of two places is never cut between two parts: the part before it ends one place early.
    parts, used = 1, 0
    for width in widths:
        if used + width > _CHAINED[encoding]:
            parts, used = parts + 1, 0
        used += width
    return SmsLength(encoding, units, parts)
