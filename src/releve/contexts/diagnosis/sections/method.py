"""How the figures were obtained: natures, error of the model, parameters and sources."""

from __future__ import annotations

from collections.abc import Sequence

from releve.kernel.french import NBSP, number

from .. import solver, text
from ..enums import Nature
from ..parameters import WEIGHT_KEYS, InForce
from ..report import Figure, Section, Source, Table, Value
from .facts import Facts

_NATURES = (
    ("Publié", "Donné par un producteur officiel, ou moyenne de valeurs publiées."),
    ("Estimé", "Calculé à partir de valeurs publiées, avec une hypothèse dite."),
    ("Modélisé", "Obtenu par le modèle d’accessibilité, avec une marge."),
    ("Connaissance locale", "Dit par quelqu’un du territoire, daté, à côté des chiffres officiels."),
)


def method_section(
    facts: Facts,
    sources: Sequence[Source],
    parameters: Sequence[InForce],
    margin: float | None,
    model_notes: Sequence[str],
) -> Section:
    """`margin`: half-width at 80 % of the model's estimate of access here; None when it is not known."""
    figures = []
    if margin is not None:
        figures.append(
            Figure(
                "model_margin",
                f"Marge du modèle d’accessibilité, dans 80{NBSP}% des communes semblables",
                margin,
                "consultations par an et par habitant",
                2,
                "model",
                Nature.MODELLED,
                note="Écart entre le modèle et l’APL publiée, sur des communes qui n’ont pas servi à le caler.",
            )
        )
    source_rows: tuple[tuple[Value, ...], ...] = tuple(
        (source.title, source.producer, source.vintage, source.nature.label, source.licence)
        for source in sources
    )
    # Costs matter to scenarios only; the five weights hold in one line.
    elsewhere = ("cost_", "indemnity_", "doctor_day", "weight_")
    used = [row for row in parameters if not row.key.startswith(elsewhere)]
    parameter_rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            text.capital(row.spec.label),
            text.amount(row.value, row.spec.unit, row.spec.decimals),
            row.since.strftime("%d/%m/%Y"),
            row.origin,
        )
        for row in used
    ) + _weights_row(facts, parameters)
    finding = "Les chiffres publiés sont cités tels quels\u00a0; les estimations disent leurs hypothèses."
    if facts.national.modelled:
        finding = "Aucune statistique officielle n’est chargée\u00a0: l’offre de soins est modélisée d’après la population."
    return Section(
        "method",
        "Méthode et sources",
        finding,
        tuple(figures),
        tables=(
            Table(
                "sources",
                "Sources",
                ("Source", "Producteur", "Millésime", "Nature", "Licence"),
                source_rows,
                (0,) * 5,
            ),
            Table(
                "parameters",
                "Hypothèses et seuils",
                ("Paramètre", "Valeur", "Depuis le", "Origine"),
                parameter_rows,
                (0,) * 4,
            ),
            Table("natures", "Comment lire les chiffres", ("Nature", "Sens"), _NATURES, (0, 0)),
        ),
        notes=tuple(model_notes),
    )


def change_caution() -> str:
    """How far to believe a modelled change, from its validation on past ones."""
    known = solver.model().constants.validations.get("change")
    said = "Les effets calculés par le modèle sont des ordres de grandeur."
    if known is None:
        return said
    title = known.title[0].lower() + known.title[1:]
    return (
        f"{said} Comparé au passé ({title}), le modèle n’explique qu’une petite part des écarts entre communes{NBSP}: "
        f"corrélation de {number(known.overall.r, 2)}."
    )


def model_notes() -> tuple[str, ...]:
    """What the calibration says of itself, on communes it was not fitted on."""
    fitted = solver.model().constants
    held_out = fitted.validations["held_out"].overall
    return (
        f"Le modèle est calé sur l’APL {fitted.apl_year} de {number(fitted.communes)}{NBSP}communes. Sur des communes "
        f"qui n’ont pas servi à le caler{NBSP}: corrélation de {number(held_out.r, 2)}, écart moyen de "
        f"{number(held_out.mae, 2)} consultation par an et par habitant.",
        change_caution(),
    )


def _weights_row(facts: Facts, parameters: Sequence[InForce]) -> tuple[tuple[Value, ...], ...]:
    """The weights that the index was computed with, those of the reader included."""
    rows = [row for row in parameters if row.key in WEIGHT_KEYS]
    shown = " / ".join(text.percent(100 * float(weight)) for weight in facts.weights)
    since = max(row.since for row in rows)
    return (("Poids des cinq critères", shown, since.strftime("%d/%m/%Y"), rows[0].origin),)
