"""What a diagnosis says first: four large figures, and the territory on the scale of access. Pure."""

from __future__ import annotations

from typing import Any

from .charts import scale_svg
from .drawing import WIDE
from .report import Figure, Report, Section, Table

HEADLINE = (
    ("apl",),
    ("people_under_threshold",),
    ("gp_here", "gp_15"),
    ("emergency_minutes",),
)
DEFAULT_THRESHOLD = 2.5


def headline_figures(report: Report) -> list[Figure]:
    """The figures said large, those that the report has: access, people concerned, doctors, emergencies."""
    found = []
    for keys in HEADLINE:
        figures = [figure for key in keys if (figure := report.figure(key)) is not None]
        known = [figure for figure in figures if figure.value is not None]
        if figures:
            found.append((known or figures)[0])
    return found


def parameter(report: Report, key: str) -> Any:
    """Value of a dated setting of the report, written plainly or with its origin; None when it has none."""
    found = report.parameters.get(key)
    return found.get("value") if isinstance(found, dict) else found


def threshold(report: Report) -> float:
    """The dated threshold of access, consultations a year per standardised inhabitant."""
    value = parameter(report, "apl_threshold")
    return float(value) if isinstance(value, int | float) else DEFAULT_THRESHOLD


def access_scale(report: Report, *, width: float = WIDE, uid: str = "echelle") -> str:
    """The territory, the threshold, the département and France on one axis; "" when access is not known."""
    figure = report.figure("apl")
    if figure is None or not isinstance(figure.value, int | float):
        return ""
    marks = [
        (item.label, float(item.value)) for item in figure.comparisons if isinstance(item.value, int | float)
    ]
    known = {label for label, _ in marks}
    for key in ("apl_departement", "apl_france"):
        other = report.figure(key)
        if (
            other is not None
            and isinstance(other.value, int | float)
            and other.label not in known
            and not marks
        ):
            marks.append((other.label, float(other.value)))
    return scale_svg(
        float(figure.value),
        report.place.name,
        marks,
        reference=threshold(report),
        reference_label="seuil",
        decimals=figure.decimals or 1,
        width=width,
        uid=uid,
        title=f"Accès aux médecins généralistes\u00a0: {report.place.name} comparé au seuil",
    )


# What a chart already says beside its section's figures.
SAID_BY_CHART = {
    "ages": {"share_under_25", "share_25_64", "share_65_plus"},
    "doctors": {"gp_15", "gp_20", "gp_30"},
    "fragility": {
        "fragility_access",
        "fragility_young_doctors",
        "fragility_ald",
        "fragility_emergency",
        "fragility_income",
    },
}


def shown_figures(section: Section) -> list[Figure]:
    """Figures worth a place on a page: not those that only repeat a comparison or a chart beside them.

    The CSV file, the JSON and the tables under the charts hold them all.
    """
    repeated: set[str] = set()
    if any(figure.key == "apl" and figure.comparisons for figure in section.figures):
        repeated |= {"apl_departement", "apl_france"}
    for chart in section.charts:
        repeated |= SAID_BY_CHART.get(chart.key, set())
    return [figure for figure in section.figures if figure.key not in repeated]


def shown_tables(section: Section) -> list[Table]:
    """Tables but those that pages draw in their own way: the sources, and what the natures mean."""
    return [table for table in section.tables if table.key not in {"sources", "natures"}]
