"""A few communes with statistics, small enough to compute every figure by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from releve.contexts.diagnosis.enums import KnowledgeKind
from releve.contexts.diagnosis.models import LocalKnowledge, Parameter, Perimeter
from releve.contexts.territory.models import (
    Commune,
    CommuneFigures,
    Dataset,
    Departement,
    DepartementFigures,
    Epci,
    RedZone,
)

from .territory import make_commune, make_dataset, make_departement, make_epci

TODAY = date(2026, 3, 2)
_versions = count(1)
_COLUMNS = {
    "apl": ["apl", "apl_year", "apl_history"],
    "ages": ["share_under_25", "share_25_64", "share_65_plus", "share_75_plus"],
    "general-practitioners": ["gp_estimate"],
    "incomes": ["median_income", "poverty_rate", "first_decile", "ninth_decile"],
    "emergency-times": ["emergency_minutes"],
    "zoning": ["zoning", "zrr"],
    "surfaces": ["surface_km2"],
    "departement-doctors": ["gp_density", "share_doctors_55_plus", "diabetes_prevalence"],
}
PRODUCERS = {"apl": "DREES", "ages": "Insee", "incomes": "Insee", "emergency-times": "DREES"}
VINTAGES = {"apl": "2015 à 2023", "ages": "2020", "incomes": "2021", "emergency-times": "2019"}


def touch_statistics() -> None:
    """Manifests as an import writes them; a new fingerprint, so that no array of another test is read."""
    for slug, columns in _COLUMNS.items():
        Dataset.objects.update_or_create(
            slug=slug,
            defaults={
                "title": f"Statistique « {slug} »",
                "producer": PRODUCERS.get(slug, "tests"),
                "vintage": VINTAGES.get(slug, "2024"),
                "licence": "Licence Ouverte 2.0 (Etalab)",
                "sha256": f"{next(_versions):064d}",
                "imported_at": datetime(2026, 1, 1, tzinfo=UTC),
                "report": {"columns": columns},
            },
        )


def make_figures(commune: Commune, **fields: Any) -> CommuneFigures:
    """Statistics of a commune; what is not given is not known."""
    if "apl" in fields:
        fields.setdefault("apl_year", 2023)
        fields.setdefault("apl_history", {"2023": fields["apl"]})
    figures, _ = CommuneFigures.objects.update_or_create(commune=commune, defaults=fields)
    touch_statistics()
    return figures


def make_departement_figures(departement: Departement, **fields: Any) -> DepartementFigures:
    figures, _ = DepartementFigures.objects.update_or_create(departement=departement, defaults=fields)
    touch_statistics()
    return figures


@dataclass
class Territory:
    """Two communes 5 km apart in one EPCI, a town 19 km off, an island, and a commune of another département."""

    nieul: Commune
    girouard: Commune
    town: Commune
    island: Commune
    far: Commune
    epci: Epci


def make_territory(*, statistics: bool = True) -> Territory:
    """0.01 degree of latitude is 1.112 km. Population 2 000, 1 000, 10 000, 500, 3 000."""
    epci = make_epci("248500530", name="CC du Pays des Achards")
    other = make_epci("248500001", name="CA du Bourg")
    vendee = make_departement("85", name="Vendée")
    doubs = make_departement("25", name="Doubs", region_code="27")
    world = Territory(
        nieul=make_commune("85161", name="Nieul-le-Dolent", epci=epci, population=2000, lat=46.57, lon=-1.5),
        girouard=make_commune("85099", name="Le Girouard", epci=epci, population=1000, lat=46.615, lon=-1.5),
        town=make_commune(
            "85191", name="La Roche-sur-Yon", epci=other, population=10_000, lat=46.74, lon=-1.5
        ),
        island=make_commune("85113", name="L'Île-d'Yeu", epci=None, population=500, lat=46.60, lon=-1.51),
        far=make_commune(
            "25462", name="Pontarlier", epci=other, departement=doubs, population=3000, lat=46.9, lon=6.35
        ),
        epci=epci,
    )
    Commune.objects.filter(pk="85113").update(epci=None)
    if not statistics:
        touch = make_dataset("communes")
        Dataset.objects.filter(pk=touch.pk).update(sha256=f"{next(_versions):064d}")
        Dataset.objects.filter(slug__in=_COLUMNS).delete()
        return world
    ages = {"share_under_25": 30.0, "share_25_64": 50.0, "share_65_plus": 20.0, "share_75_plus": 10.0}
    make_figures(
        world.nieul,
        apl=1.731,
        apl_history={"2015": 1.93, "2022": 2.033, "2023": 1.731},
        gp_estimate=0.0,
        surface_km2=20.0,
        median_income=22_000.0,
        emergency_minutes=21.0,
        zoning="ZAC",
        **ages,
    )
    make_figures(
        world.girouard,
        apl=3.0,
        apl_history={"2015": 2.0, "2022": 2.9, "2023": 3.0},
        gp_estimate=1.0,
        surface_km2=10.0,
        emergency_minutes=33.0,  # its income is secret
        zoning="ZIP",
        **ages,
    )
    make_figures(
        world.town,
        apl=4.0,
        apl_history={"2015": 5.0, "2022": 4.1, "2023": 4.0},
        gp_estimate=8.0,
        surface_km2=80.0,
        median_income=24_000.0,
        emergency_minutes=0.0,
        zoning="HZ",
        **ages,
    )
    make_figures(world.island, apl=2.0, gp_estimate=2.0, surface_km2=23.0)
    make_figures(
        world.far,
        apl=4.289,
        gp_estimate=5.0,
        surface_km2=41.0,
        median_income=26_000.0,
        emergency_minutes=0.0,
        zoning="HZ",
        **ages,
    )
    make_departement_figures(
        vendee,
        gp_density=59.3,
        share_doctors_55_plus=0.40,
        diabetes_prevalence=6.0,
        respiratory_prevalence=5.0,
        road_factor=1.0,
    )
    make_departement_figures(doubs, share_doctors_55_plus=0.50, road_factor=1.0)
    return world


def make_red_zone(epci: Epci) -> RedZone:
    return RedZone.objects.create(
        epci=epci,
        reliability="presse",
        origin="Journal local, 27 juin 2025",
        source=make_dataset("red-zones"),
    )


def make_knowledge(commune: Commune, **fields: Any) -> LocalKnowledge:
    values: dict[str, Any] = {
        "kind": KnowledgeKind.DOCTOR_LEAVES,
        "doctors": 1.0,
        "starts_on": date(2026, 12, 31),
        "origin": "Secrétariat de la mairie",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return LocalKnowledge.objects.create(commune=commune, **{**values, **fields})


def make_parameter(key: str, value: float, starts_on: date, origin: str = "Arrêté d’essai") -> Parameter:
    return Parameter.objects.create(
        key=key,
        value=value,
        starts_on=starts_on,
        origin=origin,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def make_perimeter(slug: str, *communes: Commune, name: str = "CPTS du Bocage") -> Perimeter:
    perimeter = Perimeter.objects.create(
        slug=slug, name=name, kind="cpts", created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    perimeter.communes.set(communes)
    return perimeter
