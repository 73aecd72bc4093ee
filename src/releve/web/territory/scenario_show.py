"""What the pages of scenarios show of a result: the figures worth reading first, a chart, the values of the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from releve.contexts.diagnosis import charts
from releve.contexts.diagnosis.drawing import NARROW, WIDE
from releve.contexts.diagnosis.report import Chart, Figure, Series, Table
from releve.contexts.diagnosis.scenarios import ScenarioResult
from releve.kernel.french import NBSP, number

FIRST = ("apl_after", "people_gaining", "people_losing", "people_passing_above", "people_passing_below")
SECOND = (
    "consultations_added",
    "consultations_lost",
    "unallocated",
    "visits_gained",
    "visits_per_inhabitant",
    "need_covered",
    "people_under_after",
    "people_nearer",
    "people_further",
    "yearly_cost",
    "cost_per_consultation",
)
# Classes of the map, in consultations a year: what a few days a week change.
BREAKS = (-0.3, -0.1, -0.02, 0.02, 0.1, 0.3)
MAP_WORDS = (
    "perd plus de 0,3",
    "perd 0,1 à 0,3",
    "perd 0,02 à 0,1",
    "ne bouge presque pas",
    "gagne 0,02 à 0,1",
    "gagne 0,1 à 0,3",
    "gagne plus de 0,3",
)
LEGEND = tuple(enumerate(MAP_WORDS))
ALWAYS = {"apl_after", "people_gaining", "people_passing_above"}


@dataclass(frozen=True)
class Shown:
    """`first`: read at arm's length; `second`: the rest. Figures that are zero are left out, but for a few."""

    first: tuple[Figure, ...]
    second: tuple[Figure, ...]
    wide: SafeString
    narrow: SafeString
    finding: str
    bands: Table | None
    tables: tuple[Table, ...]


def _worth(result: ScenarioResult, keys: tuple[str, ...]) -> tuple[Figure, ...]:
    found = []
    for key in keys:
        figure = result.figure(key)
        if figure is None or (figure.value is None and key not in ALWAYS):
            continue
        if (
            key not in ALWAYS
            and isinstance(figure.value, int | float)
            and not round(figure.value, figure.decimals)
        ):
            continue
        if key == "people_under_after" and any(c.value == figure.value for c in figure.comparisons):
            continue
        found.append(figure)
    return tuple(found)


def shown(result: ScenarioResult) -> Shown:
    bands = result.table("bands")
    chart = _chart(bands) if bands else None
    return Shown(
        first=_worth(result, FIRST) if result.changes else (),
        second=_worth(result, SECOND) if result.changes else (),
        wide=mark_safe(charts.chart_svg(chart, width=WIDE, uid="tranches-l") if chart else ""),
        narrow=mark_safe(charts.chart_svg(chart, width=NARROW, uid="tranches-e") if chart else ""),
        finding=chart.title if chart else "",
        bands=bands,
        tables=tuple(table for table in result.tables if table.key != "bands"),
    )


def _chart(bands: Table) -> Chart:
    near = next((row[2] for row in bands.rows if isinstance(row[2], int | float)), 0)
    return Chart(
        "bands",
        f"{number(float(near or 0))} habitants à moins de 10{NBSP}minutes",
        "bars",
        "habitants",
        (Series("Habitants", tuple((str(row[0]), float(row[2] or 0)) for row in bands.rows)),),
        "model",
    )


def map_of(result: ScenarioResult) -> dict[str, Any]:
    """Differences of access by commune for `franceMap.setValues`, and where the sites are."""
    deltas = {
        code: None if before is None or after is None else round(after - before, 3)
        for code, (before, after, _) in result.communes.items()
    }
    return {
        "codes": list(deltas),
        "values": list(deltas.values()),
        "breaks": list(BREAKS),
        "sites": [
            {"commune": code, "words": change.words, "gains": change.consultations > 0}
            for change in result.changes
            for code in change.communes
        ],
    }
