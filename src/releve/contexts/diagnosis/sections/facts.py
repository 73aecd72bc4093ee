"""What all sections read: the communes of the territory as arrays, the country around, parameters, words.

`Facts` is built once per diagnosis; sections only compute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from releve.contexts.territory.figures import COLUMNS, DEPARTEMENT_COLUMNS
from releve.contexts.territory.national import National

from .. import text
from ..enums import Nature, TerritoryKind
from ..landscape import Landscape, Level, weighted_mean
from ..report import Comparison, Figure, Place, Source
from ..vulnerability import Floats

NOT_LOADED = "Les statistiques officielles ne sont pas chargées sur cette plateforme."
_MISSING: Final = {
    "apl": "La DREES ne publie pas d’APL pour ce territoire.",
    "median_income": "Secret statistique, ou non publié par l’Insee pour ce territoire.",
    "poverty_rate": "Publié par l’Insee pour les plus grandes communes seulement.",
    "first_decile": "Publié par l’Insee pour les plus grandes communes seulement.",
    "ninth_decile": "Publié par l’Insee pour les plus grandes communes seulement.",
    "emergency_minutes": "Non publié\u00a0: c’est le cas de Paris, Lyon, Marseille et des îles sans pont.",
    "zoning": "Zonage non publié pour ce territoire.",
    "gp_estimate": "Aucune estimation du nombre de généralistes pour ce territoire.",
    "share_doctors_55_plus": "Non publié pour ce département.",
    "diabetes_prevalence": "Non publié pour ce département.",
}
COUNTED: Final = ("habitants", "communes")
_UNPUBLISHED = "Non publié pour ce territoire."


@dataclass(frozen=True, eq=False)
class Members:
    """The communes of the territory, arrays of length m; NaN: not known. As `National`, restricted.

    `positions`: (m,) ranks in the national arrays; for an arrondissement, that of its commune.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    positions: NDArray[np.int64]
    lat: Floats
    lon: Floats
    population: Floats
    standardised: Floats
    departement: tuple[str, ...]
    epci: tuple[str, ...]
    apl: Floats
    apl_history: Floats
    gp: Floats
    share_under_25: Floats
    share_25_64: Floats
    share_65_plus: Floats
    share_75_plus: Floats
    median_income: Floats
    emergency_minutes: Floats
    zoning: tuple[str, ...]
    surface_km2: Floats
    road_factor: Floats
    land_group: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.codes)


_ARRAYS: Final = (
    *(
        "lat",
        "lon",
        "population",
        "standardised",
        "apl",
        "apl_history",
        "gp",
        "share_under_25",
        "share_25_64",
    ),
    *("share_65_plus", "share_75_plus", "median_income", "emergency_minutes", "surface_km2", "road_factor"),
    "land_group",
)


def members_from_national(national: National, positions: NDArray[np.int64]) -> Members:
    return Members(
        codes=tuple(national.codes[positions].tolist()),
        names=tuple(text.curly(name) for name in national.names[positions]),
        positions=positions,
        departement=tuple(national.departement[positions].tolist()),
        epci=tuple(national.epci[positions].tolist()),
        zoning=tuple(national.zoning[positions].tolist()),
        **{name: getattr(national, name)[positions] for name in _ARRAYS},
    )


