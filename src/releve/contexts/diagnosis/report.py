"""The shape of a diagnosis: figures that carry their source, grouped in sections. Pure; no query, no clock.

Pages, the PDF, the CSV file, the command and the API all read this one object, so that they say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .enums import Nature, TerritoryKind

Value = float | int | str | None


@dataclass(frozen=True)
class Source:
    """Where figures come from. `slug` is that of a `Dataset`, or `model`, `local`, `platform`, `parameters`."""

    slug: str
    title: str
    producer: str
    vintage: str
    licence: str = ""
    nature: Nature = Nature.PUBLISHED


@dataclass(frozen=True)
class Comparison:
    """The same figure elsewhere: « Vendée », « France », « communes comparables »."""

    label: str
    value: Value


@dataclass(frozen=True)
class Figure:
    """One number of the diagnosis.

    `value` None: not known, and `missing` says why in French (statistical secrecy, not published, no data
    folder). `margin`: half-width of the 80 % interval in the same unit, when it is known. `decimals` is how
    many to show; the value itself is not rounded.
    """

    key: str
    label: str
    value: Value
    unit: str = ""
    decimals: int = 0
    source: str = ""
    nature: Nature = Nature.PUBLISHED
    vintage: str = ""
    margin: float | None = None
    missing: str = ""
    comparisons: tuple[Comparison, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Series:
    """Values along labels (years, minutes, age classes); one line of a chart."""

    label: str
    points: tuple[tuple[str, float | None], ...]


@dataclass(frozen=True)
class Chart:
    """A chart and, always, its table. `title` says the finding. `kind`: line | bars | stacked."""

    key: str
    title: str
    kind: str
    unit: str
    series: tuple[Series, ...]
    source: str
    decimals: int = 0
    reference: float | None = None  # a horizontal line: the threshold
    reference_label: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text or numbers; `units` per column, empty for text."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    decimals: tuple[int, ...] = ()
    links: tuple[str, ...] = ()  # a territory code per row, when the row is a place
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Section:
    """One question and its answer: `finding` is the sentence to remember."""

    key: str
    title: str
    finding: str
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """The territory that is diagnosed."""

    kind: TerritoryKind
    code: str
    name: str
    commune_codes: tuple[str, ...]
    context: str = ""  # « commune de Vendée, CC Pays des Achards »
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Report:
    """A whole diagnosis. `modelled` is true when no official statistics are loaded: every page says so."""

    place: Place
    as_of: str  # day, ISO
    modelled: bool
    summary: tuple[str, ...]  # paragraphs a mayor could read aloud
    sections: tuple[Section, ...]
    sources: tuple[Source, ...]
    warnings: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)

    def figure(self, key: str) -> Figure | None:
        """The first figure of that key, whatever its section."""
        return next((f for section in self.sections for f in section.figures if f.key == key), None)

    def section(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)
