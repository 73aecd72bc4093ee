"""The accessibility model on the communes of France: what a change of supply does, where it would help, road times.

Adapter to `engines.accessibility`. The published APL is the baseline; the model, calibrated on it
(`calibration.py`), gives changes, which are exact in the model since scores are linear in supply. Without
published APL the baseline itself is modelled, and `Model.baseline_is_modelled` says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from releve.contexts.territory.national import National, national
from releve.engines.accessibility import (
    AccessibilityError,
    Decay,
    EffectOfEach,
    TravelTimes,
    Weights,
    effect_of_each,
    enhanced_two_step,
    great_circle_km,
    local_effect,
    road_minutes,
    standardised_population,
    travel_times,
)
from releve.engines.accessibility.calibration import strengthened, time_inside
from releve.kernel.errors import Invalid, NotFound

from . import travel_matrix
from .calibration import Constants, constants
from .travel_matrix import TravelMatrix

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

ADD: Final = "add"
REMOVE: Final = "remove"
MOBILE: Final = "mobile"
KINDS: Final = (ADD, REMOVE, MOBILE)
# The usual values of `parameters.py`, for callers who have no day at hand.
VISITS_PER_DAY: Final = 22.0
WEEKS_PER_YEAR: Final = 46.0
THRESHOLD: Final = 2.5
# Beyond it a place is far, whatever the minutes: road times are not computed further.
NEAREST_WITHIN_MINUTES: Final = 120.0


@dataclass(frozen=True)
class Action:
    """Consultations a year that come (`add`, `mobile`) or go (`remove`), at a commune or at a point.

    `consultations_per_year` is never negative: `kind` gives the sign. With a point and a commune, the point
    counts for the roads and the commune for its own people.
    """

    kind: str
    consultations_per_year: float
    commune_code: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, eq=False)
class Change:
    """Change of the APL of the communes concerned. `indices` into `national().codes`, increasing; `deltas` same length.

    `unallocated`: consultations a year that nobody can reach (no inhabitant within reach), counted in no delta.
    """

    indices: Integers
    deltas: Floats
    unallocated: float = 0.0


@dataclass(frozen=True, eq=False)
class Model:
    """The model on one state of the national data; shared by all threads, read-only.

    `demand`: standardised inhabitants, (n,). `self_minutes`: minutes from a commune to itself, (n,).
    `baseline`: published APL, or the modelled one when none is loaded; NaN where unknown. `roads`: real times between
    communes, None when the road model gives them all.
    """

    country: National
    constants: Constants
    demand: Floats
    self_minutes: Floats
    baseline: Floats
    baseline_is_modelled: bool
    roads: TravelMatrix | None = None
    _pairs: dict[str, Weights] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def decay(self) -> Decay:
        return self.constants.decay

    @property
    def consultations_per_gp(self) -> float:
        """Consultations a year of a doctor who comes or leaves."""
        return self.constants.consultations_per_gp

    def margin(self, where: float | int | str) -> float:
        """Half-width of the 80 % interval of a modelled APL.

        `where`: a commune code, an index (int), or a density (float, inhabitants per km²).
        """
        if isinstance(where, str):
            where = index_of(self.country, where)
        if isinstance(where, int | np.integer):
            where = float(self.country.density[where])
        return self.constants.margin(float(where))

    def weights(self) -> Weights:
        """Weights of all pairs of communes in reach, built at the first call (about a second), then kept."""
        if "all" not in self._pairs:
            with self._lock:
                if "all" not in self._pairs:
                    self._pairs["all"] = self._build_weights()
        return self._pairs["all"]

    def _build_weights(self) -> Weights:
        country = self.country
        times = travel_times(
            country.lon,
            country.lat,
            country.road_factor,
            max_minutes=self.decay.reach,
            reachable_group=country.land_group,
            self_minutes=self.self_minutes,
        )
        return _on_real_roads(times, country, self.roads, self.decay.reach).weighted(self.decay)


def _on_real_roads(
    times: TravelTimes, country: National, roads: TravelMatrix | None, max_minutes: float
) -> TravelTimes:
    if roads is None:
        return times
    everywhere = np.arange(len(country))
    return roads.corrected(times, everywhere, everywhere, max_minutes)


_loaded: Model | None = None
_loading = Lock()


def model() -> Model:
    """The model on the data as loaded now. Raises Unavailable when the file of real road times is unusable."""
    global _loaded
    country = national()
    roads = travel_matrix.matrix(country)
    known = _loaded
    if known is None or known.country is not country or known.roads is not roads:
        with _loading:
            known = _loaded
            if known is None or known.country is not country or known.roads is not roads:
                # What was computed on the former data would keep all its pairs in memory.
                for computed in (_effects, _heat, _modelled_of, _times):
                    computed.cache_clear()
                known = _loaded = _build(country, constants(), roads)
    return known


def _build(country: National, fitted: Constants, roads: TravelMatrix | None = None) -> Model:
    # Without any age, everybody counts for one, as `standardised_population` gives it.
    coefficients = strengthened(country.age_weights, fitted.age_strength)
    demand = standardised_population(country.population, country.age_shares, coefficients)
    inside = time_inside(country.surface_km2, country.road_factor, fitted.self_share)
    made = Model(country, fitted, demand, inside, country.apl, False, roads)
    if country.modelled:
        scores = _modelled(made)
        scores.setflags(write=False)
        pairs = made._pairs
        made = Model(country, fitted, demand, inside, scores, True, roads, pairs)
    demand.setflags(write=False)
    return made


def _modelled(made: Model) -> Floats:
    country, fitted = made.country, made.constants
    if not len(country):
        return np.zeros(0)
    per_gp = np.full(len(country), fitted.attached)
    if not country.gp_is_modelled:
        # Differences between départements were fitted on counted doctors: they mean nothing for modelled ones.
        per_gp = np.array(
            [fitted.by_departement.get(code, fitted.attached) for code in country.departement.tolist()]
        )
    supply = country.gp * per_gp + made.demand * fitted.background
    placed = np.isfinite(country.lat) & np.isfinite(country.lon)
    scores = enhanced_two_step(supply, made.demand, made.weights()).scores
    return np.where(placed, scores, np.nan)


@lru_cache(maxsize=1)
def _modelled_of(made: Model) -> Floats:
    scores = made.baseline if made.baseline_is_modelled else _modelled(made)
    scores.setflags(write=False)
    return scores


def modelled_apl() -> Floats:
    """APL as the model alone gives it, (n,), NaN for communes without a point: an estimate, never a published figure."""
    return _modelled_of(model())


def consultations_per_year(
    days_per_week: float, visits_per_day: float = VISITS_PER_DAY, weeks: float = WEEKS_PER_YEAR
) -> float:
    """Consultations a year of so many days a week. Raises Invalid for a negative or impossible number."""
    for value, limit, name, label in (
        (days_per_week, 70, "days", "Le nombre de jours par semaine"),
        (visits_per_day, 80, "visits", "Le nombre de consultations par jour"),
        (weeks, 53, "weeks", "Le nombre de semaines par an"),
    ):
        if not (isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= limit):
            raise Invalid(f"{label} doit être compris entre 0 et {limit}.", code="bad-number", field=name)
    return float(days_per_week * visits_per_day * weeks)


def index_of(country: National, code: str) -> int:
    """Rank of a commune. Raises NotFound."""
    found = country.index.get(code)
    if found is None:
        raise NotFound(f"Aucune commune n’a le code Insee «\u00a0{code[:10]}\u00a0».", code="unknown-commune")
    return found


@dataclass(frozen=True)
class _Spot:
    """Where an action takes place, as the roads see it."""

    lon: float
    lat: float
    factor: float
    group: int
    inside: int | None
    at_commune: bool = False


def _spot(country: National, action: Action) -> _Spot:
    inside = index_of(country, action.commune_code) if action.commune_code else None
    lat, lon = action.lat, action.lon
    if lat is not None and lon is not None:
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # also refuses NaN
            raise Invalid(
                "Cette position n’existe pas\u00a0: latitude ou longitude hors limites.", field="lat"
            )
        return _spot_of_point(country, lat, lon, inside)
    if inside is None:
        raise Invalid("Une action a lieu dans une commune ou en un point.", code="no-place", field="commune")
    lat, lon = float(country.lat[inside]), float(country.lon[inside])
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise Invalid(
            f"La position de {country.names[inside]} n’est pas connue\u00a0: le calcul n’y est pas possible.",
            code="unplaced-commune",
            field="commune",
        )
    return _Spot(
        lon, lat, float(country.road_factor[inside]), int(country.land_group[inside]), inside, at_commune=True
    )


def _spot_of_point(country: National, lat: float, lon: float, inside: int | None) -> _Spot:
    """The point on the roads of its commune: the one given, else the nearest, holding it when near enough."""
    near = inside
    if near is None:
        if not np.isfinite(country.lat).any():
            raise Invalid("Aucune commune n’a de position connue.", code="unplaced-commune")
        # A rough square first: distances to all the communes of France are not needed.
        close = np.flatnonzero((np.abs(country.lat - lat) < 0.5) & (np.abs(country.lon - lon) < 1.0))
        if not len(close):
            close = np.flatnonzero(np.isfinite(country.lat) & np.isfinite(country.lon))
        km = great_circle_km(lon, lat, country.lon[close], country.lat[close])
        best = int(np.argmin(km))
        near = int(close[best])
        surface = float(country.surface_km2[near])
        # Half as far as a round commune of that surface reaches: surely inside.
        radius = math.sqrt(surface / math.pi) / 2 if surface > 0 else 1.0
        inside = near if km[best] <= radius else None
    return _Spot(lon, lat, float(country.road_factor[near]), int(country.land_group[near]), inside)


def change(actions: Sequence[Action]) -> Change:
    """What these actions change to the APL of every commune, all together.

    Exact and additive: the order of actions does not matter. Raises Invalid (negative or impossible numbers, a
    commune without a point) or NotFound (unknown commune).
    """
    made = model()
    country = made.country
    total = np.zeros(len(country))
    touched = np.zeros(len(country), dtype=bool)
    lost = 0.0
    for action in actions:
        if action.kind not in KINDS:
            raise Invalid(
                f"Action inconnue\u00a0: «\u00a0{action.kind[:20]}\u00a0».",
                code="unknown-action",
                field="kind",
            )
        amount = action.consultations_per_year
        if not (math.isfinite(amount) and amount >= 0):
            raise Invalid("Un nombre de consultations n’est jamais négatif.", code="bad-number", field="days")
        if amount == 0:
            continue
        signed = -amount if action.kind == REMOVE else amount
        where, deltas = _effect(made, _spot(country, action), signed)
        if not len(where):
            lost += signed
            continue
        total[where] += deltas
        touched[where] = True
    indices = np.flatnonzero(touched)
    return Change(indices, total[indices], lost)


def _effect(made: Model, spot: _Spot, amount: float) -> tuple[Integers, Floats]:
    country = made.country
    if made.roads is not None and spot.at_commune and spot.inside is not None:
        return _effect_by_pairs(made, spot.inside, amount)
    try:
        return local_effect(
            spot.lon,
            spot.lat,
            spot.factor,
            amount,
            country.lon,
            country.lat,
            country.road_factor,
            made.demand,
            made.decay,
            group=country.land_group,
            group_j=spot.group,
            inside=spot.inside,
            self_minutes=made.self_minutes,
        )
    except AccessibilityError as error:
        raise Invalid(str(error), code="bad-place") from error


def _effect_by_pairs(made: Model, rank: int, amount: float) -> tuple[Integers, Floats]:
    """The same at a commune, on the pairs of the model: they hold the real times."""
    pairs = made.weights()
    row = slice(pairs.indptr[rank], pairs.indptr[rank + 1])
    near, weights = pairs.indices[row].astype(np.int64), pairs.values[row]
    in_reach = float(weights @ made.demand[near])
    if in_reach <= 0:
        return near[:0], weights[:0]
    return near, weights * (amount / in_reach)


def scores_after(found: Change) -> Floats:
    """The baseline with a change applied, (n,), never below 0; NaN stays NaN."""
    scores = model().baseline.copy()
    scores[found.indices] = np.maximum(scores[found.indices] + found.deltas, 0.0)
    return scores


@lru_cache(maxsize=8)
def _effects(made: Model, added: float, threshold: float, least_gain: float) -> EffectOfEach:
    return effect_of_each(
        made.weights(),
        None,
        made.demand,
        added,
        made.baseline,
        threshold,
        made.country.population,
        least_gain=least_gain,
    )


def effects(
    days_per_week: float,
    *,
    visits_per_day: float = VISITS_PER_DAY,
    weeks: float = WEEKS_PER_YEAR,
    threshold: float = THRESHOLD,
    least_gain: float = 0.1,
) -> EffectOfEach:
    """What opening so many days a week at each commune alone would do; arrays (n,). See the engine's `EffectOfEach`."""
    added = consultations_per_year(days_per_week, visits_per_day, weeks)
    return _effects(model(), added, threshold, least_gain)


