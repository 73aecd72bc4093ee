"""Making the vector tiles of the map of France from the contours of the registry package.

Run by `releve data import` and, when they are missing, by the worker: see docs/operate/reference-data.md.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from releve.kernel import audit
from releve.kernel.audit import SYSTEM, Actor

from . import sources, tiles, tiles_store
from .enums import CommuneKind
from .models import Commune
from .sources.packages import read_contours, wheel_manifest
from .sources.reference import bad_file, sha256_of
from .tiles_store import TileSet

# Part of the fingerprint: raise it when the same contours must give other tiles.
TILES_VERSION = "2"
Progress = Callable[[str, int, int], None]
STEPS = tiles.MAX_ZOOM - tiles.MIN_ZOOM + 2


@dataclass(frozen=True)
class TilesReport:
    """`status`: built, unchanged, no-contours (package absent), busy (another process is at it)."""

    status: str
    tile_set: TileSet | None = None


def _silent(stage: str, done: int, total: int) -> None:
    """Progress for callers who show none."""


def tiles_expected(cache_dir: Path) -> str:
    """Fingerprint of the tiles that the present communes and package give; empty without the package."""
    wheel = sources.find_wheel(cache_dir)
    return _fingerprint(wheel, _departements()) if wheel else ""


def build_tiles(
    *,
    cache_dir: Path,
    folder: Path,
    now: datetime,
    by: Actor = SYSTEM,
    progress: Progress = _silent,
) -> TilesReport:
    """Write the tiles into `folder` unless they are there already.

    Raises Invalid (`bad-reference-file`) when the package cannot be read; the tiles in use then stay.
    """
    begun = time.perf_counter()
    wheel = sources.find_wheel(cache_dir)
    departements = _departements()
    if wheel is None or not departements:
        return TilesReport("no-contours", tiles_store.current(folder))
    fingerprint = _fingerprint(wheel, departements)
    with tiles_store.only_builder(folder) as alone:
        if not alone:
            return TilesReport("busy", tiles_store.current(folder))
        known = tiles_store.current(folder)
        if known and known.fingerprint == fingerprint and tiles_store.has_set(folder, fingerprint):
            return TilesReport("unchanged", known)
        progress("Fond de carte : lecture des contours", 0, STEPS)
        codes, contours = read_contours(wheel, set(departements))
        if not codes:
            return TilesReport("no-contours", known)
        writer = tiles_store.Writer(folder, fingerprint)
        try:
            groups = np.array([departements[code] for code in codes])
            boxes = _write_all(writer, codes, _parsed(wheel, contours), groups, progress)
            vintage = wheel_manifest(wheel, "contours", "").vintage
            seconds = round(time.perf_counter() - begun, 1)
            tile_set = writer.publish(boxes=boxes, vintage=vintage, seconds=seconds)
        except BaseException:
            writer.discard()
            raise
    audit.record(
        by=by,
        action="territory.tiles-built",
        target_kind="tiles",
        target_id=None,
        now=now,
        tiles=tile_set.tiles,
        bytes=tile_set.bytes,
    )
    progress("Fond de carte prêt", STEPS, STEPS)
    return TilesReport("built", tile_set)


def _departements() -> dict[str, str]:
    rows = Commune.objects.filter(is_current=True, kind=CommuneKind.COMMUNE).order_by()
    return {code: departement or "" for code, departement in rows.values_list("code", "departement_id")}


def _fingerprint(wheel: Path, departements: dict[str, str]) -> str:
    digest = hashlib.sha256(f"{TILES_VERSION} {sha256_of(wheel)}".encode())
    digest.update(repr(sorted(departements.items())).encode())
    return digest.hexdigest()[:12]


def _parsed(wheel: Path, contours: list[str]) -> tiles.Geometries:
    shapes = shapely.from_wkb(contours, on_invalid="ignore")
    bad = sum(shape is None for shape in shapes)
    if bad:
        raise bad_file(wheel.name, None, "geometry", f"{bad} contours illisibles.")
    return np.asarray(shapes)


def _write_all(
    writer: tiles_store.Writer,
    codes: list[str],
    contours: tiles.Geometries,
    groups: Any,
    progress: Progress,
) -> dict[str, tuple[float, ...]]:
    boxes = _boxes(contours, groups)
    shapes = tiles.to_mercator(contours)
    # From the finest: each zoom starts from the one before it, which has fewer points than the source.
    for step, zoom in enumerate(range(tiles.MAX_ZOOM, tiles.MIN_ZOOM - 1, -1), start=1):
        progress("Fond de carte : contours simplifiés et découpés", step, STEPS)
        if zoom < tiles.MAX_ZOOM:
            shapes = tiles.simplify_coverage(shapes, zoom)
        names, outlines = tiles.outlines_by_group(shapes, groups)
        layers = [
            tiles.commune_layer(shapes, codes),
            tiles.departement_layer(outlines, [str(name) for name in names]),
        ]
        for x, y, tile in tiles.cut(layers, zoom):
            # No date in the header: the same contours give the same bytes.
            writer.add(zoom, x, y, gzip.compress(tile, 9, mtime=0))
    return boxes


def _boxes(contours: tiles.Geometries, groups: Any) -> dict[str, tuple[float, ...]]:
    """Of each département, and of the mainland with Corsica under `metropole`."""
    bounds = shapely.bounds(contours)
    members = {str(name): groups == name for name in np.unique(groups)}
    mainland = np.array([not str(name).startswith(("97", "98")) for name in groups])
    if mainland.any():
        members["metropole"] = mainland
    found = {}
    for name, chosen in members.items():
        west, south = bounds[chosen, :2].min(axis=0)
        east, north = bounds[chosen, 2:].max(axis=0)
        found[name] = tuple(round(float(value), 4) for value in (west, south, east, north))
    return found
