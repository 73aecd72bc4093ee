"""ANS: free-access extract of the register of health professionals (RPPS). Only counts leave this module.

Of the many columns, five codes are looked at; names, addresses and telephones are never read further than the
separators.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from releve.kernel.errors import Invalid

from ...rules import is_commune_code
from ..reference import LICENCE_OPEN, Manifest, bad_file, sha256_of
from ..statistics import Statistics
from .tables import TextTable, text_table

DOCTOR = "10"
# Savoir-faire: « Qualifié en médecine générale », « Spécialiste en médecine générale », « Médecine générale ».
GENERAL_MEDICINE = frozenset({"SM26", "SM53", "SM54"})
SELF_EMPLOYED = "L"
PERSON = ("Identification nationale PP", "Identifiant PP")
PROFESSION = "Code profession"
SKILL = "Code savoir-faire"
MODE = "Code mode exercice"
COMMUNE = "Code commune (coord. structure)"
_DAY = re.compile(r"(20\d\d)(0[1-9]|1[0-2])(?:[0-3]\d)?")


def looks_like(table: TextTable) -> bool:
    return table.find(PROFESSION) is not None and table.find(*PERSON) is not None


def _vintage(path: Path, vintage: str | None) -> str:
    if vintage:
        return vintage
    found = _DAY.search(path.stem)
    if found is None:
        raise Invalid(
            f"{path.name} : la date de l’extraction n’est pas dans le nom du fichier. "
            "Donnez-la avec « --vintage 2026-03 ».",
            code="unknown-vintage",
            field="vintage",
        )
    return f"{found[1]}-{found[2]}"


def read(path: Path, vintage: str | None, progress: Callable[[str, int, int], None]) -> Iterator[Statistics]:
    """General practitioners in town practice per commune, and all those registered there."""
    told = _vintage(path, vintage)
    town: dict[str, set[str]] = defaultdict(set)  # person -> communes of self-employed general practice
    general: dict[str, set[str]] = defaultdict(set)
    doctors: dict[str, set[str]] = defaultdict(set)
    unplaced = 0
    with text_table(path) as table:
        person = table.place(*PERSON)
        profession, skill, mode = table.place(PROFESSION), table.place(SKILL), table.place(MODE)
        commune = table.place(COMMUNE)
        for line, row in table.rows:
            if line % 200_000 == 0:
                progress("Lecture du RPPS", line, 0)
            if row[profession].strip() != DOCTOR:
                continue
            who, code = row[person].strip(), row[commune].strip()
            if not who:
                raise bad_file(table.name, line, table.header[person], "l’identifiant manque.")
            if not is_commune_code(code):
                unplaced += 1
                continue
            doctors[who].add(code)
            if row[skill].strip() in GENERAL_MEDICINE:
                general[who].add(code)
                if row[mode].strip() == SELF_EMPLOYED:
                    town[who].add(code)
    if not doctors:
        raise bad_file(path.name, None, PROFESSION, "aucun médecin (code 10) rattaché à une commune.")
    codes = sorted(set().union(*doctors.values()))
    shares: dict[str, float] = defaultdict(float)
    for places in town.values():
        for code in places:
            # Nobody works full time in two places: a person is shared between them.
            shares[code] += 1 / len(places)
    present = _heads(general)
    everyone = _heads(doctors)
    manifest = Manifest(
        "rpps",
        "Généralistes libéraux par commune (RPPS, extraction en libre accès)",
        "Agence du numérique en santé",
        told,
        LICENCE_OPEN,
        sha256_of(path),
    )
    notes = [f"{unplaced} activités de médecins sans commune, non comptées."] if unplaced else []
    yield Statistics(
        manifest,
        codes,
        {
            "gp_estimate": [round(shares.get(code, 0.0), 4) for code in codes],
            "gp_register": [present.get(code, 0) for code in codes],
            "doctors_register": [everyone.get(code, 0) for code in codes],
        },
        partial=True,
        notes=notes,
    )


def _heads(places_of: dict[str, set[str]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for places in places_of.values():
        for code in places:
            counts[code] += 1
    return counts
