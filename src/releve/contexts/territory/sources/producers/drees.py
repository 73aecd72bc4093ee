"""DREES: workbooks of published accessibility (APL), one sheet per year, or one table per year as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from releve.kernel.errors import Invalid

from ... import figures
from ...rules import is_commune_code
from ..reference import LICENCE_OPEN, Manifest, bad_file, sha256_of
from ..statistics import Statistics, check_codes, check_range
from .tables import Sheet, commune_code, is_workbook, number, plain, read_workbook, text_table

TITLE = "Accessibilité potentielle localisée (APL)"
_CODES = ("code commune insee", "code commune", "codgeo", "code insee", "depcom")
# Beginning of the header -> column; the variants « de 65 ans et moins » are others, and are left out.
_PROFESSIONS = {
    "apl aux medecins generalistes": "apl",
    "apl aux infirmier": "apl_nurses",
    "apl aux sages femmes": "apl_midwives",
    "apl aux masseurs kinesitherapeutes": "apl_physiotherapists",
    "apl aux kinesitherapeutes": "apl_physiotherapists",
    "apl aux chirurgiens dentistes": "apl_dentists",
    "apl aux dentistes": "apl_dentists",
}
_SLUGS = {
    "apl": "apl-drees",
    "apl_nurses": "apl-drees-nurses",
    "apl_midwives": "apl-drees-midwives",
    "apl_physiotherapists": "apl-drees-physiotherapists",
    "apl_dentists": "apl-drees-dentists",
}
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_PEOPLE = re.compile(r"population .*(standardis|totale)|population (standardis|totale)")
_AGED = re.compile(r"\d+ ans")
HEADER_WITHIN = 25  # rows above the header: title, notes


def _words(text: Any) -> str:
    return re.sub(r"[-,.()]+", " ", plain(text)).replace("  ", " ").strip()


def _profession(header: Any) -> str | None:
    words = _words(header)
    if _AGED.search(words):
        return None
    return next((column for start, column in _PROFESSIONS.items() if words.startswith(start)), None)


def _header_of(sheet: Sheet) -> tuple[int, int, dict[str, int], int | None] | None:
    """(row, column of the code, column of each profession, column of the population), None when not such a table."""
    for rank, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        words = [_words(cell) for cell in row]
        place = next((words.index(name) for name in _CODES if name in words), None)
        if place is None:
            continue
        found: dict[str, int] = {}
        for at, cell in enumerate(row):
            profession = _profession(cell)
            if profession is not None:
                found.setdefault(profession, at)
        if found:
            people = next(
                (at for at, cell in enumerate(words) if _PEOPLE.match(cell)),
                None,
            )
            return rank, place, found, people
    return None


def looks_like(path: Path, sheets: Sequence[Sheet]) -> bool:
    return any(_header_of(sheet) is not None for sheet in sheets)


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook, or a text file as one sheet."""
    if is_workbook(path):
        return read_workbook(path)
    with text_table(path) as table:
        rows: list[Sequence[Any]] = [table.header]
        rows.extend(row for _, row in table.rows)
    return [Sheet(path.stem, rows)]


def read(path: Path, sheets: Sequence[Sheet], vintage: str | None) -> Iterator[Statistics]:
    """One `Statistics` per profession found. A sheet's year is in its name, else in `vintage`, else in the file's."""
    tables: dict[str, dict[int, tuple[Sheet, int, int, int | None]]] = {}
    starts: dict[str, int] = {}
    for sheet in sheets:
        found = _header_of(sheet)
        if found is None:
            continue
        row, code, professions, people = found
        year = _year_of(sheet.name, vintage, path)
        for column, at in professions.items():
            years = tables.setdefault(column, {})
            if year in years:
                raise bad_file(path.name, None, None, f"deux feuilles pour l’année {year}.")
            years[year] = (sheet, code, at, people)
            starts[sheet.name] = row
    if not tables:
        raise bad_file(
            path.name, 1, "Code commune INSEE", "ni code de commune ni APL dans les en-têtes de ce fichier."
        )
    digest = sha256_of(path)
    for column, years in sorted(tables.items()):
        yield _statistics(path, column, years, starts, digest)


def _year_of(sheet_name: str, vintage: str | None, path: Path) -> int:
    for text in (sheet_name, vintage or "", path.stem):
        found = _YEAR.findall(text)
        if found:
            return int(found[-1])
    raise Invalid(
        f"{path.name} : l’année n’est ni dans le nom de la feuille « {sheet_name} » ni dans celui du fichier. "
        "Donnez-la avec « --vintage 2023 ».",
        code="unknown-vintage",
        field="vintage",
    )


def _statistics(
    path: Path,
    column: str,
    years: dict[int, tuple[Sheet, int, int, int | None]],
    starts: dict[str, int],
    digest: str,
) -> Statistics:
    by_year: dict[int, dict[str, float | None]] = {}
    weights: dict[str, float | None] = {}
    rule = figures.COLUMNS[column]
    for year, (sheet, code_at, value_at, people_at) in sorted(years.items()):
        file = f"{path.name}, feuille {sheet.name}" if is_workbook(path) else path.name
        header = str(sheet.rows[starts[sheet.name]][value_at])
        codes: list[str] = []
        values: list[float | None] = []
        lines: list[int] = []
        for rank in range(starts[sheet.name] + 1, len(sheet.rows)):
            row = sheet.rows[rank]
            code = commune_code(row[code_at]) if code_at < len(row) else ""
            # Units under the header, blank rows, notes below the table.
            if not is_commune_code(code):
                # « Total », « France » and notes have no digit or are long.
                if codes and len(code) <= 5 and any(c.isdigit() for c in code):
                    raise bad_file(
                        file,
                        rank + 1,
                        str(sheet.rows[starts[sheet.name]][code_at]),
                        f"un code Insee de commune est attendu, pas « {code[:40]} ».",
                    )
                continue
            codes.append(code)
            lines.append(rank + 1)
            values.append(number(row[value_at], file=file, line=rank + 1, column=header))
            if people_at is not None:
                weights[code] = number(
                    row[people_at], file=file, line=rank + 1, column="population"
                ) or weights.get(code)
        check_codes(codes, file=file, column="Code commune INSEE", lines=lines)
        checked = check_range(values, rule, file=file, column=header, lines=lines)
        by_year[year] = dict(zip(codes, checked, strict=True))
    every = sorted(set().union(*by_year.values()))
    latest = max(by_year)
    vintage = f"{min(by_year)} à {latest}" if len(by_year) > 1 else str(latest)
    title = TITLE if column == "apl" else rule.label
    manifest = Manifest(_SLUGS[column], title, "DREES", vintage, LICENCE_OPEN, digest)
    found = Statistics(
        manifest, every, {}, weights=[weights.get(code) for code in every] if weights else None
    )
    if column == "apl":
        found.years = {year: [values.get(code) for code in every] for year, values in by_year.items()}
    else:
        found.columns[column] = [by_year[latest].get(code) for code in every]
    return found
