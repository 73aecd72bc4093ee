"""The communes of France as arrays: read once per process, again after an import, never changed.

What the engines compute on. One row per present commune; Paris, Lyon and Marseille are one commune each.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from releve.engines.accessibility import standardised_population

from .enums import CommuneKind
from .figures import (
    AGE_WEIGHTS,
    DATASET_NATURES,
    GP_DENSITY_BOUNDS,
    GP_DENSITY_CENTRE,
    GP_DENSITY_ELSEWHERE,
    PUBLISHED,
    grouped_age_weights,
)
from .land import land_group
from .models import Commune, Dataset, DepartementFigures

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DatasetInfo:
    """Manifest of a loaded dataset; `columns` are those whose present values come from it."""

    slug: str
    title: str
    producer: str
    vintage: str
    licence: str
    nature: str
    rows: int
    imported_at: datetime
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class National:
    """Arrays of length n over the present communes (kind COM), sorted by code; read-only. NaN: not known.

    `population` is 0 when unknown. `standardised`: inhabitants weighted by age, of the same total as
    `population` (equal to it without ages); `age_shares`: (n, 4) see `age_groups`, `age_weights` their need.
    `gp`: general practitioners in town practice, an estimate, or, when
    `gp_is_modelled`, a mean by size of commune. `apl_history`: (n, years) of `apl_years`. `density`: inhabitants
    per km², NaN without a surface. `land_group`: communes of unequal numbers have no road between them.
    `modelled`: no published accessibility is loaded.
    """

    codes: NDArray[np.str_]
    index: dict[str, int]
    names: NDArray[np.object_]
    lat: Floats
    lon: Floats
    population: Floats
    standardised: Floats
    age_shares: Floats
    age_weights: tuple[float, float, float, float]
    departement: NDArray[np.str_]
    epci: NDArray[np.str_]
    surface_km2: Floats
    density: Floats
    apl: Floats
    apl_year: int | None
    apl_years: tuple[int, ...]
    apl_history: Floats
    gp: Floats
    gp_is_modelled: bool
    share_under_25: Floats
    share_25_64: Floats
    share_65_plus: Floats
    share_75_plus: Floats
    median_income: Floats
    emergency_minutes: Floats
    zoning: NDArray[np.str_]
    road_factor: Floats
    land_group: NDArray[np.int64]
    modelled: bool
    sources: dict[str, DatasetInfo]
    key: tuple[Any, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.codes)

    def origin(self, column: str) -> DatasetInfo | None:
        """The dataset that wrote a column of `CommuneFigures` or `DepartementFigures`, None when none did."""
        return next((info for info in self.sources.values() if column in info.columns), None)

    @property
    def vintages(self) -> dict[str, str]:
        """Vintage of each loaded dataset, to be kept with what is computed."""
        return {slug: info.vintage for slug, info in self.sources.items()}


_FIELDS = (
    *("code", "name", "population", "departement_id", "epci_id", "lat", "lon"),
    *("figures__surface_km2", "figures__apl", "figures__apl_year", "history"),
    *("figures__gp_estimate", "figures__share_under_25", "figures__share_25_64"),
    *("figures__share_65_plus", "figures__share_75_plus", "figures__median_income"),
    *("figures__emergency_minutes", "figures__zoning"),
)


# A reference of so many communes comes from an import, whose manifests say everything.
_WHOLE_COUNTRY = 10_000


def fingerprint() -> tuple[Any, ...]:
    """What the arrays depend on: the manifests of all imports.

    A small territory (tests, a trial) may be written by other roads: its rows are then summed each time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slug, id, sha256, imported_at, vintage, rows FROM territory_dataset ORDER BY slug"
        )
        datasets = cursor.fetchall()
        if any(row[0] == "communes" and row[5] >= _WHOLE_COUNTRY for row in datasets):
            return tuple(datasets)
        cursor.execute(
            "SELECT COUNT(*), SUM(population), SUM(lat), SUM(lon) FROM territory_commune WHERE is_current"
        )
        communes = cursor.fetchone()
        cursor.execute(
            "SELECT COUNT(*), SUM(apl), SUM(gp_estimate), SUM(share_65_plus), SUM(emergency_minutes) "
            "FROM territory_communefigures"
        )
        figures = cursor.fetchone()
        cursor.execute("SELECT COUNT(*), SUM(road_factor) FROM territory_departementfigures")
        return (*datasets, communes, figures, cursor.fetchone())


