"""Signs of life of the worker."""

from datetime import UTC, datetime, timedelta

import pytest

from releve.kernel import beats, health
from releve.kernel.models import WorkerBeat

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_worker_beats_then_signs_off(django_assert_num_queries):
    beats.record_beat("a", now=NOW)
    with django_assert_num_queries(1):
        beats.record_beat("a", now=NOW + timedelta(seconds=5))
    assert WorkerBeat.objects.get().beat_at == NOW + timedelta(seconds=5)
    beats.forget_worker("a")
    assert not WorkerBeat.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "state"),
    [
        (timedelta(0), "ok"),
        (timedelta(seconds=45), "ok"),
        (timedelta(seconds=46), "late"),
        (timedelta(minutes=10), "late"),
        (timedelta(minutes=11), "absent"),
    ],
)
def test_the_latest_sign_of_any_worker_counts(age, state):
    beats.record_beat("old", now=NOW - timedelta(days=1))
    beats.record_beat("recent", now=NOW - age)
    assert health.worker_state(now=NOW) == state
    assert health.last_beat() == NOW - age


@pytest.mark.django_db
def test_no_sign_at_all():
    assert health.worker_state(now=NOW) == "absent"