@lru_cache(maxsize=8)
def _heat(made: Model, added: float, threshold: float) -> Floats:
    """sum_i population_i min(rise_ij, what i lacks to the threshold), for each j."""
    weights = made.weights().by_destination()
    in_reach = made.weights().over_origins(made.demand)
    per_weight = np.divide(added, in_reach, out=np.zeros_like(in_reach), where=in_reach > 0)
    rows = np.diff(weights.indptr)
    rise = weights.values * np.repeat(per_weight, rows)
    lacking = np.nan_to_num(np.maximum(threshold - made.baseline, 0.0))
    given = np.minimum(rise, lacking[weights.indices]) * made.country.population[weights.indices]
    found = np.full(len(made.country), np.nan)
    filled = np.flatnonzero(rows)
    if len(filled):
        found[filled] = np.add.reduceat(given, weights.indptr[filled])
    found.setflags(write=False)
    return found


def heat(
    days_per_week: float,
    *,
    visits_per_day: float = VISITS_PER_DAY,
    weeks: float = WEEKS_PER_YEAR,
    threshold: float = THRESHOLD,
) -> Floats:
    """Where it would help most: accessible consultations a year given back to people below the threshold, (n,).

    Value of commune j: the sum over communes of inhabitants x rise of their APL, counted only up to the
    threshold, if such a practice opened at j alone. NaN for communes without a point. Cached.
    """
    added = consultations_per_year(days_per_week, visits_per_day, weeks)
    return _heat(model(), added, threshold)


