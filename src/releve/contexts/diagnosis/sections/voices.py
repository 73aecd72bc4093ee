"""What people of the place know: local knowledge in force or coming."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from releve.kernel.french import NBSP, long_date

from .. import text
from ..enums import KnowledgeKind, Nature
from ..models import LocalKnowledge
from ..report import Figure, Section, Table, Value
from .facts import Facts


def _day(day: date) -> str:
    """`31 décembre 2026`."""
    return long_date(day, year=True).split(" ", 1)[1]


def _of_doctors(doctors: float) -> str:
    if doctors == 1:
        return "d’un médecin"
    return f"de {text.many(doctors, 'médecin', 'médecins', decimals=1).replace(',0', '')}"


def fact_words(row: LocalKnowledge) -> str:
    """`Départ d’un médecin`, `Deux jours`…: one line for a table."""
    doctors = row.doctors or 0
    if row.kind == KnowledgeKind.DOCTOR_LEAVES:
        return f"Départ {_of_doctors(doctors)}" if doctors else ("Départ de médecins")
    if row.kind == KnowledgeKind.DOCTOR_ARRIVES:
        return f"Arrivée {_of_doctors(doctors)}" if doctors else ("Arrivée de médecins")
    if row.kind == KnowledgeKind.WEEKLY_DAYS and row.weekly_days is not None:
        days = text.many(abs(row.weekly_days), "jour", "jours", decimals=1).replace(",0", "")
        return f"{days} de consultation par semaine en {'plus' if row.weekly_days >= 0 else 'moins'}"
    return KnowledgeKind(row.kind).label


def local_section(facts: Facts, rows: Sequence[LocalKnowledge]) -> Section | None:
    if not rows:
        return None
    lines: list[tuple[Value, ...]] = []
    for row in rows:
        state = "en vigueur" if row.starts_on <= facts.today else "à venir"
        lines.append(
            (
                text.curly(row.commune.name),
                fact_words(row) + (f"{NBSP}: {row.note}" if row.note else ""),
                _day(row.starts_on),
                _day(row.ends_on) if row.ends_on else "",
                state,
                row.origin,
            )
        )
    count = len(rows)
    finding = (
        f"{text.capital(text.many(count, 'information locale', 'informations locales'))} "
        f"{'s’ajoute' if count < 2 else 's’ajoutent'} aux chiffres officiels, sans les changer."
    )
    return Section(
        "local",
        "Ce que l’on sait sur place",
        finding,
        (
            Figure(
                "local_facts",
                "Informations locales en vigueur ou à venir",
                count,
                "",
                0,
                "local",
                Nature.LOCAL,
            ),
        ),
        tables=(
            Table(
                "local",
                "Informations locales",
                ("Commune", "Fait", "À partir du", "Jusqu’au", "État", "Source"),
                tuple(lines),
                (0, 0, 0, 0, 0, 0),
                tuple(row.commune_id for row in rows),
                "local",
                "Ces informations ne modifient aucun chiffre publié\u00a0; un scénario peut en tenir compte.",
            ),
        ),
    )
