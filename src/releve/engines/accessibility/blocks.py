"""The same scores for inputs too large for one matrix: blocks of origins (départements) with a halo of destinations.

A block holds its own origins and every destination that one of them may reach, in the block or beyond its edge. First
pass: each block sums its demand at the destinations of its halo, and the sums of the blocks are added. Second pass: each
block scores its origins with the ratios. No pair is lost at an edge and none is counted twice, so the result is that of
one machine up to the order of additions.

`scores_by_blocks` runs in this process, or over a `distributed` client with `DaskRunner` (extra `blocks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .decay import Decay
from .errors import InvalidInput
from .scores import Accessibility, checked
from .travel import EARTH_KM, TravelTimes, Weights, reach_km, travel_times

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]


@dataclass(frozen=True)
class Block:
    """Origins of one block and the destinations of its halo, with all that is needed to score them elsewhere.

    origins, destinations: indices in the whole input. lon, lat, factor, group of each side; demand of the origins.
    """

    origins: Integers
    destinations: Integers
    lon: Floats
    lat: Floats
    factor: Floats
    group: Integers
    dest_lon: Floats
    dest_lat: Floats
    dest_factor: Floats
    dest_group: Integers
    demand: Floats
    decay: Decay

    def weights(self) -> Weights:
        """Weights of the pairs of the block, (its origins, its halo)."""
        times: TravelTimes = travel_times(
            self.lon,
            self.lat,
            self.factor,
            max_minutes=self.decay.reach,
            dest_lon=self.dest_lon,
            dest_lat=self.dest_lat,
            dest_factor=self.dest_factor,
            reachable_group=self.group,
            dest_group=self.dest_group,
        )
        return times.weighted(self.decay)


def split(
    block_of: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    factor: ArrayLike,
    demand: ArrayLike,
    dest_lon: ArrayLike,
    dest_lat: ArrayLike,
    dest_factor: ArrayLike,
    decay: Decay,
    *,
    group: ArrayLike | None = None,
    dest_group: ArrayLike | None = None,
    largest: int = 50_000,
) -> list[Block]:
    """Blocks of the origins that share a value of `block_of` (n,), cut again above `largest` origins.

    Unplaced origins (NaN) belong to no block: their score is 0. Arrays as in `travel_times`.
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    dest_lon, dest_lat = np.asarray(dest_lon, dtype=np.float64), np.asarray(dest_lat, dtype=np.float64)
    size, dest_size = len(lon), len(dest_lon)
    names = np.asarray(block_of)
    if names.shape != (size,):
        raise InvalidInput("Il faut un bloc par origine.")
    slowness = np.broadcast_to(np.asarray(factor, dtype=np.float64), (size,))
    dest_slowness = np.broadcast_to(np.asarray(dest_factor, dtype=np.float64), (dest_size,))
    people = checked(demand, size, "demande")
    groups = np.zeros(size, dtype=np.int64) if group is None else np.asarray(group)
    dest_groups = np.zeros(dest_size, dtype=np.int64) if dest_group is None else np.asarray(dest_group)
    placed = np.isfinite(lon) & np.isfinite(lat)
    order = np.flatnonzero(placed)
    order = order[np.argsort(names[order], kind="stable")]
    edges = np.flatnonzero(names[order][1:] != names[order][:-1]) + 1
    blocks = []
    for members in np.split(order, edges) if len(order) else []:
        for part in _cut(members, lon, lat, largest):
            halo = _halo(part, lon, lat, slowness, dest_lon, dest_lat, dest_slowness, decay.reach)
            blocks.append(
                Block(
                    part,
                    halo,
                    lon[part],
                    lat[part],
                    slowness[part],
                    groups[part],
                    dest_lon[halo],
                    dest_lat[halo],
                    dest_slowness[halo],
                    dest_groups[halo],
                    people[part],
                    decay,
                )
            )
    return blocks


def _cut(members: Integers, lon: Floats, lat: Floats, largest: int) -> Iterable[Integers]:
    """Halves along the longer side until each part is small enough."""
    if len(members) <= largest:
        return [members]
    wide = np.ptp(lon[members]) * np.cos(np.radians(lat[members].mean())) > np.ptp(lat[members])
    order = members[np.argsort((lon if wide else lat)[members], kind="stable")]
    half = len(order) // 2
    return [*_cut(order[:half], lon, lat, largest), *_cut(order[half:], lon, lat, largest)]


