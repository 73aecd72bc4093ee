"""A report for programs (JSON) and for spreadsheets (CSV rows). Pure."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from .report import Figure, Report, Value

FORMAT = 1
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _figure(figure: Figure) -> dict[str, Any]:
    found = asdict(figure)
    found["comparisons"] = [asdict(comparison) for comparison in figure.comparisons]
    found["nature"] = str(figure.nature)
    return found


def to_dict(report: Report) -> dict[str, Any]:
    """The report as plain JSON values; keys and their order are stable within a `format`.

    `apl` repeats the figure asked for first: value, year, unit, source. Values are not rounded.
    """
    place = report.place
    titles = {source.slug: source for source in report.sources}
    apl = report.figure("apl")
    source = titles.get(apl.source) if apl else None
    return {
        "format": FORMAT,
        "place": {
            "kind": str(place.kind),
            "code": place.code,
            "name": place.name,
            "context": place.context,
            "communes": list(place.commune_codes),
            "lat": place.lat,
            "lon": place.lon,
        },
        "as_of": report.as_of,
        "modelled": report.modelled,
        "apl": {
            "value": apl.value if apl else None,
            "year": int(apl.vintage) if apl and apl.vintage.isdecimal() else None,
            "unit": apl.unit if apl else "",
            "nature": str(apl.nature) if apl else None,
            "margin": apl.margin if apl else None,
            "missing": apl.missing if apl else "",
            "source": {
                "slug": source.slug,
                "title": source.title,
                "producer": source.producer,
                "vintage": source.vintage,
                "licence": source.licence,
                "nature": str(source.nature),
            }
            if source
            else None,
        },
        "summary": list(report.summary),
        "warnings": list(report.warnings),
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "finding": section.finding,
                "figures": [_figure(figure) for figure in section.figures],
                "charts": [
                    {
                        "key": chart.key,
                        "title": chart.title,
                        "kind": chart.kind,
                        "unit": chart.unit,
                        "decimals": chart.decimals,
                        "reference": chart.reference,
                        "reference_label": chart.reference_label,
                        "source": chart.source,
                        "note": chart.note,
                        "series": [
                            {
                                "label": series.label,
                                "points": [
                                    {"label": label, "value": value} for label, value in series.points
                                ],
                            }
                            for series in chart.series
                        ],
                    }
                    for chart in section.charts
                ],
                "tables": [
                    {
                        "key": table.key,
                        "title": table.title,
                        "columns": list(table.columns),
                        "rows": [list(row) for row in table.rows],
                        "links": list(table.links),
                        "source": table.source,
                        "note": table.note,
                    }
                    for table in section.tables
                ],
                "notes": list(section.notes),
            }
            for section in report.sections
        ],
        "sources": [{**asdict(source), "nature": str(source.nature)} for source in report.sources],
        "parameters": report.parameters,
    }


CSV_COLUMNS = (
    *(
        "Rubrique",
        "Clé",
        "Figure",
        "Libellé",
        "Détail",
        "Valeur",
        "Unité",
        "Marge",
        "Nature",
        "Source",
        "Millésime",
    ),
    *("Pourquoi la valeur manque", "Remarque"),
)


def to_csv_rows(report: Report) -> list[list[str]]:
    """Every figure, comparison, point of chart and cell of table, one row each, heading first.

    For a French spreadsheet: decimal comma, no thousands separator, nothing that a spreadsheet would run as a
    formula. Encoding and separators are the writer's (UTF-8 with BOM, semicolons).
    """
    natures = {source.slug: source for source in report.sources}
    place = report.place
    rows: list[list[str]] = [list(CSV_COLUMNS)]

    def add(section: str, key: str, kind: str, label: str, detail: str, value: Value, **more: Any) -> None:
        source = natures.get(more.get("source", ""))
        rows.append(
            [
                safe_cell(section),
                key,
                kind,
                safe_cell(label),
                safe_cell(detail),
                _cell(value),
                safe_cell(more.get("unit", "")),
                _cell(more.get("margin")),
                safe_cell(str(more.get("nature", ""))),
                safe_cell(
                    f"{source.producer}, {source.title}".strip(", ") if source else more.get("source", "")
                ),
                safe_cell(more.get("vintage") or (source.vintage if source else "")),
                safe_cell(more.get("missing", "")),
                safe_cell(more.get("note", "")),
            ]
        )

    add("Territoire", "place", "territoire", place.name, place.context, place.code)
    add("Territoire", "as_of", "date", "Diagnostic du", "", report.as_of)
    for section in report.sections:
        for figure in section.figures:
            more = {
                "unit": figure.unit,
                "nature": figure.nature.label,
                "source": figure.source,
                "vintage": figure.vintage,
            }
            add(
                section.title,
                figure.key,
                "chiffre",
                figure.label,
                place.name,
                figure.value,
                **more,
                margin=figure.margin,
                missing=figure.missing,
                note=figure.note,
            )
            for comparison in figure.comparisons:
                add(
                    section.title,
                    figure.key,
                    "comparaison",
                    figure.label,
                    comparison.label,
                    comparison.value,
                    **more,
                )
        for chart in section.charts:
            for series in chart.series:
                for label, value in series.points:
                    add(
                        section.title,
                        chart.key,
                        "graphique",
                        series.label,
                        label,
                        value,
                        unit=chart.unit,
                        source=chart.source,
                    )
        for table in section.tables:
            for row in table.rows:
                for column, cell in zip(table.columns[1:], row[1:], strict=True):
                    add(
                        section.title,
                        table.key,
                        "tableau",
                        str(_cell(row[0])),
                        column,
                        cell,
                        source=table.source,
                    )
    return rows


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return ""
    # Six decimals are more than any figure has; a spreadsheet reads neither « 1e6 » nor « 2,0 » as one writes them.
    return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")


def safe_cell(text: str) -> str:
    """A spreadsheet runs a cell that begins so: an apostrophe makes it plain text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
