"""Files as their producers publish them: recognised by their columns, read into `Statistics`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from releve.kernel.errors import Invalid

from ..statistics import Statistics
from . import ans, drees, insee
from .tables import check_size, is_workbook, text_table

# Name of the kind (as given to `--kind`) -> what it is.
KINDS: Final = {
    "apl": "Classeur ou table de l’APL (DREES)",
    "rpps": "Extraction en libre accès du RPPS (ANS)",
    "ages": "Évolution et structure de la population (Insee)",
    "age-detail": "Population par sexe et âge détaillé (Insee)",
    "incomes": "Filosofi par commune (Insee)",
    "facilities": "Base permanente des équipements (Insee)",
}

__all__ = ["KINDS", "detect", "read_file"]


def detect(path: Path) -> str:
    """The kind of a file, by its columns. Raises Invalid (`unknown-file-kind`) naming those that are known."""
    check_size(path)
    if is_workbook(path):
        return "apl"
    with text_table(path) as table:
        if ans.looks_like(table):
            return "rpps"
        found = insee.kind_of(table)
        if found is not None:
            return found
        header = table.header
    if any(drees._profession(column) for column in header):
        return "apl"
    shown = ", ".join(header[:6])
    raise Invalid(
        f"{path.name}, ligne 1 : ces colonnes ne sont celles d’aucun fichier connu ({shown[:120]}). Rien n’a été "
        f"importé. Fichiers connus : {' ; '.join(KINDS.values())}.",
        code="unknown-file-kind",
        field="kind",
    )


def read_file(
    path: Path, *, kind: str | None, vintage: str | None, progress: Callable[[str, int, int], None]
) -> list[Statistics]:
    """Everything that a producer's file gives, read and checked whole. Raises Invalid; see `detect`."""
    check_size(path)
    if kind is not None and kind not in KINDS:
        raise Invalid(
            f"Type de fichier inconnu : « {kind} ». Types connus : {', '.join(KINDS)}.",
            code="unknown-file-kind",
            field="kind",
        )
    kind = kind or detect(path)
    if kind == "apl":
        return list(drees.read(path, drees.sheets_of(path), vintage))
    if is_workbook(path):
        raise Invalid(
            f"{path.name} : ce type de fichier se lit en CSV, pas en classeur.",
            code="unknown-file-kind",
            field="kind",
        )
    if kind == "rpps":
        return list(ans.read(path, vintage, progress))
    return list(insee.read(path, kind, vintage))
