"""A few sentences that a mayor can read aloud, written from the figures of the report. Pure.

Three to five short paragraphs: who lives here, how care is reached, what is missing, what opening would give, caution.
"""

from __future__ import annotations

from releve.kernel.french import NBSP, number

from . import text
from .enums import KnowledgeKind, Nature, TerritoryKind
from .models import LocalKnowledge
from .report import Figure, Report
from .sections.care import WEEKS
from .sections.facts import Facts
from .sections.voices import fact_words


def write_summary(facts: Facts, report: Report, knowledge: list[LocalKnowledge]) -> tuple[str, ...]:
    """The paragraphs, none empty."""
    paragraphs = [
        _people(facts, report),
        _access(facts, report),
        _need(facts, report),
        _fragility(facts, report),
        _local(facts, knowledge),
    ]
    return tuple(paragraph for paragraph in paragraphs if paragraph)


def _number(figure: Figure | None) -> float | None:
    value = figure.value if figure else None
    return float(value) if isinstance(value, int | float) else None


def _value(report: Report, key: str) -> float | None:
    return _number(report.figure(key))


def _people(facts: Facts, report: Report) -> str:
    people = _value(report, "population")
    if people is None:
        return f"La population {facts.of_here} n’est pas connue."
    where = text.capital(facts.here)
    if people == 0:
        return f"{where}, aucun habitant n’est recensé."
    sentence = f"{where} {'vivent' if people >= 2 else 'vit'} {text.inhabitants(people)}"
    older = _value(report, "share_65_plus")
    if older is not None:
        sentence += f", dont {text.percent(older)} ont 65{NBSP}ans ou plus"
    sentence += "."
    minutes = _value(report, "emergency_minutes")
    if minutes is not None and round(minutes) > 0:
        word = "minute" if round(minutes) < 2 else "minutes"
        each = "" if facts.is_commune else ", en moyenne"
        sentence += f" Les urgences sont à {number(minutes)}{NBSP}{word} de route{each}."
    elif minutes is not None and facts.is_commune:
        sentence += " Un service d’urgences ou un SMUR se trouve sur place."
    return sentence


def _access(facts: Facts, report: Report) -> str:
    apl = report.figure("apl")
    value = _number(apl)
    if apl is None or value is None:
        return f"L’accès aux médecins généralistes n’est pas connu {facts.here}. " + _doctors(facts, report)
    year = f"En {apl.vintage}, chaque" if apl.vintage.isdecimal() else "Chaque"
    modelled = apl.nature == Nature.MODELLED
    verb = "pourrait voir" if modelled else "pouvait voir"
    times = number(value, 1).removesuffix(",0")
    sentence = f"{year} habitant {verb} un généraliste {times}{NBSP}fois par an en moyenne"
    beside = []
    for comparison in apl.comparisons:
        if isinstance(comparison.value, int | float):
            shown = number(float(comparison.value), 1).removesuffix(",0")
            place = (
                "en France"
                if comparison.label == "France"
                else text.in_departement(facts.departement, facts.departement_name)
            )
            beside.append(f"{shown} {place}")
    if beside:
        sentence += f", contre {text.joined(beside)}"
    sentence += "."
    change = report.figure("apl_change")
    moved = _number(change)
    if change is not None and moved is not None and abs(moved) >= 0.1:
        since = change.vintage.split(" ")[0]
        verb = "a baissé" if moved < 0 else "a progressé"
        sentence += f" Depuis {since}, cet accès {verb} de {number(abs(moved), 1)}."
    if modelled:
        within = f", à {number(apl.margin, 1)} près" if apl.margin else ""
        sentence += f" C’est un calcul{within}, faute de chiffre publié ici."
    return f"{sentence} {_doctors(facts, report)}".strip()


