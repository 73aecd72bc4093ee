"""Small statistics files in the shape of the data folder, over the invented communes of `files.py`.

85999 merged into 85901: its people (Filosofi) are 300, those of 85901 itself 900. 75991 is the only
arrondissement of 75956. 99 codes lead nowhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Rows = list[dict[str, Any]]


def _incomes() -> Rows:
    names = ("code_insee", "menages_fiscaux_2021", "personnes_menages_fiscaux_2021", "niveau_vie_median_2021")
    values = [
        ("85901", 400.0, 900.0, 20_000.0),
        ("85999", 120.0, 300.0, 24_000.0),
        ("85902", 300.0, 800.0, None),
        ("75956", 2000.0, 4800.0, 30_000.0),
    ]
    more = {"taux_pauvrete_2021": None, "d1_2021": None, "d9_2021": None}
    return [dict(zip(names, row, strict=True)) | more for row in values]


def _apl() -> Rows:
    found = []
    for code, hint, base in (
        ("85901", "85901", 2.0),
        ("85999", "85901", 4.0),
        ("85902", "85902", 1.0),
        ("75991", "75991", 5.0),
        ("99123", None, 9.0),
    ):
        row: dict[str, Any] = {"code_insee": code, "code_commune_2026": hint}
        row |= {f"apl_mg_{year}": base for year in (2015, 2016, 2017, 2018, 2019, 2021, 2022)}
        row["apl_mg_2015"] = None if code == "85902" else base - 0.5
        row["apl_mg_2023"] = base
        row |= {f"apl_{other}_2023": 50.0 for other in ("inf", "sf", "mk", "cd")}
        found.append(row)
    return found


def _practitioners() -> Rows:
    return [
        {
            "code_insee": code,
            "mg_bpe_2017": bpe,
            "mg_rpps_2026": rpps,
            "medecins_rpps_2026": rpps + 1,
            "msp_presente": code == "85901",
            "mg_liberaux_2024_estime": estimate,
        }
        for code, bpe, rpps, estimate in (
            ("85901", 2, 3, 1.5),
            ("85999", 1, 1, 0.5),
            ("85902", 0, 0, 0.0),
            ("75956", None, 8, 6.0),
        )
    ]


def _ages() -> Rows:
    return [
        {"code_insee": code, "p_moins25": 30.0, "p_25_64": 50.0, "p_65plus": old, "p_75plus": oldest}
        for code, old, oldest in (("85901", 20.0, 10.0), ("85902", 20.0, None), ("75956", 20.0, 8.0))
    ]


def _emergencies() -> Rows:
    return [
        {"code_insee": code, "temps_su_smur_2019_min": minutes, "commune_siege_su_smur_2019": minutes == 0}
        for code, minutes in (("85901", 20.0), ("85999", 0.0), ("85902", 35.0))
    ]


def _zoning() -> Rows:
    return [
        {"code_insee": "85901", "zonage": "ZAC", "zrr": "NC"},
        {"code_insee": "85999", "zonage": "ZIP", "zrr": "C"},
        {"code_insee": "75991", "zonage": "HZ", "zrr": None},
    ]


def _memberships() -> Rows:
    return [
        {
            "code_insee": "85901",
            "bv2022": "85191",
            "bv2022_lib": "Grand Essai",
            "cv": "8517",
            "tuu2017": "0",
            "cateaav2020": "20",
        }
    ]


PARQUET = {
    "filosofi_2021.parquet": _incomes,
    "apl_communes.parquet": _apl,
    "medecins_generalistes_communes.parquet": _practitioners,
    "population_age_2020.parquet": _ages,
    "acces_urgences_2019.parquet": _emergencies,
    "zonage_medecins_communes.parquet": _zoning,
    "territoires_insee_2023.parquet": _memberships,
}
_TYPES = {
    "mg_bpe_2017": pa.int32(),
    "mg_rpps_2026": pa.int32(),
    "medecins_rpps_2026": pa.int32(),
    "commune_siege_su_smur_2019": pa.bool_(),
    "msp_presente": pa.bool_(),
}
_TEXTS = ("code", "zonage", "zrr", "bv2022", "cv", "tuu", "cateaav")


def _type(name: str) -> pa.DataType:
    if name in _TYPES:
        return _TYPES[name]
    return pa.string() if name.startswith(_TEXTS) else pa.float64()


def write_parquet(path: Path, rows: Rows) -> None:
    schema = pa.schema([(name, _type(name)) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


CSV = {
    "medecins_departements.csv": (
        "departement,effectif_mg_hors_mep_2024,densite_mg_hors_mep_2024,part_medecins_55plus_2025,"
        "evol_annuelle_medecins_2012_2025_pct,prev_diabete_pct,prev_resp_chronique_pct\n"
        "85,500.0,71.2,0.45,0.2,5.8,5.2\n75,1800.0,80.1,0.5,-0.3,4.1,4.9\n2A,100.0,60.0,0.5,0.1,,\n"
    ),
    "temps_route_facteurs_departements.csv": "departement,facteur\n85,0.9\n92,2.0\n",
    "zones_rouges_2025_partiel.csv": (
        'epci_siren,source,fiabilite\n200000001,"Presse, juin 2025",presse\n299999999,Inconnue,a confirmer\n'
    ),
    "apl_parametres.csv": "parametre,modalite,valeur\n"
    + "".join(
        f"poids_age,{name},1.0\n"
        for name in (
            *(f"{start}-{start + 4}" for start in range(0, 90, 5)),
            "90+",
        )
    )
    + "seuil_sous_densite_historique_2017_2022,,2.5\n",
}


def write_statistics(folder: Path, **rows: Rows) -> Path:
    """Every file; `rows` replaces those of a file, named without its extension."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PARQUET.items():
        write_parquet(folder / name, rows.get(name.removesuffix(".parquet")) or make())
    for name, text in CSV.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def apl_rows(**changes: Any) -> Rows:
    """Rows of `apl_communes`, those of 85901 changed."""
    rows = _apl()
    rows[0] |= changes
    return rows