def _halo(
    part: Integers,
    lon: Floats,
    lat: Floats,
    factor: Floats,
    dest_lon: Floats,
    dest_lat: Floats,
    dest_factor: Floats,
    minutes: float,
) -> Integers:
    """Destinations in the box of the block widened by the longest reach: never one too few."""
    there = np.isfinite(dest_lon) & np.isfinite(dest_lat)
    if not there.any():
        return np.zeros(0, dtype=np.int64)
    km = reach_km(minutes, (factor[part].min() + dest_factor[there].min()) / 2.0)
    up = np.degrees(km / EARTH_KM) * 1.0001 + 1e-9
    south, north = lat[part].min() - up, lat[part].max() + up
    there &= (dest_lat >= south) & (dest_lat <= north)
    narrow = np.cos(np.radians(min(max(abs(south), abs(north)), 90.0)))
    side = np.sin(min(km / EARTH_KM, np.pi) / 2.0)
    if side < narrow:
        across = np.degrees(2.0 * np.arcsin(side / narrow)) * 1.0001 + 1e-9
        west, east = lon[part].min() - across, lon[part].max() + across
        # Widths are compared around the circle, so that a block beside 180° sees the other side.
        there &= np.mod(dest_lon - west, 360.0) <= east - west if east - west < 360.0 else True
    return np.flatnonzero(there)


class Runner(Protocol):
    def start(self, blocks: Sequence[Block]) -> list[Any]:
        """Handles of the weights of each block."""

    def demand(self, handles: list[Any], blocks: Sequence[Block]) -> Iterable[Floats]:
        """Weighted demand of each block at its halo."""

    def scores(self, handles: list[Any], ratios: list[Floats]) -> Iterable[Floats]:
        """Scores of the origins of each block."""


def _demand(weights: Weights, demand: Floats) -> Floats:
    return weights.over_origins(demand)


def _scores(weights: Weights, ratios: Floats) -> Floats:
    return weights.over_destinations(ratios)


def _weights(block: Block) -> Weights:
    return block.weights()


class SerialRunner:
    """One block at a time in this process: memory of the largest block, pairs built in each of the two passes."""

    def start(self, blocks: Sequence[Block]) -> list[Any]:
        return list(blocks)

    def demand(self, handles: list[Any], blocks: Sequence[Block]) -> Iterable[Floats]:
        return (_demand(_weights(block), block.demand) for block in blocks)

    def scores(self, handles: list[Any], ratios: list[Floats]) -> Iterable[Floats]:
        return (_scores(_weights(block), ratio) for block, ratio in zip(handles, ratios, strict=True))


class DaskRunner:
    """Blocks spread over a `distributed.Client`; the weights of a block stay on the worker that built them."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def start(self, blocks: Sequence[Block]) -> list[Any]:
        # Blocks are scattered first: a megabyte inside a task graph is copied through the scheduler at every step.
        return [self.client.submit(_weights, self.client.scatter(block), pure=False) for block in blocks]

    def demand(self, handles: list[Any], blocks: Sequence[Block]) -> Iterable[Floats]:
        futures = [
            self.client.submit(_demand, handle, block.demand, pure=False)
            for handle, block in zip(handles, blocks, strict=True)
        ]
        return list(self.client.gather(futures))

    def scores(self, handles: list[Any], ratios: list[Floats]) -> Iterable[Floats]:
        futures = [
            self.client.submit(_scores, handle, ratio, pure=False)
            for handle, ratio in zip(handles, ratios, strict=True)
        ]
        return list(self.client.gather(futures))


def scores_by_blocks(
    supply: ArrayLike, n_origins: int, blocks: Sequence[Block], runner: Runner | None = None
) -> Accessibility:
    """E2SFCA over the blocks of `split`: equal to `enhanced_two_step` on all pairs at once, to 1e-9 relative.

    supply: (n_destinations,); n_origins: length of the scores. runner: `SerialRunner()` by default.
    """
    given = np.asarray(supply, dtype=np.float64)
    given = checked(given, given.size, "offre")
    runner = runner or SerialRunner()
    handles = runner.start(blocks)
    in_reach = np.zeros(len(given))
    for block, part in zip(blocks, runner.demand(handles, blocks), strict=True):
        in_reach[block.destinations] += part
    ratios = np.divide(given, in_reach, out=np.zeros_like(given), where=in_reach > 0)
    scores = np.zeros(n_origins)
    found = runner.scores(handles, [ratios[block.destinations] for block in blocks])
    for block, part in zip(blocks, found, strict=True):
        scores[block.origins] = part
    stranded = np.flatnonzero((in_reach <= 0) & (given > 0))
    return Accessibility(scores, ratios, in_reach, float(given[stranded].sum()), stranded)


def local_cluster(workers: int, memory_limit: str = "4GiB") -> Any:
    """A `distributed.Client` on this machine, one thread per worker. ImportError without the extra `blocks`."""
    from distributed import Client, LocalCluster

    client = Client(
        LocalCluster(
            n_workers=workers, threads_per_worker=1, memory_limit=memory_limit, dashboard_address=None
        )
    )
    # Each worker imports the engine now, not in the middle of the first blocks.
    client.run(_ready)
    return client


def _ready() -> bool:
    return True


__all__ = ["Block", "DaskRunner", "Runner", "SerialRunner", "local_cluster", "scores_by_blocks", "split"]
