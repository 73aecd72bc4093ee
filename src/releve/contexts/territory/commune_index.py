"""The communes in memory, for search and distances: pure, built from rows, never changed once built.

Communes are numbered in the order of the answers (most inhabited first), and their names joined in that order
into one text: scanning it with `str.find` meets the best communes first and stops as soon as enough are found.
About 12 MB for the whole of France.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from .enums import CommuneKind
from .rules import box_around, distance_km, is_commune_code, normalise_name

MAX_QUERY_LENGTH: Final = 80  # the longest name of France has 45 letters
EXACT, NAME_START, WORD_START, ANYWHERE, LOOSE = range(5)


@dataclass(frozen=True)
class CommuneHit:
    """A commune as a search result. `former_name`: the former or delegated commune that was found, if any."""

    code: str
    name: str
    postal_codes: tuple[str, ...]
    departement_code: str
    departement_name: str
    epci_code: str
    epci_name: str
    population: int | None
    lat: float | None
    lon: float | None
    distance_km: float | None = None
    former_name: str = ""


class CommuneRow(NamedTuple):
    """What the index needs of a current commune. `postal_codes` are separated by « | »."""

    code: str
    name: str
    search_name: str
    kind: str
    population: int | None
    lat: float | None
    lon: float | None
    postal_codes: str
    departement_code: str | None
    epci_code: str | None


class FormerRow(NamedTuple):
    """A commune that merged into the commune `commune_code`, or a delegated one."""

    code: str
    name: str
    search_name: str
    commune_code: str


def rank_of(search_name: str, wanted: str) -> int:
    """EXACT, NAME_START, WORD_START, ANYWHERE, or LOOSE when the name does not contain `wanted` as written."""
    if search_name == wanted:
        return EXACT
    if search_name.startswith(wanted):
        return NAME_START
    if f" {wanted}" in search_name:
        return WORD_START
    return ANYWHERE if wanted in search_name else LOOSE


def _share_texts(rows: Iterable[CommuneRow]) -> Iterator[CommuneRow]:
    """Few postal codes and memberships, many communes: equal texts are kept once, from the reading on."""
    texts: dict[str, str] = {}
    codes: dict[str | None, str | None] = {}
    for row in rows:
        yield row._replace(
            kind=texts.setdefault(row.kind, row.kind),
            postal_codes=texts.setdefault(row.postal_codes, row.postal_codes),
            departement_code=codes.setdefault(row.departement_code, row.departement_code),
            epci_code=codes.setdefault(row.epci_code, row.epci_code),
        )


class _Lines:
    """Texts joined by line breaks: one scan in C answers « which lines hold this? », in order."""

    def __init__(self, lines: Iterable[str]) -> None:
        lines = list(lines)
        self.text = "\n" + "\n".join(lines) + "\n"
        self.starts = array("I", [1])
        for line in lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def __getitem__(self, number: int) -> str:
        return self.text[self.starts[number] : self.starts[number + 1] - 1]

    def holding(self, part: str) -> Iterator[int]:
        """Numbers of the lines holding `part`, which may begin or end with a line break, each once."""
        at = self.text.find(part)
        while at >= 0:
            # `at` may be the line break before the line.
            number = bisect_right(self.starts, at + 1) - 1
            yield number
            at = self.text.find(part, self.starts[number + 1] - 1)


def _ranked(names: _Lines, wanted: str, limit: int) -> list[tuple[int, int]]:
    """At most `limit` pairs (rank, line number), best first; no LOOSE ones.

    One or two letters match beginnings of words only: anywhere would be half of France.
    """
    parts = [(EXACT, f"\n{wanted}\n"), (NAME_START, f"\n{wanted}"), (WORD_START, f" {wanted}")]
    if len(wanted) > 2:
        parts.append((ANYWHERE, wanted))
    found: dict[int, int] = {}
    for rank, part in parts:
        for number in names.holding(part):
            if len(found) == limit:
                break
            found.setdefault(number, rank)
    return [(rank, number) for number, rank in found.items()]


class CommuneIndex:
    """Answers of `search_communes` and `nearest_communes`. Never written after `__init__`, so free of locks."""

    def __init__(
        self,
        communes: Iterable[CommuneRow],
        former: Iterable[FormerRow],
        *,
        departements: Mapping[str, str],
        intercommunalities: Mapping[str, str],
    ) -> None:
        """`departements`, `intercommunalities`: names by code."""
        rows = sorted(
            _share_texts(communes),
            key=lambda row: (row.population is None, -(row.population or 0), row.code),
        )
        self._departements, self._intercommunalities = departements, intercommunalities
        self._codes = [row.code for row in rows]
        self._display = [row.name for row in rows]
        self._postal = [row.postal_codes for row in rows]
        self._departement = [row.departement_code or "" for row in rows]
        self._epci = [row.epci_code or "" for row in rows]
        self._population = array("i", [-1 if row.population is None else row.population for row in rows])
        nowhere = float("nan")
        self._lat = array("d", [nowhere if row.lat is None else row.lat for row in rows])
        self._lon = array("d", [nowhere if row.lon is None else row.lon for row in rows])
        self._names = _Lines(row.search_name for row in rows)
        # What contains the joined words contains the name, however it was spaced.
        self._joined = _Lines(row.search_name.replace(" ", "") for row in rows)
        self._number = {code: number for number, code in enumerate(self._codes)}
        self._index_points(rows)
        del rows  # the largest part of what is held while building
        self._index_postal_codes()
        self._index_former(former)

    def _index_postal_codes(self) -> None:
        pairs = sorted(
            (code, number) for number, text in enumerate(self._postal) for code in text.split("|") if code
        )
        known: dict[str, str] = {}
        self._posted = [known.setdefault(code, code) for code, _ in pairs]
        self._posted_numbers = array("I", [number for _, number in pairs])

    def _index_points(self, rows: list[CommuneRow]) -> None:
        # Municipal arrondissements are left out, their commune stands for them.
        points = sorted(
            (row.lat, number)
            for number, row in enumerate(rows)
            if row.lat is not None and row.lon is not None and row.kind == CommuneKind.COMMUNE
        )
        self._point_lats = array("d", [lat for lat, _ in points])
        self._point_numbers = array("I", [number for _, number in points])

    def _index_former(self, former: Iterable[FormerRow]) -> None:
        known = [row for row in former if row.commune_code in self._number]
        self._replaced_by = {row.code: self._number[row.commune_code] for row in known}

        def order(row: FormerRow) -> tuple[bool, int, str]:
            population = self._population[self._number[row.commune_code]]
            return (population < 0, -population, row.code)

        named = sorted((row for row in known if row.search_name), key=order)
        self._former_display = [row.name for row in named]
        self._former_names = _Lines(row.search_name for row in named)
        self._former_of = array("I", [self._number[row.commune_code] for row in named])

    def __len__(self) -> int:
        return len(self._codes)

    def hit(self, number: int, *, distance: float | None = None, former_name: str = "") -> CommuneHit:
        departement_code, epci_code = self._departement[number], self._epci[number]
        lat, lon, population = self._lat[number], self._lon[number], self._population[number]
        return CommuneHit(
            code=self._codes[number],
            name=self._display[number],
            postal_codes=tuple(self._postal[number].split("|")) if self._postal[number] else (),
            departement_code=departement_code,
            departement_name=self._departements.get(departement_code, ""),
            epci_code=epci_code,
            epci_name=self._intercommunalities.get(epci_code, ""),
            population=None if population < 0 else population,
            lat=None if lat != lat else lat,  # NaN: no point
            lon=None if lon != lon else lon,
            distance_km=distance,
            former_name=former_name,
        )

    def search(self, q: str, limit: int) -> list[CommuneHit]:
        """See `queries.search_communes`."""
        words = normalise_name(q).split()
        if not words or limit <= 0 or len(q) > MAX_QUERY_LENGTH:
            return []
        if len(words) == 1:
            word = words[0]
            if word.isdigit():
                return [self.hit(number) for number in self._by_digits(word, limit)]
            if is_commune_code(word.upper()):
                return [self.hit(number) for number in self._by_code(word.upper())]
        postal = [word for word in words if len(word) == 5 and word.isdigit()]
        name = " ".join(word for word in words if word not in postal)
        if postal and name:
            return self._by_name(name, limit, within=set(self._with_postal_code(postal[0])))
        return self._by_name(" ".join(words), limit)

    def _by_code(self, code: str) -> list[int]:
        """The commune of that INSEE code, or the one that replaced it."""
        number = self._number.get(code, self._replaced_by.get(code))
        return [] if number is None else [number]

    def _with_postal_code(self, start: str) -> array[int]:
        """The communes of the postal codes beginning so; a commune comes once for each of its codes."""
        first = bisect_left(self._posted, start.ljust(5, "0"))
        return self._posted_numbers[first : bisect_right(self._posted, start.ljust(5, "9"))]

    def _by_digits(self, digits: str, limit: int) -> list[int]:
        if len(digits) > 5:
            return []
        numbers = heapq.nsmallest(limit, set(self._with_postal_code(digits)))
        if len(digits) == 5:
            numbers += [number for number in self._by_code(digits) if number not in numbers]
        return numbers[:limit]

    def _by_name(self, name: str, limit: int, *, within: set[int] | None = None) -> list[CommuneHit]:
        if within is None:
            best = _ranked(self._names, name, limit)
            best += self._loose(name, limit - len(best), besides={number for _, number in best})
        else:
            best = self._ranked_within(name, limit, within)
        former: dict[int, str] = {}
        if len(best) < limit or best[-1][0] > NAME_START:
            best, former = self._with_former(name, best, limit, within)
        # Loose matches answer a name typed loosely; beside real matches they are noise.
        if best and best[0][0] < LOOSE:
            best = [pair for pair in best if pair[0] < LOOSE]
        return [self.hit(number, former_name=former.get(number, "")) for _, number in best]

    def _loose(self, name: str, limit: int, *, besides: set[int]) -> list[tuple[int, int]]:
        """Names with the words of `name` in another order or spacing, most inhabited first."""
        if limit == 0 or len(name) <= 2:
            return []
        words = name.split()
        numbers: Iterable[int] = self._joined.holding("".join(words))
        # Lone letters are in every name: no other order for them.
        if len(words) > 1 and min(map(len, words)) > 1:
            numbers = heapq.merge(numbers, self._with_all(words))
        found: dict[int, int] = {}
        for number in numbers:
            if number not in besides:
                found[number] = LOOSE
                if len(found) == limit:
                    break
        return [(rank, number) for number, rank in found.items()]

    def _with_all(self, words: list[str]) -> Iterator[int]:
        # The rarest word leads the scan.
        first, *others = sorted(set(words), key=self._joined.text.count)
        for number in self._joined.holding(first):
            line = self._joined[number]
            if all(word in line for word in others):
                yield number

    def _ranked_within(self, name: str, limit: int, within: set[int]) -> list[tuple[int, int]]:
        """The same as `_ranked` and `_loose`, for the few communes of a postal code."""
        words = name.split()
        any_order = len(words) > 1 and min(map(len, words)) > 1
        found = []
        for number in within:
            rank, joined = rank_of(self._names[number], name), self._joined[number]
            if len(name) <= 2:
                matches = rank <= WORD_START
            else:
                matches = "".join(words) in joined or (any_order and all(word in joined for word in words))
            if matches:
                found.append((rank, number))
        return heapq.nsmallest(limit, found)

    def _with_former(
        self, name: str, best: list[tuple[int, int]], limit: int, within: set[int] | None
    ) -> tuple[list[tuple[int, int]], dict[int, str]]:
        """Add former and delegated communes, each after the present ones of the same rank."""
        if within is None:
            lines = _ranked(self._former_names, name, limit * 2)
        else:
            last = WORD_START if len(name) <= 2 else ANYWHERE
            ranked = (
                (rank_of(self._former_names[line], name), line)
                for line, number in enumerate(self._former_of)
                if number in within
            )
            lines = heapq.nsmallest(limit * 2, (pair for pair in ranked if pair[0] <= last))
        known = {number for _, number in best}
        former: dict[int, str] = {}
        added = []
        for rank, line in lines:
            number = self._former_of[line]
            if number not in known:
                known.add(number)
                former[number] = self._former_display[line]
                added.append((rank, number))
        # sorted() is stable: present communes come first at equal rank, each list keeps its own order.
        return sorted([*best, *added], key=lambda pair: pair[0])[:limit], former

    def nearest(self, lat: float, lon: float, *, limit: int, max_km: float) -> list[CommuneHit]:
        """See `queries.nearest_communes`; `limit` is at least 1."""
        radius = min(8.0, max_km)
        while True:
            near = sorted(self._within_km(lat, lon, radius))[:limit]
            if len(near) == limit or radius >= max_km:
                return [self.hit(self._number[code], distance=km) for km, code in near]
            radius = min(radius * 2.5, max_km)

    def _within_km(self, lat: float, lon: float, radius_km: float) -> Iterator[tuple[float, str]]:
        box = box_around(lat, lon, radius_km)
        first = bisect_left(self._point_lats, box.min_lat)
        for number in self._point_numbers[first : bisect_right(self._point_lats, box.max_lat)]:
            x = self._lon[number]
            if box.min_lon <= x <= box.max_lon:
                km = distance_km(lat, lon, self._lat[number], x)
                if km <= radius_km:
                    yield km, self._codes[number]
