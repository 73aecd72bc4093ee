"""Public instances of the siting benchmark: read, never copied here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

# Mean radius for the communes; the radius of the public New York set is the one its authors used.
EARTH_M, EARTH_SET_M = 6_371_008.8, 6_378_137.0


@dataclass(frozen=True, eq=False)
class Median:
    """cost: (n, n) shortest paths. optimum: proven value of the set."""

    name: str
    cost: np.ndarray
    p: int
    optimum: float


@dataclass(frozen=True, eq=False)
class Cover:
    """lat, lon, weights: (n,). radius in metres. best: best value known, None when nobody published one."""

    name: str
    lat: np.ndarray
    lon: np.ndarray
    weights: np.ndarray
    p: int
    radius: float
    earth: float
    best: float | None

    def points(self) -> np.ndarray:
        """(n, 3) on the sphere, metres."""
        lat, lon = np.radians(self.lat), np.radians(self.lon)
        flat = np.cos(lat)
        return self.earth * np.column_stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)])

    def covers(self) -> sparse.csr_array:
        """(n, n) pairs within the radius along the great circle."""
        points = self.points()
        chord = 2 * self.earth * np.sin(self.radius / 2 / self.earth)
        pairs = cKDTree(points).query_pairs(chord * (1 + 1e-12), output_type="ndarray")
        n = len(points)
        i = np.concatenate([pairs[:, 0], pairs[:, 1], np.arange(n)])
        j = np.concatenate([pairs[:, 1], pairs[:, 0], np.arange(n)])
        return sparse.csr_array((np.ones(len(i)), (i, j)), shape=(n, n))

    def distances(self) -> np.ndarray:
        """(n, n) great-circle metres, for peers that need the whole table."""
        points = self.points()
        chord = np.sqrt(np.maximum(0.0, ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)))
        return 2 * self.earth * np.arcsin(np.minimum(1.0, chord / 2 / self.earth))


def read_median(path: Path, optimum: float) -> Median:
    """OR-Library file: vertices, edges, p; then the edges (the last of repeated edges counts)."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.int64)
    n, edges, p = (int(value) for value in numbers[:3])
    i, j, length = numbers[3 : 3 + 3 * edges].reshape(-1, 3).T
    table = np.zeros((n, n))
    for a, b, value in zip(i - 1, j - 1, length, strict=True):
        table[a, b] = table[b, a] = value
    return Median(path.stem, shortest_path(sparse.csr_array(table), directed=False), p, optimum)


def medians(folder: Path) -> list[Median]:
    rows = [line.split(",") for line in (folder / "optima.csv").read_text().split()[1:]]
    return [read_median(folder / f"{name}.txt", float(optimum)) for name, optimum in rows]


def new_york(folder: Path) -> Cover:
    """New York, 2,713 nodes, 50 sites, 400 m (AILS-MCLP set)."""
    nodes, weights = [], []
    for line in (folder / "NewYork.txt").read_text().splitlines():
        fields = line.split()
        if len(fields) == 2 and re.match(r"-?\d", fields[0]):
            nodes.append((float(fields[0]), float(fields[1])))
        elif len(fields) == 1 and fields[0].isdigit():
            weights.append(float(fields[0]))
    lat, lon = np.array(nodes).T
    best = float((folder / "NewYork_50_400.txt").read_text().split()[1])
    return Cover("NewYork_50_400", lat, lon, np.array(weights), 50, 400.0, EARTH_SET_M, best)


def communes(folder: Path, *, share: float = 1.0, p: int = 100, radius: float = 15_000.0) -> Cover:
    """Communes of metropolitan France and the overseas departments; `share` < 1: those nearest to the middle."""
    import pyarrow.parquet as pq

    names = ["type", "zone", "lat", "lon", "population"]
    table = pq.read_table(folder / "communes.parquet", columns=names).to_pydict()
    kept = [
        (lat, lon, people)
        for kind, zone, lat, lon, people in zip(*(table[name] for name in names), strict=True)
        if kind == "COM" and zone in {"metro", "drom"} and lat is not None
    ]
    lat, lon, people = np.array(kept, dtype=np.float64).T
    if share < 1.0:
        away = (lat - 46.6) ** 2 + ((lon - 2.5) * np.cos(np.radians(46.6))) ** 2
        nearest = np.sort(np.argsort(away, kind="stable")[: int(len(lat) * share)])
        lat, lon, people = lat[nearest], lon[nearest], people[nearest]
    name = f"communes of France, {radius / 1000:g} km" + (
        f", {share:.2f} of the country" if share < 1 else ""
    )
    return Cover(name, lat, lon, people, max(1, round(p * share)), radius, EARTH_M, None)
