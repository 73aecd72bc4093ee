"""What the map of France can show: one value per commune, its classes, their words, where it comes from.

Nothing is drawn here: a layer is numbers, cut into classes whose colours are `--rl-ramp-<ramp>-<class>` in
territory/map.css. The table and the CSV file read the same values.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from releve.contexts.diagnosis import parameters, solver
from releve.contexts.diagnosis.queries import reads
from releve.contexts.practices import queries as practices
from releve.contexts.territory.national import DatasetInfo, National, national
from releve.kernel.errors import NotFound
from releve.kernel.french import number

Floats = NDArray[np.float64]
ZONES = ("ZIP", "ZAC", "ZAR", "HZ")
ZONE_WORDS = {
    "ZIP": "Zone d’intervention prioritaire",
    "ZAC": "Zone d’action complémentaire",
    "ZAR": "Zone d’accompagnement régional",
    "HZ": "Hors zonage",
}
FAR_MINUTES = 60.0
HEAT_DAYS = 1.0


@dataclass(frozen=True)
class Layer:
    """A layer before its values. `breaks` cut the classes, lower bound included; `words` name them instead.

    `missing`: what a commune without a value is told to be. `column`: of the registry of figures, for the source.
    """

    key: str
    label: str
    short: str
    sentence: str
    unit: str
    ramp: str
    breaks: tuple[float, ...]
    missing: str
    words: tuple[str, ...] = ()
    decimals: int = 0
    column: str = ""
    nature: str = "publié"
    origin: str = ""
    note: str = ""
    signed: bool = False

    @property
    def is_category(self) -> bool:
        return bool(self.words)


@dataclass(frozen=True, eq=False)
class Shown:
    """A layer with its values: (n,) along `national().codes`, NaN unknown."""

    layer: Layer
    values: Floats
    source: str
    vintage: str

    @property
    def known(self) -> int:
        return int(np.isfinite(self.values).sum())


APL = "consultations accessibles par an et par habitant"

_LAYERS: tuple[Layer, ...] = (
    Layer(
        "apl", "Accès aux médecins (APL)", "APL",
        "Combien de consultations de généraliste un habitant peut obtenir en un an, compte tenu de la distance, "
        "des autres habitants et des âges.",
        APL, "threshold", (1.0, 1.75, 2.5, 3.25, 4.0), "APL non publiée", decimals=2, column="apl",
    ),
    Layer(
        "evolution", "Évolution de l’accès, longue", "Évolution",
        "Ce que l’accès aux médecins a gagné ou perdu depuis la première année publiée.",
        APL, "change", (-1.0, -0.5, -0.1, 0.1, 0.5, 1.0), "pas de valeur aux deux dates", decimals=2, column="apl",
        note="Les années jusqu’à 2021 viennent d’une série que la DREES publie à part : sur 2022, année commune, les "
        "deux séries diffèrent de 0,03 en moyenne.",
        signed=True,
    ),
    Layer(
        "evolution-recente", "Évolution de l’accès, récente", "Évolution récente",
        "Ce que l’accès aux médecins a gagné ou perdu depuis 2022.",
        APL, "change", (-0.5, -0.25, -0.05, 0.05, 0.25, 0.5), "pas de valeur aux deux dates", decimals=2,
        column="apl", signed=True,
    ),
    Layer(
        "population", "Population", "Habitants", "Habitants de la commune.",
        "habitants", "plain", (200, 500, 1000, 3000, 10_000), "population inconnue",
    ),
    Layer(
        "densite", "Densité de population", "Densité", "Habitants par kilomètre carré.",
        "habitants par km²", "plain", (10, 25, 60, 200, 1000), "surface inconnue", column="surface_km2", decimals=0,
        nature="calculé",
    ),
    Layer(
        "zonage", "Zonage médecins", "Zonage",
        "Le classement des communes par les agences régionales de santé, qui ouvre droit aux aides à l’installation.",
        "", "zones", (), "zonage inconnu", words=tuple(ZONE_WORDS[zone] for zone in ZONES), column="zoning",
        note="Zonage antérieur aux arrêtés régionaux de fin 2025 et de 2026.",
    ),
    Layer(
        "trajet", "Trajet jusqu’à un lieu Relève", "Trajet",
        "Minutes de route jusqu’au lieu de consultation de la plateforme le plus proche.",
        "min", "time", (10, 15, 20, 30, 45), "aucun lieu joignable par la route en une heure", nature="modélisé",
        origin="Lieux ouverts de la plateforme, modèle de temps de route de Relève",
        note="Temps calculé à vol d’oiseau et corrigé par département : il ignore cols et vallées.",
    ),
    Layer(
        "zones-rouges", "Zones rouges connues", "Zone rouge",
        "Intercommunalités de la liste « zones rouges » de juin 2025 que l’on connaît.",
        "", "red", (), "non connue : la liste complète n’est pas publiée",
        words=("Zone rouge, source sûre ou de presse", "Zone rouge à confirmer"),
        note="28 intercommunalités sur 151 environ sont connues : l’absence d’un territoire ne dit rien.",
        column="", origin="Ministère de la Santé, via la presse, juin 2025",
    ),
    Layer(
        "un-jour-de-plus", "Où un jour de plus aiderait le plus", "Un jour de plus",
        "Consultations rendues accessibles à des habitants sous le seuil, si un médecin consultait là un jour par "
        "semaine : la même journée sert plus ici que là.",
        "consultations par an", "heat", (), "non calculé", nature="modélisé", decimals=0,
        origin="Modèle d’accessibilité de Relève, calé sur l’APL publiée",
    ),
)  # fmt: skip
LAYERS: dict[str, Layer] = {layer.key: layer for layer in _LAYERS}
DEFAULT = "apl"


def get_layer(key: str) -> Layer:
    """Raises NotFound for a layer that does not exist."""
    if key not in LAYERS:
        raise NotFound("Cette carte n’existe pas.", code="unknown-layer")
    return LAYERS[key]


_cache: dict[str, tuple[Any, Shown]] = {}
_lock = Lock()


class Facts:
    """What layers depend on, each read once for a request."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.country = national()

    @cached_property
    def threshold(self) -> float:
        return parameters.value("apl_threshold", on=self.today)

    @cached_property
    def sites(self) -> tuple[tuple[float, float], ...]:
        return tuple((site.lat, site.lon) for site in practices.open_sites())

    @cached_property
    def red_zones(self) -> tuple[Any, ...]:
        return tuple(reads.red_zones())

    def stamp(self, key: str) -> tuple[Any, ...]:
        """Changes when the values of that layer may have changed."""
        name = _DEPENDS.get(key)
        return (self.country.key, getattr(self, name) if name else None)