def _doctors(facts: Facts, report: Report) -> str:
    here, near = _value(report, "gp_here"), _value(report, "gp_15")
    if near is None:
        return ""
    each = "" if facts.is_commune else " d’un habitant, en moyenne"
    count = text.many(round(near), "médecin", "médecins")
    sentence = f"On compte environ {count} à moins de 15{NBSP}minutes de route{each}"
    if round(near) == 0:
        sentence = f"Aucun médecin n’est estimé à moins de 15{NBSP}minutes de route"
    elif facts.is_commune and here is not None:
        if here < 0.5:
            sentence += f", aucun dans {facts.noun}"
        elif round(here) == round(near):
            sentence += f", {'' if round(near) < 2 else 'tous '}dans {facts.noun}"
        else:
            sentence += f", dont {number(max(1, round(here)))} dans {facts.noun}"
    return sentence + "."


def _need(facts: Facts, report: Report) -> str:
    gap, days = _value(report, "consultations_gap_week"), _value(report, "days_for_gap")
    target = facts.parameters["consultations_per_inhabitant"]
    per_day = facts.parameters["visits_per_day"] * facts.parameters["weeks_per_year"] / WEEKS
    aim = f"{number(target, 2).rstrip('0').rstrip(',')}{NBSP}consultations par an et par habitant"
    if gap is None or days is None:
        wanted = _value(report, "consultations_needed_week")
        if wanted is None or wanted < 1:
            return ""
        return (
            f"Pour {aim}, il faudrait environ {number(text.about(wanted))}{NBSP}consultations par semaine. "
            f"Un jour de médecin par semaine en apporte {number(per_day)}."
        )
    people, total = _value(report, "people_under_threshold"), _value(report, "population")
    threshold = number(facts.parameters["apl_threshold"], 1)
    first = ""
    if people is not None and total and not facts.is_commune:
        if people < 1:
            first = f"Aucun habitant n’est sous le seuil de {threshold}{NBSP}consultations par an. "
        else:
            part = f", soit {text.percent(100 * people / total)}" if round(100 * people / total) >= 1 else ""
            verb = "vivent" if people >= 2 else "vit"
            first = f"Sous le seuil de {threshold}{NBSP}consultations par an {verb} {text.inhabitants(people)}{part}. "
    apl = report.figure("apl")
    if apl is not None and apl.nature == Nature.MODELLED:
        first += "D’après ce calcul, à vérifier sur place, "
    if gap < 1:
        return first + f"{'l' if first.endswith(', ') else 'L'}’accès atteint déjà {aim}, la moyenne du pays."
    decimals = 0 if days >= 10 else 1
    word = "jour" if round(days, decimals) < 2 else "jours"
    said = number(days, decimals).removesuffix(",0")
    return first + (
        f"{'pour' if first.endswith(', ') else 'Pour'} atteindre {aim}, il manque environ {number(text.about(gap))}{NBSP}"
        f"{'consultation' if gap < 2 else 'consultations'} par semaine{NBSP}: {said}{NBSP}{word} de médecin par semaine. "
        f"Chaque jour de consultation par semaine en apporte environ {number(per_day)}."
    )


def _fragility(facts: Facts, report: Report) -> str:
    section = report.section("vulnerability")
    index = _value(report, "vulnerability_index")
    if section is None or index is None:
        return ""
    known = report.figure("red_zone")
    listed = ""
    if known is not None and isinstance(known.value, str) and known.value.startswith("Oui"):
        listed = " L’intercommunalité figure sur la partie connue de la liste de l’État."
        if facts.place.kind not in (TerritoryKind.COMMUNE, TerritoryKind.EPCI):
            listed = f" Sur la partie connue de la liste de l’État{NBSP}: {known.value.partition(': ')[2]}."
    return f"{section.finding.split(' (indice')[0]}. C’est une estimation, pas la liste officielle.{listed}"


def _local(facts: Facts, knowledge: list[LocalKnowledge]) -> str:
    said = []
    for row in knowledge:
        if row.kind == KnowledgeKind.NOTE:
            continue
        fact = fact_words(row)
        where = "" if facts.is_commune else f" {text.at_commune(row.commune.name)}"
        when = row.starts_on.strftime("%d/%m/%Y")
        said.append(f"{fact[0].lower()}{fact[1:]}{where}, à partir du {when}")
    if not said:
        return ""
    more = f", et {number(len(said) - 2)}{NBSP}autres informations" if len(said) > 3 else ""
    shown = said[:2] if more else said
    return f"On sait aussi sur place{NBSP}: {f'{NBSP}; '.join(shown)}{more}."
