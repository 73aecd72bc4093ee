"""Territories over the API: the diagnosis of a commune, an EPCI, a département, a perimeter or a list of communes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema

from releve.contexts.diagnosis import queries as diagnoses
from releve.contexts.diagnosis import report_json
from releve.kernel import clock

from .schemas import ProblemOut

# Local knowledge and survey answers may enter a diagnosis at any time: nobody reads one older than this.
CACHE_SECONDS = 300

router = Router()
ERRORS = {404: ProblemOut, 422: ProblemOut}
Cell = float | int | str | None
Nature = Literal["published", "estimated", "modelled", "local"]


class PlaceOut(Schema):
    kind: Literal["commune", "epci", "departement", "list", "perimeter"]
    code: str
    name: str
    context: str
    communes: list[str]
    lat: float | None
    lon: float | None


class SourceOut(Schema):
    slug: str
    title: str
    producer: str
    vintage: str
    licence: str
    nature: Nature


class AplOut(Schema):
    """The figure asked for first. `nature` says whether it is published or modelled; `margin`: half-width at 80 %."""

    value: float | None
    year: int | None
    unit: str
    nature: Nature | None
    margin: float | None
    missing: str
    source: SourceOut | None


class ComparisonOut(Schema):
    label: str
    value: Cell


class FigureOut(Schema):
    key: str
    label: str
    value: Cell
    unit: str
    decimals: int
    source: str
    nature: Nature
    vintage: str
    margin: float | None
    missing: str
    comparisons: list[ComparisonOut]
    note: str


class PointOut(Schema):
    label: str
    value: float | None


class SeriesOut(Schema):
    label: str
    points: list[PointOut]


class ChartOut(Schema):
    key: str
    title: str
    kind: str
    unit: str
    decimals: int
    reference: float | None
    reference_label: str
    source: str
    note: str
    series: list[SeriesOut]


class TableOut(Schema):
    key: str
    title: str
    columns: list[str]
    rows: list[list[Cell]]
    links: list[str]
    source: str
    note: str


class SectionOut(Schema):
    key: str
    title: str
    finding: str
    figures: list[FigureOut]
    charts: list[ChartOut]
    tables: list[TableOut]
    notes: list[str]


class ParameterOut(Schema):
    value: float
    label: str
    unit: str
    since: str
    origin: str


class DiagnosisOut(Schema):
    """`modelled`: no official statistics are loaded, what is not published is computed and says so."""

    format: int
    place: PlaceOut
    as_of: str
    modelled: bool
    apl: AplOut
    summary: list[str]
    warnings: list[str]
    sections: list[SectionOut]
    sources: list[SourceOut]
    parameters: dict[str, ParameterOut]


Weight = Annotated[float | None, Query(ge=0, le=100)]


@router.get(
    "/{code}/diagnosis", response={200: DiagnosisOut, **ERRORS}, summary="Le diagnostic d’un territoire"
)
def read_diagnosis(
    request: HttpRequest,
    response: HttpResponse,
    code: Annotated[str, Path(max_length=500)],
    weight_access: Weight = None,
    weight_young_doctors: Weight = None,
    weight_ald: Weight = None,
    weight_emergency: Weight = None,
    weight_income: Weight = None,
) -> dict[str, Any]:
    """Commune (`85161`), intercommunalité (SIREN), département (`85`), périmètre (`p-…`) ou communes séparées par des
    virgules. Les poids des cinq critères de l’indice estimé sont facultatifs."""
    chosen = {
        "access": weight_access,
        "young_doctors": weight_young_doctors,
        "ald": weight_ald,
        "emergency": weight_emergency,
        "income": weight_income,
    }
    given = {key: weight for key, weight in chosen.items() if weight is not None}
    report = diagnoses.diagnose(
        code, today=clock.local_day(clock.now(), "Europe/Paris"), weights=given or None
    )
    response["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return report_json.to_dict(report)
