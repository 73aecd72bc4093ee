"""Real road times in place of the road model: the file of `RELEVE_TRAVEL_MATRIX`, columns `origine,destination,minutes`.

It counts for the pairs of communes that it both names; the others keep the model. A visit goes there and back: the
time of a pair is the mean of its two directions, or the one given. No minutes (an empty cell): no road.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from django.conf import settings
from numpy.typing import NDArray

from releve.contexts.territory.national import National
from releve.engines.accessibility import AccessibilityError, TravelTimes, travel_times
from releve.kernel.errors import Invalid, Unavailable

COLUMNS: Final = ("origine", "destination", "minutes")
# Two communes so near by the road model are surely in the file, or it has a hole.
SURELY_NEAR_MINUTES: Final = 10.0
LONGEST_MINUTES: Final = 24 * 60.0
MAX_BYTES: Final = 2_000_000_000
SEPARATORS: Final = (",", ";", "\t", "|")
LISTED: Final = 5

Floats = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class TravelMatrix:
    """Times of the file on the communes of today; read-only, shared by all threads.

    `named`: (n,) whether the file names the commune. `times`: symmetric, only pairs that have a road.
    `ignored`: codes of the file that are no commune of today.
    """

    file: str
    named: NDArray[np.bool_]
    times: TravelTimes
    ignored: tuple[str, ...]

    def corrected(
        self, times: TravelTimes, rows: Integers, columns: Integers, max_minutes: float
    ) -> TravelTimes:
        """`times` of the road model with those of the file where it knows both ends.

        rows, columns: ranks in the national arrays of the origins and destinations of `times`, -1 for a point that is no
        commune. A commune keeps its own inside time unless the file gives one.
        """
        origins = times.origins()
        a, b = np.asarray(rows)[origins], np.asarray(columns)[times.indices]
        mine = (a >= 0) & (b >= 0) & self.named[a] & self.named[b]
        inside = self.has_inside()
        keep = ~mine | ((a == b) & ~inside[a])
        first, second, minutes = self._between(np.asarray(rows), np.asarray(columns), max_minutes)
        new_first = np.concatenate((origins[keep], first))
        new_second = np.concatenate((times.indices[keep], second))
        order = np.lexsort((new_second, new_first))
        indptr = np.zeros(times.n_origins + 1, dtype=np.int64)
        np.cumsum(np.bincount(new_first, minlength=times.n_origins), out=indptr[1:])
        return TravelTimes(
            indptr.astype(times.indptr.dtype),
            new_second[order].astype(times.indices.dtype),
            np.concatenate((times.minutes[keep], minutes))[order],
            times.n_origins,
            times.n_destinations,
            times.symmetric,
        )

    def has_inside(self) -> NDArray[np.bool_]:
        """(n,) whether the file gives the time from a commune to itself."""
        own = np.zeros(len(self.named), dtype=bool)
        origins = self.times.origins()
        own[origins[origins == self.times.indices]] = True
        return own

    def _between(
        self, rows: Integers, columns: Integers, max_minutes: float
    ) -> tuple[Integers, Integers, Floats]:
        """(place in rows, place in columns, minutes) of the pairs of the file between two lists of communes."""
        place = np.full(len(self.named), -1, dtype=np.int64)
        known = np.flatnonzero(columns >= 0)
        place[columns[known]] = known
        asked = np.flatnonzero(rows >= 0)
        begin, end = self.times.indptr[rows[asked]], self.times.indptr[rows[asked] + 1]
        count = (end - begin).astype(np.int64)
        first = np.repeat(asked, count)
        offset = np.repeat(begin - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        at = offset + np.arange(int(count.sum()))
        second, minutes = place[self.times.indices[at]], self.times.minutes[at]
        keep = (second >= 0) & (minutes <= max_minutes)
        return first[keep], second[keep], minutes[keep]


# One per process: (what it depends on, matrix or the reason it was refused, so that nobody reads a bad file twice).
_loaded: tuple[Any, TravelMatrix | Unavailable] | None = None
_loading = Lock()


def matrix(country: National) -> TravelMatrix | None:
    """The matrix in use, None when the setting names none. Raises Unavailable (`bad-travel-matrix`).

    A file that was replaced is read again; one that cannot be read stops the computing: the road model would answer
    in its place without a word.
    """
    global _loaded
    path: Path | None = settings.TRAVEL_MATRIX
    if path is None:
        return None
    try:
        found = path.stat()
        key: tuple[Any, ...] = (str(path), found.st_mtime_ns, found.st_size, country.key)
    except OSError:
        key = (str(path), None, None, country.key)
    known = _loaded
    if known is None or known[0] != key:
        with _loading:
            known = _loaded
            if known is None or known[0] != key:
                known = _loaded = (key, _attempt(path, country))
    if isinstance(known[1], Unavailable):
        raise Unavailable(known[1].message, code=known[1].code)
    return known[1]


def _attempt(path: Path, country: National) -> TravelMatrix | Unavailable:
    try:
        return read_matrix(path, country)
    except Invalid as error:
        return Unavailable(
            f"Les temps de route de RELEVE_TRAVEL_MATRIX sont inutilisables. {error.message}",
            code="bad-travel-matrix",
        )


def read_matrix(path: Path, country: National) -> TravelMatrix:
    """Read and check a file whole. Raises Invalid (`bad-travel-matrix`) naming the line and the column."""
    table = _table(path)
    name = path.name
    origin, bad = _ranks(table, "origine", country)
    destination, worse = _ranks(table, "destination", country)
    minutes = _minutes(table, name)
    placed = np.flatnonzero((origin >= 0) & (destination >= 0))
    if not len(placed):
        raise _refused(name, None, None, "aucune ligne ne relie deux communes d’aujourd’hui.")
    a, b, minutes = origin[placed], destination[placed], minutes[placed]
    size = len(country)
    twice = _repeated(a.astype(np.int64) * size + b)
    if twice is not None:
        where = int(placed[twice])
        raise _refused(name, where, "destination", "cette origine et cette destination sont déjà plus haut.")
    named = np.zeros(size, dtype=bool)
    named[a] = named[b] = True
    first, second, both = _there_and_back(a, b, minutes, size)
    _no_hole(country, named, first, second, name)
    road = np.isfinite(both)
    first, second, both = first[road], second[road], both[road]
    apart = first != second
    try:
        times = TravelTimes.from_pairs(
            np.concatenate((first, second[apart])),
            np.concatenate((second, first[apart])),
            np.concatenate((both, both[apart])),
            size,
            size,
        )
    except AccessibilityError as error:  # nothing above lets one through
        raise _refused(name, None, None, str(error)) from error
    times = TravelTimes(times.indptr, times.indices, times.minutes, size, size, symmetric=True)
    named.setflags(write=False)
    return TravelMatrix(str(path), named, times, tuple(sorted(bad | worse)))


def _refused(name: str, row: int | None, column: str | None, problem: str) -> Invalid:
    """`row`: from 0; lines are counted from 1, that of the titles."""
    where = name
    if row is not None:
        where += f", ligne {row + 2}"
    if column is not None:
        where += f", colonne «\u00a0{column}\u00a0»"
    return Invalid(f"{where}\u00a0: {problem}", code="bad-travel-matrix", field=column)


def _table(path: Path) -> pa.Table:
    name = path.name
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refused(name, None, None, "plus de 2 Go\u00a0: gardez les paires à moins d’une heure.")
        if path.suffix.lower() == ".parquet":
            file = pa.parquet.ParquetFile(path)
            _columns(file.schema_arrow.names, name)
            return file.read(columns=list(COLUMNS))
        return _text_table(path)
    except FileNotFoundError:
        raise _refused(name, None, None, "ce fichier n’est pas là.") from None
    except OSError as error:
        raise _refused(name, None, None, f"illisible ({error.strerror or 'fichier abîmé'}).") from error
    except pa.ArrowInvalid as error:
        detail = str(error).splitlines()[0][:160]
        raise _refused(name, None, None, f"illisible comme table ({detail}).") from error


def _columns(names: list[str], file: str) -> None:
    for column in COLUMNS:
        if column not in names:
            shown = ", ".join(name[:30] for name in names[:8])
            raise _refused(file, None, column, f"cette colonne manque. Celles du fichier\u00a0: {shown}.")


def _text_table(path: Path) -> pa.Table:
    """Every cell as text: what is no number is then named by its line."""
    with path.open("rb") as stream:
        head = stream.readline(10_000)
    try:
        line = head.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise _refused(path.name, None, None, "ce texte n’est pas en UTF-8.") from None
    separator = next((s for s in SEPARATORS if s in line), ",")
    names = next(csv.reader([line], delimiter=separator), [])
    if separator != ",":
        message = (
            "le séparateur est "
            f"«\u00a0{'tabulation' if separator == chr(9) else separator}\u00a0», pas «\u00a0,\u00a0»."
        )
        raise Invalid(f"{path.name}, ligne 1\u00a0: {message}", code="bad-travel-matrix")
    _columns(names, path.name)
    wrong: list[int] = []

    def count(row: Any) -> str:
        wrong.append(int(row.number or 0))
        return "error"

    try:
        return pa.csv.read_csv(
            path,
            # One thread: line numbers are then known.
            read_options=pa.csv.ReadOptions(use_threads=False),
            parse_options=pa.csv.ParseOptions(invalid_row_handler=count, ignore_empty_lines=False),
            convert_options=pa.csv.ConvertOptions(
                include_columns=list(COLUMNS),
                column_types=dict.fromkeys(COLUMNS, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        if wrong:
            raise _refused(
                path.name, wrong[0] - 2, None, f"cette ligne n’a pas {len(names)} colonnes."
            ) from None
        raise


def _ranks(table: pa.Table, column: str, country: National) -> tuple[NDArray[np.int64], set[str]]:
    """Rank of every code, -1 unknown; and the unknown ones."""
    codes = pc.cast(table[column], pa.string()).combine_chunks().dictionary_encode()
    texts = [str(value or "").strip() for value in codes.dictionary.to_pylist()]
    ranks = np.array([country.index.get(text, -1) for text in [*texts, ""]], dtype=np.int64)
    where = pc.fill_null(codes.indices, len(texts)).to_numpy(zero_copy_only=False)
    return ranks[where], {text[:12] for text in texts if text not in country.index}


def _minutes(table: pa.Table, name: str) -> Floats:
    """(rows,), NaN where the cell is empty. Refuses what is no time, by its line."""
    given = table["minutes"].combine_chunks()
    if pa.types.is_string(given.type):
        texts = pc.utf8_trim_whitespace(given)
        empty = pc.equal(texts, "")
        texts = pc.if_else(empty, pa.scalar(None, pa.string()), texts)
        plain = pc.fill_null(pc.match_substring_regex(texts, r"^[0-9]{1,6}(\.[0-9]{1,20})?$"), True)
        wrong = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
        if len(wrong):
            shown = str(texts[int(wrong[0])].as_py())[:20]
            raise _refused(
                name, int(wrong[0]), "minutes", f"«\u00a0{shown}\u00a0» n’est pas un nombre de minutes."
            )
        given = pc.cast(texts, pa.float64())
    elif not (pa.types.is_integer(given.type) or pa.types.is_floating(given.type)):
        raise _refused(name, None, "minutes", "ce ne sont pas des nombres.")
    values = pc.cast(given, pa.float64()).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero((values < 0) | (values > LONGEST_MINUTES))
    if len(wrong):
        raise _refused(name, int(wrong[0]), "minutes", f"un temps va de 0 à {LONGEST_MINUTES:.0f} minutes.")
    return np.asarray(values, dtype=np.float64)


def _repeated(keys: NDArray[np.int64]) -> int | None:
    """Position of the first key that was already there, None without any."""
    order = np.argsort(keys, kind="stable")
    again = order[1:][keys[order[1:]] == keys[order[:-1]]]
    return int(again.min()) if len(again) else None


def _there_and_back(
    a: NDArray[np.int64], b: NDArray[np.int64], minutes: Floats, size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """One line per unordered pair: mean of the two directions, NaN when one of them says there is no road."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    keys, where, count = np.unique(low * size + high, return_inverse=True, return_counts=True)
    return keys // size, keys % size, np.bincount(where, minutes, len(keys)) / count


def _no_hole(
    country: National,
    named: NDArray[np.bool_],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    name: str,
) -> None:
    ranks = np.flatnonzero(named)
    near = travel_times(
        country.lon[ranks],
        country.lat[ranks],
        country.road_factor[ranks],
        max_minutes=SURELY_NEAR_MINUTES,
        reachable_group=country.land_group[ranks],
    )
    a, b = ranks[near.origins()], ranks[near.indices]
    above = a < b
    a, b = a[above], b[above]
    size = len(country)
    missing = np.flatnonzero(~np.isin(a * size + b, first * size + second))
    if len(missing):
        pairs = ", ".join(f"{country.codes[a[k]]} et {country.codes[b[k]]}" for k in missing[:LISTED])
        raise _refused(
            name,
            None,
            None,
            f"il manque {len(missing)} paires de communes voisines ({pairs}"
            f"{'…' if len(missing) > LISTED else ''}). Sans route entre elles, écrivez leur ligne avec un temps vide.",
        )