# One per process and database, replaced whole; the lock only spares two threads reading at the same time.
_loaded: National | None = None
_loading = Lock()


def national() -> National:
    """The arrays of the present reference and statistics, shared by all threads: do not write to them."""
    global _loaded
    key = (connection.settings_dict["NAME"], *fingerprint())
    known = _loaded
    if known is None or known.key != key:
        with _loading:
            known = _loaded
            if known is None or known.key != key:
                known = _loaded = _load(key)
    return known


def _load(key: tuple[Any, ...]) -> National:
    communes = Commune.objects.filter(is_current=True, kind=CommuneKind.COMMUNE).order_by()
    communes = communes.annotate(history=Cast("figures__apl_history", TextField()))
    rows = sorted(communes.values_list(*_FIELDS))
    columns = dict(zip(_FIELDS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(_FIELDS, ())

    def numbers(name: str) -> Floats:
        return np.array(columns[name], dtype=np.float64)

    codes = np.array(columns["code"], dtype="U5")
    names = np.empty(len(codes), dtype=object)
    names[:] = columns["name"]
    population = np.nan_to_num(numbers("population"))
    departement = np.array([d or "" for d in columns["departement_id"]], dtype="U3")
    epci = np.array([e or "" for e in columns["epci_id"]], dtype="U9")
    surface = numbers("figures__surface_km2")
    apl_years, history = _history(columns["history"])
    known_years = {year for year in columns["figures__apl_year"] if year is not None}
    gp = numbers("figures__gp_estimate")
    gp_is_modelled = not np.isfinite(gp).any()
    shares = {
        name: numbers(f"figures__{name}")
        for name in ("share_under_25", "share_25_64", "share_65_plus", "share_75_plus")
    }
    ages, age_weights = age_groups(population, shares), grouped_age_weights(_age_weights())
    sources = _sources()
    apl = numbers("figures__apl")
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.where(surface > 0, population / surface, np.nan)
    arrays: dict[str, Any] = {
        "codes": codes,
        "names": names,
        "lat": numbers("lat"),
        "lon": numbers("lon"),
        "population": population,
        "age_shares": ages,
        "standardised": standardised_population(population, ages, age_weights),
        "departement": departement,
        "epci": epci,
        "surface_km2": surface,
        "density": density,
        "apl": apl,
        "apl_history": history,
        "gp": modelled_practitioners(population, epci) if gp_is_modelled else np.nan_to_num(gp),
        **shares,
        "median_income": numbers("figures__median_income"),
        "emergency_minutes": numbers("figures__emergency_minutes"),
        "zoning": np.array([z or "" for z in columns["figures__zoning"]], dtype="U4"),
        "road_factor": _road_factors(departement),
        "land_group": np.array([land_group(code) for code in columns["code"]], dtype=np.int64),
    }
    for array in arrays.values():
        array.setflags(write=False)
    return National(
        **arrays,
        index={code: rank for rank, code in enumerate(columns["code"])},
        apl_year=max(known_years) if known_years else None,
        apl_years=apl_years,
        gp_is_modelled=gp_is_modelled,
        modelled=not np.isfinite(apl).any(),
        age_weights=age_weights,
        sources=sources,
        key=key,
    )


def _history(values: tuple[str | None, ...]) -> tuple[tuple[int, ...], Floats]:
    """(years, (n, years) table) of the JSON texts of `apl_history`, read in one go."""
    found = json.loads("[" + ",".join([value or "{}" for value in values]) + "]")
    years = sorted({year for value in found for year in value})
    table = np.full((len(values), len(years)), np.nan)
    for rank, value in enumerate(found):
        if value:
            table[rank] = [value.get(year) for year in years]
    return tuple(int(year) for year in years), table


def age_groups(population: Floats, shares: dict[str, Floats]) -> Floats:
    """Shares of the under 25, 25-64, 65-74 and 75 and over, (n, 4), %; NaN where ages are unknown.

    `shares`: the four columns. Where only the 75 and over are unknown, they are the national part of the 65
    and over.
    """
    older, oldest = shares["share_65_plus"], shares["share_75_plus"]
    both = np.isfinite(older) & np.isfinite(oldest) & (population > 0)
    oldest = np.minimum(oldest, older)
    counted = float((population * older)[both].sum())
    part = float((population * oldest)[both].sum()) / counted if counted > 0 else 0.5
    oldest = np.where(np.isfinite(oldest), oldest, older * part)
    return np.column_stack((shares["share_under_25"], shares["share_25_64"], older - oldest, oldest))


def modelled_practitioners(population: Floats, epci: NDArray[np.str_]) -> Floats:
    """Expected general practitioners by size of commune and place in its intercommunality; (n,), deterministic.

    `figures.GP_DENSITY_ORIGIN` says from what. The most inhabited commune of an intercommunality (the first by
    code when equal) is its centre.
    """
    largest: dict[str, tuple[float, int]] = {}
    for rank, (siren, people) in enumerate(zip(epci.tolist(), population.tolist(), strict=True)):
        if siren and people > largest.get(siren, (0.0, -1))[0]:
            largest[siren] = (people, rank)
    centre = np.zeros(len(population), dtype=bool)
    centre[[rank for _, rank in largest.values()]] = True
    size = np.searchsorted(np.array(GP_DENSITY_BOUNDS), population, side="right")
    density = np.where(centre, np.array(GP_DENSITY_CENTRE)[size], np.array(GP_DENSITY_ELSEWHERE)[size])
    return np.asarray(population * density / 100_000)


def _road_factors(departement: NDArray[np.str_]) -> Floats:
    """Slowness of the département of each commune; Paris as the Hauts-de-Seine; 1 where it is not known."""
    known = dict(
        DepartementFigures.objects.filter(road_factor__isnull=False).values_list(
            "departement_id", "road_factor"
        )
    )
    if "92" in known:
        known.setdefault("75", known["92"])
    return np.array([known.get(code, 1.0) for code in departement.tolist()], dtype=np.float64)


def _age_weights() -> dict[str, float]:
    values = Dataset.objects.filter(slug="apl-parameters").values_list("report", flat=True).first() or {}
    found = values.get("age_weights") or {}
    return {name: float(found.get(name, weight)) for name, weight in AGE_WEIGHTS.items()}


def _sources() -> dict[str, DatasetInfo]:
    found: dict[str, DatasetInfo] = {}
    for row in Dataset.objects.order_by("slug"):
        found[row.slug] = DatasetInfo(
            slug=row.slug,
            title=row.title,
            producer=row.producer,
            vintage=row.vintage,
            licence=row.licence,
            nature=DATASET_NATURES.get(row.slug, PUBLISHED),
            rows=row.rows,
            imported_at=row.imported_at,
            columns=tuple(row.report.get("columns", ())),
        )
    return found


def members_by(values: NDArray[np.str_]) -> dict[str, NDArray[np.int64]]:
    """Indices of the communes of each département or EPCI: `members_by(national().epci)["248500530"]`."""
    groups: dict[str, list[int]] = defaultdict(list)
    for rank, value in enumerate(values.tolist()):
        if value:
            groups[value].append(rank)
    return {value: np.array(ranks, dtype=np.int64) for value, ranks in groups.items()}
