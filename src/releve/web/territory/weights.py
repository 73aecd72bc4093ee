"""Weights of the estimated vulnerability index, in the address of the page: a choice one can send to somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from releve.contexts.diagnosis.headline import parameter
from releve.contexts.diagnosis.parameters import PARAMETERS
from releve.contexts.diagnosis.report import Report
from releve.contexts.diagnosis.vulnerability import CRITERIA
from releve.kernel.errors import Invalid

# In the address: poids_acces=2
NAMES = {
    "access": "poids_acces",
    "young_doctors": "poids_jeunes_medecins",
    "ald": "poids_ald",
    "emergency": "poids_urgences",
    "income": "poids_niveau_de_vie",
}
STEPS = (
    ("0", "ne compte pas"),
    ("0.5", "compte peu"),
    ("1", "compte"),
    ("2", "compte double"),
    ("3", "compte triple"),
)


def read(query: Mapping[str, Any]) -> dict[str, float] | None:
    """Weights of an address by criterion, None when it names none; one left out weighs as by default.

    Raises Invalid, which names the field.
    """
    found: dict[str, float] = {}
    for criterion in CRITERIA:
        name = NAMES[criterion.key]
        written = str(query.get(name, "")).strip().replace(",", ".")[:20]
        if not written:
            continue
        spec = PARAMETERS[criterion.weight_key]
        try:
            weight = float(written)
        except ValueError:
            weight = float("nan")
        if not spec.minimum <= weight <= spec.maximum:
            raise Invalid(
                f"Le poids d’un critère est un nombre entre {spec.minimum:g} et {spec.maximum:g}.", field=name
            )
        found[criterion.key] = weight
    if not found:
        return None
    weights = {c.key: found.get(c.key, PARAMETERS[c.weight_key].default) for c in CRITERIA}
    if not any(weights.values()):
        raise Invalid("Au moins un critère doit compter.", field=NAMES[CRITERIA[0].key])
    return weights


def fields(report: Report, chosen: Mapping[str, float] | None) -> list[dict[str, Any]]:
    """The form: one choice per criterion, with the weight now in use."""
    rows = []
    for criterion in CRITERIA:
        now = (chosen or {}).get(criterion.key)
        if now is None:
            in_force = parameter(report, criterion.weight_key)
            now = (
                float(in_force)
                if isinstance(in_force, int | float)
                else PARAMETERS[criterion.weight_key].default
            )
        steps = [{"value": value, "label": text, "is_chosen": float(value) == now} for value, text in STEPS]
        if not any(step["is_chosen"] for step in steps):
            steps.append(
                {"value": f"{now:g}", "label": f"poids {now:g}".replace(".", ","), "is_chosen": True}
            )
        rows.append({"name": NAMES[criterion.key], "label": criterion.label, "steps": steps})
    return rows
