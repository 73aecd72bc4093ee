"""INSEE: ages (census), incomes (Filosofi), facilities (BPE), as published in text files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from releve.kernel.errors import Invalid

from ... import figures
from ..reference import LICENCE_OPEN, Manifest, bad_file, sha256_of
from ..statistics import Statistics, check_codes, check_range
from .tables import TextTable, commune_code, number, text_table

_AGES = re.compile(r"p(\d\d) pop0014$", re.IGNORECASE)
_INCOMES = re.compile(r"med(\d\d)$", re.IGNORECASE)
GENERAL_PRACTITIONER = frozenset({"D201", "D265"})
CODE = ("CODGEO", "COM", "DEPCOM")


def kind_of(table: TextTable) -> str | None:
    """ages, age-detail, incomes or facilities, by the columns; None when it is none of these."""
    if _year_in(table, _AGES) is not None:
        return "ages"
    if table.find("AGED100") is not None and table.find("NB") is not None:
        return "age-detail"
    if _year_in(table, _INCOMES) is not None:
        return "incomes"
    if table.find("TYPEQU") is not None and table.find("DEPCOM") is not None:
        return "facilities"
    return None


def _year_in(table: TextTable, pattern: re.Pattern[str]) -> str | None:
    from .tables import plain

    return next((found[1] for column in table.header if (found := pattern.match(plain(column)))), None)


def read(path: Path, kind: str, vintage: str | None) -> Iterator[Statistics]:
    with text_table(path) as table:
        yield _READERS[kind](path, table, vintage)


def _manifest(slug: str, title: str, path: Path, vintage: str, producer: str = "Insee") -> Manifest:
    return Manifest(slug, title, producer, vintage, LICENCE_OPEN, sha256_of(path))


def _table(
    table: TextTable, columns: dict[str, int]
) -> tuple[list[str], list[int], dict[str, list[float | None]]]:
    """(codes, lines, numbers of each column) of a table with one row per commune."""
    place = table.place(*CODE)
    codes, lines = [], []
    values: dict[str, list[float | None]] = {name: [] for name in columns}
    for line, row in table.rows:
        codes.append(commune_code(row[place]))
        lines.append(line)
        for name, at in columns.items():
            values[name].append(number(row[at], file=table.name, line=line, column=table.header[at]))
    check_codes(codes, file=table.name, column=table.header[place], lines=lines)
    return codes, lines, values


def _ages(path: Path, table: TextTable, vintage: str | None) -> Statistics:
    """base-cc-evol-struct-pop. Exact shares of 65 and over and 75 and over; under 25 is an estimate.

    The file stops at « 15 à 29 ans »: two thirds of that class (ten years of fifteen) are counted under 25.
    """
    year = _year_in(table, _AGES)
    want = {
        name: table.place(f"P{year}_{name}") for name in ("POP", "POP0014", "POP1529", "POP7589", "POP90P")
    }
    want |= {name: table.place(f"P{year}_{name}") for name in ("H65P", "F65P")}
    codes, lines, got = _table(table, want)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("share_under_25", "share_25_64", "share_65_plus", "share_75_plus")
    }
    people: list[float | None] = []
    for rank in range(len(codes)):
        row = {name: got[name][rank] for name in want}
        total = row["POP"]
        people.append(total)
        if not total or any(value is None for value in row.values()):
            for values in columns.values():
                values.append(None)
            continue
        young = _of(row["POP0014"]) + _of(row["POP1529"]) * 2 / 3
        old = _of(row["H65P"]) + _of(row["F65P"])
        oldest = _of(row["POP7589"]) + _of(row["POP90P"])
        for name, value in (
            ("share_under_25", young),
            ("share_25_64", total - young - old),
            ("share_65_plus", old),
            ("share_75_plus", oldest),
        ):
            columns[name].append(round(max(100 * value / total, 0.0), 4))
    for name, values in columns.items():
        columns[name] = check_range(
            values, figures.COLUMNS[name], file=table.name, column=f"P{year}_POP", lines=lines
        )
    manifest = _manifest("ages-insee", "Population par âge (recensement)", path, vintage or f"20{year}")
    note = "Moins de 25 ans : les 0-14 ans et les deux tiers des 15-29 ans (le fichier n’est pas plus fin)."
    return Statistics(manifest, codes, columns, weights=people, notes=[note])


def _of(value: float | None) -> float:
    return value or 0.0


def _age_detail(path: Path, table: TextTable, vintage: str | None) -> Statistics:
    """TD_POP1B: one row per commune, sex and age (0 to 100): exact shares."""
    told = vintage or _year_of_name(path)
    place, age, count = table.place(*CODE), table.place("AGED100"), table.place("NB")
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0] * 5)
    for line, row in table.rows:
        years = number(row[age], file=table.name, line=line, column=table.header[age])
        people = number(row[count], file=table.name, line=line, column=table.header[count])
        if years is None or people is None or not 0 <= years <= 120 or people < 0:
            raise bad_file(
                table.name, line, table.header[age], "un âge et un nombre d’habitants sont attendus."
            )
        groups = totals[commune_code(row[place])]
        groups[4] += people
        groups[0 if years < 25 else 1 if years < 65 else 2] += people
        groups[3] += people if years >= 75 else 0.0
    codes = sorted(totals)
    check_codes(codes, file=table.name, column=table.header[place])
    names = ("share_under_25", "share_25_64", "share_65_plus", "share_75_plus")
    columns: dict[str, list[Any]] = {
        name: [round(100 * totals[c][rank] / totals[c][4], 4) if totals[c][4] else None for c in codes]
        for rank, name in enumerate(names)
    }
    manifest = _manifest("ages-insee", "Population par âge détaillé (recensement)", path, told)
    return Statistics(manifest, codes, columns, weights=[totals[c][4] for c in codes])


def _year_of_name(path: Path) -> str:
    found = re.findall(r"(?<!\d)(20\d\d)(?!\d)", path.stem)
    if not found:
        raise Invalid(
            f"{path.name} : l’année n’est pas dans le nom du fichier. Donnez-la avec « --vintage 2021 ».",
            code="unknown-vintage",
            field="vintage",
        )
    return str(found[-1])


def _incomes(path: Path, table: TextTable, vintage: str | None) -> Statistics:
    """cc_filosofi_20xx_COM: secret values (« s », « nd ») stay missing."""
    year = _year_in(table, _INCOMES)
    theirs = {
        "median_income": f"MED{year}",
        "poverty_rate": f"TP60{year}",
        "first_decile": f"D1{year}",
        "ninth_decile": f"D9{year}",
        "fiscal_households": f"NBMENFISC{year}",
        "fiscal_persons": f"NBPERSMENFISC{year}",
    }
    optional = {"first_decile", "ninth_decile"}
    places = {
        ours: at
        for ours, name in theirs.items()
        if (at := table.find(name) if ours in optional else table.place(name)) is not None
    }
    codes, lines, got = _table(table, places)
    columns: dict[str, list[Any]] = {
        ours: check_range(got[ours], figures.COLUMNS[ours], file=table.name, column=theirs[ours], lines=lines)
        for ours in places
    }
    manifest = _manifest(
        "incomes-insee",
        "Niveaux de vie et pauvreté (Filosofi)",
        path,
        vintage or f"20{year}",
        "Insee, DGFiP, Cnaf, Cnav, CCMSA",
    )
    return Statistics(manifest, codes, columns, weights=list(got["fiscal_persons"]))


def _facilities(path: Path, table: TextTable, vintage: str | None) -> Statistics:
    """BPE: general practitioners (D201 to 2022, D265 since), counted by row or by NB_EQUIP.

    A commune named by the file for anything else, and without any, has none; one that the file never names is
    not known.
    """
    place, kind = table.place("DEPCOM"), table.place("TYPEQU")
    count, year = table.find("NB_EQUIP"), table.find("AN")
    counts: dict[str, float] = defaultdict(float)
    years: set[str] = set()
    seen = False
    for line, row in table.rows:
        code = commune_code(row[place])
        counts[code] += 0.0
        if year is not None:
            years.add(row[year].strip())
        if row[kind].strip().upper() not in GENERAL_PRACTITIONER:
            continue
        seen = True
        if count is None:
            counts[code] += 1
            continue
        number_here = number(row[count], file=table.name, line=line, column=table.header[count])
        if number_here is None or number_here < 0:
            raise bad_file(table.name, line, table.header[count], "un nombre d’équipements est attendu.")
        counts[code] += number_here
    if not seen:
        raise bad_file(table.name, None, "TYPEQU", "aucun généraliste (D201 ou D265) dans ce fichier.")
    codes = sorted(counts)
    check_codes(codes, file=table.name, column=table.header[place])
    columns = {
        "gp_facilities": check_range(
            [counts[code] for code in codes],
            figures.COLUMNS["gp_facilities"],
            file=table.name,
            column="NB_EQUIP",
        )
    }
    told = vintage or (max(years) if years and max(years).isdigit() else _year_of_name(path))
    manifest = _manifest("facilities-insee", "Généralistes (base permanente des équipements)", path, told)
    return Statistics(manifest, codes, columns, partial=True)


_READERS = {"ages": _ages, "age-detail": _age_detail, "incomes": _incomes, "facilities": _facilities}
