"""The journal: one INSERT, read by practice, purged with a trace."""

from datetime import UTC, datetime, timedelta

import pytest

from releve.kernel import audit
from releve.kernel.models import AuditEvent

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def line(action="patient_read", *, now=NOW, practice_id=1, target_id=7, **details):
    return audit.record(
        by=audit.Actor("user", 3),
        action=action,
        target_kind="patient",
        target_id=target_id,
        practice_id=practice_id,
        now=now,
        **details,
    )


def test_a_line_is_one_insert(django_assert_num_queries):
    with django_assert_num_queries(1):
        line(reason="booking")


def test_the_journal_of_a_practice_newest_first_within_bounds():
    line("a", now=NOW - timedelta(days=1))
    line("b", now=NOW)
    line("c", now=NOW + timedelta(hours=1), target_id=8)
    line("other practice", practice_id=2)
    window = {"practice_id": 1, "since": NOW - timedelta(days=1), "until": NOW + timedelta(hours=1)}
    assert [entry.action for entry in audit.journal(**window)] == ["b", "a"]  # until is excluded
    window["until"] = NOW + timedelta(days=1)
    assert [entry.action for entry in audit.journal(**window, limit=1)] == ["c"]
    (only,) = audit.journal(**window, target_kind="patient", target_id=8)
    assert (only.actor, only.details) == (audit.Actor("user", 3), {})


def test_old_lines_go_and_a_line_says_so():
    line(now=NOW - timedelta(days=400))
    line(now=NOW - timedelta(days=100))
    report = audit.purge_journal(now=NOW, keep=timedelta(days=365))
    assert (report.count, report.before) == (1, NOW - timedelta(days=365))
    assert sorted(AuditEvent.objects.values_list("action", flat=True)) == ["journal_purged", "patient_read"]
    trace = AuditEvent.objects.get(action="journal_purged")
    assert (trace.actor_kind, trace.details["lines"]) == ("system", 1)


def test_nothing_to_purge_leaves_no_line():
    line()
    assert audit.purge_journal(now=NOW, keep=timedelta(days=365)).count == 0
    assert AuditEvent.objects.count() == 1
