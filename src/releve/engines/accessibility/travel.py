"""Travel times between points: a road model from coordinates, or a real matrix, always as sparse rows (CSR)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from .errors import DuplicatePairs, InvalidInput, InvalidTimes, MissingPairs

if TYPE_CHECKING:
    from .decay import Decay

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

EARTH_KM = 6371.0088  # mean radius (IUGG)
# minutes = factor x (ROOT sqrt(d) + SLOPE d), d in great-circle kilometres: fitted on DREES times to emergency wards.
ROOT = 2.0112
SLOPE = 1.0580
LISTED = 10  # faulty rows or pairs named in an error
PIECE = 1 << 16  # pairs worked on at a time


def road_minutes(km: ArrayLike, factor: ArrayLike = 1.0) -> Floats:
    """Minutes by road for `km` great-circle kilometres; `factor` is the local slowness (dimensionless)."""
    km = np.asarray(km, dtype=np.float64)
    return np.asarray(factor * (ROOT * np.sqrt(km) + SLOPE * km))


def reach_km(minutes: float, factor: float = 1.0) -> float:
    """Inverse of `road_minutes`: kilometres reached in `minutes`."""
    if minutes <= 0:
        return 0.0
    root = (-ROOT + np.sqrt(ROOT * ROOT + 4.0 * SLOPE * minutes / factor)) / (2.0 * SLOPE)
    return float(root * root)


def great_circle_km(lon: ArrayLike, lat: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Great-circle kilometres between points in degrees (haversine), broadcast."""
    a, b = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lat2, float))
    half = np.sin((b - a) / 2) ** 2
    half = half + np.cos(a) * np.cos(b) * np.sin(np.radians(np.asarray(lon2, float) - lon) / 2) ** 2
    return np.asarray(2.0 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


@dataclass(frozen=True)
class TravelTimes:
    """Minutes of every pair in reach: row i holds its destinations `indices[indptr[i]:indptr[i + 1]]`.

    indptr: (n_origins + 1,) integers; indices: (pairs,) integers; minutes: (pairs,) float64.
    `symmetric`: same points on both sides and equal times both ways; sums over origins then read rows too.
    A pair that is absent is out of reach.
    """

    indptr: Integers
    indices: Integers
    minutes: Floats
    n_origins: int
    n_destinations: int
    symmetric: bool = False

    def __post_init__(self) -> None:
        if len(self.indptr) != self.n_origins + 1 or len(self.indices) != len(self.minutes):
            raise InvalidTimes("Les tableaux d’une matrice de temps n’ont pas des longueurs cohérentes.")

    @property
    def n_pairs(self) -> int:
        return len(self.minutes)

    def row(self, origin: int) -> tuple[Integers, Floats]:
        """(destinations, minutes) of one origin."""
        part = slice(self.indptr[origin], self.indptr[origin + 1])
        return self.indices[part], self.minutes[part]

    def origins(self) -> Integers:
        """Origin of every pair, (pairs,)."""
        return np.repeat(np.arange(self.n_origins, dtype=self.indices.dtype), np.diff(self.indptr))

    def within(self, max_minutes: float) -> TravelTimes:
        """The same without the pairs beyond `max_minutes`."""
        keep = self.minutes <= max_minutes
        if keep.all():
            return self
        return TravelTimes(
            _shrunk(self.indptr, keep),
            self.indices[keep],
            self.minutes[keep],
            self.n_origins,
            self.n_destinations,
            self.symmetric,
        )

    def weighted(self, decay: Decay) -> Weights:
        """Weights of a decay on these pairs, to be prepared once and scored many times."""
        values = decay.weights(self.minutes)
        keep = values > 0.0
        if keep.all():
            return Weights(
                self.indptr, self.indices, values, self.n_origins, self.n_destinations, self.symmetric
            )
        return Weights(
            _shrunk(self.indptr, keep),
            self.indices[keep],
            values[keep],
            self.n_origins,
            self.n_destinations,
            self.symmetric,
        )

    @classmethod
    def from_pairs(
        cls,
        origins: ArrayLike,
        destinations: ArrayLike,
        minutes: ArrayLike,
        n_origins: int,
        n_destinations: int,
        *,
        required: str | ArrayLike | None = None,
    ) -> TravelTimes:
        """A real matrix given pair by pair.

        required: None (an absent pair is out of reach), "self" (every (i, i)), "all" (a full matrix), or an (m, 2)
        array of pairs that must be there. Errors: InvalidTimes (negative, not a number, out of range),
        DuplicatePairs, MissingPairs.
        """
        rows = np.asarray(origins)
        columns = np.asarray(destinations)
        values = np.asarray(minutes, dtype=np.float64)
        if not (rows.ndim == columns.ndim == values.ndim == 1 and len(rows) == len(columns) == len(values)):
            raise InvalidTimes(
                "Origines, destinations et minutes doivent être trois listes de même longueur."
            )
        for name, index, size in (("origine", rows, n_origins), ("destination", columns, n_destinations)):
            if len(index) and not np.issubdtype(index.dtype, np.integer):
                raise InvalidTimes(f"Les numéros de {name} doivent être des entiers.")
            wrong = np.flatnonzero((index < 0) | (index >= size))
            if len(wrong):
                raise InvalidTimes(
                    f"{len(wrong)} paire(s) ont une {name} hors de la liste (0 à {size - 1}), "
                    f"la première à la ligne {wrong[0]}.",
                    tuple(int(w) for w in wrong[:LISTED]),
                )
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if len(wrong):
            raise InvalidTimes(
                f"{len(wrong)} temps négatifs ou absents, le premier à la ligne {wrong[0]}.",
                tuple(int(w) for w in wrong[:LISTED]),
            )
        key = rows.astype(np.int64) * n_destinations + columns
        order = np.argsort(key, kind="stable")
        key = key[order]
        twice = key[1:][key[1:] == key[:-1]]
        if len(twice):
            pairs = _pairs_of(np.unique(twice)[:LISTED], n_destinations)
            raise DuplicatePairs(f"{len(twice)} paire(s) données deux fois, la première {pairs[0]}.", pairs)
        _require(key, required, n_origins, n_destinations)
        indptr = np.zeros(n_origins + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=n_origins), out=indptr[1:])
        kind = _index_type(len(values), n_destinations)
        return cls(
            indptr.astype(kind),
            columns[order].astype(kind),
            values[order],
            int(n_origins),
            int(n_destinations),
        )


