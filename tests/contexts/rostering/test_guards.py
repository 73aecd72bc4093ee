"""The guards of the database are there after every migration, and really refuse (not only the rules above them)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from releve.contexts.rostering.models import Shift
from tests.factories.booking import make_doctor, make_world

pytestmark = pytest.mark.django_db
GUARDS = {"shift_practitioner_free", "shift_room_free"}


def test_the_guards_survive_every_migration():
    """On SQLite, a migration that rebuilds the table of shifts would drop its triggers without a word."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='rostering_shift'"
            )
            wanted = {f"{guard}_{event}" for guard in GUARDS for event in ("insert", "update")}
        else:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE contype='x' AND conrelid='rostering_shift'::regclass"
            )
            wanted = GUARDS
        found = {row[0] for row in cursor.fetchall()}
    assert wanted <= found


@pytest.mark.parametrize("what", ["practitioner", "room"])
def test_an_overlap_written_behind_the_rules_is_refused(what):
    world = make_world()
    fields = {"doctor": make_doctor("Petit"), "room": world.room} if what == "room" else {}
    with pytest.raises(IntegrityError, match=f"shift_{what}_free"), transaction.atomic():
        world.shift_on(start=11, end=14, **fields)
    later = world.shift_on(start=12, end=15, **fields)
    with pytest.raises(IntegrityError, match=f"shift_{what}_free"), transaction.atomic():
        Shift.objects.filter(pk=later.pk).update(starts_at=world.at(11, 30))
    cancelled = world.shift_on(start=9, end=12, status="cancelled", **fields)
    with pytest.raises(IntegrityError, match=r"shift_.*_free"), transaction.atomic():
        Shift.objects.filter(pk=cancelled.pk).update(status="confirmed")
    assert Shift.objects.count() == 3
