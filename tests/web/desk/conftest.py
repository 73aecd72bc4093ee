"""A Wednesday morning at the desk: one doctor from 9 h to 12 h, a secretary, a doctor, a stranger."""

from __future__ import annotations

from datetime import UTC, datetime, time
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client

from releve.contexts.booking import services
from releve.kernel.audit import SYSTEM
from releve.kernel.clock import local_instant
from tests.factories.accounts import make_staff
from tests.factories.booking import DAY, NOW, make_contact, make_identity, make_world

# 9 h 40 in Paris, the day of the shift.
TODAY = datetime(2026, 3, 4, 8, 40, tzinfo=UTC)


@pytest.fixture
def at_work():
    with time_machine.travel(TODAY, tick=False):
        yield TODAY


@pytest.fixture
def desk(db, at_work):
    world = make_world()
    secretary = make_staff("secretary", practice=world.practice, full_name="Sylvie Accueil")
    doctor = make_staff("practitioner", practice=world.practice)
    client = Client()
    client.force_login(secretary)
    slug = world.practice.slug

    def book(hour, minute=0, name="Durand", given="Paul", category="follow_up", **fields):
        return services.book_appointment(
            **{
                "site_id": world.site.pk,
                "reason_id": world.reasons[category].pk,
                "starts_at": local_instant(DAY, time(hour, minute), "Europe/Paris"),
                "shift_id": world.shift.pk,
                "identity": make_identity(name, given),
                "contact": make_contact(),
                "booked_by": "desk",
                "by": SYSTEM,
                "now": NOW,
                **fields,
            }
        ).appointment

    return SimpleNamespace(
        world=world,
        secretary=secretary,
        doctor=doctor,
        client=client,
        book=book,
        slug=slug,
        root=f"/secretariat/{slug}/",
        day=f"/secretariat/{slug}/jour/{world.site.slug}/{DAY.isoformat()}/",
        slot=lambda h, m=0: f"{world.shift.pk}@{world.at(h, m):%Y-%m-%dT%H:%M:%SZ}".replace("+00:00", ""),
    )


@pytest.fixture
def as_doctor(desk):
    client = Client()
    client.force_login(desk.doctor)
    return client