def nearest_minutes(points: Sequence[tuple[float, float]]) -> Floats:
    """Minutes by road from every commune to the nearest of `points` (lat, lon); (n,).

    NaN for communes without a point, without a road to any of them, or further than NEAREST_WITHIN_MINUTES.
    """
    country = national()
    roads = travel_matrix.matrix(country)
    best = np.full(len(country), np.inf)
    for lat, lon in dict.fromkeys(points):
        spot = _spot(country, Action(ADD, 0.0, lat=lat, lon=lon))
        near: Integers = np.flatnonzero(
            (np.abs(country.lat - lat) < 2.0) & (country.land_group == spot.group)
        )
        km = great_circle_km(lon, lat, country.lon[near], country.lat[near])
        minutes = road_minutes(km, (country.road_factor[near] + spot.factor) / 2)
        if roads is not None:
            near, minutes = _by_real_roads(country, roads, (lat, lon), near, minutes)
        best[near] = np.minimum(best[near], minutes)
    return np.where(best <= NEAREST_WITHIN_MINUTES, best, np.nan)


def _by_real_roads(
    country: National, roads: TravelMatrix, point: tuple[float, float], near: Integers, minutes: Floats
) -> tuple[Integers, Floats]:
    """The times of the file when the point is that of a commune which it names."""
    there = np.flatnonzero((country.lat == point[0]) & (country.lon == point[1]) & roads.named)
    if not len(there):
        return near, minutes
    rank = int(there[0])
    others, real = roads.times.row(rank)
    kept = ~roads.named[near] | ((near == rank) & ~np.isin(rank, others))
    return np.concatenate((near[kept], others)), np.concatenate((minutes[kept], real))


def times_within(max_minutes: float) -> TravelTimes:
    """Minutes of every pair of communes within `max_minutes` (at most 60), kept for the last value asked."""
    if not 0 < max_minutes <= 60:
        raise Invalid("Un temps de route va de 0 à 60 minutes.", code="bad-number", field="minutes")
    made = model()
    return _times(made.country, made.roads, float(max_minutes))


@lru_cache(maxsize=2)
def _times(country: National, roads: TravelMatrix | None, max_minutes: float) -> TravelTimes:
    times = travel_times(
        country.lon,
        country.lat,
        country.road_factor,
        max_minutes=max_minutes,
        reachable_group=country.land_group,
    )
    return _on_real_roads(times, country, roads, max_minutes)
