"""Template tags of a diagnosis, for its page and its document: `{% load territory_report %}`."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeGuard

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from releve.contexts.diagnosis import charts, drawing, headline
from releve.contexts.diagnosis.enums import Nature
from releve.contexts.diagnosis.report import Chart, Figure, Report, Section, Source, Table
from releve.kernel.french import NBSP, number
from releve.web.ui.statuses import STATUS_LOOKS
from releve.web.ui.typography import french_date, no_break

register = template.Library()
UNKNOWN = "non connu"
COUNTED = frozenset({"habitants", "médecins", "communes", "consultations", "jours"})  # singular below two
PAPER_WIDTH = 520  # of a chart on paper: its words are then as large as the text around


@register.filter
def value_fr(value: Any, decimals: int = 0) -> str:
    """A value as one reads it: numbers in French, text unchanged, « non connu » for None."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float):
        return number(value, decimals)
    return no_break(str(value))


@register.filter
def is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


@register.filter
def figure_value(figure: Figure) -> str:
    """The value of a figure without its unit; no decimals where they say nothing (0, a hundred or more)."""
    if is_number(figure.value) and (figure.value == 0 or abs(figure.value) >= 100):
        return value_fr(figure.value)
    return value_fr(figure.value, figure.decimals)


@register.filter
def figure_unit(figure: Figure) -> str:
    """The unit after its value: « 0 habitant », « 1,5 jour »."""
    if figure.unit in COUNTED and is_number(figure.value) and abs(figure.value) < 2:
        return figure.unit.removesuffix("s")
    return figure.unit


@register.filter
def figure_margin(figure: Figure) -> str:
    """« à 0,2 près », "" when no margin is known."""
    if figure.margin is None or figure.value is None:
        return ""
    # One more decimal than the value when the margin would be written 0.
    decimals = figure.decimals if round(figure.margin, figure.decimals) else figure.decimals + 1
    return f"à {number(figure.margin, decimals)}{NBSP}près (8 fois sur 10)"


@register.simple_tag
def comparisons(figure: Figure) -> str:
    """« Vendée 2,9 · France 3,3 »."""
    return " · ".join(
        f"{item.label}{NBSP}{value_fr(item.value, figure.decimals)}" for item in figure.comparisons
    )


@register.filter
def iso_day(value: str) -> str:
    """`2017-01-01` → 1er janvier 2017; any other text unchanged."""
    try:
        return french_date(date.fromisoformat(str(value)), "day")
    except ValueError:
        return str(value)


@register.filter
def nature_word(nature: str) -> str:
    return Nature(nature).label.lower() if nature in Nature.values else str(nature)


@register.inclusion_tag("ui/partials/status_chip.html")
def nature(value: str) -> dict[str, Any]:
    """Published, estimated, modelled, local: word and shape."""
    look = STATUS_LOOKS[str(value)]
    return {"tone": look.tone, "icon_name": look.icon, "label": look.label}


@register.filter
def shown_figures(section: Section) -> list[Figure]:
    return headline.shown_figures(section)


@register.filter
def shown_tables(section: Section) -> list[Table]:
    return headline.shown_tables(section)


@register.filter
def cells(table: Table) -> list[dict[str, Any]]:
    """Rows of a table: `cells` with text and whether they are numbers, `link` the code of the place or ""."""
    rows = []
    for i, row in enumerate(table.rows):
        written = [
            {
                "text": value_fr(value, table.decimals[k] if k < len(table.decimals) else 0),
                "is_number": is_number(value),
                "label": table.columns[k] if k < len(table.columns) else "",
            }
            for k, value in enumerate(row)
        ]
        rows.append({"cells": written, "link": table.links[i] if i < len(table.links) else ""})
    return rows


@register.filter
def in_unit(chart: Chart) -> str:
    """« En consultations par an. », « Sur 100. »"""
    unit = no_break(chart.unit)
    if not unit:
        return ""
    return f"{unit[:1].upper()}{unit[1:]}." if unit.startswith("sur ") else f"En {unit}."


@register.filter
def is_slim(table: Table) -> bool:
    """Few columns of numbers after the first: it fits a telephone as a table."""
    return len(table.columns) <= 5 and all(
        value is None or is_number(value) for row in table.rows for value in row[1:]
    )


@register.filter
def are_pair(tables: list[Table]) -> bool:
    """Slim tables that stand side by side on paper."""
    return len(tables) > 1 and all(is_slim(table) for table in tables)


@register.filter
def shown_sources(report: Report) -> list[Source]:
    """Sources that somebody produced: what is not loaded has none."""
    return [source for source in report.sources if source.producer]


@register.simple_tag
def source_title(report: Report, slug: str) -> str:
    """« DREES, 2015 à 2023 » of a source of the report; "" when it is not among them."""
    source: Source | None = next((item for item in report.sources if item.slug == slug), None)
    return "" if source is None else ", ".join(part for part in (source.producer, source.vintage) if part)


@register.simple_tag
def paper_chart(chart: Chart, width: int = PAPER_WIDTH) -> SafeString:
    """The drawing alone, for a document: its alternative text holds the values."""
    return mark_safe(drawing.with_alternative(charts.chart_svg(chart, width=width)))


@register.filter
def paper_charts(section: Section) -> list[Chart]:
    """Charts of a printed section: the criteria are in the table beside, with their measures."""
    return [chart for chart in section.charts if chart.key != "fragility"]


@register.simple_tag
def chart_figure(report: Report, chart: Chart, section_key: str) -> SafeString:
    """A chart of the page: title, drawings for a large and a small screen, unit and source, table beneath."""
    uid = drawing.svg_id(f"g-{section_key}-{chart.key}")
    context = {
        "chart": chart,
        "wide": mark_safe(charts.chart_svg(chart, width=drawing.WIDE, uid=f"{uid}-l")),
        "narrow": mark_safe(charts.chart_svg(chart, width=drawing.NARROW, uid=f"{uid}-e")),
        "table": charts.chart_table(chart),
        "source": source_title(report, chart.source),
    }
    return mark_safe(render_to_string("territory/partials/chart.html", context))
