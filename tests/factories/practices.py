"""Practices and sites for tests, made through the services."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from releve.contexts.practices import services
from releve.contexts.practices.enums import SiteKind
from releve.contexts.practices.models import Practice, Room, Site, SiteClosure
from releve.kernel.audit import SYSTEM
from tests.factories.territory import make_commune

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
_numbers = count(1)


def make_practice(**fields: Any) -> Practice:
    fields.setdefault("name", f"Cabinet éphémère {next(_numbers)}")
    status = fields.pop("status", "open")
    practice = services.create_practice(**{"by": SYSTEM, "now": NOW, **fields})
    if practice.status != status:
        practice.status = status
        practice.save(update_fields=["status"])
    return practice


def make_site(
    practice: Practice | None = None, *, rooms: int = 1, commune: Any = None, **fields: Any
) -> Site:
    commune = commune or make_commune()
    values: dict[str, Any] = {
        "name": f"Lieu {next(_numbers)}",
        "kind": SiteKind.MUNICIPAL,
        "address": "1 place de la Mairie",
        "postal_code": "85430",
        "by": SYSTEM,
        "now": NOW,
    }
    site = services.add_site(
        practice_id=(practice or make_practice()).pk, commune_code=commune.code, **{**values, **fields}
    )
    for number in range(1, rooms + 1):
        make_room(site, name=f"Salle {number}")
    return site


def make_room(site: Site, *, name: str | None = None) -> Room:
    return services.add_room(site_id=site.pk, name=name or f"Salle {next(_numbers)}", by=SYSTEM, now=NOW)


def make_closure(
    site: Site, *, first_day: date = date(2026, 8, 1), last_day: date = date(2026, 8, 15)
) -> SiteClosure:
    return services.add_closure(site_id=site.pk, first_day=first_day, last_day=last_day, by=SYSTEM, now=NOW)
