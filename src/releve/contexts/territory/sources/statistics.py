"""Official statistics in RELEVE_DATA_DIR: which file feeds which columns, read and checked before any writing."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from .. import figures
from ..rules import is_commune_code
from .reference import LICENCE_OPEN, Manifest, bad_file, sha256_of

INSEE: Final = "Insee"
DREES: Final = "DREES"
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:-(0[1-9]|1[0-2]))?(?!\d)")


def vintage_key(vintage: str) -> tuple[int, int] | None:
    """(year, month) of the latest period named in a vintage, month 0 when it names only years; None without any."""
    found = [(int(year), int(month or 0)) for year, month in _YEAR.findall(vintage)]
    return max(found) if found else None


def is_older(vintage: str, than: str) -> bool:
    """Whether a vintage is surely older than another; months count only when both name one."""
    one, other = vintage_key(vintage), vintage_key(than)
    if one is None or other is None:
        return False
    return one < other if one[1] and other[1] else one[0] < other[0]


@dataclass
class Statistics:
    """Values per commune read from a file, checked, not yet brought to the communes of today.

    `columns`: column of `CommuneFigures` -> one value per code, None when missing or secret. `years`: published
    APL by year. `hints`: commune of today as the file says it. `weights`: people of each row, to average old
    communes. `partial`: rows of Paris, Lyon, Marseille and of their arrondissements add up.
    """

    manifest: Manifest
    codes: list[str]
    columns: dict[str, list[Any]]
    years: dict[int, list[float | None]] = field(default_factory=dict)
    hints: list[str | None] | None = None
    weights: list[float | None] | None = None
    partial: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CommuneFile:
    """A Parquet file of the folder with one row per commune. `columns`: ours -> theirs."""

    slug: str
    file: str
    title: str
    producer: str
    vintage: str
    columns: dict[str, str]

    def manifest(self, folder: Path) -> Manifest:
        digest = sha256_of(folder / self.file)
        return Manifest(self.slug, self.title, self.producer, self.vintage, LICENCE_OPEN, digest)


_APL_YEARS = (2015, 2016, 2017, 2018, 2019, 2021, 2022, 2023)
# `incomes` first: its people per old commune are the weights of the others.
COMMUNE_FILES: Final = (
    CommuneFile(
        "incomes",
        "filosofi_2021.parquet",
        "Niveaux de vie et pauvreté (Filosofi)",
        "Insee, DGFiP, Cnaf, Cnav, CCMSA",
        "2021",
        {
            "median_income": "niveau_vie_median_2021",
            "poverty_rate": "taux_pauvrete_2021",
            "first_decile": "d1_2021",
            "ninth_decile": "d9_2021",
            "fiscal_households": "menages_fiscaux_2021",
            "fiscal_persons": "personnes_menages_fiscaux_2021",
        },
    ),
    CommuneFile(
        "surfaces",
        "communes.parquet",
        "Surface des communes",
        "IGN",
        "COG 2026",
        {"surface_km2": "surface_km2"},
    ),
    CommuneFile(
        "apl",
        "apl_communes.parquet",
        "Accessibilité potentielle localisée (APL)",
        DREES,
        "2015 à 2023",
        {
            "apl_nurses": "apl_inf_2023",
            "apl_midwives": "apl_sf_2023",
            "apl_physiotherapists": "apl_mk_2023",
            "apl_dentists": "apl_cd_2023",
            **{f"apl:{year}": f"apl_mg_{year}" for year in _APL_YEARS},
        },
    ),
    CommuneFile(
        "general-practitioners",
        "medecins_generalistes_communes.parquet",
        "Médecins généralistes par commune : comptages BPE et RPPS, estimation des libéraux",
        "Insee (BPE), ANS (RPPS), Cnam",
        "2017 (BPE), 2024 (estimation), 2026 (RPPS)",
        {
            "gp_estimate": "mg_liberaux_2024_estime",
            "gp_facilities": "mg_bpe_2017",
            "gp_register": "mg_rpps_2026",
            "doctors_register": "medecins_rpps_2026",
            "has_health_house": "msp_presente",
        },
    ),
    CommuneFile(
        "ages",
        "population_age_2020.parquet",
        "Population par âge (recensement)",
        INSEE,
        "2020",
        {
            "share_under_25": "p_moins25",
            "share_25_64": "p_25_64",
            "share_65_plus": "p_65plus",
            "share_75_plus": "p_75plus",
        },
    ),
    CommuneFile(
        "emergency-times",
        "acces_urgences_2019.parquet",
        "Temps de route vers les urgences ou le SMUR (Diagnostic d’accès aux soins urgents)",
        DREES,
        "31 décembre 2019",
        {"emergency_minutes": "temps_su_smur_2019_min", "is_emergency_seat": "commune_siege_su_smur_2019"},
    ),
    CommuneFile(
        "zoning",
        "zonage_medecins_communes.parquet",
        "Zonage des médecins (ZIP, ZAC), antérieur aux arrêtés de fin 2025",
        "ARS, Atlasanté (CartoSanté)",
        "avant juin 2025",
        {"zoning": "zonage", "zrr": "zrr"},
    ),
    CommuneFile(
        "memberships",
        "territoires_insee_2023.parquet",
        "Bassins de vie, cantons, unités urbaines, aires d’attraction",
        INSEE,
        "COG 2023",
        {
            "living_area": "bv2022",
            "living_area_name": "bv2022_lib",
            "canton": "cv",
            "urban_size": "tuu2017",
            "attraction_category": "cateaav2020",
        },
    ),
)
PERSONS_FILE: Final = COMMUNE_FILES[0]
ZONINGS: Final = frozenset({"ZIP", "ZAC", "ZAR", "HZ"})
_TEXT_LENGTHS: Final = {
    "zoning": 4,
    "zrr": 3,
    "living_area": 5,
    "living_area_name": 120,
    "canton": 5,
    "urban_size": 2,
    "attraction_category": 2,
}
_APL_RULE: Final = figures.COLUMNS["apl"]


def read_commune_file(spec: CommuneFile, folder: Path, manifest: Manifest) -> Statistics:
    """Read and check one file. Raises Invalid (`bad-reference-file`) naming file, line and column."""
    table = _read_parquet(folder / spec.file, ["code_insee", *spec.columns.values()])
    codes = table.column("code_insee").to_pylist()
    check_codes(codes, file=spec.file, column="code_insee")
    hints = None
    if "code_commune_2026" in table.schema.names:
        hints = table.column("code_commune_2026").to_pylist()
    found = Statistics(manifest, codes, {}, hints=hints)
    for ours, theirs in spec.columns.items():
        kind = table.schema.field(theirs).type
        values = table.column(theirs).to_pylist()
        if ours.startswith("apl:"):
            _require(pa.types.is_floating(kind), spec.file, theirs, "des nombres sont attendus", kind)
            check_range(values, _APL_RULE, file=spec.file, column=theirs)
            found.years[int(ours[4:])] = values
            continue
        rule = figures.COLUMNS[ours]
        if rule.kind == figures.TEXT:
            _require(_is_text(kind), spec.file, theirs, "des textes sont attendus", kind)
            values = check_texts(values, ours, file=spec.file, column=theirs)
        elif rule.kind == figures.FLAG:
            _require(pa.types.is_boolean(kind), spec.file, theirs, "vrai ou faux est attendu", kind)
        else:
            good = pa.types.is_floating(kind) or pa.types.is_integer(kind)
            _require(good, spec.file, theirs, "des nombres sont attendus", kind)
            values = check_range(values, rule, file=spec.file, column=theirs)
        found.columns[ours] = values
    return found


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _require(good: bool, file: str, column: str, problem: str, kind: Any) -> None:
    if not good:
        raise bad_file(file, None, column, f"{problem}, pas le type {kind}.")


def _read_parquet(path: Path, columns: list[str]) -> pa.Table:
    try:
        names = pq.read_schema(path).names
        for column in columns:
            if column not in names:
                raise bad_file(path.name, None, column, "la colonne manque.")
        if "code_commune_2026" in names:
            columns = [*columns, "code_commune_2026"]
        return pq.read_table(path, columns=columns)
    except (pa.ArrowException, OSError) as error:
        shown = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise bad_file(path.name, None, None, f"fichier Parquet illisible ({shown}).") from error


def check_codes(codes: Sequence[Any], *, file: str, column: str, lines: Sequence[int] | None = None) -> None:
    """Every code has the shape of a commune code and is there once."""
    seen: set[str] = set()
    for rank, code in enumerate(codes):
        line = lines[rank] if lines is not None else rank + 1
        if not isinstance(code, str) or not is_commune_code(code):
            raise bad_file(
                file, line, column, f"un code Insee de commune est attendu, pas « {str(code)[:40]} »."
            )
        if code in seen:
            raise bad_file(file, line, column, f"la commune {code} est écrite deux fois.")
        seen.add(code)
    if not seen:
        raise bad_file(file, None, None, "aucune commune.")


def check_range(
    values: Sequence[Any],
    rule: figures.Column,
    *,
    file: str,
    column: str,
    lines: Sequence[int] | None = None,
) -> list[Any]:
    """The numbers, NaN turned into None; refuses what is outside the column's range."""
    whole = rule.kind == figures.COUNT and rule.decimals == 0
    unit = f" ({rule.unit})" if rule.unit else ""
    found: list[Any] = []
    for rank, value in enumerate(values):
        if value is None or (isinstance(value, float) and math.isnan(value)):
            found.append(None)
            continue
        if not rule.minimum <= value <= rule.maximum:
            line = lines[rank] if lines is not None else rank + 1
            raise bad_file(
                file,
                line,
                column,
                f"une valeur de {rule.minimum:g} à {rule.maximum:g}{unit} est attendue, pas « {value} ».",
            )
        found.append(round(value) if whole else value)
    return found


