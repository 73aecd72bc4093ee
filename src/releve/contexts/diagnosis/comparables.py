"""Territories like this one that opened a temporary practice: a distance between standardised features. Pure.

The documented cases come from the sources cited; what they became is told as those sources tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .landscape import Level
from .vulnerability import Floats

MIN_FEATURES: Final = 2
VERY_CLOSE, CLOSE, FAR = 0.5, 1.0, 2.0


@dataclass(frozen=True)
class Case:
    """A practice that opened at a commune. `told`: what is known, in French; `origin`: who says so."""

    commune_code: str
    name: str
    opened: str
    told: str
    origin: str
    site_slug: str = ""


THESIS: Final = "Thèse sur le cabinet collaboratif de Nieul-le-Dolent"
TOWNS: Final = "Fiche Petites villes de demain, Mazingarbe"
ARTICLE: Final = (
    "Article «\u00a0Cabinet médical éphémère\u00a0: une solution concrète pour votre ville\u00a0»"
)

DOCUMENTED: Final = (
    Case(
        "85161",
        "Nieul-le-Dolent",
        "avril 2022",
        "Plus de 2\u00a0000 patients sans médecin traitant après un départ\u00a0; quatre titulaires et un groupe de "
        "remplaçants assurent 3 à 4 jours par semaine\u00a0; environ 230\u00a0000\u00a0€ investis par la commune.",
        THESIS,
    ),
    Case(
        "62563",
        "Mazingarbe",
        "2021-2022",
        "Trois jeunes médecins, ouvert toute la semaine sauf le jeudi\u00a0; 120\u00a0000\u00a0€ engagés par la ville, "
        "deux agents au secrétariat\u00a0; 7\u00a0600 consultations en 2022.",
        TOWNS,
    ),
    Case(
        "25462",
        "Pontarlier",
        "juin 2025",
        "Plus de 1\u00a0000 patients en 3 mois, plus de 90\u00a0% de satisfaits\u00a0; relayé par une maison de santé.",
        ARTICLE,
    ),
    Case(
        "70285",
        "Héricourt",
        "mars 2025",
        "Dans un local communal, avec l’ARS et des médecins volontaires\u00a0; plusieurs centaines de patients "
        "reçus en quelques semaines.",
        ARTICLE,
    ),
    Case(
        "25632",
        "Voujeaucourt",
        "octobre 2024",
        "Local aménagé et créneaux planifiés en quelques semaines, avec la mairie, l’ARS et l’URPS, là où il n’y avait "
        "plus de généraliste.",
        ARTICLE,
    ),
)


def differences(features: Floats, level: Level, ranks: np.ndarray) -> Floats:
    """Root mean square of the standardised differences over the features known on both sides, (m,); NaN: too few.

    features: (f,) of the territory; ranks: (m,) of the candidates in `level`.
    """
    spread = np.where(level.spread > 0, level.spread, np.nan)
    gaps = (level.features[ranks] - features) / spread
    known = np.isfinite(gaps)
    count = known.sum(axis=1)
    total = np.nansum(np.where(known, gaps, 0.0) ** 2, axis=1)
    mean = np.divide(total, count, out=np.full(len(ranks), np.nan), where=count >= MIN_FEATURES)
    return np.asarray(np.sqrt(mean))


def likeness(difference: float) -> str:
    """In words; the number is in standard deviations of the country."""
    if difference < VERY_CLOSE:
        return "très proche"
    if difference < CLOSE:
        return "proche"
    return "assez différent" if difference < FAR else "différent"
