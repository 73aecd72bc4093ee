"""A practice with one site of two rooms, a doctor of its team, and the secretary who acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from releve.contexts.accounts.models import User
from releve.contexts.practices.models import Practice, Room, Site
from releve.contexts.practitioners.models import Practitioner
from releve.kernel.audit import Actor
from tests.factories.accounts import make_staff
from tests.factories.practices import make_practice, make_site
from tests.factories.practitioners import make_practitioner
from tests.factories.territory import make_commune, make_departement


@dataclass
class Place:
    practice: Practice
    site: Site
    rooms: list[Room]
    secretary: User

    @property
    def by(self) -> Actor:
        return Actor.user(self.secretary)


def make_place(name: str = "Nieul", **site: Any) -> Place:
    practice = make_practice(name=f"Cabinet de {name}")
    commune = site.pop("commune", None) or make_commune(departement=make_departement())
    made = make_site(practice, rooms=2, name=f"Maison de santé de {name}", commune=commune, **site)
    return Place(practice, made, list(made.rooms.all()), make_staff("secretary", practice=practice))


@pytest.fixture
def place(db) -> Place:
    return make_place()


@pytest.fixture
def doctor(place) -> Practitioner:
    return make_practitioner(practice=place.practice)
