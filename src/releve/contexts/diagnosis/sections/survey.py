"""What people of the place answered to the field survey: how many, the main findings, some kept words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from releve.kernel.french import NBSP, long_date

from .. import text
from ..enums import Nature
from ..report import Chart, Figure, Section, Series, Table
from ..survey_questions import MAX_QUOTES, SMALL, Summary, Tally


@dataclass(frozen=True)
class SurveyFacts:
    """`quotes`: (who, words) of the kept comments, the last kept first; days of the first and last answer."""

    summary: Summary
    quotes: tuple[tuple[str, str], ...] = ()
    first_day: date | None = None
    last_day: date | None = None


_NOTES = (
    "Une enquête ouverte à tous n’est pas un sondage\u00a0: elle dit ce que vivent ceux qui répondent.",
    "Les réponses à choix comptent dès leur envoi, sauf celles qui ont été écartées\u00a0; un commentaire n’est montré "
    "qu’après relecture.",
    f"Une question à laquelle moins de {SMALL} personnes ont répondu n’est pas détaillée.",
)


def build_survey_section(facts: SurveyFacts) -> Section | None:
    """None when nobody answered."""
    summary = facts.summary
    if not summary.count:
        return None
    tables = [
        Table(
            "respondents",
            "Qui a répondu",
            ("Vous êtes", "Réponses"),
            tuple(summary.kind_lines),
            (0, 0),
            source="local",
        )
    ]
    if facts.quotes:
        tables.append(_quotes(facts.quotes))
    return Section(
        "survey",
        "L’enquête de terrain",
        _finding(facts),
        tuple(_figures(summary)),
        charts=tuple(_charts(summary)),
        tables=tuple(tables),
        notes=_NOTES,
    )


def _finding(facts: SurveyFacts) -> str:
    count = facts.summary.count
    when = ""
    if facts.first_day and facts.last_day:
        when = f", du {_day(facts.first_day)} au {_day(facts.last_day)}"
        if facts.first_day == facts.last_day:
            when = f", le {_day(facts.first_day)}"
    said = f"{text.capital(text.many(count, 'aucune|réponse', 'réponses'))} à l’enquête{when}"
    gave_up = facts.summary.tallies.get("gave_up")
    if gave_up:
        share = text.percent(gave_up.percent("once", "several"))
        return f"{said}{NBSP}: {share} des habitants qui ont répondu ont renoncé à voir un médecin en 12{NBSP}mois."
    return f"{said}."


def _day(day: date) -> str:
    return long_date(day, year=True).split(" ", 1)[1]


def _figures(summary: Summary) -> list[Figure]:
    found = [
        Figure("survey_answers", "Réponses reçues", summary.count, "", 0, "local", Nature.LOCAL),
    ]
    for key, question, label, choices in (
        (
            "survey_without_doctor",
            "regular_doctor",
            "Habitants sans médecin traitant",
            ("searching", "none"),
        ),
        ("survey_gave_up", "gave_up", "Ont renoncé à voir un médecin en 12 mois", ("once", "several")),
        (
            "survey_would_come",
            "would_come",
            "Viendraient voir un médecin présent quelques jours par semaine",
            ("yes", "if_needed"),
        ),
    ):
        tally = summary.tallies.get(question)
        if tally:
            found.append(
                Figure(
                    key,
                    label,
                    tally.percent(*choices),
                    "%",
                    0,
                    "local",
                    Nature.LOCAL,
                    note=f"Sur {text.many(tally.count, 'aucune|réponse', 'réponses')}.",
                )
            )
    return found


def _charts(summary: Summary) -> list[Chart]:
    tallies = summary.tallies
    found = []
    if delay := tallies.get("delay"):
        found.append(_chart(delay, _waiting(delay)))
    if asked := tallies.get("asked_weekly"):
        most = text.percent(asked.percent("some", "many", "most"))
        found.append(
            _chart(
                asked,
                f"{most} des professionnels et des élus entendent cinq personnes ou plus par semaine chercher un médecin",
            )
        )
    if needs := tallies.get("needs"):
        first = needs.lines[0][0]
        found.append(_chart(needs, f"Ce qui manque le plus{NBSP}: {first[:1].lower()}{first[1:]}"))
    if days := tallies.get("days"):
        first = sorted(days.lines, key=lambda row: -row[1])[0][0]
        found.append(_chart(days, f"Le jour le plus demandé{NBSP}: {first.lower()}"))
    return found


def _waiting(delay: Tally) -> str:
    """Among those who asked for an appointment, when they are enough."""
    numbers = dict(delay.shares)
    asked = delay.count - numbers["not_asked"]
    late = sum(numbers[choice] for choice in ("month", "more", "refused"))
    if asked < SMALL:
        return "Le temps d’attente d’un rendez-vous chez un généraliste"
    return (
        f"{text.percent(100 * late / asked)} de ceux qui ont demandé un rendez-vous ont attendu plus de deux semaines, "
        "ou n’ont pas trouvé"
    )


def _chart(tally: Tally, title: str) -> Chart:
    several = " Plusieurs réponses possibles." if tally.question.multiple else ""
    return Chart(
        f"survey_{tally.question.key}",
        title,
        "bars",
        "%",
        (
            Series(
                "Part des réponses",
                tuple((words, 100 * number / tally.count) for words, number in tally.lines),
            ),
        ),
        "local",
        decimals=0,
        note=f"«{NBSP}{tally.question.label}{NBSP}», "
        f"{text.many(tally.count, 'aucune|réponse', 'réponses')}.{several}",
    )


def _quotes(quotes: tuple[tuple[str, str], ...]) -> Table:
    more = len(quotes) - MAX_QUOTES
    note = ""
    if more > 0:
        others = text.many(more, "autre commentaire gardé", "autres commentaires gardés")
        note = f"{text.capital(others)} {'n’est pas montré' if more < 2 else 'ne sont pas montrés'}."
    return Table(
        "comments",
        "Ce qu’ils écrivent",
        ("Qui", "Commentaire"),
        tuple((who, f"«{NBSP}{' '.join(words.split())}{NBSP}»") for who, words in quotes[:MAX_QUOTES]),
        (0, 0),
        source="local",
        note=note,
    )
