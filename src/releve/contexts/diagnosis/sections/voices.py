"""What people of the place say: local knowledge in force, kept answers to the field survey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from releve.kernel.french import NBSP, long_date, number

from .. import text
from ..enums import KnowledgeKind, Nature, RespondentKind
from ..models import LocalKnowledge
from ..queries.reads import SurveyFacts
from ..report import Figure, Section, Table, Value
from .facts import Facts

MAX_COMMENTS = 12


def _day(day: date) -> str:
    """`31 décembre 2026`."""
    return long_date(day, year=True).split(" ", 1)[1]


def fact_words(row: LocalKnowledge) -> str:
    """`Départ de 1 médecin`, `Deux jours`…: one line for a table."""
    doctors = row.doctors or 0
    if row.kind == KnowledgeKind.DOCTOR_LEAVES:
        return (
            f"Départ de {text.many(doctors, 'médecin', 'médecins', decimals=1).replace(',0', '')}"
            if doctors
            else ("Départ de médecins")
        )
    if row.kind == KnowledgeKind.DOCTOR_ARRIVES:
        return (
            f"Arrivée de {text.many(doctors, 'médecin', 'médecins', decimals=1).replace(',0', '')}"
            if doctors
            else ("Arrivée de médecins")
        )
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


def survey_section(facts: Facts, survey: SurveyFacts) -> Section | None:
    if not survey.responses:
        return None
    count = len(survey.responses)
    kinds = Counter(respondent for respondent, _, _ in survey.responses)
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (RespondentKind(kind).label, kinds[kind]) for kind in RespondentKind.values if kinds[kind]
    )
    comments = [(RespondentKind(kind).label, words) for kind, _, words in survey.responses if words.strip()]
    tables = [
        Table("respondents", "Qui a répondu", ("Vous êtes", "Réponses"), rows, (0, 0), source="local"),
    ]
    if comments:
        tables.append(
            Table(
                "comments",
                "Ce qu’ils écrivent",
                ("Qui", "Commentaire"),
                tuple((who, f"«{NBSP}{words.strip()}{NBSP}»") for who, words in comments[:MAX_COMMENTS]),
                (0, 0),
                source="local",
                note=f"{number(len(comments) - MAX_COMMENTS)} autres commentaires ne sont pas montrés."
                if len(comments) > MAX_COMMENTS + 1
                else "",
            )
        )
    when = ""
    if survey.first_day and survey.last_day:
        when = f", du {_day(survey.first_day)} au {_day(survey.last_day)}"
        if survey.first_day == survey.last_day:
            when = f", le {_day(survey.first_day)}"
    return Section(
        "survey",
        "L’enquête de terrain",
        f"{text.capital(text.many(count, 'réponse', 'réponses'))} à l’enquête{when}.",
        (Figure("survey_answers", "Réponses gardées", count, "réponses", 0, "local", Nature.LOCAL),),
        tables=tuple(tables),
        notes=(
            "Une enquête ouverte à tous n’est pas un sondage\u00a0: elle dit ce que vivent ceux qui répondent.",
        ),
    )
