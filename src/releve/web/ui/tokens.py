"""Reads the colour tokens of static/ui/tokens.css and measures their contrast (WCAG 2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

CSS = Path(__file__).parent / "static" / "ui" / "tokens.css"
TEXT_MINIMUM, SHAPE_MINIMUM = 4.5, 3.0
_SURFACES = ("paper", "card", "sunk")


@dataclass(frozen=True)
class Pair:
    """A foreground token on a background token, with the least contrast it must reach."""

    front: str
    back: str
    minimum: float = TEXT_MINIMUM


# Every pair the components use. Apricot is never text: it needs only to be seen as a shape in the dark theme.
PAIRS: tuple[Pair, ...] = (
    *(Pair(f, b) for f in ("ink", "ink-soft", "pine", "sky", "leaf", "straw", "brick") for b in _SURFACES),
    *(Pair("edge", b, SHAPE_MINIMUM) for b in _SURFACES),
    *(Pair("focus", b, SHAPE_MINIMUM) for b in _SURFACES),
    *(Pair(f"{c}-ink", f"{c}-soft") for c in ("pine", "apricot", "sky", "leaf", "straw", "brick")),
    *(Pair("ink", f"{c}-soft") for c in ("pine", "apricot", "sky", "leaf", "straw", "brick")),
    Pair("on-pine", "pine"),
    Pair("on-pine", "pine-strong"),
    Pair("on-brick", "brick"),
    Pair("on-brick", "brick-strong"),
    Pair("on-night", "night"),
    Pair("on-night-soft", "night"),
    Pair("on-apricot", "apricot"),
)


@lru_cache(maxsize=1)
def palettes() -> dict[str, dict[str, str]]:
    """`light` and `dark` tokens as `#RRGGBB`. The dark block is written twice (system choice, person's choice)."""
    css = re.sub(r"/\*.*?\*/", "", CSS.read_text("utf-8"), flags=re.S)
    blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    found: dict[str, dict[str, str]] = {}
    for selector, body in blocks:
        colours = dict(re.findall(r"--rl-([a-z-]+):\s*(#[0-9A-Fa-f]{6})\b", body))
        if not colours:
            continue
        if "dark" not in selector and ":not(" not in selector:
            key = "light"
        else:
            key = "dark-system" if ":not(" in selector else "dark"
        found.setdefault(key, {}).update(colours)
    return found


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