def number_or_nan(value: float | int | None) -> float:
    return math.nan if value is None else float(value)


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything a section may read. `rows`: columns of `CommuneFigures` not in the national arrays, by commune."""

    place: Place
    today: date
    national: National
    land: Landscape
    members: Members
    parameters: dict[str, float]
    weights: Floats  # of the five criteria, (5,), sum 1
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_commune(self) -> bool:
        return self.place.kind == TerritoryKind.COMMUNE

    @property
    def population(self) -> float:
        return float(self.members.population.sum())

    @property
    def here(self) -> str:
        """`à Nieul-le-Dolent`, `en Vendée`…"""
        return text.in_place(self.place.kind, self.place.code, self.place.name)

    @property
    def noun(self) -> str:
        """`la commune`, `l’arrondissement`, `le territoire`."""
        if not self.is_commune:
            return "le territoire"
        return "la commune" if self.place.code in self.national.index else "l’arrondissement"

    @property
    def of_here(self) -> str:
        return text.of_place(self.place.kind, self.place.code, self.place.name)

    @property
    def departement(self) -> str:
        """Code of the département where most inhabitants live; empty when unknown."""
        people: dict[str, float] = {}
        for code, count in zip(self.members.departement, self.members.population.tolist(), strict=True):
            if code:
                people[code] = people.get(code, 0.0) + count
        return max(people, key=lambda code: (people[code], code)) if people else ""

    @property
    def departement_name(self) -> str:
        return text.curly(self.land.departement_name(self.departement)) if self.departement else ""

    @property
    def in_larger_departement(self) -> bool:
        """Whether its département is another territory: neither itself, nor a commune that fills it (Paris)."""
        if self.place.kind == TerritoryKind.DEPARTEMENT or not self.departement:
            return False
        if self.place.code not in self.national.index and self.is_commune:
            return True  # an arrondissement
        inside = self.national.departement == self.departement
        return int(inside.sum()) != len(self.members)

    @property
    def level(self) -> Level:
        """The territories it is compared with: communes, départements, else EPCI."""
        if self.is_commune:
            return self.land.communes
        if self.place.kind == TerritoryKind.DEPARTEMENT:
            return self.land.by_departement
        return self.land.epcis

    @property
    def level_words(self) -> str:
        if self.is_commune:
            return "communes"
        return "départements" if self.place.kind == TerritoryKind.DEPARTEMENT else "intercommunalités"

    def mean(self, values: Floats) -> float | None:
        """Mean of the known values, weighted by inhabitants; None when none is known."""
        found = weighted_mean(values, self.members.population)
        return None if math.isnan(found) else found

    def departement_mean(self, values: Floats) -> float | None:
        """The same over the département; `values` as the national arrays."""
        inside = self.national.departement == self.departement
        return _known(weighted_mean(values[inside], self.national.population[inside]))

    def national_mean(self, values: Floats) -> float | None:
        return _known(weighted_mean(values, self.national.population))

    def comparisons(self, values: Floats) -> tuple[Comparison, ...]:
        """The mean of the département (unless it is the territory) and of France, when known."""
        found = []
        if self.in_larger_departement:
            found.append(Comparison(self.departement_name, self.departement_mean(values)))
        found.append(Comparison("France", self.national_mean(values)))
        return tuple(c for c in found if c.value is not None)

    def why_missing(self, column: str) -> str:
        if column in DEPARTEMENT_COLUMNS:
            return _MISSING.get(column, _UNPUBLISHED)
        if self.national.modelled and self.national.origin(column) is None:
            return NOT_LOADED
        return _MISSING.get(column, _UNPUBLISHED)

    def origin(self, column: str) -> tuple[str, str, Nature]:
        """(dataset slug, vintage, nature) of a column."""
        info = self.national.origin(column)
        spec = COLUMNS.get(column) or DEPARTEMENT_COLUMNS.get(column)
        nature = Nature(spec.nature) if spec else Nature.PUBLISHED
        slug = info.slug if info else (spec.dataset if spec else "communes")
        known = info or self.national.sources.get(slug)
        return slug, known.vintage if known else "", nature

    def figure(
        self,
        key: str,
        label: str,
        value: float | int | str | None,
        *,
        column: str,
        unit: str = "",
        decimals: int = 0,
        vintage: str = "",
        nature: Nature | None = None,
        margin: float | None = None,
        missing: str = "",
        comparisons: Sequence[Comparison] = (),
        note: str = "",
    ) -> Figure:
        """A figure whose source is that of a column of the statistics; says why when it has no value."""
        slug, known_vintage, known_nature = self.origin(column)
        value = _known(value, counted=decimals == 0 and unit in COUNTED)
        return Figure(
            key=key,
            label=label,
            value=value,
            unit=unit,
            decimals=decimals,
            source=slug,
            nature=nature or known_nature,
            vintage=vintage or known_vintage,
            margin=margin,
            missing=(missing or self.why_missing(column)) if value is None else "",
            comparisons=tuple(comparisons),
            note=note,
        )

    def source_of(self, slug: str) -> Source:
        if slug in OWN_SOURCES:
            return OWN_SOURCES[slug]
        info = self.national.sources.get(slug)
        if info is None:
            return Source(slug, slug, "", "")
        return Source(
            slug, text.curly(info.title), info.producer, info.vintage, info.licence, Nature(info.nature)
        )


def _known(value: Any, *, counted: bool = False) -> Any:
    """None instead of NaN; plain Python numbers instead of NumPy's."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and counted:
        return int(value)
    return None if isinstance(value, float) and math.isnan(value) else value


OWN_SOURCES: Final = {
    "model": Source(
        "model",
        "Modèle d’accessibilité de Relève, calé sur l’APL publiée",
        "Relève",
        "",
        nature=Nature.MODELLED,
    ),
    "parameters": Source("parameters", "Paramètres datés de Relève", "Relève", "", nature=Nature.ESTIMATED),
    "local": Source("local", "Connaissance locale", "Acteurs du territoire", "", nature=Nature.LOCAL),
    "platform": Source(
        "platform", "Lieux de consultation de la plateforme", "Relève", "", nature=Nature.LOCAL
    ),
    "cases": Source(
        "cases",
        "Cabinets éphémères documentés (thèse sur Nieul-le-Dolent, Petites villes de demain, presse spécialisée)",
        "Agences et collectivités citées",
        "2022-2025",
    ),
}