@dataclass(frozen=True)
class Weights:
    """Weights w_ij of every pair in reach (CSR, float64, all positive), ready to be scored."""

    indptr: Integers
    indices: Integers
    values: Floats
    n_origins: int
    n_destinations: int
    symmetric: bool = False
    _matrix: csr_matrix = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shape = (self.n_origins, self.n_destinations)
        object.__setattr__(self, "_matrix", csr_matrix((self.values, self.indices, self.indptr), shape=shape))

    @property
    def n_pairs(self) -> int:
        return len(self.values)

    def over_destinations(self, values: Floats) -> Floats:
        """sum_j w_ij values_j of every origin, (n_origins,)."""
        return np.asarray(self._matrix @ values)

    def over_origins(self, values: Floats) -> Floats:
        """sum_i w_ij values_i of every destination, (n_destinations,)."""
        if self.symmetric:
            return np.asarray(self._matrix @ values)
        return np.asarray(self._matrix.T @ values)

    def by_destination(self) -> Weights:
        """The same read from the other side: row j holds the origins of destination j."""
        if self.symmetric:
            return self
        turned = self._matrix.T.tocsr()
        return Weights(turned.indptr, turned.indices, turned.data, self.n_destinations, self.n_origins)


def _shrunk(indptr: Integers, keep: NDArray[np.bool_]) -> Integers:
    """Row pointers once only the pairs of `keep` remain."""
    kept = np.zeros(len(keep) + 1, dtype=indptr.dtype)
    np.cumsum(keep, out=kept[1:])
    return kept[indptr]


def _index_type(pairs: int, size: int) -> type[np.integer]:
    return np.int32 if max(pairs, size) < 2**31 else np.int64


