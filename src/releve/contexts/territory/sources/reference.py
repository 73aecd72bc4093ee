"""What every source must deliver, and the checks that refuse a malformed file before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from releve.kernel.errors import Invalid

from ..rules import Box, is_commune_code

Progress = Callable[[str, int, int], None]
LICENCE_OPEN = "Licence Ouverte 2.0 (Etalab)"


@dataclass(frozen=True)
class Manifest:
    """Where a file comes from; `slug` is stable from one import to the next."""

    slug: str
    title: str
    producer: str
    vintage: str
    licence: str
    sha256: str
    rows: int = 0


@dataclass(frozen=True)
class NamedRow:
    """A région, or a département with its région in `parent`."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True)
class EpciRow:
    siren: str
    name: str
    kind: str
    population: int | None


@dataclass(frozen=True)
class FormerRow:
    code: str
    name: str
    commune: str


@dataclass(frozen=True)
class ShapeRow:
    commune: str
    coordinates: str
    box: Box


@dataclass(frozen=True)
class CommuneRow:
    code: str
    name: str
    kind: str
    parent: str | None
    population: int | None
    departement: str
    epci: str | None
    postal_codes: tuple[str, ...]
    lat: float | None = None
    lon: float | None = None
    point_source: str = ""


@dataclass
class Reference:
    """A whole territory read from files, checked, not yet written."""

    label: str
    regions: list[NamedRow]
    departements: list[NamedRow]
    epci: list[EpciRow]
    communes: list[CommuneRow]
    former: list[FormerRow]
    manifests: list[Manifest]
    warnings: list[str] = field(default_factory=list)


def bad_file(file: str, line: int | None, column: str | None, problem: str) -> Invalid:
    """The refusal of a malformed file: names the file, the line (1 = first record) and the column."""
    where = file
    if line is not None:
        where += f", ligne {line}"
    if column is not None:
        where += f", colonne « {column} »"
    return Invalid(
        f"{where} : {problem} Rien n’a été importé.",
        code="bad-reference-file",
        field=column,
        details={"file": file, "line": line, "column": column},
    )


def sha256_of(*paths: Path) -> str:
    """One digest for a file, or for several in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest() if len(paths) > 1 else stream.read())
    return digest.hexdigest()


def text_of(value: Any, *, file: str, line: int, column: str, max_length: int, optional: bool = False) -> str:
    """A clean text of at most `max_length` characters."""
    if value is None and optional:
        return ""
    if not isinstance(value, str) or (not value.strip() and not optional):
        raise bad_file(file, line, column, f"un texte est attendu, pas {_shown(value)}.")
    if len(value) > max_length or "\x00" in value:
        raise bad_file(file, line, column, f"texte illisible ou de plus de {max_length} caractères.")
    return value.strip()


def count_of(value: Any, *, file: str, line: int, column: str) -> int | None:
    """A number of inhabitants, or None."""
    if value is None or value == "":
        return None
    try:
        number = int(value)
        exact = not isinstance(value, bool) and float(value) == number
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact or not 0 <= number <= 10_000_000:
        raise bad_file(file, line, column, f"un nombre entier d’habitants est attendu, pas {_shown(value)}.")
    return number


def code_of(value: Any, *, file: str, line: int, column: str) -> str:
    """An INSEE commune code."""
    if not isinstance(value, str) or not is_commune_code(value):
        raise bad_file(file, line, column, f"un code Insee de commune est attendu, pas {_shown(value)}.")
    return value


def postal_codes_of(values: list[Any], *, file: str, line: int, column: str) -> tuple[str, ...]:
    for value in values:
        if not (isinstance(value, str) and len(value) == 5 and value.isascii() and value.isdigit()):
            raise bad_file(
                file, line, column, f"un code postal de 5 chiffres est attendu, pas {_shown(value)}."
            )
    return tuple(dict.fromkeys(values))


def _shown(value: Any) -> str:
    shown = str(value)
    return "rien" if value is None or not shown else f"« {shown[:40]} »"


def check_reference(reference: Reference, *, file: str) -> Reference:
    """Check that the parts hold together; communes are numbered in the order of `file`."""
    if not reference.communes:
        raise bad_file(file, None, None, "aucune commune.")
    departements = {row.code for row in reference.departements}
    sirens = {row.siren for row in reference.epci}
    seen: set[str] = set()
    codes = {row.code for row in reference.communes}
    for line, row in enumerate(reference.communes, start=1):
        if row.code in seen:
            raise bad_file(file, line, "code", f"la commune {row.code} est écrite deux fois.")
        seen.add(row.code)
        if row.departement not in departements:
            raise bad_file(file, line, "departement", f"le département « {row.departement} » est inconnu.")
        if row.epci is not None and row.epci not in sirens:
            raise bad_file(file, line, "epci", f"l’intercommunalité « {row.epci} » est inconnue.")
        if row.parent is not None and row.parent not in codes:
            raise bad_file(file, line, "commune", f"la commune mère « {row.parent} » est inconnue.")
    # Municipal arrondissements name their commune: communes first.
    reference.communes.sort(key=lambda row: (row.parent is not None, row.code))
    reference.former = [row for row in reference.former if row.commune in codes]
    return reference


def compare(one: Reference, other: Reference) -> list[str]:
    """Differences of codes, populations, memberships and postal codes, as French sentences."""
    mine = {row.code: row for row in one.communes}
    theirs = {row.code: row for row in other.communes}
    found: list[str] = []
    for label, codes in (
        (f"absente de {other.label}", sorted(mine.keys() - theirs.keys())),
        (f"absente de {one.label}", sorted(theirs.keys() - mine.keys())),
    ):
        found += [f"Commune {code} {label}." for code in codes]
    for code in sorted(mine.keys() & theirs.keys()):
        a, b = mine[code], theirs[code]
        for name, label in (
            ("name", "nom"),
            ("population", "population"),
            ("departement", "département"),
            ("epci", "intercommunalité"),
            ("parent", "commune mère"),
        ):
            if getattr(a, name) != getattr(b, name):
                found.append(f"Commune {code}, {label} : {getattr(a, name)} ou {getattr(b, name)}.")
        if set(a.postal_codes) != set(b.postal_codes):
            found.append(f"Commune {code}, codes postaux différents.")
    return found
