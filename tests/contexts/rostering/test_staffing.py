"""Who comes: one tap, proposals, several at once, giving back; availability; open needs."""

from __future__ import annotations

from datetime import date, time

import pytest

from releve.contexts.accounts.enums import Capability
from releve.contexts.practices.models import Practice, SiteClosure
from releve.contexts.rostering import access, queries, services
from releve.contexts.rostering.models import Availability, Shift
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contexts.rostering.conftest import make_place
from tests.factories.accounts import make_user
from tests.factories.practices import NOW
from tests.factories.practitioners import make_member, make_practitioner
from tests.factories.rostering import DAY, make_shift
from tests.factories.territory import make_commune, make_departement

pytestmark = pytest.mark.django_db


def take(shift, person, *, by=SYSTEM, now=NOW):
    return services.take_shift(shift_id=shift.pk, practitioner_id=person.pk, by=by, now=now)


def codes(action, *args, **kwargs) -> list[str]:
    with pytest.raises(Conflict) as caught:
        action(*args, **kwargs)
    return [reason.code for reason in caught.value.reasons] or [caught.value.code]


def volunteer(*, lat=46.67, lon=-1.43, code="85191", **fields):
    home = make_commune(code, name="La Roche-sur-Yon", departement=make_departement(), lat=lat, lon=lon)
    made = make_practitioner(status="volunteer", **fields)
    made.home_commune = home
    made.save()
    return made


# --- one tap --------------------------------------------------------------------------------------


def test_a_member_takes_a_need_in_one_tap(place, doctor):
    taken = take(make_shift(place.site), doctor)
    assert (taken.status, taken.practitioner_id, taken.version) == ("confirmed", doctor.pk, 2)
    assert take(taken, doctor).version == 2  # tapping twice changes nothing


def test_the_second_taker_is_told_but_not_by_whom(place, doctor):
    shift = make_shift(place.site)
    take(shift, doctor)
    with pytest.raises(Conflict) as caught:
        take(shift, make_practitioner(practice=place.practice))
    assert caught.value.code == "just-taken"
    assert caught.value.message == "Cette vacation vient d’être prise."


def test_a_volunteer_of_the_neighbourhood_asks(place):
    asked = take(make_shift(place.site), volunteer())
    assert asked.status == "proposed"
    accepted = services.accept_proposal(shift_id=asked.pk, by=place.by, now=NOW)
    assert accepted.status == "confirmed"
    # Accepted for one shift, not a member; the secretary may still move that shift.
    moved = services.edit_shift(
        shift_id=asked.pk, expected_version=3, day=date(2026, 3, 5), by=place.by, now=NOW
    )
    assert moved.day == date(2026, 3, 5)
    assert codes(services.accept_proposal, shift_id=asked.pk, by=place.by, now=NOW) == ["not-proposed"]


def test_a_proposal_declined_is_an_open_need_again(place):
    asked = take(make_shift(place.site), volunteer())
    declined = services.decline_proposal(shift_id=asked.pk, by=place.by, now=NOW)
    assert (declined.status, declined.practitioner_id) == ("open", None)


def test_an_outsider_who_is_far_or_does_not_roam_is_refused(place):
    shift = make_shift(place.site)
    assert codes(take, shift, volunteer(code="62563", lat=50.5, lon=2.7)) == ["not-in-team"]
    near = volunteer(code="85191")
    near.status = "titulaire"
    near.save()
    assert codes(take, shift, near) == ["not-in-team"]


def test_nobody_takes_for_somebody_else(place, doctor):
    doctor.user = make_user()
    doctor.save()
    shift = make_shift(place.site)
    with pytest.raises(Forbidden):
        take(shift, doctor, by=place.by)
    assert take(shift, doctor, by=Actor.user(doctor.user)).status == "confirmed"


def test_refusals_of_the_tap(place, doctor):
    shift = make_shift(place.site)
    assert codes(take, shift, doctor, now=shift.starts_at) == ["past-day"]
    assert codes(take, make_shift(place.site, kind="nurse"), doctor) == ["wrong-profession"]
    make_shift(place.site, practitioner=doctor, starts=time(11), ends=time(14))
    assert codes(take, shift, doctor) == ["already-elsewhere"]
    services.cancel_shift(shift_id=shift.pk, reason="Verglas", by=SYSTEM, now=NOW)
    assert codes(take, shift, doctor) == ["cancelled"]


# --- assign, several at once, give back ------------------------------------------------------------


