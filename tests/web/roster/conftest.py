"""A practice with two rooms, its secretary, a doctor; the clock stands on Monday 2 March 2026, 9 h in Paris."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import time_machine
from django.urls import reverse

from tests.factories.accounts import make_staff
from tests.factories.practices import NOW, make_practice, make_site
from tests.factories.practitioners import make_practitioner


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place(db, client):
    practice = make_practice(name="Cabinet de Nieul")
    site = make_site(practice, rooms=2, name="Maison de santé")
    client.force_login(make_staff("secretary", practice=practice))

    def url(name, *args, **query):
        address = reverse(f"roster:{name}", args=[practice.slug, *args])
        return address + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")

    return SimpleNamespace(
        practice=practice,
        site=site,
        room=site.rooms.first(),
        doctor=make_practitioner(practice=practice, family_name="Martin", given_name="Claire"),
        client=client,
        url=url,
    )
