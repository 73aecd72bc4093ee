"""A small territory for tests: Vendée unless told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from releve.contexts.territory.models import (
    Commune,
    Dataset,
    Departement,
    Epci,
    FormerCommune,
    PostalCode,
    Region,
)
from releve.contexts.territory.rules import normalise_name


def make_dataset(slug: str = "essai") -> Dataset:
    dataset, _ = Dataset.objects.get_or_create(
        slug=slug,
        defaults={
            "title": "Territoire d’essai",
            "producer": "tests",
            "vintage": "2026",
            "licence": "MIT",
            "sha256": "0" * 64,
            "imported_at": datetime(2026, 1, 1, tzinfo=UTC),
        },
    )
    return dataset


def make_departement(
    code: str = "85", *, name: str = "Vendée", region_code: str = "52", **fields: Any
) -> Departement:
    source = make_dataset()
    region, _ = Region.objects.get_or_create(
        code=region_code, defaults={"name": f"Région {region_code}", "source": source}
    )
    departement, _ = Departement.objects.get_or_create(
        code=code, defaults={"name": name, "region": region, "source": source, **fields}
    )
    return departement


def make_epci(siren: str = "200071165", *, name: str = "Intercommunalité d’essai", **fields: Any) -> Epci:
    epci, _ = Epci.objects.get_or_create(
        siren=siren, defaults={"name": name, "kind": "CC", "source": make_dataset(), **fields}
    )
    return epci


def make_commune(
    code: str = "85161",
    *,
    name: str = "Nieul-le-Dolent",
    departement: Departement | None = None,
    epci: Epci | None = None,
    **fields: Any,
) -> Commune:
    values: dict[str, Any] = {
        "name": name,
        "search_name": normalise_name(name),
        "lat": 46.5736,
        "lon": -1.5083,
        "point_source": "town_hall",
        "postal_codes": "85430",
        "population": 2500,
    }
    commune, created = Commune.objects.get_or_create(
        code=code,
        defaults={
            **values,
            "departement": departement or make_departement(),
            "epci": epci or make_epci(),
            "source": make_dataset(),
            **fields,
        },
    )
    if created:
        codes = [postal for postal in commune.postal_codes.split("|") if postal]
        PostalCode.objects.bulk_create([PostalCode(code=postal, commune=commune) for postal in codes])
    return commune


def make_former_commune(code: str, commune: Commune, *, name: str = "") -> FormerCommune:
    return FormerCommune.objects.create(
        code=code, name=name, search_name=normalise_name(name), commune=commune, source=make_dataset()
    )
