"""How far emergencies are, and which official zones the territory is in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from releve.kernel.french import NBSP, number

from .. import text
from ..enums import Nature
from ..report import Figure, Section, Table
from .facts import Facts

ZONES = {
    "ZIP": "Zone d’intervention prioritaire",
    "ZAC": "Zone d’action complémentaire",
    "ZAR": "Zone d’accompagnement régional",
    "HZ": "Hors zonage",
}
_ZRR = {"C": "Classée", "P": "Partiellement classée", "NC": "Non classée"}


def emergency_section(facts: Facts) -> Section:
    members, national = facts.members, facts.national
    far = facts.parameters["emergency_far_minutes"]
    minutes = facts.mean(members.emergency_minutes)
    known = np.isfinite(members.emergency_minutes)
    beyond = known & (members.emergency_minutes > far)
    figures = [
        facts.figure(
            "emergency_minutes",
            "Temps de route jusqu’aux urgences ou au SMUR",
            minutes,
            column="emergency_minutes",
            unit="min",
            comparisons=facts.comparisons(national.emergency_minutes),
            note="" if facts.is_commune else "Moyenne des communes pondérée par leur population.",
        )
    ]
    people = float(members.population[beyond].sum()) if known.any() else None
    figures.append(
        facts.figure(
            "people_far_from_emergency",
            f"Habitants à plus de {number(far)}{NBSP}minutes",
            people,
            column="emergency_minutes",
            unit="habitants",
            nature=Nature.ESTIMATED,
        )
    )
    if minutes is None:
        finding = "Le temps de route jusqu’aux urgences n’est pas publié ici."
    elif round(minutes) == 0:
        finding = f"Un service d’urgences ou un SMUR se trouve {f'dans {facts.noun}' if facts.is_commune else 'sur place'}."
    else:
        each = "" if facts.is_commune else " en moyenne"
        finding = (
            f"Les urgences ou le SMUR sont à {number(minutes)}{NBSP}"
            f"{'minute' if round(minutes) < 2 else 'minutes'} de route{each}"
        )
        if not facts.is_commune and people:
            finding += f"{NBSP}; {text.inhabitants(people)} en sont à plus de {number(far)}{NBSP}minutes"
        elif facts.is_commune and minutes > far:
            finding += f", au-delà des {number(far)}{NBSP}minutes visées"
        finding += "."
    return Section("emergency", "Les urgences", finding, tuple(figures))


@dataclass(frozen=True)
class RedZoneFacts:
    """The known part of the State's list, for the EPCI of the territory: names on it, and how sure."""

    names: tuple[str, ...]
    reliability: str = ""
    origin: str = ""
    listed: int = 0  # EPCI of the list that are loaded


def zoning_section(facts: Facts, red: RedZoneFacts, *, parts: dict[str, float] | None = None) -> Section:
    """`parts`: inhabitants by zone when they are known below the commune (arrondissements of Paris, Lyon, Marseille)."""
    members = facts.members
    people = dict(parts or {})
    if not people:
        for zone, count in zip(members.zoning, members.population.tolist(), strict=True):
            if zone:
                people[zone] = people.get(zone, 0.0) + count
    tables: tuple[Table, ...] = ()
    if len(people) == 1:
        zone = next(iter(people))
        value: str | None = f"{ZONES.get(zone, zone)} ({zone})" if zone != "HZ" else ZONES[zone]
    elif people:
        main = max(people, key=lambda zone: (people[zone], zone))
        share = 100 * people[main] / max(sum(people.values()), 1)
        value = f"{main}{NBSP}: {text.percent(share)} des habitants"
        rows = tuple(
            (ZONES[zone], people[zone], 100 * people[zone] / max(sum(people.values()), 1))
            for zone in ZONES
            if zone in people
        )
        tables = (
            Table(
                "zones",
                "Habitants par zone",
                ("Zone", "Habitants", "Part (%)"),
                rows,
                (0, 0, 0),
                source=facts.origin("zoning")[0],
            ),
        )
    else:
        value = None
    figures = [
        facts.figure(
            "zoning",
            "Zonage des médecins généralistes",
            value,
            column="zoning",
            note="Zonage antérieur aux arrêtés régionaux de fin 2025 et de 2026." if value else "",
        )
    ]
    row = facts.rows.get(members.codes[0], {}) if facts.is_commune else {}
    if row.get("zrr"):
        figures.append(
            facts.figure(
                "zrr",
                "Ancienne zone de revitalisation rurale",
                _ZRR.get(row["zrr"], row["zrr"]),
                column="zrr",
            )
        )
    figures.append(_red_zone(facts, red))
    return Section("zoning", "Les zonages", _finding(facts, people, red), tuple(figures), tables=tables)


def _red_zone(facts: Facts, red: RedZoneFacts) -> Figure:
    if red.names:
        value = f"Oui{NBSP}: {text.joined([text.curly(name) for name in red.names])}"
        note = f"Source{NBSP}: {red.origin}. Fiabilité{NBSP}: {red.reliability}."
    else:
        value = "Non connu"
        note = (
            f"{number(red.listed)} des 151 zones rouges de juin 2025 sont connues ici\u00a0: l’absence de cette liste "
            "partielle ne dit rien."
            if red.listed
            else "La liste des 151 zones rouges n’est pas chargée."
        )
    known = facts.national.sources.get("red-zones")
    return Figure(
        "red_zone",
        f"Zone rouge («{NBSP}Un médecin près de chez vous{NBSP}»)",
        value,
        source="red-zones",
        nature=Nature.PUBLISHED,
        vintage=known.vintage if known else "juin 2025",
        note=note,
    )


def _finding(facts: Facts, people: dict[str, float], red: RedZoneFacts) -> str:
    if not people:
        first = "Le zonage des médecins n’est pas connu ici."
    elif len(people) == 1:
        zone = next(iter(people))
        subject = f"{text.capital(facts.noun)} est" if facts.is_commune else "Tout le territoire est"
        if zone == "HZ":
            first = f"{subject} hors zonage."
        else:
            named = ZONES.get(zone, zone)
            first = f"{subject} en {named[0].lower()}{named[1:]} ({zone})."
    else:
        total = max(sum(people.values()), 1)
        share = 100 * people.get("ZIP", 0.0) / total
        if share == 0:
            first = "Aucun habitant n’est en zone d’intervention prioritaire."
        else:
            first = (
                f"{text.capital(text.percent(share))} des habitants sont en zone d’intervention prioritaire."
            )
    if red.names:
        several = len(red.names) > 1
        first += (
            f" {text.joined([text.curly(name) for name in red.names])} {'sont' if several else 'est'} sur la partie connue "
            "de la liste des zones rouges de 2025."
        )
    return first
