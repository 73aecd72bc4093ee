"""Charts of a diagnosis as SVG text: pure, for pages and for paper.

Each shape carries a class and, as attributes, the colours of paper: the style sheet of the site takes over where
there is one (light, dark), a document without it prints as designed. No style attribute, so that the content policy of
the pages holds. Text is escaped here. Lengths are in the units of the drawing, which is `width` wide.

A drawing says in `<title>` the finding and in `<desc>` every value, and the page sets the table beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from releve.kernel.french import NBSP, number

from .drawing import (
    ALARM,
    DASHES,
    LINE,
    PAPER_COLOURS,
    RAMP,
    SOFT,
    WIDE,
    circle,
    frame,
    line,
    mark,
    nice_ticks,
    rect,
    short,
    shortened,
    spread,
    svg_id,
    text_width,
    write,
)
from .report import Chart, Series

MAX_POINTS = 60


@dataclass(frozen=True)
class ChartTable:
    """The same figures as rows: label, then one value per series, already written in French."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def value_text(value: float | None, decimals: int, unit: str = "") -> str:
    """`2,3 consultations`; « non connu » for None."""
    if value is None:
        return "non connu"
    text = number(value, decimals)
    return f"{text}{NBSP}{unit}" if unit else text


def reference_text(value: float, decimals: int) -> str:
    """A threshold without useless zeros: 2,5 and not 2,50."""
    shown = number(value, decimals)
    return shown.rstrip("0").rstrip(",") if "," in shown else shown


def _reference_words(label: str, value: float, decimals: int) -> str:
    """« seuil : 2,5 », unless the label already says the value."""
    shown = reference_text(value, decimals)
    return label if shown in label else f"{label or 'repère'}{NBSP}: {shown}"


def _labels(chart: Chart) -> list[str]:
    """Labels along the chart, in the order in which the series name them."""
    found: dict[str, None] = {}
    for series in chart.series:
        found.update(dict.fromkeys(label for label, _ in series.points))
    return sorted(found) if chart.kind == "line" else list(found)


