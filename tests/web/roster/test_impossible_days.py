"""Days at the ends of the calendar are refused with a message, never a crash."""

import pytest
import time_machine

from releve.contexts.accounts.enums import Role, ScopeKind
from tests.factories.accounts import grant, make_user
from tests.factories.booking import NOW, make_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_placing_people_from_an_impossible_day(client, day):
    world = make_world()
    person = make_user("Nadia")
    grant(person, Role.SECRETARY, scope_kind=ScopeKind.PRACTICE, scope_ref=str(world.practice.pk))
    with time_machine.travel(NOW, tick=False):
        client.force_login(person)
        assert (
            client.get(f"/secretariat/{world.practice.slug}/calendrier/placer/?du={day}").status_code == 422
        )
        new = f"/secretariat/{world.practice.slug}/calendrier/vacations/nouvelle/"
        form = {
            "day": day,
            "starts": "09:00",
            "ends": "12:00",
            "kind": "consultation",
            "site": world.site.slug,
        }
        assert client.post(new, form).status_code == 422
