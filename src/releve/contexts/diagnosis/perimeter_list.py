"""From a pasted list or a CSV file to communes: each line that is not one is told, with what it may be.

Nothing is guessed and nothing is dropped: one doubtful line refuses the whole list.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from releve.contexts.territory import queries as territory
from releve.contexts.territory.models import Commune
from releve.contexts.territory.rules import is_commune_code, normalise_name
from releve.kernel.errors import DomainError, Invalid, NotFound, Reason

from .wording import clean

MAX_COMMUNES: Final = 600
MAX_FILE_BYTES: Final = 300_000
MAX_TOLD: Final = 20  # lines told at once: the rest would be the same mistake
_CODE_COLUMNS: Final = (
    "code",
    "codeinsee",
    "insee",
    "codecommune",
    "codecom",
    "codgeo",
    "com",
    "depcom",
    "inseecom",
    "codeinseecommune",
)
_SEPARATORS: Final = (";", ",", "\t", "|")


@dataclass(frozen=True)
class Entry:
    """What is written for one commune, and where: « ligne 3 », « ligne 3, colonne 2 (« insee ») »."""

    text: str
    where: str


def read_pasted(text: str) -> list[Entry]:
    """Codes or names, one per line or separated by commas or semicolons."""
    found = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        parts = [part for part in re.split(r"[,;\t]", line) if part.strip()]
        found += [Entry(clean(part), f"Ligne {number}") for part in parts]
    return [entry for entry in found if entry.text]


def read_csv(content: bytes) -> list[Entry]:
    """The codes of a CSV file: a first line of titles, a column of commune codes.

    UTF-8 or Windows, separated by semicolons, commas, tabs or bars. Raises Invalid, naming the line and the column.
    """
    if len(content) > MAX_FILE_BYTES:
        raise _refused("Ce fichier est trop lourd pour une liste de communes (300\u00a0ko au plus).")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise _refused("Ce fichier n’est pas un texte\u00a0: enregistrez le tableau au format CSV.")
    lines = text.splitlines()
    head = next((line for line in lines if line.strip()), "")
    if not head:
        raise _refused("Ce fichier est vide.")
    separator = max(_SEPARATORS, key=head.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    first = next(number for number, row in enumerate(rows) if any(cell.strip() for cell in row))
    titles = [clean(title) for title in rows[first]]
    column = _code_column(titles, first + 1, alone=head.count(separator) == 0)
    found = []
    for number, row in enumerate(rows[first + 1 :], first + 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(titles):
            raise _refused(
                f"Ligne {number}\u00a0: {len(row)} colonne{'s' if len(row) > 1 else ''} au lieu de {len(titles)} "
                f"(séparateur lu\u00a0: «\u00a0{'tabulation' if separator == chr(9) else separator}\u00a0»). "
                "Vérifiez les séparateurs de cette ligne.",
                line=number,
            )
        where = f"Ligne {number}, colonne {column + 1} («\u00a0{titles[column]}\u00a0»)"
        found.append(Entry(clean(row[column]), where))
    return found


def _code_column(titles: Sequence[str], line: int, *, alone: bool) -> int:
    for wanted in _CODE_COLUMNS:
        for rank, title in enumerate(titles):
            if normalise_name(title).replace(" ", "") == wanted:
                return rank
    shown = ", ".join(f"«\u00a0{title[:30]}\u00a0»" for title in titles[:8])
    more = (
        " Aucun séparateur (point-virgule, virgule, tabulation) n’y est reconnu."
        if alone and len(titles[0]) > 6
        else ""
    )
    raise _refused(
        f"Ligne {line}\u00a0: aucune colonne de codes de commune. Colonnes lues\u00a0: {shown}.{more} Nommez "
        "«\u00a0code\u00a0» ou «\u00a0insee\u00a0» la colonne des codes (5\u00a0caractères).",
        line=line,
    )


def _refused(message: str, **details: int) -> Invalid:
    return Invalid(message, code="bad-file", field="file", details=dict(details))


def match_communes(entries: Sequence[Entry], *, field: str = "communes") -> list[str]:
    """The commune codes of these entries, without repetition, in order.

    Raises Invalid (`bad-communes`) with a reason per line that names no commune of today, or several; a commune that
    merged is told with the one that replaced it. A code that lost its zero (a spreadsheet did) is told too.
    """
    if not entries:
        raise Invalid("Donnez une commune au moins.", code="no-commune", field=field)
    if len(entries) > MAX_COMMUNES:
        raise Invalid(
            f"Un périmètre compte au plus {MAX_COMMUNES} communes\u00a0; cette liste en a {len(entries)}.",
            code="too-many-communes",
            field=field,
        )
    upper = {entry.text.upper() for entry in entries if is_commune_code(entry.text.upper())}
    known = set(Commune.objects.filter(pk__in=upper, is_current=True).values_list("pk", flat=True))
    codes: dict[str, None] = {}
    wrong: list[Reason] = []
    for entry in entries:
        if entry.text.upper() in known:
            codes[entry.text.upper()] = None
            continue
        try:
            codes[_one(entry)] = None
        except DomainError as error:
            wrong.append(Reason(error.code, f"{entry.where}\u00a0: {error.message}"))
    if wrong:
        more = len(wrong) - MAX_TOLD
        told = wrong[:MAX_TOLD]
        if more > 0:
            plural = "s" if more > 1 else ""
            told.append(Reason("more", f"Et {more} autre{plural} ligne{plural} à corriger."))
        raise Invalid(
            "Rien n’a été enregistré\u00a0: des lignes ne sont pas des communes.",
            code="bad-communes",
            reasons=told,
            field=field,
        )
    return list(codes)


def _one(entry: Entry) -> str:
    """The commune of an entry that is not a known code. Raises a DomainError that says why not."""
    shown = entry.text[:60]
    code = entry.text.upper()
    if is_commune_code(code):
        return territory.get_commune(code).code  # raises, naming the replacement when there is one
    if re.fullmatch(r"\d{4}", code):
        raise NotFound(
            f"«\u00a0{shown}\u00a0» a quatre chiffres\u00a0; un code de commune en a cinq (le tableur a pu perdre le zéro "
            f"du début\u00a0: «\u00a00{shown}\u00a0»)."
        )
    if not shown:
        raise NotFound("le code manque.")
    hits = territory.search_communes(shown, limit=6)
    wanted = normalise_name(shown)
    exact = [hit for hit in hits if normalise_name(hit.name) == wanted]
    chosen = exact or hits
    if len(chosen) == 1 and (exact or len(hits) == 1):
        return chosen[0].code
    if not chosen:
        raise NotFound(f"«\u00a0{shown}\u00a0» n’est le nom ni le code d’aucune commune.")
    listed = ", ".join(f"{hit.name} ({hit.code})" for hit in chosen[:5])
    raise Invalid(f"«\u00a0{shown}\u00a0» peut être\u00a0: {listed}. Écrivez le code.")