_DEPENDS = {
    "apl": "threshold",
    "un-jour-de-plus": "threshold",
    "trajet": "sites",
    "zones-rouges": "red_zones",
}


def shown(key: str, *, today: date, facts: Facts | None = None) -> Shown:
    """The layer and its values, computed once for the same data, sites and threshold."""
    layer, facts = get_layer(key), facts or Facts(today)
    stamp = facts.stamp(key)
    known = _cache.get(key)
    if known is None or known[0] != stamp:
        with _lock:
            known = _cache.get(key)
            if known is None or known[0] != stamp:
                known = _cache[key] = (stamp, _COMPUTED[key](layer, facts.country, stamp))
    return known[1]


def _with_source(layer: Layer, country: National, values: Floats, column: str = "") -> Shown:
    info: DatasetInfo | None = country.origin(column or layer.column) if (column or layer.column) else None
    if info is None and not layer.origin:
        info = country.sources.get("communes")
    source = layer.origin or (f"{info.producer}, {info.title}" if info else "")
    return Shown(layer, values, source, info.vintage if info else "")


def _apl(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
    threshold = stamp[1]
    breaks = tuple(round(threshold + step, 2) for step in (-1.5, -0.75, 0, 0.75, 1.5))
    layer = replace(layer, breaks=breaks)
    if not country.modelled:
        return _with_source(layer, country, country.apl)
    layer = replace(
        layer,
        label="Accès aux médecins (APL modélisée)",
        missing="position inconnue",
        nature="modélisé",
        origin="Modèle d’accessibilité de Relève, sans statistiques officielles",
    )
    return _with_source(layer, country, np.asarray(solver.modelled_apl(), dtype=float))


def _change(since: int | None) -> Callable[[Layer, National, tuple[Any, ...]], Shown]:
    def compute(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
        years = country.apl_years
        first = since if since in years else (years[0] if years else None)
        if first is None or country.apl_year not in years or first == country.apl_year:
            return _with_source(layer, country, np.full(len(country), np.nan))
        history = country.apl_history
        change = history[:, years.index(country.apl_year)] - history[:, years.index(first)]
        named = replace(
            layer,
            label=f"Évolution de l’accès, {first}-{country.apl_year}",
            sentence=f"Ce que l’accès aux médecins (APL) a gagné ou perdu entre {first} et {country.apl_year}.",
        )
        return _with_source(named, country, change)

    return compute


def _population(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
    return _with_source(layer, country, np.where(country.population > 0, country.population, np.nan))


def _density(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
    return _with_source(layer, country, country.density)


def _zoning(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
    values = np.full(len(country), np.nan)
    for rank, zone in enumerate(ZONES):
        values[country.zoning == zone] = rank
    return _with_source(layer, country, values)


def _nearest(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
    points = stamp[1]
    minutes = (
        np.asarray(solver.nearest_minutes(list(points)), dtype=float)
        if points
        else np.full(len(country), np.nan)
    )
    return _with_source(layer, country, np.where(np.isfinite(minutes), minutes, np.nan))


def _red(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
    values = np.full(len(country), np.nan)
    for row in stamp[1]:
        values[country.epci == row.siren] = 1 if row.reliability == "a confirmer" else 0
    return _with_source(layer, country, values)


def _heat(layer: Layer, country: National, stamp: tuple[Any, ...]) -> Shown:
    effect = np.asarray(solver.heat(HEAT_DAYS, threshold=stamp[1]), dtype=float)
    known = effect[np.isfinite(effect)]
    steps = np.quantile(known, (0.3, 0.55, 0.75, 0.9, 0.97)) if known.size else np.arange(1, 6)
    breaks = tuple(dict.fromkeys(_round(value) for value in steps.tolist()))
    return _with_source(replace(layer, breaks=breaks), country, effect)


def _round(value: float) -> float:
    """Two significant figures: a class bound that one can say."""
    return float(f"{value:.2g}")


_COMPUTED: dict[str, Callable[[Layer, National, tuple[Any, ...]], Shown]] = {
    "apl": _apl,
    "evolution": _change(None),
    "evolution-recente": _change(2022),
    "population": _population,
    "densite": _density,
    "zonage": _zoning,
    "trajet": _nearest,
    "zones-rouges": _red,
    "un-jour-de-plus": _heat,
}


@dataclass(frozen=True)
class LegendRow:
    """A class: its number, its words, how many communes are in it."""

    rank: int
    label: str
    count: int


def legend(result: Shown) -> list[LegendRow]:
    """One row per class, lowest first; numbers said in French."""
    layer = result.layer
    ranks = classes_of(result)
    counts = np.bincount(ranks[ranks >= 0], minlength=32)
    if layer.is_category:
        return [LegendRow(rank, word, int(counts[rank])) for rank, word in enumerate(layer.words)]
    bounds = [_bound(layer, value) for value in layer.breaks]
    words = [f"moins de {bounds[0]}"] if bounds else ["toutes"]
    words += [f"{low} à {high}" for low, high in itertools.pairwise(bounds)]
    words += [f"{bounds[-1]} et plus"] if bounds else []
    return [LegendRow(rank, word, int(counts[rank])) for rank, word in enumerate(words)]


def classes_of(result: Shown) -> NDArray[np.int64]:
    """Class of each commune, -1 unknown."""
    values = result.values
    if result.layer.is_category:
        return np.where(np.isfinite(values), np.nan_to_num(values), -1).astype(np.int64)
    ranks = np.searchsorted(np.array(result.layer.breaks), np.nan_to_num(values), side="right")
    return np.where(np.isfinite(values), ranks, -1).astype(np.int64)


def said(layer: Layer, value: float) -> str:
    """A value as people read it, with its sign when it is a change."""
    if layer.is_category:
        return layer.words[int(value)]
    return _signed(layer, value, number(value, layer.decimals))


def _bound(layer: Layer, value: float) -> str:
    """A class bound, without zeros that say nothing: 2,5 and not 2,50."""
    decimals = next(d for d in range(4) if d == 3 or round(value, d) == value)
    return _signed(layer, value, number(value, decimals))


def _signed(layer: Layer, value: float, text: str) -> str:
    return f"+{text}" if layer.signed and round(value, layer.decimals) > 0 else text
