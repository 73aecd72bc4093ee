"""The places that `releve bench accessibility` scores: communes of France, or the grid drawn from them."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SEED = 85161
CELL_KM = 0.2


@dataclass(frozen=True)
class Places:
    """Arrays (n,): degrees, slowness of the road, inhabitants, consultations a year, département, surface (km²)."""

    lon: np.ndarray
    lat: np.ndarray
    factor: np.ndarray
    population: np.ndarray
    supply: np.ndarray
    departement: np.ndarray
    surface_km2: np.ndarray
    source: str

    def take(self, rows: np.ndarray) -> Places:
        names = [name for name in self.__dataclass_fields__ if name != "source"]
        return Places(*(getattr(self, name)[rows] for name in names), source=self.source)


def communes() -> Places:
    """The communes with a point: from `communes.parquet` of RELEVE_DATA_DIR, else from the configured database."""
    folder = Path(os.environ.get("RELEVE_DATA_DIR") or ".")
    if (folder / "communes.parquet").is_file():
        return _from_folder(folder)
    return _from_database()


def _factors(folder: Path) -> dict[str, float]:
    path = folder / "temps_route_facteurs_departements.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as lines:
        found = {row["departement"]: float(row["facteur"]) for row in csv.DictReader(lines)}
    return {"75": found.get("92", 1.0), **found}


def _supply(population: np.ndarray) -> np.ndarray:
    """Consultations a year when no count is known: one doctor for 1,200 inhabitants, drawn."""
    return np.random.default_rng(SEED).poisson(population / 1200.0) * 5000.0


def _from_folder(folder: Path) -> Places:
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "communes.parquet").to_pydict()
    rows = [
        i
        for i, kind in enumerate(table["type"])
        if kind == "COM" and table["zone"][i] != "com" and table["lon"][i] is not None
    ]

    def column(name: str) -> np.ndarray:
        return np.array(
            [np.nan if table[name][i] is None else table[name][i] for i in rows], dtype=np.float64
        )

    departement = np.array([table["departement"][i] for i in rows])
    factors = _factors(folder)
    population = np.nan_to_num(column("population"))
    supply, source = _supply(population), "communes.parquet, offre tirée au sort"
    counts = folder / "medecins_generalistes_communes.parquet"
    if counts.is_file():
        known = pq.read_table(counts, columns=["code_insee", "mg_liberaux_2024_estime"]).to_pydict()
        by_code = dict(zip(known["code_insee"], known["mg_liberaux_2024_estime"], strict=True))
        supply = np.array([5000.0 * (by_code.get(table["code_insee"][i]) or 0.0) for i in rows])
        source = "communes.parquet, généralistes estimés 2024"
    return Places(
        column("lon"),
        column("lat"),
        np.array([factors.get(d, 1.0) for d in departement]),
        population,
        supply,
        departement,
        np.nan_to_num(column("surface_km2"), nan=15.0),
        source,
    )


def _from_database() -> Places:
    import click
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "releve.config.settings")
    django.setup()
    from releve.contexts.territory.models import Commune

    found: list[Any] = list(
        Commune.objects.filter(is_current=True, kind="COM", lat__isnull=False, departement__isnull=False)
        .order_by("code")
        .values_list("lon", "lat", "population", "departement_id")
    )
    if len(found) < 30_000:
        raise click.ClickException(
            "Ni dossier de données ni territoire de référence\u00a0: lancez « releve data import »."
        )
    lon, lat, people, departement = (np.array(values) for values in zip(*found, strict=True))
    population = np.array([p or 0 for p in people], dtype=np.float64)
    ones = np.ones(len(found))
    return Places(
        lon.astype(float), lat.astype(float), ones, population, _supply(population), departement, 15.0 * ones,
        "base de données, offre tirée au sort, facteur de route 1",
    )  # fmt: skip


def part_of_country(places: Places, share: float) -> Places:
    """Whole départements around the centre of the country until `share` of the communes: compact, not thinned."""
    if share >= 1:
        return places
    away = np.hypot((places.lon - 2.4) * np.cos(np.radians(46.8)), places.lat - 46.8)
    _, where = np.unique(places.departement, return_inverse=True)
    mean = np.bincount(where, weights=away) / np.bincount(where)
    counts = np.bincount(where)
    order = np.argsort(mean)
    kept = order[: int(np.searchsorted(np.cumsum(counts[order]), share * len(away))) + 1]
    return places.take(np.flatnonzero(np.isin(where, kept)))


def grid_cells(places: Places, cells: int) -> Places:
    """`cells` demand points on a 200 m grid: cells of a commune fill a disc of its surface, inhabitants spread unevenly.

    Synthetic: real cells are not in the data folder. The supply stays in the communes, `supply` is zero here.
    """
    rng = np.random.default_rng(SEED)
    share = np.sqrt(places.surface_km2 * np.maximum(places.population, 1.0))
    each = np.maximum(np.round(share / share.sum() * cells).astype(int), 1)
    owner = np.repeat(np.arange(len(each)), each)
    radius = np.sqrt(places.surface_km2[owner] / np.pi) * np.sqrt(rng.random(len(owner)))
    turn = rng.uniform(0, 2 * np.pi, len(owner))
    north = np.round(radius * np.sin(turn) / CELL_KM) * CELL_KM
    east = np.round(radius * np.cos(turn) / CELL_KM) * CELL_KM
    weight = rng.exponential(size=len(owner))
    total = np.bincount(owner, weights=weight)
    lat = places.lat[owner] + north / 111.2
    return Places(
        places.lon[owner] + east / (111.2 * np.cos(np.radians(lat))),
        lat,
        places.factor[owner],
        places.population[owner] * weight / total[owner],
        np.zeros(len(owner)),
        places.departement[owner],
        np.full(len(owner), CELL_KM**2),
        places.source + f", grille synthétique de {len(owner)} points",
    )
