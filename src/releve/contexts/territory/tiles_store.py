"""The folder of vector tiles: `<fingerprint>/<z>/<x>/<y>.mvt.gz`, and `current.json`, which names the one in use.

A set is written beside, then takes its name in one move: a page never meets half of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POINTER = "current.json"
# The set before stays for pages that were open when it was replaced.
KEPT_SETS = 2
_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_ZOOMS = range(15)


@dataclass(frozen=True)
class TileSet:
    """What `current.json` says: `boxes[name]` is (west, south, east, north) in degrees."""

    fingerprint: str
    boxes: dict[str, tuple[float, float, float, float]]
    vintage: str
    tiles: int
    bytes: int
    largest: int
    seconds: float


_known: dict[Path, tuple[tuple[int, int], TileSet]] = {}


def current(folder: Path) -> TileSet | None:
    """The set in use, None before the first one. Reads the file again only when it changed."""
    path = folder / POINTER
    try:
        state = path.stat()
        stamp = (state.st_mtime_ns, state.st_ino)
        known = _known.get(path)
        if known is None or known[0] != stamp:
            values = json.loads(path.read_text(encoding="utf-8"))
            boxes = {name: tuple(box) for name, box in values.pop("boxes").items()}
            known = _known[path] = (stamp, TileSet(boxes=boxes, **values))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known[1]


def read_tile(folder: Path, fingerprint: str, z: int, x: int, y: int) -> bytes | None:
    """The compressed tile, None where there is nothing or when the numbers cannot be those of a tile."""
    if not _FINGERPRINT.fullmatch(fingerprint) or z not in _ZOOMS or not (0 <= x < 2**z and 0 <= y < 2**z):
        return None
    try:
        return (folder / fingerprint / str(z) / str(x) / f"{y}.mvt.gz").read_bytes()
    except OSError:
        return None


def has_set(folder: Path, fingerprint: str) -> bool:
    return bool(_FINGERPRINT.fullmatch(fingerprint)) and (folder / fingerprint).is_dir()


@contextmanager
def only_builder(folder: Path) -> Iterator[bool]:
    """True for one process at a time; the system frees the lock of a process that dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


class Writer:
    """Collects the tiles of one set; nothing is visible before `publish`."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder, self.fingerprint = folder, fingerprint
        self.draft = folder / f".{fingerprint}"
        shutil.rmtree(self.draft, ignore_errors=True)
        self.draft.mkdir(parents=True)
        self.tiles, self.bytes, self.largest = 0, 0, 0

    def add(self, z: int, x: int, y: int, compressed: bytes) -> None:
        path = self.draft / str(z) / str(x) / f"{y}.mvt.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compressed)
        self.tiles += 1
        self.bytes += len(compressed)
        self.largest = max(self.largest, len(compressed))

    def publish(self, **facts: Any) -> TileSet:
        final = self.folder / self.fingerprint
        shutil.rmtree(final, ignore_errors=True)
        self.draft.rename(final)
        values = {
            "fingerprint": self.fingerprint,
            "tiles": self.tiles,
            "bytes": self.bytes,
            "largest": self.largest,
            **facts,
        }
        pointer = self.folder / f".{POINTER}"
        pointer.write_text(json.dumps(values), encoding="utf-8")
        os.replace(pointer, self.folder / POINTER)
        self._forget_older()
        found = current(self.folder)
        assert found is not None
        return found

    def discard(self) -> None:
        shutil.rmtree(self.draft, ignore_errors=True)

    def _forget_older(self) -> None:
        sets = [path for path in self.folder.iterdir() if _FINGERPRINT.fullmatch(path.name)]
        sets.sort(key=lambda path: (path.name == self.fingerprint, path.stat().st_mtime), reverse=True)
        for path in sets[KEPT_SETS:]:
            shutil.rmtree(path, ignore_errors=True)
