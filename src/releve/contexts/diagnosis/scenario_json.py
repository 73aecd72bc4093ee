"""Scenario results as JSON and as rows of a file, and several of them side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from releve.kernel.french import NBSP, number

from .enums import Nature
from .report import Comparison, Figure, Table, Value
from .scenarios import Change, ScenarioResult

# What a comparison shows, in this order; whether more is better.
COMPARED: tuple[tuple[str, bool | None], ...] = (
    ("consultations_added", True),
    ("consultations_lost", False),
    ("people_gaining", True),
    ("people_losing", False),
    ("people_passing_above", True),
    ("people_passing_below", False),
    ("people_nearer", True),
    ("people_further", False),
    ("apl_after", True),
    ("people_under_after", False),
    ("visits_gained", True),
    ("need_covered", True),
    ("yearly_cost", False),
    ("cost_per_consultation", False),
)


def result_to_dict(result: ScenarioResult) -> dict[str, Any]:
    """Stable JSON of a result; the same keys are read back by `result_from_dict`."""
    return {
        "as_of": result.as_of,
        "modelled": result.modelled,
        "threshold": result.threshold,
        "summary": result.summary,
        "figures": [_figure(figure) for figure in result.figures],
        "tables": [
            {
                "key": table.key,
                "title": table.title,
                "columns": list(table.columns),
                "rows": [list(row) for row in table.rows],
                "decimals": list(table.decimals),
                "links": list(table.links),
                "source": table.source,
                "note": table.note,
            }
            for table in result.tables
        ],
        "changes": [{**asdict(change), "communes": list(change.communes)} for change in result.changes],
        "communes": {code: list(values) for code, values in result.communes.items()},
        "notes": list(result.notes),
        "vintages": dict(result.vintages),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    found = asdict(figure)
    found["nature"] = str(Nature(figure.nature).value)
    found["comparisons"] = [asdict(item) for item in figure.comparisons]
    return found


def result_from_dict(raw: dict[str, Any]) -> ScenarioResult:
    """The result that was saved. Written by `result_to_dict` only: no untrusted text comes here."""
    figures = []
    for item in raw.get("figures", ()):
        values = dict(item)
        values["nature"] = Nature(values.get("nature", Nature.MODELLED))
        values["comparisons"] = tuple(Comparison(**c) for c in values.get("comparisons", ()))
        figures.append(Figure(**values))
    tables = [
        Table(
            **{
                **item,
                "columns": tuple(item["columns"]),
                "rows": tuple(tuple(row) for row in item["rows"]),
                "decimals": tuple(item["decimals"]),
                "links": tuple(item["links"]),
            }
        )
        for item in raw.get("tables", ())
    ]
    changes = [Change(**{**item, "communes": tuple(item["communes"])}) for item in raw.get("changes", ())]
    communes = {code: (v[0], v[1], v[2]) for code, v in raw.get("communes", {}).items()}
    return ScenarioResult(
        as_of=raw.get("as_of", ""),
        modelled=bool(raw.get("modelled")),
        threshold=float(raw.get("threshold", 2.5)),
        figures=tuple(figures),
        tables=tuple(tables),
        changes=tuple(changes),
        communes=communes,
        summary=raw.get("summary", ""),
        notes=tuple(raw.get("notes", ())),
        vintages=dict(raw.get("vintages", {})),
    )


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV_HEADER = ("rubrique", "libellé", "valeur", "unité", "nature", "source", "millésime", "précision")


def result_to_csv_rows(name: str, result: ScenarioResult) -> list[tuple[str, ...]]:
    """Header, then every figure, then every row of every table; cells are safe for a spreadsheet."""
    rows: list[tuple[Value, ...]] = [CSV_HEADER]
    rows += [("Scénario", name, result.as_of, "", "", "", "", result.summary)]
    rows += [
        ("Changement", c.words, c.consultations, "consultations par an", "", "", "", "")
        for c in result.changes
    ]
    rows += [
        (
            "Chiffre", f.label, f.missing if f.value is None else _csv_number(f.value, f.decimals), f.unit,
            Nature(f.nature).label, f.source, f.vintage, f.note,
        )
        for f in result.figures
    ]  # fmt: skip
    for table in result.tables:
        rows.append(())
        rows.append((table.title,))
        rows.append(table.columns)
        rows += [
            tuple(
                _csv_number(v, table.decimals[k] if k < len(table.decimals) else 0) for k, v in enumerate(row)
            )
            for row in table.rows
        ]
    return [tuple(_csv_text(cell) for cell in row) for row in rows]


def _csv_number(value: Value, decimals: int) -> Value:
    return round(value, max(decimals, 2)) if isinstance(value, float) else value


def _csv_text(value: Value) -> str:
    """A number as a French spreadsheet reads it; a text that a spreadsheet would run is made plain."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return (
        f"{value:.6g}".replace(".", ",") if isinstance(value, float) and abs(value) < 1e6 else f"{value:.0f}"
    )


# --- Side by side ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ComparedCell:
    """One figure of one scenario. `verdict`: words of the difference with the first one, "" for the first."""

    text: str
    verdict: str
    better: bool | None


@dataclass(frozen=True)
class ComparedRow:
    key: str
    label: str
    unit: str
    cells: tuple[ComparedCell, ...]
    best: int | None  # rank of the best one, None when they are equal or when it has no meaning


def compare(results: Sequence[ScenarioResult]) -> list[ComparedRow]:
    """One row per figure that at least one of the scenarios has, differences told against the first."""
    rows = []
    for key, more_is_better in COMPARED:
        figures = [result.figure(key) for result in results]
        shown = next((figure for figure in figures if figure is not None), None)
        if shown is None:
            continue
        values = [f.value if f is not None and isinstance(f.value, int | float) else None for f in figures]
        if all(not value for value in values):
            continue
        cells = tuple(
            _cell(value, values[0], shown.decimals, more_is_better, first=rank == 0)
            for rank, value in enumerate(values)
        )
        rows.append(
            ComparedRow(key, shown.label, shown.unit, cells, _best(values, shown.decimals, more_is_better))
        )
    return rows


def _cell(
    value: float | None, first_value: float | None, decimals: int, more_is_better: bool | None, *, first: bool
) -> ComparedCell:
    text = "non connu" if value is None else number(value, decimals)
    if first or value is None or first_value is None:
        return ComparedCell(text, "", None)
    difference = round(value, decimals) - round(first_value, decimals)
    if not round(difference, decimals):
        return ComparedCell(text, "pareil", None)
    words = f"{number(abs(difference), decimals)}{NBSP}de {'plus' if difference > 0 else 'moins'}"
    better = None if more_is_better is None else (difference > 0) == more_is_better
    return ComparedCell(text, words, better)


def _best(values: list[float | None], decimals: int, more_is_better: bool | None) -> int | None:
    known = [round(value, decimals) for value in values if value is not None]
    if more_is_better is None or len(known) < len(values) or len(set(known)) < 2:
        return None
    wanted = max(known) if more_is_better else min(known)
    return known.index(wanted) if known.count(wanted) == 1 else None