def check_texts(values: Sequence[Any], ours: str, *, file: str, column: str) -> list[str]:
    """The texts, "" when missing; refuses one that is too long, or a zoning that does not exist."""
    limit = _TEXT_LENGTHS[ours]
    found = []
    for rank, value in enumerate(values):
        text = (value or "").strip()
        if len(text) > limit or (ours == "zoning" and text and text not in ZONINGS):
            raise bad_file(file, rank + 1, column, f"valeur inattendue « {text[:40]} ».")
        found.append(text)
    return found


# The tables that are not per commune.

DEPARTEMENT_DOCTORS: Final = "medecins_departements.csv"
ROAD_FACTORS: Final = "temps_route_facteurs_departements.csv"
RED_ZONES: Final = "zones_rouges_2025_partiel.csv"
APL_PARAMETERS: Final = "apl_parametres.csv"
_DOCTOR_COLUMNS: Final = {
    "gp_count": "effectif_mg_hors_mep_2024",
    "gp_density": "densite_mg_hors_mep_2024",
    "share_doctors_55_plus": "part_medecins_55plus_2025",
    "doctors_yearly_change": "evol_annuelle_medecins_2012_2025_pct",
    "diabetes_prevalence": "prev_diabete_pct",
    "respiratory_prevalence": "prev_resp_chronique_pct",
}
# slug, file, title, producer, vintage, columns of `DepartementFigures` (ours -> theirs)
DEPARTEMENT_FILES: Final = (
    (
        "departement-doctors",
        DEPARTEMENT_DOCTORS,
        "Médecins par département",
        "Cnam, DREES",
        "2024, 2025",
        _DOCTOR_COLUMNS,
    ),
    (
        "road-factors",
        ROAD_FACTORS,
        "Facteurs du modèle de temps de route",
        "calcul sur données DREES",
        "2019",
        {"road_factor": "facteur"},
    ),
)
OTHER_FILES: Final = (
    (
        "red-zones",
        RED_ZONES,
        "Zones rouges « Un médecin près de chez vous » (liste partielle)",
        "Ministère de la Santé, via la presse",
        "juin 2025",
    ),
    ("apl-parameters", APL_PARAMETERS, "Paramètres de l’APL", "Irdes, DREES", "2010 à 2016, 2025"),
)