def test_assigning_over_somebody_is_refused_unless_it_replaces(place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    other = make_practitioner(practice=place.practice)
    arguments = {"shift_id": shift.pk, "practitioner_id": other.pk, "by": SYSTEM, "now": NOW}
    assert codes(services.assign_practitioner, **arguments) == ["just-taken"]
    assert services.assign_practitioner(**arguments, replace=True).practitioner_id == other.pk
    assert codes(services.assign_practitioner, **arguments, status="proposed", expected_version=1) == [
        "stale"
    ]
    with pytest.raises(Invalid):
        services.assign_practitioner(**{**arguments, "status": "held"})


def test_several_at_once_each_pair_alone(place, doctor):
    nurse = make_practitioner(practice=place.practice, profession="asalee_nurse", status="employee")
    morning, clash = make_shift(place.site), make_shift(place.site, starts=time(11), ends=time(14))
    care = make_shift(place.site, kind="nurse")
    results = services.assign_many(
        pairs=[(morning.pk, doctor.pk), (clash.pk, doctor.pk), (care.pk, nurse.pk), (0, doctor.pk)],
        by=place.by,
        now=NOW,
    )
    assert [r.ok for r in results] == [True, False, True, False]
    assert [[reason.code for reason in r.reasons] for r in results] == [
        [],
        ["already-elsewhere"],
        [],
        ["not-found"],
    ]
    assert Shift.objects.filter(status="confirmed").count() == 2


def test_giving_back(place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    assert codes(services.release_shift, shift_id=shift.pk, by=SYSTEM, now=shift.starts_at) == ["past-day"]
    freed = services.release_shift(shift_id=shift.pk, by=SYSTEM, now=NOW)
    assert (freed.status, freed.practitioner_id, freed.version) == ("open", None, 2)
    assert services.release_shift(shift_id=shift.pk, by=SYSTEM, now=NOW).version == 2


# --- availability ----------------------------------------------------------------------------------


def say(person, *entries, by=SYSTEM):
    return services.set_availability(practitioner_id=person.pk, entries=entries, by=by, now=NOW)


def test_availability_is_said_changed_and_erased(doctor):
    say(doctor, (DAY, "day", "available"), (date(2026, 3, 5), "morning", "if_needed"))
    say(doctor, (DAY, "afternoon", "unavailable"), (date(2026, 3, 5), "morning", None))
    rows = Availability.objects.order_by("day", "half_day").values_list("day", "half_day", "state")
    assert list(rows) == [(DAY, "afternoon", "unavailable"), (DAY, "morning", "available")]
    shown = queries.availabilities_of(doctor, DAY, date(2026, 3, 5))
    assert [(d.morning, d.afternoon) for d in shown] == [("available", "unavailable"), (None, None)]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([(DAY, "day", "available"), (DAY, "morning", "unavailable")], "contradictory-availability"),
        ([(date(2026, 3, 1), "day", "available")], "past-day"),
        ([(DAY, "night", "available")], "unknown-state"),
        ([(DAY, "day", "perhaps")], "unknown-state"),
    ],
)
def test_impossible_answers_change_nothing(doctor, entries, code):
    say(doctor, (DAY, "afternoon", "if_needed"))
    with pytest.raises(Invalid) as caught:
        say(doctor, *entries)
    assert caught.value.code == code
    assert Availability.objects.count() == 1


def test_unavailable_during_one_s_own_shift_is_contradictory(place, doctor):
    make_shift(place.site, practitioner=doctor)
    assert codes(say, doctor, (DAY, "day", "unavailable")) == ["has-shift"]
    assert say(doctor, (DAY, "afternoon", "unavailable"))


def test_only_one_s_own_availability(place, doctor):
    with pytest.raises(Forbidden):
        say(doctor, (DAY, "day", "available"), by=place.by)


# --- open needs ------------------------------------------------------------------------------------


def needs(person, **options):
    return queries.open_needs_for(person, now=NOW, **options)


def test_needs_best_first(place, doctor):
    doctor.home_commune = make_commune(
        "85191", name="La Roche", departement=make_departement(), lat=46.67, lon=-1.43
    )
    doctor.save()
    far = make_place("Luçon", lat=46.45, lon=-1.16)
    make_member(far.practice, doctor)
    late, early = make_shift(place.site, day=date(2026, 3, 20)), make_shift(place.site, day=date(2026, 3, 10))
    away, wished = make_shift(far.site, day=date(2026, 3, 6)), make_shift(far.site, day=date(2026, 3, 25))
    say(doctor, (date(2026, 3, 25), "morning", "available"))
    found = needs(doctor)
    assert [n.shift.pk for n in found] == [wished.pk, early.pk, late.pk, away.pk]
    assert found[0].availability == "available"
    assert found[0].reasons_for == ["Vous êtes disponible", "Votre équipe", "à 32\u00a0km"]
    assert found[1].distance_km == pytest.approx(12.3, abs=0.3)
    assert not any(n.asks for n in found)


