"""Rows that a diagnosis reads beyond the national arrays, each in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Q

from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practices.models import Site
from releve.contexts.territory.models import Commune, CommuneFigures, RedZone

from ..models import LocalKnowledge

DETAILS: Final = (
    *("poverty_rate", "first_decile", "ninth_decile", "fiscal_households", "zrr", "is_emergency_seat"),
    *(
        "has_health_house",
        "living_area_name",
        "apl_nurses",
        "apl_midwives",
        "apl_physiotherapists",
        "apl_dentists",
    ),
)


def details_of(code: str) -> dict[str, Any]:
    """The columns of a commune that the national arrays do not keep; empty when it has no statistics."""
    return CommuneFigures.objects.filter(pk=code).values(*DETAILS).first() or {}


@dataclass(frozen=True)
class PartRow:
    """An arrondissement, or the commune itself, with its published figures (None unknown)."""

    code: str
    name: str
    parent: str | None
    population: int | None
    lat: float | None
    lon: float | None
    departement: str | None
    epci: str | None
    apl: float | None
    apl_history: dict[str, float] | None
    shares: tuple[float | None, ...]
    median_income: float | None
    emergency_minutes: float | None
    zoning: str | None
    surface_km2: float | None


def parts_of(codes: Sequence[str]) -> list[PartRow]:
    """These arrondissements, and those of these communes."""
    rows = (
        Commune.objects.filter(Q(pk__in=codes) | Q(parent_id__in=codes), parent__isnull=False)
        .order_by("code")
        .values_list(
            "code",
            "name",
            "parent_id",
            "population",
            "lat",
            "lon",
            "departement_id",
            "epci_id",
            "figures__apl",
            "figures__apl_history",
            "figures__share_under_25",
            "figures__share_25_64",
            "figures__share_65_plus",
            "figures__share_75_plus",
            "figures__median_income",
            "figures__emergency_minutes",
            "figures__zoning",
            "figures__surface_km2",
        )
    )
    return [PartRow(*row[:10], row[10:14], *row[14:]) for row in rows]


@dataclass(frozen=True)
class RedZoneRow:
    siren: str
    name: str
    reliability: str
    origin: str


def red_zones() -> list[RedZoneRow]:
    """The known part of the State's list (a few dozen rows)."""
    rows = RedZone.objects.order_by("epci_id").values_list("epci_id", "epci__name", "reliability", "origin")
    return [RedZoneRow(*row) for row in rows]


@dataclass(frozen=True)
class SiteRow:
    """A consultation site that anybody may see, of a practice that is open."""

    slug: str
    name: str
    kind: str
    commune_code: str
    commune_name: str
    opened_on: date | None
    is_demo: bool


def open_sites() -> list[SiteRow]:
    """Public sites of open practices, one row each."""
    rows = (
        Site.objects.filter(is_public=True, practice__status=PracticeStatus.OPEN)
        .order_by("commune_id", "pk")
        .values_list(
            "slug",
            "name",
            "practice__name",
            "commune_id",
            "commune__name",
            "practice__opened_on",
            "practice__is_demo",
        )
    )
    return [SiteRow(*row) for row in rows]


def knowledge_for(codes: Sequence[str], *, today: date) -> list[LocalKnowledge]:
    """What is known locally of these communes, in force or coming on `today`, oldest first."""
    current = LocalKnowledge.objects.filter(withdrawn_at__isnull=True).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    )
    wanted = set(codes)
    # Few rows in the whole country, many communes in a département: chosen here rather than in the statement.
    rows = current.filter(commune_id__in=codes) if len(codes) <= 200 else current
    return [
        row for row in rows.select_related("commune").order_by("starts_on", "pk") if row.commune_id in wanted
    ]
