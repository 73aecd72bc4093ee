"""Whatever people type, no two taken shifts of one person and no two live shifts of one room ever overlap."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from releve.contexts.rostering import rules, services
from releve.contexts.rostering.enums import TAKEN_STATUSES, HalfDay
from releve.contexts.rostering.models import Shift
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import DomainError
from tests.contexts.rostering.conftest import make_place
from tests.factories.practices import NOW
from tests.factories.practitioners import make_member, make_practitioner
from tests.factories.rostering import DAY

HOURS = st.integers(min_value=8, max_value=19)
PERSON = st.sampled_from([None, 0, 1])
ROOM = st.sampled_from([None, 0, 1])
STEP = st.one_of(
    st.tuples(st.just("create"), st.integers(0, 1), HOURS, HOURS, PERSON, ROOM),
    st.tuples(st.just("edit"), st.integers(0, 9), HOURS, HOURS, PERSON, ROOM),
    st.tuples(st.just("take"), st.integers(0, 9), st.integers(0, 1)),
    st.tuples(st.just("assign"), st.integers(0, 9), st.integers(0, 1)),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("reopen"), st.integers(0, 9)),
    st.tuples(st.just("release"), st.integers(0, 9)),
)


@pytest.mark.filterwarnings("ignore")
class RandomEdits(TestCase):
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=st.lists(STEP, min_size=5, max_size=25))
    def test_no_overlap_ever(self, steps):
        places = [make_place("Nieul"), make_place("Mazingarbe")]
        people = [make_practitioner(practice=places[0].practice) for _ in range(2)]
        for person in people:
            make_member(places[1].practice, person)
        made: list[Shift] = []
        refused: list[DomainError] = []
        for step in steps:
            try:
                self.play(step, places, people, made)
            except DomainError as error:
                refused.append(error)
            self.check()
        # Every refusal can be read, and says no more than it knows.
        assert all(error.message and error.code for error in refused)

    def play(self, step, places, people, made):
        who = {"by": SYSTEM, "now": NOW}
        if step[0] == "create":
            _, where, start, end, person, room = step
            place = places[where]
            made.append(
                services.create_shift(
                    site_id=place.site.pk,
                    day=DAY,
                    starts=time(start),
                    ends=time(end),
                    kind="consultation",
                    practitioner_id=None if person is None else people[person].pk,
                    room_id=None if room is None else place.rooms[room].pk,
                    **who,
                )
            )
            return
        if not made:
            return
        shift = Shift.objects.get(pk=made[step[1] % len(made)].pk)
        if step[0] == "edit":
            _, _, start, end, person, room = step
            rooms = next(p.rooms for p in places if p.site.pk == shift.site_id)
            services.edit_shift(
                shift_id=shift.pk,
                expected_version=shift.version,
                starts=time(start),
                ends=time(end),
                practitioner_id=None if person is None else people[person].pk,
                room_id=None if room is None else rooms[room].pk,
                **who,
            )
        elif step[0] == "take":
            services.take_shift(shift_id=shift.pk, practitioner_id=people[step[2]].pk, **who)
        elif step[0] == "assign":
            services.assign_practitioner(
                shift_id=shift.pk, practitioner_id=people[step[2]].pk, replace=True, **who
            )
        elif step[0] == "cancel":
            services.cancel_shift(shift_id=shift.pk, reason="essai", **who)
        elif step[0] == "reopen":
            services.reopen_shift(shift_id=shift.pk, **who)
        else:
            services.release_shift(shift_id=shift.pk, **who)

    def check(self):
        rows = list(Shift.objects.exclude(status="cancelled"))
        for i, a in enumerate(rows):
            for b in rows[i + 1 :]:
                if not rules.overlaps(a.starts_at, a.ends_at, b.starts_at, b.ends_at):
                    continue
                assert a.room_id is None or a.room_id != b.room_id
                if a.status in TAKEN_STATUSES and b.status in TAKEN_STATUSES:
                    assert a.practitioner_id != b.practitioner_id


DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31))


@given(first=DAYS, weekday=st.integers(0, 6), every=st.integers(1, 6))
def test_a_cadence_is_regular(first, weekday, every):
    line = rules.CadenceLine(weekday, every, first, None)
    due = [d for d in (first + timedelta(days=i) for i in range(200)) if rules.falls_on(line, d)]
    assert due
    assert {(b - a).days for a, b in pairwise(due)} == {7 * every}
    assert (rules.monday_of(due[0]) - rules.monday_of(first)).days in (0, 7 * every)


@given(
    st.lists(
        st.tuples(
            DAYS,
            st.sampled_from(list(HalfDay.values)),
            st.sampled_from([None, "available", "if_needed", "unavailable"]),
        ),
        max_size=20,
    )
)
def test_answers_contradict_exactly_when_two_differ(entries):
    said, faults = rules.expand_entries(entries)
    answers: dict = {}
    for day, half_day, state in entries:
        for half in rules.halves_of(half_day):
            answers.setdefault((day, half), set()).add(state)
    assert bool(faults) is any(len(found) > 1 for found in answers.values())
    assert set(said) == set(answers)