def _pairs_of(keys: Integers, n_destinations: int) -> tuple[tuple[int, int], ...]:
    return tuple((int(k) // n_destinations, int(k) % n_destinations) for k in keys)


def _require(key: Integers, required: str | ArrayLike | None, n_origins: int, n_destinations: int) -> None:
    """`key` is sorted and without duplicates."""
    if required is None:
        return
    if isinstance(required, str) and required == "all":
        count = n_origins * n_destinations - len(key)
        if not count:
            return
        # The first gaps between sorted keys, without writing the full matrix down.
        edges = np.concatenate(([-1], key, [n_origins * n_destinations]))
        holes = np.flatnonzero(np.diff(edges) > 1)[:LISTED]
        absent = np.concatenate(
            [np.arange(edges[h] + 1, min(edges[h + 1], edges[h] + 1 + LISTED)) for h in holes]
        )
    else:
        if isinstance(required, str):
            if required != "self":
                raise InvalidInput("Les paires exigées sont « self », « all » ou une liste de paires.")
            here = np.arange(min(n_origins, n_destinations), dtype=np.int64)
            wanted = here * n_destinations + here
        else:
            pairs = np.asarray(required, dtype=np.int64).reshape(-1, 2)
            wanted = pairs[:, 0] * n_destinations + pairs[:, 1]
        absent = wanted[~np.isin(wanted, key)]
        count = len(absent)
    if count:
        named = _pairs_of(absent[:LISTED], n_destinations)
        raise MissingPairs(
            f"{count} paire(s) exigées manquent à la matrice de temps, la première {named[0]}.",
            named,
            int(count),
        )


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Points of the unit sphere, (n, 3): straight-line search there has no seam at 180° and no flat-earth error."""
    a, b = np.radians(lon), np.radians(lat)
    return np.column_stack((np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)))


def _chord(km: float) -> float:
    return 2.0 * float(np.sin(min(km / EARTH_KM, np.pi) / 2.0))


def _points(lon: ArrayLike, lat: ArrayLike, factor: ArrayLike, name: str) -> tuple[Floats, Floats, Floats]:
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if lon.ndim != 1 or lon.shape != lat.shape:
        raise InvalidInput(f"Longitudes et latitudes ({name}) doivent être deux listes de même longueur.")
    slowness = np.broadcast_to(np.asarray(factor, dtype=np.float64), lon.shape)
    placed = np.isfinite(lon) & np.isfinite(lat)
    if not np.all(np.isfinite(slowness[placed]) & (slowness[placed] > 0)):
        raise InvalidInput(f"Un facteur de temps de route ({name}) est nul, négatif ou absent.")
    return lon, lat, slowness


def _groups(group: ArrayLike | None, size: int) -> Integers | None:
    if group is None:
        return None
    group = np.asarray(group)
    if group.shape != (size,):
        raise InvalidInput("Il faut un groupe de communication par point.")
    return group


def travel_times(
    lon: ArrayLike,
    lat: ArrayLike,
    factor: ArrayLike = 1.0,
    *,
    max_minutes: float | None = None,
    max_km: float | None = None,
    dest_lon: ArrayLike | None = None,
    dest_lat: ArrayLike | None = None,
    dest_factor: ArrayLike | None = None,
    reachable_group: ArrayLike | None = None,
    dest_group: ArrayLike | None = None,
    self_minutes: ArrayLike = 0.0,
) -> TravelTimes:
    """Every pair within `max_minutes` and `max_km` (at least one is needed), by the road model.

    lon, lat: degrees WGS 84, (n,); NaN = unplaced, no pair at all. factor: slowness of each point, scalar or (n,);
    a pair takes the mean of its two points. Without destinations, origins are their own destinations (symmetric).
    reachable_group, dest_group: (n,) integers; only pairs of equal groups exist (an island without road is a group).
    self_minutes: minutes from a point to itself when origins are destinations, scalar or (n,); kept even when longer
    than `max_minutes` is refused: such a point has no pair with itself.
    """
    lon, lat, factor = _points(lon, lat, factor, "origines")
    if max_minutes is None and max_km is None:
        raise InvalidInput("Il faut un temps maximal ou une distance maximale.")
    for limit in (max_minutes, max_km):
        if limit is not None and not (np.isfinite(limit) and limit >= 0):
            raise InvalidInput("Un temps ou une distance maximale est un nombre positif.")
    own = dest_lon is None or dest_lat is None
    if dest_lon is None or dest_lat is None:
        if dest_lon is not dest_lat:
            raise InvalidInput("Il faut les longitudes et les latitudes des destinations.")
        to_lon, to_lat, to_factor = lon, lat, factor
    else:
        to_lon, to_lat, to_factor = _points(
            dest_lon, dest_lat, 1.0 if dest_factor is None else dest_factor, "destinations"
        )
    group = _groups(reachable_group, len(lon))
    to_group = group if own else _groups(dest_group, len(to_lon))
    if (group is None) != (to_group is None):
        raise InvalidInput("Les groupes de communication sont à donner des deux côtés.")

    here = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    there = here if own else np.flatnonzero(np.isfinite(to_lon) & np.isfinite(to_lat))
    radius = np.inf if max_km is None else max_km
    if max_minutes is not None and len(here) and len(there):
        quickest = (factor[here].min() + to_factor[there].min()) / 2.0
        radius = min(radius, reach_km(max_minutes, quickest))
    chord = _chord(radius) * (1 + 1e-9) if np.isfinite(radius) else 2.0
    points = _on_sphere(lon[here], lat[here])
    targets = points if own else _on_sphere(to_lon[there], to_lat[there])
    if not len(here) or not len(there):
        first = second = np.zeros(0, dtype=np.int64)
    elif own:
        first, second = cKDTree(points).query_pairs(chord, output_type="ndarray").T
    else:
        found = cKDTree(points).sparse_distance_matrix(cKDTree(targets), chord, output_type="ndarray")
        first, second = found["i"], found["j"]

    minutes = np.empty(len(first))
    keep = np.ones(len(first), dtype=bool)
    # By pieces that stay in the cache: whole-length temporaries would cost more than the arithmetic.
    for begin in range(0, len(first), PIECE):
        piece = slice(begin, begin + PIECE)
        straight = points[first[piece]] - targets[second[piece]]
        chords = np.sqrt(np.einsum("ij,ij->i", straight, straight))
        km = 2.0 * EARTH_KM * np.arcsin(np.minimum(chords / 2.0, 1.0))
        i, j = here[first[piece]], there[second[piece]]
        minutes[piece] = road_minutes(km, (factor[i] + to_factor[j]) / 2.0)
        if max_km is not None:
            keep[piece] &= km <= max_km
        if max_minutes is not None:
            keep[piece] &= minutes[piece] <= max_minutes
        if group is not None and to_group is not None:
            keep[piece] &= group[i] == to_group[j]
    kind = _index_type(2 * len(first) + len(lon), max(len(lon), len(to_lon)))
    first, second, minutes = here.astype(kind)[first[keep]], there.astype(kind)[second[keep]], minutes[keep]

    if own:
        itself = np.broadcast_to(np.asarray(self_minutes, dtype=np.float64), lon.shape)[here]
        if not np.all(np.isfinite(itself) & (itself >= 0)):
            raise InvalidInput("Le temps à l’intérieur d’un lieu est un nombre positif de minutes.")
        near = itself <= (np.inf if max_minutes is None else max_minutes)
        alone = here[near].astype(kind)
        first, second = np.concatenate((first, second, alone)), np.concatenate((second, first, alone))
        minutes = np.concatenate((minutes, minutes, itself[near]))
    shape = (len(lon), len(to_lon))
    matrix = _rows_of(minutes, first, second, shape)
    return TravelTimes(matrix.indptr, matrix.indices, matrix.data, shape[0], shape[1], symmetric=own)


def _rows_of(data: Floats, rows: Integers, columns: Integers, shape: tuple[int, int]) -> csr_matrix:
    """Sorted CSR of pairs that are all different; a time of 0 minutes stays a pair.

    Sorting by column then by row, each by counting, is linear; SciPy's own conversion would sort every row.
    """
    turned = coo_matrix((data, (columns, rows)), shape=shape[::-1])
    turned.has_canonical_format = True
    by_column = turned.tocsr()
    return by_column.T.tocsr()