def file_manifest(slug: str, file: str, title: str, producer: str, vintage: str, folder: Path) -> Manifest:
    return Manifest(slug, title, producer, vintage, LICENCE_OPEN, sha256_of(folder / file))


def csv_rows(path: Path, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a comma-separated UTF-8 file. Refuses other separators, a missing column, a short row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            if len(header) == 1:
                other = next((mark for mark in ";|\t" if mark in header[0]), None)
                if other:
                    shown = "une tabulation" if other == "\t" else f"« {other} »"
                    raise bad_file(
                        path.name, 1, header[0].split(other)[0][:40], f"le séparateur est {shown}, pas « , »."
                    )
            for column in required:
                if column not in header:
                    raise bad_file(path.name, 1, column, "la colonne manque.")
            for row in reader:
                if len(row) != len(header):
                    raise bad_file(
                        path.name, reader.line_num, None, f"{len(row)} valeurs au lieu de {len(header)}."
                    )
                yield reader.line_num, dict(zip(header, row, strict=True))
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        shown = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise bad_file(path.name, None, None, f"fichier CSV illisible ({shown}).") from error


def number_of(text: str, *, file: str, line: int, column: str) -> float | None:
    """A number written with a point, or None when empty."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise bad_file(file, line, column, f"un nombre est attendu, pas « {text[:40]} ».")
    return value


def read_departement_file(path: Path, columns: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Département -> values of `DepartementFigures`."""
    found: dict[str, dict[str, Any]] = {}
    for line, row in csv_rows(path, ["departement", *columns.values()]):
        code = row["departement"].strip()
        if not code or code in found:
            raise bad_file(path.name, line, "departement", f"« {code} » : code vide ou écrit deux fois.")
        values: dict[str, Any] = {}
        for ours, theirs in columns.items():
            number = number_of(row[theirs], file=path.name, line=line, column=theirs)
            rule = figures.DEPARTEMENT_COLUMNS[ours]
            values[ours] = check_range([number], rule, file=path.name, column=theirs, lines=[line])[0]
        found[code] = values
    if not found:
        raise bad_file(path.name, None, None, "aucun département.")
    return found


def read_red_zones(path: Path) -> dict[str, tuple[str, str]]:
    """EPCI -> (reliability, origin)."""
    found: dict[str, tuple[str, str]] = {}
    for line, row in csv_rows(path, ["epci_siren", "source", "fiabilite"]):
        siren = row["epci_siren"].strip()
        if not (siren.isascii() and siren.isdigit() and len(siren) == 9) or siren in found:
            raise bad_file(
                path.name, line, "epci_siren", f"« {siren[:20]} » : SIREN faux ou écrit deux fois."
            )
        reliability, origin = row["fiabilite"].strip(), row["source"].strip()
        if len(reliability) > 20 or len(origin) > 200:
            raise bad_file(path.name, line, "source", "texte trop long.")
        found[siren] = (reliability, origin)
    return found


def read_apl_parameters(path: Path) -> dict[str, dict[str, float]]:
    """`age_weights` by class, and the other parameters under `values`."""
    weights: dict[str, float] = {}
    others: dict[str, float] = {}
    for line, row in csv_rows(path, ["parametre", "modalite", "valeur"]):
        value = number_of(row["valeur"], file=path.name, line=line, column="valeur")
        if value is None or not 0 <= value <= 100_000:
            raise bad_file(path.name, line, "valeur", f"un nombre est attendu, pas « {row['valeur'][:40]} ».")
        if row["parametre"] == "poids_age":
            if row["modalite"] not in figures.AGE_WEIGHTS:
                raise bad_file(
                    path.name, line, "modalite", f"classe d’âge inconnue « {row['modalite'][:20]} »."
                )
            weights[row["modalite"]] = value
        else:
            others[f"{row['parametre']} {row['modalite']}".strip()] = value
    if weights.keys() != figures.AGE_WEIGHTS.keys():
        raise bad_file(path.name, None, "modalite", "des classes d’âge manquent.")
    return {"age_weights": weights, "values": others}