def _number_or_none(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _values(series: Series) -> dict[str, float | None]:
    return {label: _number_or_none(value) for label, value in series.points}


def chart_table(chart: Chart) -> ChartTable:
    """Every value of the chart; « non connu » where there is none."""
    values = [_values(series) for series in chart.series]
    rows = tuple(
        (label, *(value_text(known.get(label), chart.decimals) for known in values))
        for label in _labels(chart)
    )
    return ChartTable(columns=tuple(series.label for series in chart.series), rows=rows)


def describe(chart: Chart) -> str:
    """The values in one paragraph, for who listens to the page."""
    parts = []
    for series in chart.series:
        points = ", ".join(
            f"{label}{NBSP}: {value_text(_number_or_none(value), chart.decimals)}"
            for label, value in series.points[:MAX_POINTS]
        )
        parts.append(f"{series.label}{NBSP}: {points}" if len(chart.series) > 1 else points)
    unit = f" ({chart.unit})" if chart.unit else ""
    reference = (
        f". {chart.reference_label or 'Repère'}{NBSP}: {value_text(chart.reference, chart.decimals)}"
        if chart.reference is not None
        else ""
    )
    return " ; ".join(parts) + unit + reference


# --- Kinds ----------------------------------------------------------------------------------------------------


def share_css(rank: int) -> str:
    """Classes of one share of a bar."""
    return f"rl-c-ramp{rank % 5 + 1} rl-c-edge"


def _legend(labels: Sequence[str], width: float, *, lines: bool) -> tuple[list[str], float]:
    """Keys in rows above the drawing; (shapes, height)."""
    shapes, x, y, size = [], 0.0, 14.0, 13
    for rank, label in enumerate(labels):
        text = shortened(label, width - 34, size)
        need = 34 + text_width(text, size)
        if x and x + need > width:
            x, y = 0.0, y + 20
        if lines:
            shapes.append(
                line(
                    x,
                    y - 4,
                    x + 24,
                    y - 4,
                    css=f"rl-c-line{rank % 4 + 1}",
                    stroke=PAPER_COLOURS[rank % 4],
                    width=2.5,
                    dash=DASHES[rank % 4],
                )
            )
            shapes.append(mark(rank, x + 12, y - 4))
        else:
            shapes.append(
                rect(
                    x,
                    y - 11,
                    22,
                    13,
                    css=share_css(rank),
                    fill=RAMP[rank % 5],
                    radius=2,
                    stroke=SOFT,
                )
            )
        shapes.append(write(x + 29, y, text, size=size))
        x += need + 14
    return shapes, y + 12


def _positions(labels: Sequence[str]) -> list[float]:
    """0 to 1 along the axis: years at their true distance, anything else evenly."""
    if len(labels) < 2:
        return [0.5] * len(labels)
    if all(re.fullmatch(r"\d{4}", label) for label in labels):
        years = [int(label) for label in labels]
        return [(year - years[0]) / (years[-1] - years[0]) for year in years]
    return [i / (len(labels) - 1) for i in range(len(labels))]


def _line_chart(chart: Chart, width: float, uid: str) -> str:
    labels = _labels(chart)[-MAX_POINTS:]
    series = [(item.label, _values(item)) for item in chart.series]
    known = [v for _, values in series for v in values.values() if v is not None]
    ticks = nice_ticks(max([*known, chart.reference or 0.0], default=1.0), most=5)
    narrow = width < 500
    shapes: list[str] = []
    top = 12.0
    if narrow and len(series) > 1:
        shapes, top = _legend([label for label, _ in series], width, lines=True)
        top += 6
    tick_decimals = 0 if all(float(t).is_integer() for t in ticks) else 1
    left = 12 + max(text_width(number(t, tick_decimals), 13) for t in ticks)
    right = (
        30.0 if narrow else 30 + min(150.0, max((text_width(lab, 13) for lab, _ in series), default=0) + 32)
    )
    bottom_height, plot_height = 28.0, (170.0 if narrow else 210.0)
    bottom, high = top + plot_height, ticks[-1] or 1.0

    along = _positions(labels)

    def at_x(i: int) -> float:
        return left + (width - left - right) * along[i]

    def at_y(value: float) -> float:
        return bottom - plot_height * value / high

    for tick in ticks:
        shapes.append(line(left, at_y(tick), width - right, at_y(tick), css="rl-c-grid", stroke=LINE))
        shapes.append(
            write(
                left - 7,
                at_y(tick) + 4.5,
                number(tick, tick_decimals),
                anchor="end",
                css="rl-c-soft",
                fill=SOFT,
            )
        )
    free = math.inf
    for i in range(len(labels) - 1, -1, -1):  # from the last, which is always written
        half = text_width(labels[i], 13) / 2
        if at_x(i) + half + 6 < free:
            shapes.append(write(at_x(i), bottom + 20, labels[i], anchor="middle", css="rl-c-soft", fill=SOFT))
            free = at_x(i) - half
    if chart.reference is not None:
        y = at_y(chart.reference)
        shapes.append(line(left, y, width - right, y, css="rl-c-limit", stroke=ALARM, width=1.6, dash="3 3"))
        words = _reference_words(chart.reference_label, chart.reference, chart.decimals)
        shapes.append(
            write(
                left + 6,
                y - 6,
                shortened(words, width - left - right, 12.5),
                size=12.5,
                css="rl-c-alarm",
                fill=ALARM,
            )
        )
    ends: list[tuple[int, float, float, float]] = []
    for rank, (_, values) in enumerate(series):
        runs: list[list[tuple[float, float]]] = [[]]
        for i, label in enumerate(labels):
            value = values.get(label)
            if value is None:
                runs.append([])
                continue
            runs[-1].append((at_x(i), at_y(value)))
            end = (rank, at_x(i), at_y(value), value)
        for run in runs:
            if len(run) > 1:
                points = " ".join(f"{short(x)},{short(y)}" for x, y in run)
                dash = f' stroke-dasharray="{DASHES[rank % 4]}"' if DASHES[rank % 4] else ""
                shapes.append(
                    f'<polyline class="rl-c-line{rank % 4 + 1}" points="{points}" fill="none"'
                    f' stroke="{PAPER_COLOURS[rank % 4]}"'
                    f' stroke-width="{"3" if rank == 0 else "2"}" stroke-linejoin="round"{dash}/>'
                )
            shapes += [mark(rank, x, y, 4.5 if rank == 0 else 3.6) for x, y in run]
        if any(run for run in runs):
            ends.append(end)
    heights = spread([y for _, _, y, _ in ends], gap=17, low=top + 4, high=bottom - 2)
    for (rank, x, _, value), y in zip(ends, heights, strict=True):
        words = number(value, chart.decimals)
        if not narrow:
            words = f"{words}{NBSP}{NBSP}{series[rank][0]}"
        room = right - 10 if not narrow else 40
        shapes.append(
            write(
                x + 9,
                y + 4.5,
                shortened(words, room, 13),
                bold=rank == 0,
                css=f"rl-c-word{rank % 4 + 1}",
                fill=PAPER_COLOURS[rank % 4],
            )
        )
    return frame(
        shapes,
        uid=uid,
        title=chart.title,
        description=describe(chart),
        width=width,
        height=bottom + bottom_height,
    )


def _bar_chart(chart: Chart, width: float, uid: str) -> str:
    labels = _labels(chart)
    series = [(item.label, _values(item)) for item in chart.series]
    known = [abs(v) for _, values in series for v in values.values() if v is not None]
    most = max([*known, chart.reference or 0.0], default=0.0) or 1.0
    narrow, grouped = width < 500, len(series) > 1
    longest = max((text_width(label, 13.5) for label in labels), default=0.0)
    inner = max((text_width(lab, 12.5) for lab, _ in series), default=0.0) if grouped else 0.0
    # A label stands before its bar where there is room, above it on a telephone and over a group.
    above = grouped or narrow
    left = (min(inner, width * 0.34) + 10 if grouped else 0.0) if above else min(longest, width * 0.44) + 12
    value_room = (
        max((text_width(value_text(v, chart.decimals), 13.5) for v in [*known, 0.0]), default=30) + 14
    )
    room = width - left - value_room
    shapes: list[str] = []
    values_written: list[str] = []  # over the reference line
    y = 4.0
    top = y
    if chart.reference is not None:
        top = y = 24.0
    thick = 20.0 if not grouped else 15.0
    for label in labels:
        if above:
            words = shortened(label, width, 13.5)
            values_written.append(write(0, y + 13, words, size=13.5, bold=grouped, css="rl-c-value"))
            y += 19
        for rank, (name, values) in enumerate(series):
            value = values.get(label)
            middle = y + thick / 2
            if grouped:
                shapes.append(
                    write(
                        left - 8,
                        middle + 4.5,
                        shortened(name, left - 8, 12.5),
                        size=12.5,
                        anchor="end",
                        css="rl-c-soft",
                        fill=SOFT,
                    )
                )
            elif not above:
                shapes.append(
                    write(left - 10, middle + 4.5, shortened(label, left - 10, 13.5), size=13.5, anchor="end")
                )
            if value is None:
                shapes.append(write(left + 4, middle + 4.5, "non connu", css="rl-c-soft", fill=SOFT))
            else:
                length = max(room * max(value, 0.0) / most, 1.5)
                shapes.append(
                    rect(
                        left,
                        y,
                        length,
                        thick,
                        css=f"rl-c-fill{rank % 4 + 1}",
                        fill=PAPER_COLOURS[rank % 4],
                        radius=3,
                    )
                )
                words = number(value, chart.decimals)
                values_written.append(
                    write(left + length + 7, middle + 5, words, size=13.5, bold=rank == 0, css="rl-c-value")
                )
            y += thick + 4
        y += 8
    if chart.reference is not None:
        x = left + room * chart.reference / most
        words = shortened(
            _reference_words(chart.reference_label, chart.reference, chart.decimals), width, 12.5
        )
        start = min(max(x - text_width(words, 12.5) / 2, 0), width - text_width(words, 12.5))
        shapes.append(line(x, top - 5, x, y - 6, css="rl-c-limit", stroke=ALARM, width=1.6, dash="3 3"))
        shapes.append(write(max(start, 0), 14, words, size=12.5, css="rl-c-alarm", fill=ALARM))
    shapes += values_written
    return frame(
        shapes, uid=uid, title=chart.title, description=describe(chart), width=width, height=max(y, 30)
    )


def _stacked_chart(chart: Chart, width: float, uid: str) -> str:
    """One bar per label, cut in the shares of the series, in the order of the key above."""
    labels = _labels(chart)
    series = [(item.label, _values(item)) for item in chart.series]
    shapes, y = _legend([name for name, _ in series], width, lines=False)
    y += 8
    totals = {label: sum(max(values.get(label) or 0.0, 0.0) for _, values in series) for label in labels}
    most = max(totals.values(), default=0.0) or 1.0
    narrow = width < 500
    left = (
        0.0
        if narrow
        else min(max((text_width(label, 13.5) for label in labels), default=0), width * 0.3) + 12
    )
    room = width - left - 1
    for label in labels:
        if narrow:
            shapes.append(write(0, y + 12, shortened(label, width, 13.5), size=13.5))
            y += 18
        else:
            shapes.append(
                write(left - 10, y + 32, shortened(label, left - 10, 13.5), size=13.5, anchor="end")
            )
        x = left
        if not totals[label]:
            shapes.append(write(x + 4, y + 32, "non connu", css="rl-c-soft", fill=SOFT))
        for rank, (_, values) in enumerate(series):
            share = max(values.get(label) or 0.0, 0.0)
            length = room * share / most
            if length <= 0:
                continue
            words = number(share, chart.decimals)
            if text_width(words, 12.5) < length - 2:
                shapes.append(write(x + length / 2, y + 11, words, size=12.5, anchor="middle"))
            shapes.append(
                rect(
                    x,
                    y + 16,
                    max(length - 1.5, 0.8),
                    22,
                    css=share_css(rank),
                    fill=RAMP[rank % 5],
                    stroke=SOFT,
                )
            )
            x += length
        y += 50
    return frame(shapes, uid=uid, title=chart.title, description=describe(chart), width=width, height=y)


def chart_svg(chart: Chart, *, width: float = WIDE, uid: str = "") -> str:
    """The drawing of a chart of a report: `line`, `bars` (horizontal) or `stacked` (horizontal shares)."""
    uid = uid or f"g-{svg_id(chart.key)}-{short(width)}"
    draw = {"line": _line_chart, "stacked": _stacked_chart}.get(chart.kind, _bar_chart)
    return draw(chart, width, uid)


def scale_svg(
    value: float | None,
    label: str,
    marks: Sequence[tuple[str, float | None]],
    *,
    reference: float,
    reference_label: str,
    decimals: int = 1,
    width: float = WIDE,
    uid: str = "echelle",
    title: str = "",
) -> str:
    """Where the territory stands on one axis: its value, the threshold, and others (`marks`) beneath."""
    others = [(name, number_) for name, v in marks if (number_ := _number_or_none(v)) is not None]
    here = _number_or_none(value)
    high = nice_ticks(max([reference * 1.6, here or 0.0, *(v for _, v in others)]) * 1.06, most=6)[-1]
    left, right = 8.0, width - 8.0

    def at(v: float) -> float:
        return left + (right - left) * min(max(v, 0.0), high) / high

    limit = at(reference)
    axis = 62.0
    shapes = [
        rect(left, axis - 9, limit - left, 18, css="rl-c-below", fill="#FBE5E1", radius=4),
        rect(limit, axis - 9, right - limit, 18, css="rl-c-beyond", fill="#E2F1E7", radius=4),
        line(limit, axis - 18, limit, axis + 14, css="rl-c-limit", stroke=ALARM, width=2),
    ]
    words = f"{reference_label}{NBSP}: {reference_text(reference, decimals)}"
    # Two rows above the axis: the territory, large; the threshold, smaller, on the side where there is room.
    if here is not None:
        x = at(here)
        name = shortened(f"{number(here, decimals)}{NBSP}{NBSP}{label}", width - 16, 15)
        half = text_width(name, 15) / 2
        shapes.append(
            write(
                min(max(x, left + half), right - half),
                16,
                name,
                size=15,
                anchor="middle",
                bold=True,
                css="rl-c-word1",
                fill=PAPER_COLOURS[0],
            )
        )
        shapes.append(line(x, 22, x, axis - 9, css="rl-c-line1", stroke=PAPER_COLOURS[0], width=1.5))
        shapes.append(
            circle(
                x,
                axis,
                10,
                css="rl-c-fill1 rl-c-ring",
                fill=PAPER_COLOURS[0],
                stroke="#FFFFFF",
                stroke_width=2.5,
            )
        )
    # On the side away from the territory's stem, unless the words do not fit there.
    is_left = here is not None and here > reference and limit - 17 >= text_width(words, 13)
    start = limit - 7 if is_left else limit + 7
    shapes.append(
        write(
            start,
            40,
            shortened(words, (limit if is_left else right - limit) - 10, 13),
            size=13,
            anchor="end" if is_left else "start",
            css="rl-c-alarm",
            fill=ALARM,
        )
    )
    y = axis + 30
    ordered = sorted(others, key=lambda item: item[1])
    deepest = 0
    for rank, (name, other) in enumerate(ordered):
        x = at(other)
        text = f"{name}{NBSP}{NBSP}{number(other, decimals)}"
        length = text_width(text, 13)
        # The outer ones write away from the others; those between go below, each on its row.
        row = 0 if rank in (0, len(ordered) - 1) else rank
        if len(ordered) == 1:
            start = x - length / 2
        else:
            start = x - length + 6 if rank == 0 else x - 6 if rank == len(ordered) - 1 else x - length / 2
        start = min(max(start, left), right - length)
        if row == 0 and rank and start < at(ordered[0][1]) + 10:
            row = 1
        deepest = max(deepest, row)
        shapes.append(line(x, axis + 5, x, y + row * 19 - 12, css="rl-c-tick", stroke=SOFT, width=1.2))
        shapes.append(mark(rank + 1, x, axis, 5))
        shapes.append(write(start, y + row * 19, text, css="rl-c-soft", fill=SOFT))
    said = [(label, here), *others, (reference_label, reference)]
    description = " ; ".join(f"{name}{NBSP}: {value_text(v, decimals)}" for name, v in said)
    return frame(
        shapes,
        uid=uid,
        title=title or label,
        description=description,
        width=width,
        height=y + deepest * 19 + 11,
    )
