"""Reading the files of producers as tables: separators, encodings, archives and workbooks, within safe sizes."""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from releve.kernel.errors import Invalid

from ..reference import bad_file

# Largest file, and largest content of an archive; the register of health professionals is the largest one.
MAX_FILE: Final = 1_500_000_000
MAX_UNPACKED: Final = 3_000_000_000
MAX_WORKBOOK_UNPACKED: Final = 400_000_000
# Text seldom shrinks more than thirty times: far above, an archive is a trap.
MAX_RATIO: Final = 200
WORKBOOKS: Final = {".xlsx", ".ods", ".xls"}
SECRET: Final = frozenset({"", "s", "nd", "ns", "n/a", "na", "n.d.", "///", "..", "so"})
_SPACES = re.compile(r"[\s_\u00a0\u202f]+")


@dataclass(frozen=True)
class Sheet:
    """Rows of one sheet (or of a whole text file). `lines[k]`: line of `rows[k]` in the file, 1 first."""

    name: str
    rows: Sequence[Sequence[Any]]


def plain(text: Any) -> str:
    """A header for comparison: lower-case ASCII words separated by one space."""
    folded = unicodedata.normalize("NFKD", str(text or "")).replace("’", "'")
    ascii_text = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    return _SPACES.sub(" ", ascii_text).strip()


def check_size(path: Path) -> None:
    """Refuse an absent, empty or oversized file."""
    if not path.is_file():
        raise Invalid(f"Le fichier {path.name} n’existe pas.", code="bad-reference-file", field="file")
    size = path.stat().st_size
    if size == 0:
        raise bad_file(path.name, None, None, "fichier vide.")
    if size > MAX_FILE:
        raise bad_file(path.name, None, None, f"fichier démesuré ({size // 1_000_000} Mo).")


def is_workbook(path: Path) -> bool:
    return path.suffix.lower() in WORKBOOKS


def read_workbook(path: Path) -> list[Sheet]:
    """Every sheet of an xlsx, xls or ods workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    if path.suffix.lower() in {".xlsx", ".ods"}:
        _check_archive(path, MAX_WORKBOOK_UNPACKED)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            return [
                Sheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
                for name in book.sheet_names
            ]
    except (CalamineError, OSError, ValueError) as error:
        raise bad_file(path.name, None, None, "classeur illisible.") from error


def _check_archive(path: Path, limit: int) -> None:
    """Unpack once, counting: sizes written in an archive may lie, what comes out of it does not."""
    packed = max(path.stat().st_size, 1)
    try:
        with zipfile.ZipFile(path) as archive:
            declared = sum(member.file_size for member in archive.infolist())
            if declared > limit or declared > max(MAX_RATIO * packed, 10_000_000):
                raise bad_file(path.name, None, None, "archive démesurée.")
            for member in archive.infolist():
                with archive.open(member) as stream:
                    while stream.read(1 << 20):
                        pass
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise bad_file(path.name, None, None, "archive illisible.") from error


@contextmanager
def text_lines(path: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """(name, lines) of a text file, or of the one data file of a .zip; UTF-8, else Windows-1252."""
    check_size(path)
    if path.suffix.lower() != ".zip":
        with path.open("rb") as stream:
            yield path.name, _decoded(stream, path.name, MAX_FILE)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                m
                for m in archive.infolist()
                if m.filename.lower().endswith((".csv", ".txt")) and not _is_notice(m.filename)
            ]
            if not members:
                raise bad_file(path.name, None, None, "aucun fichier .csv ou .txt dans l’archive.")
            member = max(members, key=lambda m: m.file_size)
            if member.file_size > MAX_UNPACKED or member.file_size > max(
                MAX_RATIO * member.compress_size, 10_000_000
            ):
                raise bad_file(path.name, None, None, "archive démesurée.")
            with archive.open(member) as stream:
                yield f"{path.name}/{Path(member.filename).name}", _decoded(stream, path.name, MAX_UNPACKED)
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise bad_file(path.name, None, None, "archive illisible.") from error


def _is_notice(name: str) -> bool:
    return Path(name).name.lower().startswith(("meta", "varmod", "doc", "lisezmoi", "__macosx"))


def _decoded(stream: Any, name: str, limit: int) -> Iterator[str]:
    start = stream.read(3)
    first = b"" if start == b"\xef\xbb\xbf" else start
    encoding, seen = "utf-8", 0
    pending = first
    for raw in stream:
        raw, pending = pending + raw, b""
        seen += len(raw)
        if seen > limit or len(raw) > 1_000_000:
            raise bad_file(name, None, None, "fichier démesuré, ou qui n’est pas un tableau.")
        if encoding == "utf-8":
            try:
                yield raw.decode("utf-8")
                continue
            except UnicodeDecodeError:
                encoding = "cp1252"
        yield raw.decode("cp1252", errors="replace")
    if pending:
        yield pending.decode(encoding, errors="replace")


@dataclass(frozen=True)
class TextTable:
    """A separated text file being read: `header` and an iterator of (line, row)."""

    name: str
    header: list[str]
    rows: Iterator[tuple[int, list[str]]]

    def place(self, *names: str) -> int:
        """Index of the first of these columns (compared by `plain`); refuses when none is there."""
        found = self.find(*names)
        if found is None:
            raise bad_file(self.name, 1, names[0], "la colonne manque.")
        return found

    def find(self, *names: str) -> int | None:
        headers = [plain(column) for column in self.header]
        return next((headers.index(plain(name)) for name in names if plain(name) in headers), None)


@contextmanager
def text_table(path: Path) -> Iterator[TextTable]:
    """A CSV-like file whose separator is found in its first line; a row of another length is refused."""
    with text_lines(path) as (name, lines):
        first = next(lines, "")
        separator = max(";|\t,", key=first.count)
        if first.count(separator) == 0:
            raise bad_file(
                name,
                1,
                first.strip()[:40] or None,
                "aucun séparateur reconnu (« ; », « , », « | » ou tabulation).",
            )
        header = next(csv.reader([first], delimiter=separator), [])
        yield TextTable(
            name,
            [column.strip() for column in header],
            _rows(name, _reader(lines, separator), len(header)),
        )


def _reader(lines: Iterator[str], separator: str) -> Any:
    if separator == "|":
        # The register writes quotes as they come: they enclose nothing.
        return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=separator)


def _rows(name: str, reader: Any, width: int) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(min(sys.maxsize, 1_000_000))
    try:
        for row in reader:
            if not row:
                continue
            if len(row) != width:
                raise bad_file(
                    name,
                    reader.line_num + 1,
                    None,
                    f"{len(row)} valeurs au lieu de {width} : mauvais séparateur ?",
                )
            yield reader.line_num + 1, row
    except csv.Error as error:
        raise bad_file(name, reader.line_num + 1, None, "ligne illisible.") from error


def as_text(value: Any) -> str:
    """A cell as text: 1001.0 read from a workbook is « 1001 »."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value if value is not None else "").strip()


def commune_code(value: Any) -> str:
    """The code of a cell; a workbook may have turned « 01001 » into the number 1001."""
    text = as_text(value)
    return text.zfill(5) if text.isdigit() and len(text) == 4 else text


def number(value: Any, *, file: str, line: int, column: str) -> float | None:
    """A number with a point or a comma; None when secret (« s »), not available or empty."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    text = str(value).strip()
    if plain(text) in SECRET:
        return None
    try:
        return float(_SPACES.sub("", text).replace(",", "."))
    except ValueError:
        raise bad_file(file, line, column, f"un nombre est attendu, pas « {text[:40]} ».") from None
