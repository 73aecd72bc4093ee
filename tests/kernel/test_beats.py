"""Signs of life of the worker."""

from datetime import UTC, datetime, timedelta

import pytest

from releve.kernel import beats
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
