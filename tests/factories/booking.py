"""A small practice ready to book: one site, two rooms, a doctor in the morning, the default reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from releve.contexts.booking.models import VisitReason
from releve.contexts.booking.services import create_default_reasons
from releve.contexts.patients.rules import Contact, PatientIdentity
from releve.contexts.practices.models import Practice, Room, Site
from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering.models import Shift
from releve.contexts.territory.models import Commune, Dataset
from releve.kernel.audit import SYSTEM
from releve.kernel.clock import local_instant

# A Monday, eight in the morning in Paris; the shift is on the Wednesday of the same week.
NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
DAY = date(2026, 3, 4)


def make_commune(code: str = "85161", **fields) -> Commune:
    dataset, _ = Dataset.objects.get_or_create(
        slug="test",
        defaults={
            "title": "Test",
            "producer": "Test",
            "vintage": "2026",
            "licence": "MIT",
            "sha256": "0" * 64,
            "imported_at": NOW,
        },
    )
    values = {
        "name": "Nieul-le-Dolent",
        "search_name": "nieul le dolent",
        "lat": 46.575,
        "lon": -1.506,
        **fields,
    }
    commune, _ = Commune.objects.get_or_create(code=code, defaults={"source": dataset, **values})
    return commune


@dataclass
class World:
    practice: Practice
    site: Site
    room: Room
    doctor: Practitioner
    shift: Shift
    reasons: dict[str, VisitReason]

    def at(self, hour: int, minute: int = 0, day: date = DAY) -> datetime:
        return local_instant(day, time(hour, minute), self.site.time_zone)

    def shift_on(
        self, day: date = DAY, start: int = 9, end: int = 12, doctor: Practitioner | None = None, **fields
    ) -> Shift:
        return Shift.objects.create(
            **{
                "practice": self.practice,
                "site": self.site,
                "practitioner": doctor or self.doctor,
                "status": "confirmed",
                "day": day,
                "half_day": "morning",
                "starts_at": self.at(start, day=day),
                "ends_at": self.at(end, day=day),
                "created_at": NOW,
                "updated_at": NOW,
                **fields,
            }
        )


def make_doctor(name: str = "Martin", **fields) -> Practitioner:
    return Practitioner.objects.create(family_name=name, given_name="Claire", status="replacement", **fields)


def make_world(slug: str = "nieul", **site_fields) -> World:
    practice = Practice.objects.create(
        slug=slug, name=f"Cabinet de {slug}", status="open", phone="+33251000000", opened_on=date(2022, 4, 5)
    )
    site = Site.objects.create(
        **{
            "practice": practice,
            "slug": f"{slug}-centre",
            "name": "Maison médicale",
            "kind": "municipal",
            "address": "1 place de l’Église",
            "postal_code": "85430",
            "commune": make_commune(),
            "lat": 46.575,
            "lon": -1.506,
            **site_fields,
        }
    )
    room = Room.objects.create(site=site, name="Salle 1")
    doctor = make_doctor(rhythm_minutes=15)
    create_default_reasons(practice_id=practice.pk, by=SYSTEM, now=NOW)
    reasons = {r.category: r for r in VisitReason.objects.filter(practice=practice)}
    world = World(practice, site, room, doctor, None, reasons)  # type: ignore[arg-type]
    world.shift = world.shift_on(room=room)
    return world


def make_identity(family_name: str = "Durand", given_name: str = "Paul", **fields) -> PatientIdentity:
    return PatientIdentity(
        **{"family_name": family_name, "given_name": given_name, "birth_date": date(1980, 5, 17), **fields}
    )


def make_contact(**fields) -> Contact:
    return Contact(**{"phone": "06 39 98 12 34", "email": "paul@exemple.fr", **fields})


def soon(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)
