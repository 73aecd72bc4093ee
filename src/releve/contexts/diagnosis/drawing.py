"""Drawing in SVG text: the palette of paper, marks, words, the frame with its title. Pure; used by charts and maps."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

WIDE, NARROW = 680, 300  # a column of text on a large screen or on paper; a telephone
# Colours on paper, in the order of the series: pine, rust, slate, olive. Never the only sign: marks and words differ too.
PAPER_COLOURS = ("#0F4C46", "#B4560F", "#5A6B78", "#8A6100")
RAMP = ("#0F4C46", "#4F8F82", "#9CC4B8", "#DCEBE5", "#F0E3CE")
INK, SOFT, LINE, ALARM = "#16302D", "#4D615D", "#E3DCD0", "#A3271E"
FONT = "Atkinson Hyperlegible, Segoe UI, Verdana, sans-serif"
CHARACTER = 0.54  # mean width of a letter, in heights of the type


def nice_ticks(top: float, *, most: int = 5) -> list[float]:
    """Round graduations from 0 to at least `top`: 0, 1, 2, 3. Never more than `most` + 1."""
    if not math.isfinite(top) or top <= 0:
        return [0.0, 1.0]
    raw = top / most
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(magnitude * factor for factor in (1, 2, 2.5, 5, 10) if magnitude * factor >= raw * (1 - 1e-9))
    count = max(1, math.ceil(top / step - 1e-9))
    return [round(step * i, 10) for i in range(count + 1)]


def text_width(text: str, size: float) -> float:
    """Approximate width of a text."""
    return len(text) * size * CHARACTER


def shortened(text: str, room: float, size: float) -> str:
    """The text, cut with an ellipsis when it does not fit in `room`."""
    most = max(3, int(room / (size * CHARACTER)))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Positions as near as possible to `wanted` (in the same order of rank), at least `gap` apart, within bounds."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], placed[-1] + gap if placed else low))
    limit = high
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], limit)
        limit = placed[k] - gap
    result = [0.0] * len(wanted)
    for position, i in zip(placed, order, strict=True):
        result[i] = position
    return result


# --- Marks ----------------------------------------------------------------------------------------------------


def short(value: float) -> str:
    """A coordinate, short."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def write(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 13,
    anchor: str = "start",
    bold: bool = False,
    css: str = "rl-c-text",
    fill: str = INK,
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text class="{css}" x="{short(x)}" y="{short(y)}" font-family="{FONT}" font-size="{short(size)}"'
        f' text-anchor="{anchor}" fill="{fill}"{weight}>{escape(text)}</text>'
    )


def line(
    x1: float, y1: float, x2: float, y2: float, *, css: str, stroke: str, width: float = 1, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line class="{css}" x1="{short(x1)}" y1="{short(y1)}" x2="{short(x2)}" y2="{short(y2)}"'
        f' stroke="{stroke}" stroke-width="{short(width)}"{dashed}/>'
    )


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    css: str,
    fill: str,
    radius: float = 0,
    stroke: str = "",
    stroke_width: float = 0.8,
) -> str:
    round_ = f' rx="{short(radius)}"' if radius else ""
    edge = f' stroke="{stroke}" stroke-width="{short(stroke_width)}"' if stroke else ""
    return (
        f'<rect class="{css}" x="{short(x)}" y="{short(y)}" width="{short(width)}" height="{short(height)}"'
        f'{round_} fill="{fill}"{edge}/>'
    )


def circle(
    x: float,
    y: float,
    radius: float,
    *,
    css: str,
    fill: str,
    stroke: str = "",
    stroke_width: float = 1,
    opacity: float = 1,
) -> str:
    edge = f' stroke="{stroke}" stroke-width="{short(stroke_width)}"' if stroke else ""
    clear = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<circle class="{css}" cx="{short(x)}" cy="{short(y)}" r="{short(radius)}" fill="{fill}"{clear}{edge}/>'


def mark(rank: int, x: float, y: float, size: float = 4.5) -> str:
    """A disc, a square, a triangle, a diamond: series differ by shape as well as by colour."""
    css, fill = f"rl-c-fill{rank % 4 + 1}", PAPER_COLOURS[rank % 4]
    if rank % 4 == 0:
        return circle(x, y, size, css=css, fill=fill)
    if rank % 4 == 1:
        s = size * 0.9
        return rect(x - s, y - s, 2 * s, 2 * s, css=css, fill=fill)
    if rank % 4 == 2:
        corners: tuple[tuple[float, float], ...] = ((0.0, -1.15), (1.0, 0.85), (-1.0, 0.85))
    else:
        corners = ((0.0, -1.2), (1.0, 0.0), (0.0, 1.2), (-1.0, 0.0))
    points = " ".join(f"{short(x + size * a)},{short(y + size * b)}" for a, b in corners)
    return f'<polygon class="{css}" points="{points}" fill="{fill}"/>'


DASHES = ("", "7 4", "2 4", "10 3 2 3")


def svg_id(text: str) -> str:
    """An identifier for a document from any text: letters without accents, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower() or "graphique"


def frame(
    body: Iterable[str], *, uid: str, title: str, description: str, width: float, height: float, css: str = ""
) -> str:
    """The `<svg>` around shapes. `uid` must be unique in the page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rl-c {css}" viewBox="0 0 {short(width)} {short(height)}"'
        f' width="{short(width)}" height="{short(height)}" role="img" aria-labelledby="{uid}-t" aria-describedby="{uid}-d">'
        f'<title id="{uid}-t">{escape(title)}</title><desc id="{uid}-d">{escape(description)}</desc>'
        f"{''.join(body)}</svg>"
    )


def with_alternative(svg: str) -> str:
    """The same drawing for a document: its title holds the values too, as a PDF keeps one alternative text only."""
    return re.sub(
        r' aria-describedby="[^"]*"><title id="([^"]*)">(.*?)</title><desc [^>]*>(.*?)</desc>',
        lambda m: f'><title id="{m[1]}">{m[2]}. {m[3]}</title>',
        svg,
        count=1,
        flags=re.DOTALL,
    )
