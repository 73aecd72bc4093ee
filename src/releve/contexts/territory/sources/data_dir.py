"""Source A: `communes.parquet` and `epci.csv` of RELEVE_DATA_DIR."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..enums import CommuneKind, PointSource
from ..rules import plausible_point
from .reference import (
    LICENCE_OPEN,
    CommuneRow,
    EpciRow,
    Manifest,
    NamedRow,
    Reference,
    bad_file,
    check_reference,
    code_of,
    count_of,
    postal_codes_of,
    sha256_of,
    text_of,
)

LABEL = "RELEVE_DATA_DIR"
COMMUNES, EPCI = "communes.parquet", "epci.csv"
_COLUMNS = [
    *("code_insee", "nom", "type", "commune_parent", "population", "departement", "departement_nom"),
    *("region", "region_nom", "epci_siren", "lon", "lat", "source_point", "codes_postaux"),
]
_EPCI_COLUMNS = ["epci_siren", "epci_nom", "epci_type", "population_municipale"]
_NUMERIC = {"population", "lon", "lat"}


def find_data_dir(data_dir: Path | None) -> Path | None:
    """The folder when it holds both files of this source, else None."""
    if data_dir and (data_dir / COMMUNES).is_file() and (data_dir / EPCI).is_file():
        return data_dir
    return None


def manifests_of(data_dir: Path) -> list[Manifest]:
    return [
        Manifest(
            "communes",
            "Communes, arrondissements municipaux, départements et régions",
            "Insee, IGN, Annuaire du service public",
            "COG 2026, population 2023",
            LICENCE_OPEN,
            sha256_of(data_dir / COMMUNES),
        ),
        Manifest(
            "epci",
            "Intercommunalités à fiscalité propre",
            "DGCL, Insee",
            "2026",
            LICENCE_OPEN,
            sha256_of(data_dir / EPCI),
        ),
    ]


def read_data_dir(data_dir: Path) -> Reference:
    """Read and check source A. Raises Invalid naming file, line and column of the first fault."""
    table = _read_table(data_dir / COMMUNES)
    epci = _read_epci(data_dir / EPCI)
    regions: dict[str, NamedRow] = {}
    departements: dict[str, NamedRow] = {}
    communes: list[CommuneRow] = []
    refused: list[str] = []
    for line, row in enumerate(table, start=1):
        at: dict[str, Any] = {"file": COMMUNES, "line": line}
        departement = text_of(row["departement"], column="departement", max_length=3, **at)
        region = text_of(row["region"], column="region", max_length=3, **at)
        if region not in regions:
            name = text_of(row["region_nom"], column="region_nom", max_length=100, **at)
            regions[region] = NamedRow(region, name)
        if departement not in departements:
            name = text_of(row["departement_nom"], column="departement_nom", max_length=100, **at)
            departements[departement] = NamedRow(departement, name, region)
        elif departements[departement].parent != region:
            raise bad_file(COMMUNES, line, "region", f"le département {departement} change de région.")
        kind = row["type"]
        if kind not in CommuneKind.values:
            raise bad_file(COMMUNES, line, "type", "« COM » ou « ARM » est attendu.")
        parent = row["commune_parent"]
        postal = [part for part in (row["codes_postaux"] or "").split("|") if part]
        commune = CommuneRow(
            code=code_of(row["code_insee"], column="code_insee", **at),
            name=text_of(row["nom"], column="nom", max_length=100, **at),
            kind=kind,
            parent=code_of(parent, column="commune_parent", **at) if parent else None,
            population=count_of(row["population"], column="population", **at),
            departement=departement,
            epci=text_of(row["epci_siren"], column="epci_siren", max_length=9, optional=True, **at) or None,
            postal_codes=postal_codes_of(postal, column="codes_postaux", **at),
            **_point(row, departement, refused),
        )
        communes.append(commune)
    reference = Reference(
        label=LABEL,
        regions=list(regions.values()),
        departements=list(departements.values()),
        epci=epci,
        communes=communes,
        former=[],
        manifests=manifests_of(data_dir),
    )
    if refused:
        reference.warnings.append(
            f"{len(refused)} communes sans point : celui du fichier est hors de leur département "
            f"({', '.join(refused[:5])}{'…' if len(refused) > 5 else ''})."
        )
    return check_reference(reference, file=COMMUNES)


def _point(row: dict[str, Any], departement: str, refused: list[str]) -> dict[str, Any]:
    lat, lon = row["lat"], row["lon"]
    if lat is None or lon is None:
        return {}
    if not plausible_point(lat, lon, departement_code=departement):
        refused.append(f"{row['nom']} {row['code_insee']}")
        return {}
    source = PointSource.TOWN_HALL if row["source_point"] == "mairie" else PointSource.CENTROID
    return {"lat": round(lat, 5), "lon": round(lon, 5), "point_source": source.value}


def _read_table(path: Path) -> list[dict[str, Any]]:
    try:
        schema = pq.read_schema(path)
        for column in _COLUMNS:
            if column not in schema.names:
                raise bad_file(path.name, None, column, "la colonne manque.")
            kind = schema.field(column).type
            if column in _NUMERIC and not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
                raise bad_file(path.name, None, column, f"des nombres sont attendus, pas le type {kind}.")
            if column not in _NUMERIC and not (
                pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
            ):
                raise bad_file(path.name, None, column, f"des textes sont attendus, pas le type {kind}.")
        return pq.read_table(path, columns=_COLUMNS).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise bad_file(path.name, None, None, f"fichier Parquet illisible ({_short(error)}).") from error


def _read_epci(path: Path) -> list[EpciRow]:
    rows: list[EpciRow] = []
    seen: set[str] = set()
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            for column in _EPCI_COLUMNS:
                if column not in (reader.fieldnames or []):
                    raise bad_file(path.name, 1, column, "la colonne manque.")
            for row in reader:
                at: dict[str, Any] = {"file": path.name, "line": reader.line_num}
                siren = text_of(row["epci_siren"], column="epci_siren", max_length=9, **at)
                if not (siren.isascii() and siren.isdigit() and len(siren) == 9) or siren in seen:
                    raise bad_file(
                        path.name,
                        reader.line_num,
                        "epci_siren",
                        f"« {siren} » : SIREN faux ou écrit deux fois.",
                    )
                seen.add(siren)
                rows.append(
                    EpciRow(
                        siren,
                        text_of(row["epci_nom"], column="epci_nom", max_length=200, **at),
                        text_of(row["epci_type"], column="epci_type", max_length=8, **at),
                        count_of(row["population_municipale"], column="population_municipale", **at),
                    )
                )
    except (csv.Error, UnicodeDecodeError) as error:
        raise bad_file(path.name, None, None, f"fichier CSV illisible ({_short(error)}).") from error
    return rows


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
