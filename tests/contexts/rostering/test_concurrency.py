"""Several people at the same second, in real transactions on real connections, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, time

import pytest
from django.db import connection, connections

from releve.contexts.rostering import services
from releve.contexts.rostering.enums import TAKEN_STATUSES
from releve.contexts.rostering.models import Shift
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, DomainError
from tests.contexts.rostering.conftest import make_place
from tests.factories.practices import NOW
from tests.factories.practitioners import make_member, make_practitioner
from tests.factories.rostering import DAY, make_shift, make_template_line

pytestmark = pytest.mark.django_db(transaction=True)


def together(*actions: Callable[[], object]) -> list[object]:
    """Run the actions at the same moment, each on its own connection. Results or domain errors, in order."""
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.fail("the concurrency tests need a database in a file")
    start = threading.Barrier(len(actions))
    results: list[object] = [None] * len(actions)

    def run(index: int, action: Callable[[], object]) -> None:
        try:
            start.wait()
            results[index] = action()
        except DomainError as error:
            results[index] = error
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, DomainError)]
    assert not unexpected, unexpected
    return results


def overlapping_taken() -> list[tuple[int, int]]:
    """Pairs of taken shifts of one practitioner that overlap: must always be empty."""
    rows = list(Shift.objects.filter(status__in=TAKEN_STATUSES).order_by("pk"))
    return [
        (a.pk, b.pk)
        for i, a in enumerate(rows)
        for b in rows[i + 1 :]
        if a.practitioner_id == b.practitioner_id and a.starts_at < b.ends_at and b.starts_at < a.ends_at
    ]


@pytest.mark.parametrize("takers", [2, 6])
def test_two_takers_one_winner(takers):
    place = make_place()
    people = [make_practitioner(practice=place.practice) for _ in range(takers)]
    shift = make_shift(place.site)
    results = together(
        *(
            lambda p=p: services.take_shift(shift_id=shift.pk, practitioner_id=p.pk, by=SYSTEM, now=NOW)
            for p in people
        )
    )
    won = [r for r in results if isinstance(r, Shift)]
    lost = [r for r in results if isinstance(r, Conflict)]
    assert len(won) == 1
    assert [r.code for r in lost] == ["just-taken"] * (takers - 1)
    shift.refresh_from_db()
    assert (shift.practitioner_id, shift.version) == (won[0].practitioner_id, 2)


def test_one_doctor_two_practices_at_once():
    here, there = make_place(), make_place("Mazingarbe")
    doctor = make_practitioner(practice=here.practice)
    make_member(there.practice, doctor)
    morning = make_shift(here.site)
    overlap = make_shift(there.site, starts=time(11), ends=time(14))
    for _ in range(5):
        results = together(
            *(
                lambda s=s: services.assign_practitioner(
                    shift_id=s.pk, practitioner_id=doctor.pk, by=SYSTEM, now=NOW
                )
                for s in (morning, overlap)
            )
        )
        won = [r for r in results if isinstance(r, Shift)]
        lost = [r for r in results if isinstance(r, Conflict)]
        assert (len(won), [r.code for r in lost]) == (1, ["already-elsewhere"])
        assert overlapping_taken() == []
        services.release_shift(shift_id=won[0].pk, by=SYSTEM, now=NOW)


def test_two_secretaries_assign_many_crosswise():
    here, there = make_place(), make_place("Mazingarbe")
    people = [make_practitioner(practice=here.practice) for _ in range(3)]
    for person in people:
        make_member(there.practice, person)
    pairs = [
        (make_shift(site, starts=time(9 + i), ends=time(12 + i)).pk, person.pk)
        for i, person in enumerate(people)
        for site in (here.site, there.site)
    ]
    results = together(
        lambda: services.assign_many(pairs=pairs, by=SYSTEM, now=NOW),
        lambda: services.assign_many(pairs=list(reversed(pairs)), by=SYSTEM, now=NOW),
    )
    assert all(isinstance(r, list) for r in results)
    assert overlapping_taken() == []
    assert Shift.objects.filter(status="confirmed").count() == len(people)


def test_two_rooms_wanted_at_once():
    place = make_place()
    room = place.rooms[0].pk
    results = together(
        lambda: make_shift(place.site, room_id=room),
        lambda: make_shift(place.site, room_id=room, starts=time(10), ends=time(13)),
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Shift"]
    assert [r.code for r in results if isinstance(r, Conflict)] == ["room-taken"]


def test_two_edits_of_one_shift():
    shift = make_shift(make_place().site)
    results = together(
        *(
            lambda n=n: services.edit_shift(
                shift_id=shift.pk, expected_version=1, note=f"note {n}", by=SYSTEM, now=NOW
            )
            for n in range(3)
        )
    )
    assert [r.code for r in results if isinstance(r, Conflict)] == ["stale", "stale"]
    shift.refresh_from_db()
    assert shift.version == 2


def test_two_generations_at_once_create_each_shift_once():
    place = make_place()
    make_template_line(place.site, room_id=place.rooms[0].pk)
    make_template_line(place.site, weekday=3)

    def generate():
        return services.generate_shifts(
            site_id=place.site.pk,
            first_day=DAY,
            last_day=date(2026, 3, 31),
            skip_public_holidays=True,
            skip_school_holidays=False,
            by=SYSTEM,
            now=NOW,
        )

    results = together(generate, generate)
    assert sorted(r.created_count for r in results) == [0, 8]
    assert Shift.objects.count() == 8
