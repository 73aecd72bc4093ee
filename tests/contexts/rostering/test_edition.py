"""Create, edit alone, cancel, reopen, hold: what is accepted, and every refusal with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from releve.contexts.practices.models import SiteClosure
from releve.contexts.rostering import services
from releve.contexts.rostering.models import Shift
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Conflict, Invalid, NotFound
from releve.kernel.models import AuditEvent
from tests.contexts.rostering.conftest import make_place
from tests.factories.accounts import grant, make_user
from tests.factories.practices import NOW, make_site
from tests.factories.practitioners import make_member, make_practitioner
from tests.factories.rostering import DAY, make_shift

pytestmark = pytest.mark.django_db


def edit(shift, *, by=SYSTEM, now=NOW, **changes):
    return services.edit_shift(shift_id=shift.pk, expected_version=shift.version, by=by, now=now, **changes)


def refusal(action, *args, **kwargs) -> list[str]:
    with pytest.raises(Conflict) as caught:
        action(*args, **kwargs)
    return [reason.code for reason in caught.value.reasons] or [caught.value.code]


def test_a_shift_without_practitioner_is_the_published_need(place):
    shift = make_shift(place.site, note="Fauteuil roulant")
    assert (shift.status, shift.practitioner_id, shift.version) == ("open", None, 1)
    # 9 h in Paris in winter.
    assert shift.starts_at == datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
    assert shift.half_day == "morning"
    assert AuditEvent.objects.filter(action="shift.created", target_id=shift.pk).count() == 1


def test_hours_are_local_to_the_site(db):
    island = make_place("Saint-Paul", time_zone="Indian/Reunion")
    assert make_shift(island.site).starts_at == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


def test_a_shift_with_a_practitioner_is_confirmed(place, doctor):
    assert make_shift(place.site, practitioner=doctor).status == "confirmed"
    assert make_shift(
        place.site, practitioner=doctor, starts=time(14), ends=time(17), status="proposed"
    ).status == ("proposed")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ends": time(8)}, "hours-order"),
        ({"ends": time(12, 7)}, "hours-grid"),
        ({"kind": "garde"}, "unknown-kind"),
        ({"room_id": 0}, "wrong-room"),
        ({"note": "x" * 201}, "too-long"),
        ({"status": "confirmed"}, "needs-practitioner"),
        # The night of the clock change, once skipped and once doubled.
        ({"day": date(2026, 3, 29), "starts": time(2, 30), "ends": time(6)}, "impossible-time"),
        ({"day": date(2026, 10, 25), "starts": time(2, 30), "ends": time(6)}, "ambiguous-time"),
    ],
)
def test_impossible_input(place, fields, code):
    with pytest.raises(Invalid) as caught:
        make_shift(place.site, **fields)
    assert caught.value.code == code
    assert Shift.objects.count() == 0


def test_room_of_another_site_is_refused(place):
    other = make_site(place.practice)
    with pytest.raises(Invalid, match="salle"):
        make_shift(place.site, room_id=other.rooms.get().pk)


def test_unknown_ids(place):
    with pytest.raises(NotFound):
        services.edit_shift(shift_id=0, expected_version=1, by=SYSTEM, now=NOW, note="x")
    with pytest.raises(NotFound):
        services.assign_practitioner(
            shift_id=make_shift(place.site).pk, practitioner_id=0, by=SYSTEM, now=NOW
        )


def test_refusals_of_day_place_room_and_person(place, doctor):
    make_shift(place.site, room_id=place.rooms[0].pk)
    assert refusal(make_shift, place.site, room_id=place.rooms[0].pk) == ["room-taken"]
    assert refusal(make_shift, place.site, day=date(2026, 3, 1)) == ["past-day"]
    SiteClosure.objects.create(site=place.site, first_day=date(2026, 4, 1), last_day=date(2026, 4, 3))
    assert refusal(make_shift, place.site, day=date(2026, 4, 2)) == ["site-closed"]
    place.site.closed_weekdays = [3]
    place.site.planned_end_on = date(2026, 6, 30)
    place.site.save()
    assert refusal(make_shift, place.site, day=date(2026, 3, 5)) == ["site-closed"]
    assert refusal(make_shift, place.site, day=date(2026, 7, 1)) == ["practice-ended"]
    doctor.licence_ends_on = date(2026, 3, 3)
    doctor.save()
    assert refusal(make_shift, place.site, practitioner=doctor) == ["licence-ended"]
    stranger = make_practitioner()
    assert refusal(make_shift, place.site, practitioner=stranger, kind="nurse") == [
        "not-in-team",
        "wrong-profession",
    ]
    assert Shift.objects.count() == 1


def test_already_elsewhere_names_the_place_to_those_who_may_know(place, doctor):
    other = make_place("Mazingarbe")
    make_member(other.practice, doctor)
    make_shift(other.site, practitioner=doctor, starts=time(10), ends=time(13))

    def message(by: Actor) -> str:
        with pytest.raises(Conflict) as caught:
            make_shift(place.site, practitioner=doctor, by=by)
        assert caught.value.code == "already-elsewhere"
        return caught.value.message

    assert message(place.by) == "Déjà pris ailleurs à ces heures."
    assert message(SYSTEM) == "Déjà pris ailleurs à ces heures."
    both = make_user()
    grant(both, "secretary", practice=place.practice)
    grant(both, "secretary", practice=other.practice)
    assert (
        message(Actor.user(both))
        == "Déjà pris\u00a0: Maison de santé de Mazingarbe, de 10\u00a0h à 13\u00a0h."
    )
    doctor.user = make_user()
    doctor.save()
    assert "Mazingarbe" in message(Actor.user(doctor.user))


def test_same_practice_place_is_always_named(place, doctor):
    make_shift(place.site, practitioner=doctor)
    with pytest.raises(Conflict, match="Maison de santé de Nieul, de 9"):
        make_shift(place.site, practitioner=doctor, starts=time(11), ends=time(14))


def test_edit_moves_one_shift_alone(place, doctor):
    first, second = make_shift(place.site, practitioner=doctor), make_shift(place.site, day=date(2026, 3, 11))
    moved = edit(first, day=date(2026, 3, 6), starts=time(14), ends=time(18), room_id=place.rooms[1].pk)
    assert (moved.day, moved.half_day, moved.version) == (date(2026, 3, 6), "afternoon", 2)
    assert moved.starts_at == datetime(2026, 3, 6, 13, 0, tzinfo=UTC)
    second.refresh_from_db()
    assert second.version == 1


def test_edit_refuses_a_stale_version_and_keeps_what_was_typed(place):
    shift = make_shift(place.site)
    edit(shift, note="un")
    with pytest.raises(Conflict) as caught:
        edit(shift, note="deux")
    assert caught.value.code == "stale"
    assert caught.value.details == {"typed": {"note": "deux"}, "version": 2}
    assert "modifiée entre-temps par quelqu’un d’autre" in caught.value.message
    assert Shift.objects.get().note == "un"


def test_edit_without_change_writes_nothing(place):
    shift = make_shift(place.site)
    assert edit(shift, note="", starts=time(9), ends=time(12)).version == 1


def test_edit_refuses_unknown_fields(place):
    with pytest.raises(Invalid, match="practice_id"):
        edit(make_shift(place.site), practice_id=3)


def test_edit_judges_only_what_changes(place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    place.site.closed_weekdays = [2]
    place.site.save()
    doctor.licence_ends_on = date(2026, 3, 1)
    doctor.save()
    assert edit(shift, note="Clé à la mairie").version == 2
    shift.refresh_from_db()
    assert refusal(edit, shift, day=date(2026, 3, 11)) == ["site-closed", "licence-ended"]


def test_edit_refuses_clashes(place, doctor):
    make_shift(place.site, practitioner=doctor, room_id=place.rooms[0].pk, starts=time(14), ends=time(17))
    shift = make_shift(place.site, practitioner=doctor, room_id=place.rooms[1].pk)
    assert refusal(edit, shift, ends=time(15)) == ["already-elsewhere"]
    assert refusal(edit, shift, room_id=place.rooms[0].pk, ends=time(15)) == [
        "room-taken",
        "already-elsewhere",
    ]
    assert refusal(edit, shift, day=date(2026, 3, 1)) == ["past-day"]
    assert refusal(edit, shift, kind="nurse") == ["wrong-profession"]


def test_edit_changes_the_person(place, doctor):
    shift = make_shift(place.site)
    shift = edit(shift, practitioner_id=doctor.pk)
    assert (shift.status, shift.practitioner_id) == ("confirmed", doctor.pk)
    shift = edit(shift, status="proposed")
    assert shift.status == "proposed"
    shift = edit(shift, practitioner_id=None)
    assert (shift.status, shift.practitioner_id, shift.version) == ("open", None, 4)
    with pytest.raises(Invalid):
        edit(shift, status="confirmed")


def test_a_past_shift_keeps_its_hours(place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    later = NOW + timedelta(days=5)
    assert refusal(edit, shift, ends=time(13), now=later) == ["past-day"]
    assert refusal(edit, shift, day=date(2026, 3, 20), now=later) == ["past-day"]
    assert edit(shift, note="Remplacée par la Dre Faure", now=later).version == 2


def test_cancel_needs_a_reason_and_is_reversible(place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    with pytest.raises(Invalid):
        services.cancel_shift(shift_id=shift.pk, reason="  ", by=SYSTEM, now=NOW)
    cancelled = services.cancel_shift(shift_id=shift.pk, reason="Verglas", by=SYSTEM, now=NOW)
    assert (cancelled.status, cancelled.practitioner_id) == ("cancelled", doctor.pk)
    assert refusal(edit, cancelled, note="x") == ["cancelled"]
    assert refusal(services.cancel_shift, shift_id=shift.pk, reason="x", by=SYSTEM, now=NOW) == ["cancelled"]
    again = services.reopen_shift(shift_id=shift.pk, by=SYSTEM, now=NOW)
    assert (again.status, again.practitioner_id, again.cancel_reason) == ("open", None, "")
    assert refusal(services.reopen_shift, shift_id=shift.pk, by=SYSTEM, now=NOW) == ["not-cancelled"]


def test_reopening_judges_the_room_again(place):
    room = place.rooms[0].pk
    shift = make_shift(place.site, room_id=room)
    services.cancel_shift(shift_id=shift.pk, reason="Verglas", by=SYSTEM, now=NOW)
    make_shift(place.site, room_id=room)
    assert refusal(services.reopen_shift, shift_id=shift.pk, by=SYSTEM, now=NOW) == ["room-taken"]


def test_held_once_ended_and_never_twice(place, doctor):
    shift = make_shift(place.site, practitioner=doctor)
    need = make_shift(place.site, starts=time(14), ends=time(17))
    assert services.mark_held(day=DAY, by=SYSTEM, now=shift.ends_at - timedelta(minutes=1)) == 0
    assert services.mark_held(day=DAY, by=SYSTEM, now=shift.ends_at) == 1
    assert services.mark_held(day=DAY, by=SYSTEM, now=shift.ends_at + timedelta(days=1)) == 0
    shift.refresh_from_db()
    need.refresh_from_db()
    assert (shift.status, shift.version, need.status) == ("held", 2, "open")
    assert refusal(edit, shift, bookable=False, now=shift.ends_at) == ["held"]


@pytest.mark.parametrize("guard", ["shift_practitioner_free", "shift_room_free"])
def test_the_database_has_the_final_word(place, doctor, guard):
    """Without any rule: the row itself is refused, at insertion and at update."""
    first = make_shift(place.site, practitioner=doctor, room_id=place.rooms[0].pk)
    second = make_shift(place.site, starts=time(14), ends=time(17))
    mine = guard == "shift_practitioner_free"
    fields = {"starts_at": first.starts_at, "ends_at": first.ends_at}
    fields |= {"practitioner": doctor, "status": "confirmed"} if mine else {"room": place.rooms[0]}
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        Shift.objects.filter(pk=second.pk).update(**fields)
    copy = Shift.objects.get(pk=second.pk)
    copy.pk = None
    for name, value in fields.items():
        setattr(copy, name, value)
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        copy.save(force_insert=True)


def test_the_database_s_refusal_reads_like_the_rule_s(place, doctor, monkeypatch):
    make_shift(place.site, practitioner=doctor, room_id=place.rooms[0].pk)
    monkeypatch.setattr("releve.contexts.rostering.services.edition.person_reasons", lambda *a, **k: [])
    monkeypatch.setattr("releve.contexts.rostering.services.edition.place_reasons", lambda *a, **k: [])
    with pytest.raises(Conflict) as caught:
        make_shift(place.site, practitioner=doctor)
    assert caught.value.code == "already-elsewhere"
    assert "Maison de santé de Nieul, de 9\u00a0h à 12\u00a0h" in caught.value.message
    assert refusal(make_shift, place.site, room_id=place.rooms[0].pk) == ["room-taken"]
    assert Shift.objects.count() == 1
