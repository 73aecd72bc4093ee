"""What a page that draws the map of France hands to `territory/partials/map_canvas.html`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from releve.contexts.territory import tiles_store
from releve.contexts.territory.national import National, national
from releve.contexts.territory.tiles import MAX_ZOOM, MIN_ZOOM
from releve.contexts.territory.tiles_store import TileSet
from releve.workflows import prepare

# Where no tile says it: good enough to open the map on.
_BOXES = {
    "metropole": (-5.2, 41.3, 9.6, 51.1),
    "971": (-61.85, 15.83, -61.0, 16.52),
    "972": (-61.25, 14.38, -60.8, 14.9),
    "973": (-54.6, 2.1, -51.6, 5.8),
    "974": (55.2, -21.4, 55.85, -20.87),
    "976": (45.0, -13.01, 45.3, -12.63),
}
_PLACES = (
    ("metropole", "Métropole"),
    ("971", "Guadeloupe"),
    ("972", "Martinique"),
    ("973", "Guyane"),
    ("974", "La Réunion"),
    ("976", "Mayotte"),
)


@dataclass(frozen=True)
class View:
    """A part of the country to fly to: `box` is « ouest,sud,est,nord » in degrees."""

    key: str
    label: str
    box: str


@dataclass(frozen=True)
class Frame:
    """`state`: ready, preparing (tiles are being made), absent (no contours: points are drawn)."""

    state: str
    tiles: str
    index: str
    box: str
    views: tuple[View, ...]
    min_zoom: int = MIN_ZOOM
    max_zoom: int = MAX_ZOOM
    vintage: str = ""


def tiles_dir() -> Any:
    return prepare.tiles_dir()


def frame(country: National | None = None) -> Frame:
    """The tiles in use, or why there are none. `country`: `national()` when the caller has it already."""
    known = tiles_store.current(tiles_dir())
    boxes = {**_BOXES, **(known.boxes if known else {})}
    return Frame(
        state=_state(known),
        tiles=_template(known) if known else "",
        index=f"{reverse('territory:map-index')}?v={index_stamp(country or national())}",
        box=_text(boxes["metropole"]),
        views=tuple(View(key, label, _text(boxes[key])) for key, label in _PLACES),
        vintage=known.vintage if known else "",
    )


def index_stamp(country: National) -> str:
    """Short mark of the present communes, for addresses that may be kept for ever."""
    return hashlib.sha256(repr(country.key[1:]).encode()).hexdigest()[:12]


def _state(known: TileSet | None) -> str:
    if known:
        return "ready"
    return "preparing" if settings.MAP_TILES_IN_BACKGROUND and prepare.contours_are_there() else "absent"


def _template(known: TileSet) -> str:
    address = reverse("territory:map-tile", args=[known.fingerprint, 1, 2, 3])
    return address.removesuffix("1/2/3.mvt") + "{z}/{x}/{y}.mvt"


def _text(box: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in box)
