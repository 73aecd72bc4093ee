"""Pure decisions about names, distances and points; no query, no clock."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0088
KM_PER_DEGREE: Final = 111.195
MAX_QUERY_LENGTH: Final = 120
# The datasets of the reference; other contexts keep manifests of their own in the same table.
REFERENCE_PARTS: Final = ("communes", "epci", "former-communes", "town-halls", "school-zones")

_LIGATURES: Final = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o"})
_SHORT_WORDS: Final = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_NOT_A_WORD: Final = re.compile(r"[^a-z0-9/]+")


def normalise_name(text: str) -> str:
    """The form under which a name is stored and searched: lower-case ASCII words separated by one space.

    Accents, hyphens and apostrophes go; « œ » becomes « oe »; « St », « Ste » become « saint », « sainte »;
    « s/ » (or a slash alone) becomes « sur » and « s/s » « sous ». Anything else (emoji, %, _, NUL)
    separates words. Idempotent. `text` beyond MAX_QUERY_LENGTH characters is ignored.
    """
    folded = unicodedata.normalize("NFKD", text[:MAX_QUERY_LENGTH].translate(_LIGATURES)).lower()
    # Lower-casing and decomposition can each produce a letter the other handles: fold twice, cheaply.
    folded = unicodedata.normalize("NFKD", folded).translate(_LIGATURES)
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    spaced = _NOT_A_WORD.sub(" ", plain)
    spaced = re.sub(r"\bs ?/ ?s\b", " sous ", spaced)
    if re.search(r"[a-z0-9].*/.*[a-z0-9]", spaced):
        spaced = re.sub(r"(?:\bs ?)?/", " sur ", spaced)
    name = " ".join(_SHORT_WORDS.get(word, word) for word in spaced.replace("/", " ").split())
    if len(name) > MAX_QUERY_LENGTH:  # whole words only: half a word could read as an abbreviation
        name = name[: MAX_QUERY_LENGTH + 1].rpartition(" ")[0] or name[:MAX_QUERY_LENGTH]
    return name


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in km between two points in WGS 84 degrees (haversine).

    As the crow flies, mean Earth radius 6371.0088 km: within 0.6 % of the ellipsoid, far less than the gap
    between a road and a straight line.
    """
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


@dataclass(frozen=True)
class Box:
    """A rectangle of latitudes and longitudes, degrees."""

    min_lat: float
    min_lon: float
    max_lat: float
    max_lon: float

    def contains(self, lat: float, lon: float) -> bool:
        return self.min_lat <= lat <= self.max_lat and self.min_lon <= lon <= self.max_lon

    def km_outside(self, lat: float, lon: float) -> float:
        """How far the point lies outside the rectangle, km (0 inside)."""
        d_lat = max(self.min_lat - lat, 0.0, lat - self.max_lat)
        d_lon = max(self.min_lon - lon, 0.0, lon - self.max_lon)
        return KM_PER_DEGREE * math.hypot(d_lat, d_lon * math.cos(math.radians(lat)))


def box_around(lat: float, lon: float, radius_km: float) -> Box:
    """The rectangle that surely contains the circle of `radius_km` around a point."""
    d_lat = radius_km / KM_PER_DEGREE * 1.01
    d_lon = min(360.0, d_lat / max(0.01, math.cos(math.radians(min(89.0, abs(lat) + d_lat)))))
    return Box(lat - d_lat, lon - d_lon, lat + d_lat, lon + d_lon)


METROPOLITAN_BOX: Final = Box(41.2, -5.4, 51.3, 9.8)
# Overseas, one rectangle each: a town hall of Guyane in the Paris basin is a typing error of its source.
OVERSEAS_BOXES: Final = {
    "971": Box(15.7, -62.0, 16.7, -60.9),
    "972": Box(14.3, -61.4, 15.0, -60.7),
    "973": Box(2.0, -54.7, 5.9, -51.5),
    "974": Box(-21.5, 55.1, -20.8, 55.9),
    "975": Box(46.6, -56.6, 47.3, -56.0),
    "976": Box(-13.1, 44.9, -12.5, 45.4),
    "977": Box(17.8, -63.0, 18.0, -62.7),
    "978": Box(18.0, -63.2, 18.2, -62.9),
    "984": Box(-50.5, 39.0, -11.0, 78.0),
    "986": Box(-14.5, -178.4, -13.1, -176.0),
    "987": Box(-28.0, -155.0, -7.5, -134.0),
    "988": Box(-23.0, 158.0, -17.5, 172.2),
    "989": Box(10.2, -109.4, 10.4, -109.1),
}
MAX_KM_OUTSIDE_CONTOUR: Final = 4.0


def plausible_point(lat: float, lon: float, *, departement_code: str, contour: Box | None = None) -> bool:
    """Whether a town hall can stand there: in France's rectangle of its département and near its own contour.

    The public directory of town halls places some hundreds of them in a namesake commune or at a wrong
    address. A point more than 4 km outside the rectangle of the commune's contour is refused.
    """
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return False
    if not OVERSEAS_BOXES.get(departement_code, METROPOLITAN_BOX).contains(lat, lon):
        return False
    return contour is None or contour.km_outside(lat, lon) <= MAX_KM_OUTSIDE_CONTOUR


_TIME_ZONES: Final = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
    "989": "Etc/GMT+8",
}
# French Polynesia keeps three times: the Marquesas and the Gambier islands differ from Tahiti.
_COMMUNE_TIME_ZONES: Final = {
    **dict.fromkeys(("98718", "98723", "98731", "98746", "98756", "98757"), "Pacific/Marquesas"),
    "98719": "Pacific/Gambier",
}


def time_zone_of(departement_code: str, commune_code: str = "") -> str:
    """IANA time zone of a département (or overseas collectivity), refined by commune where it matters."""
    return _COMMUNE_TIME_ZONES.get(commune_code) or _TIME_ZONES.get(departement_code, "Europe/Paris")


_COMMUNE_CODE: Final = re.compile(r"(?:\d{2}|2[AB])\d{3}", re.ASCII)


def is_commune_code(text: str) -> bool:
    """Whether `text` has the shape of an INSEE commune code (5 digits, or 2A/2B and 3 digits)."""
    return bool(_COMMUNE_CODE.fullmatch(text))