def test_needs_that_cannot_be_taken_are_left_out_or_shown_last_with_reasons(place, doctor):
    free = make_shift(place.site, day=date(2026, 3, 12))
    make_shift(place.site, practitioner=doctor)
    clash = make_shift(place.site, starts=time(11), ends=time(13))
    away = make_shift(place.site, day=date(2026, 3, 5))
    say(doctor, (date(2026, 3, 5), "morning", "unavailable"))
    nurse = make_shift(place.site, day=date(2026, 3, 6), kind="nurse")
    closed = make_shift(place.site, day=date(2026, 3, 9))
    SiteClosure.objects.create(site=place.site, first_day=date(2026, 3, 9), last_day=date(2026, 3, 9))
    assert [n.shift.pk for n in needs(doctor)] == [free.pk]
    blocked = {n.shift.pk: [r.code for r in n.reasons_against] for n in needs(doctor, include_blocked=True)}
    assert blocked == {
        free.pk: [],
        clash.pk: ["already-elsewhere"],
        away.pk: ["said-unavailable"],
        nurse.pk: ["wrong-profession"],
        closed.pk: ["site-closed"],
    }
    assert next(iter(blocked)) == free.pk


def test_needs_around_are_for_those_who_roam(place):
    shift = make_shift(place.site)
    roaming = volunteer()
    assert [(n.shift.pk, n.asks) for n in needs(roaming)] == [(shift.pk, True)]
    assert needs(volunteer(code="62563", lat=50.5, lon=2.7)) == []
    assert needs(make_practitioner(status="volunteer")) == []
    settled = volunteer()
    settled.status = "titulaire"
    settled.save()
    assert needs(settled) == []
    Practice.objects.filter(pk=place.practice.pk).update(status="closed")
    assert needs(roaming) == []


def test_needs_are_to_come_and_within_the_period(place, doctor):
    make_shift(place.site, day=date(2026, 6, 1))
    today = make_shift(place.site, day=date(2026, 3, 2), starts=time(14), ends=time(17))
    assert [n.shift.pk for n in needs(doctor)] == [today.pk]
    assert queries.open_needs_for(doctor, now=today.starts_at) == []


def test_needs_cost_the_same_at_one_and_three(place, doctor, django_assert_num_queries):
    make_shift(place.site, day=date(2026, 3, 10))
    with django_assert_num_queries(5):
        assert len(needs(doctor)) == 1
    make_shift(place.site, day=date(2026, 3, 11), room_id=place.rooms[0].pk)
    make_shift(place.site, day=date(2026, 3, 12))
    with django_assert_num_queries(5):
        assert len(needs(doctor)) == 3


# --- access ----------------------------------------------------------------------------------------


def test_access_to_needs_and_own_shifts(place, doctor):
    doctor.user = make_user()
    doctor.save()
    shift = make_shift(place.site)
    assert access.access_need(doctor.user, shift.pk) == shift
    with pytest.raises(NotFound):
        access.access_own_shift(doctor.user, shift.pk)
    take(shift, doctor)
    assert access.access_own_shift(doctor.user, shift.pk) == shift
    far = make_practitioner(user_id=make_user().pk)
    with pytest.raises(NotFound):
        access.access_need(far.user, shift.pk)
    with pytest.raises(Forbidden):
        access.access_need(place.secretary, shift.pk)


def test_access_by_practice(place, doctor):
    shift = make_shift(place.site)
    assert access.access_shift(place.secretary, shift.pk, Capability.ROSTER_MANAGE) == shift
    outsider = make_place("Mazingarbe").secretary
    for found in (shift.pk, 0):
        with pytest.raises(NotFound) as caught:
            access.access_shift(outsider, found, Capability.ROSTER_VIEW)
        assert caught.value.message == access.SHIFT_UNKNOWN
    with pytest.raises(Forbidden):
        access.access_shift(place.secretary, shift.pk, Capability.USERS_MANAGE)


def test_access_to_feeds(place, doctor):
    doctor.user = make_user()
    doctor.save()
    mine, _ = services.create_feed(practitioner_id=doctor.pk, by=SYSTEM, now=NOW)
    theirs, _ = services.create_feed(site_id=place.site.pk, by=SYSTEM, now=NOW)
    assert access.access_feed(doctor.user, mine.pk) == mine
    assert access.access_feed(place.secretary, theirs.pk) == theirs
    for user, feed in ((place.secretary, mine), (doctor.user, theirs), (make_user(), mine)):
        with pytest.raises(NotFound):
            access.access_feed(user, feed.pk)
