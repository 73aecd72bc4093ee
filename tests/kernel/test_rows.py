"""Statements written once give what the ORM gives."""

from __future__ import annotations

import pytest

from releve.contexts.booking.models import VisitReason
from releve.kernel import audit
from releve.kernel.models import AuditEvent
from releve.kernel.rows import insert_row, read_instance
from tests.factories.booking import NOW, make_world

pytestmark = pytest.mark.django_db


def test_an_inserted_row_is_the_one_that_save_writes():
    world = make_world()
    reason = world.reasons["first_visit"]
    written = VisitReason(
        **{f.attname: getattr(reason, f.attname) for f in VisitReason._meta.concrete_fields}
    )
    written.pk, written.label, written.shift_kinds = None, "Autre", ["consultation"]
    insert_row(written)
    read = VisitReason.objects.get(pk=written.pk)
    for field in VisitReason._meta.concrete_fields:
        assert getattr(read, field.attname) == getattr(written, field.attname)


def test_an_instant_comes_back_as_it_was_written():
    event = audit.record(by=audit.SYSTEM, action="x", target_kind="x", target_id=1, now=NOW, lines=2)
    read = AuditEvent.objects.get(pk=event.pk)
    assert (read.at, read.details) == (NOW, {"lines": 2})


def test_a_read_instance_behaves_like_the_orm_s():
    reason = make_world().reasons["first_visit"]
    read = read_instance(VisitReason, ["id", "label"], [reason.pk, reason.label])
    assert read == reason
    assert not read._state.adding
    assert read.duration_minutes == reason.duration_minutes, "a field left out is read when asked for"
    read.label = "Changé"
    read.save(update_fields=["label"])
    assert VisitReason.objects.get(pk=reason.pk).label == "Changé"
