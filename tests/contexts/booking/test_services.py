"""Every write of booking, and every refusal: what is refused changes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from releve.contexts.booking import queries, services
from releve.contexts.booking.links import manage_token
from releve.contexts.booking.models import Appointment, Hold, Occupation
from releve.contexts.patients.models import Patient
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Conflict, Gone, Invalid, NotFound, Throttled
from releve.kernel.models import AuditEvent, OutboxMessage
from tests.factories.booking import DAY, NOW, make_contact, make_doctor, make_identity, make_world, soon

pytestmark = pytest.mark.django_db
PATIENT = Actor("patient")


def hold(world, hour=9, minute=0, category="first_visit", **kw):
    return services.place_hold(
        site_id=world.site.pk,
        reason_id=world.reasons[category].pk,
        starts_at=world.at(hour, minute),
        by=PATIENT,
        now=kw.pop("now", NOW),
        **kw,
    )


def fill(token, **kw):
    return services.save_hold_identity(
        token=token,
        identity=kw.pop("identity", make_identity()),
        contact=kw.pop("contact", make_contact()),
        booked_by="patient",
        by=PATIENT,
        now=NOW,
        **kw,
    )


def sent_code():
    return OutboxMessage.objects.filter(kind="booking-code").latest("pk").body[:6]


def confirm(world, **kw):
    placed = hold(world, **kw)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    return services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)


def book(world, hour=9, minute=0, category="first_visit", **kw):
    args = {"identity": make_identity(), "contact": make_contact(), "booked_by": "desk", **kw}
    return services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons[category].pk,
        starts_at=world.at(hour, minute),
        by=SYSTEM,
        now=NOW,
        **args,
    ).appointment


# --- holds -----------------------------------------------------------------------------------------


def test_patient_books_from_hold_to_confirmation():
    world = make_world()
    booking = confirm(world)
    appointment = booking.appointment
    assert appointment.starts_at == world.at(9)
    assert appointment.patient.family_name == "Durand"
    assert not Hold.objects.exists()
    kinds = Occupation.objects.filter(appointment=appointment).values_list("resource_kind", flat=True)
    assert sorted(kinds) == [1] * 6 + [2] * 6 + [3] * 6
    assert queries.appointment_by_link(booking.manage_token).pk == appointment.pk
    assert AuditEvent.objects.filter(action="appointment.book", target_id=appointment.pk).count() == 1
    told = OutboxMessage.objects.filter(target_kind="appointment")
    assert {(m.channel, m.kind) for m in told} == {
        ("sms", "appointment-confirmed"),
        ("mail", "appointment-confirmed"),
        ("sms", "appointment-reminder"),
        ("mail", "appointment-reminder"),
    }
    assert all(m.useful_until <= appointment.starts_at for m in told)


def test_two_patients_want_one_time():
    world = make_world()
    hold(world)
    with pytest.raises(services.SlotTaken):
        hold(world)
    assert Hold.objects.count() == 1


def test_second_hold_goes_to_the_other_doctor():
    world = make_world()
    world.shift_on(doctor=make_doctor("Petit"))
    assert hold(world).hold.practitioner_id != hold(world).hold.practitioner_id


def test_expired_hold_gives_its_time_back_without_the_worker():
    world = make_world()
    first = hold(world)
    second = hold(world, now=soon(11))
    assert second.hold.starts_at == first.hold.starts_at
    with pytest.raises(Gone):
        queries.get_hold(first.token, soon(11))


def test_released_hold_frees_at_once():
    world = make_world()
    placed = hold(world)
    services.release_hold(token=placed.token, by=PATIENT, now=NOW)
    assert not Occupation.objects.exists()
    hold(world)


def test_purge_counts_only_the_expired():
    world = make_world()
    hold(world)
    hold(world, 10)
    assert services.purge_expired_holds(now=NOW) == 0
    assert services.purge_expired_holds(now=soon(10)) == 2
    assert not Occupation.objects.exists()


@pytest.mark.parametrize(
    ("minutes", "code"), [(-60 * 24 * 7, "shift-closed"), (3, "invalid"), (60 * 24 * 30, "shift-closed")]
)
def test_impossible_times_are_refused(minutes, code):
    world = make_world()
    with pytest.raises((Invalid, Gone)) as refusal:
        services.place_hold(
            site_id=world.site.pk,
            reason_id=world.reasons["first_visit"].pk,
            starts_at=world.at(9) + timedelta(minutes=minutes),
            by=PATIENT,
            now=NOW,
        )
    assert refusal.value.code == code
    assert not Hold.objects.exists()


def test_past_time_is_refused():
    world = make_world()
    with pytest.raises(Invalid) as refusal:
        hold(world, now=world.at(9, 30))
    assert refusal.value.code == "past"


def test_reason_of_another_practice_does_not_exist():
    world, other = make_world(), make_world("autre")
    with pytest.raises(NotFound):
        services.place_hold(
            site_id=world.site.pk,
            reason_id=other.reasons["child"].pk,
            starts_at=world.at(9),
            by=PATIENT,
            now=NOW,
        )


def test_desk_reason_is_refused_to_the_public():
    world = make_world()
    services.save_visit_reason(
        practice_id=world.practice.pk,
        reason_id=world.reasons["child"].pk,
        bookable_by="desk",
        by=SYSTEM,
        now=NOW,
    )
    with pytest.raises(Invalid) as refusal:
        hold(world, category="child")
    assert refusal.value.code == "reason-not-open"


def test_a_start_that_wastes_time_is_refused_to_the_public_not_to_the_desk():
    world = make_world()
    with pytest.raises(services.SlotTaken):
        hold(world, 9, 5)
    assert book(world, 9, 5).starts_at == world.at(9, 5)


# --- code ------------------------------------------------------------------------------------------


def test_wrong_code_keeps_the_hold_and_counts():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    wrong = "000000" if sent_code() != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(Invalid):
            services.confirm_hold(token=placed.token, code=wrong, by=PATIENT, now=NOW)
    with pytest.raises(Throttled):
        services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    assert Hold.objects.count() == 1
    assert not Appointment.objects.exists()


def test_no_code_asked_no_confirmation():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    with pytest.raises(Invalid) as refusal:
        services.confirm_hold(token=placed.token, code="", by=PATIENT, now=NOW)
    assert refusal.value.code == "no-code"


def test_three_codes_at_most_and_the_hold_does_not_live_for_ever():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    for _ in range(3):
        services.send_code(token=placed.token, channel="mail", by=PATIENT, now=NOW)
    with pytest.raises(Throttled):
        services.send_code(token=placed.token, channel="mail", by=PATIENT, now=NOW)
    assert Hold.objects.get().expires_at <= NOW + timedelta(minutes=30)


def test_code_by_sms_needs_a_mobile():
    world = make_world()
    placed = hold(world)
    fill(placed.token, contact=make_contact(phone="02 51 00 00 00", email=""))
    with pytest.raises(Invalid) as refusal:
        services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    assert refusal.value.code == "no-contact"


def test_confirming_twice_books_once():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    with pytest.raises(Gone):
        services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    assert Appointment.objects.count() == 1


def test_code_message_is_useless_after_ten_minutes_and_holds_no_name():
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    message = OutboxMessage.objects.get(kind="booking-code")
    assert message.useful_until == soon(10)
    assert "Durand" not in message.body
    assert message.body.split()[0] not in Hold.objects.get().code_sha256


@pytest.mark.parametrize("change", ["practitioner", "status", "hours"])
def test_a_shift_changed_under_a_hold_is_not_confirmed(change):
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    if change == "practitioner":
        world.shift.practitioner = make_doctor("Petit")
    elif change == "status":
        world.shift.status = "cancelled"
    else:
        world.shift.starts_at = world.at(10)
    world.shift.save()
    with pytest.raises(Gone) as refusal:
        services.confirm_hold(token=placed.token, code=None, without_code=True, by=PATIENT, now=NOW)
    assert refusal.value.code == "shift-closed"
    assert not Appointment.objects.exists()


# --- identity --------------------------------------------------------------------------------------


def test_same_person_twice_is_one_patient():
    world = make_world()
    book(world, 9)
    book(world, 10)
    assert Patient.objects.count() == 1


def test_child_reason_refuses_an_adult():
    world = make_world()
    placed = hold(world, category="child")
    with pytest.raises(Invalid) as refusal:
        fill(placed.token)
    assert refusal.value.code == "too-old"
    fill(placed.token, identity=make_identity(birth_date=date(2020, 1, 1)))


def test_one_patient_cannot_be_in_two_places():
    world = make_world()
    world.shift_on(doctor=make_doctor("Petit"))
    book(world, 9)
    with pytest.raises(Conflict) as refusal:
        book(world, 9)
    assert refusal.value.code == "patient-busy"
    assert Appointment.objects.count() == 1


def test_online_patient_cannot_hoard(settings):
    settings.BOOKING_MAX_FUTURE_PER_PATIENT = 2
    world = make_world()
    confirm(world, hour=9)
    confirm(world, hour=10)
    with pytest.raises(Conflict) as refusal:
        confirm(world, hour=11)
    assert refusal.value.code == "too-many-appointments"
    assert Appointment.objects.count() == 2


def test_claim_to_be_known_is_for_the_desk_to_check():
    world = make_world()
    placed = hold(world, category="follow_up")
    fill(placed.token, declared_known=True)
    services.send_code(token=placed.token, channel="sms", by=PATIENT, now=NOW)
    booking = services.confirm_hold(token=placed.token, code=sent_code(), by=PATIENT, now=NOW)
    assert "à vérifier" in booking.appointment.desk_note


def test_the_limit_does_not_tell_how_many_visits_somebody_has(settings):
    settings.BOOKING_MAX_FUTURE_PER_PATIENT = 2
    world = make_world()
    confirm(world, hour=9)
    confirm(world, hour=10)
    with pytest.raises(Conflict) as refusal:
        confirm(world, hour=11)
    assert not any(character.isdigit() for character in refusal.value.message)


def test_a_hold_whose_time_is_gone_is_never_confirmed():
    """Whatever emptied it: an appointment without its time would let somebody else have the same."""
    world = make_world()
    placed = hold(world)
    fill(placed.token)
    Occupation.objects.all().delete()
    with pytest.raises(Gone):
        services.confirm_hold(token=placed.token, code=None, without_code=True, by=PATIENT, now=NOW)
    assert not Appointment.objects.exists()


# --- desk ------------------------------------------------------------------------------------------


def test_overbooking_needs_a_reason():
    world = make_world()
    book(world, 9)
    with pytest.raises(services.SlotTaken):
        book(world, 9, identity=make_identity("Autre"))
    second = book(world, 9, identity=make_identity("Autre"), overbook_reason="Fièvre, à voir ce matin")
    third = book(world, 9, identity=make_identity("Encore"), overbook_reason="Certificat")
    assert (second.lane, third.lane) == (1, 2)


def test_the_desk_writes_down_this_morning_but_not_yesterday():
    world = make_world()

    def write(now):
        return services.book_appointment(
            site_id=world.site.pk,
            reason_id=world.reasons["first_visit"].pk,
            starts_at=world.at(9),
            identity=make_identity(),
            contact=make_contact(),
            booked_by="desk",
            by=SYSTEM,
            now=now,
        )

    with pytest.raises(Invalid) as refusal:
        write(world.at(9) + timedelta(days=1))
    assert refusal.value.code == "past"
    assert not Occupation.objects.exists()
    assert write(world.at(18)).appointment.starts_at == world.at(9)


def test_an_overbooked_visit_that_runs_late_avoids_those_of_the_next_shift_of_the_room():
    world = make_world()
    afternoon = world.shift_on(start=12, end=15, doctor=make_doctor("Petit"), room=world.room)
    book(world, 12, shift_id=afternoon.pk, overbook_reason="Enfant fébrile")
    late = book(
        world, 11, 50, shift_id=world.shift.pk, overbook_reason="Retour", identity=make_identity("Moreau")
    )
    assert late.lane == 2


def test_desk_may_book_without_birth_date_or_phone():
    world = make_world()
    appointment = book(
        world, identity=make_identity(birth_date=None), contact=make_contact(phone="", email="")
    )
    assert appointment.patient.birth_date is None
    assert not OutboxMessage.objects.exists()


def test_move_keeps_length_and_frees_the_old_time():
    world = make_world()
    appointment = book(world, 9)
    services.move_appointment(appointment_id=appointment.pk, starts_at=world.at(10), by=SYSTEM, now=NOW)
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.ends_at) == (world.at(10), world.at(10, 30))
    assert appointment.sequence == 1
    book(world, 9, identity=make_identity("Autre"))


def test_move_by_five_minutes_over_itself():
    world = make_world()
    appointment = book(world, 9)
    services.move_appointment(appointment_id=appointment.pk, starts_at=world.at(9, 5), by=SYSTEM, now=NOW)
    assert Occupation.objects.filter(appointment=appointment).count() == 18


def test_move_onto_taken_time_changes_nothing():
    world = make_world()
    first = book(world, 9)
    second = book(world, 10, identity=make_identity("Autre"))
    with pytest.raises(services.SlotTaken):
        services.move_appointment(appointment_id=second.pk, starts_at=world.at(9), by=SYSTEM, now=NOW)
    second.refresh_from_db()
    assert second.starts_at == world.at(10)
    assert Occupation.objects.filter(appointment=first).count() == 18


def test_move_to_another_practice_shift_does_not_exist():
    world, other = make_world(), make_world("autre")
    appointment = book(world, 9)
    with pytest.raises(NotFound):
        services.move_appointment(
            appointment_id=appointment.pk, starts_at=world.at(10), shift_id=other.shift.pk, by=SYSTEM, now=NOW
        )


def test_two_secretaries_move_the_same_visit():
    world = make_world()
    appointment = book(world, 9)
    services.move_appointment(
        appointment_id=appointment.pk, starts_at=world.at(10), expected_sequence=0, by=SYSTEM, now=NOW
    )
    with pytest.raises(Conflict) as refusal:
        services.move_appointment(
            appointment_id=appointment.pk, starts_at=world.at(11), expected_sequence=0, by=SYSTEM, now=NOW
        )
    assert refusal.value.code == "changed-meanwhile"


def test_move_replaces_the_reminder():
    world = make_world()
    world.shift_on(day=DAY + timedelta(days=7))
    appointment = services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=world.at(9, day=DAY + timedelta(days=7)),
        identity=make_identity(),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
    ).appointment
    services.move_appointment(
        appointment_id=appointment.pk, starts_at=world.at(11, day=DAY + timedelta(days=7)), by=SYSTEM, now=NOW
    )
    pending = OutboxMessage.objects.filter(kind="appointment-reminder", status="pending", channel="sms")
    assert len(pending) == 1
    assert "11h" in pending[0].body


def test_cancel_frees_at_once_and_silences_reminders():
    world = make_world()
    appointment = book(world, 9)
    services.cancel_appointment(appointment_id=appointment.pk, cancelled_by="desk", by=SYSTEM, now=NOW)
    assert not Occupation.objects.exists()
    pending = OutboxMessage.objects.filter(status="pending").values_list("kind", flat=True)
    assert set(pending) == {"appointment-cancelled"}
    book(world, 9)
    with pytest.raises(Gone):
        services.cancel_appointment(appointment_id=appointment.pk, cancelled_by="desk", by=SYSTEM, now=NOW)


# --- links -----------------------------------------------------------------------------------------


def test_link_cancels_once():
    world = make_world()
    booking = confirm(world)
    services.cancel_by_link(token=booking.manage_token, by=PATIENT, now=NOW)
    with pytest.raises(Gone):
        services.cancel_by_link(token=booking.manage_token, by=PATIENT, now=NOW)


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "x" + t, lambda t: ""]
)
def test_forged_link_is_unknown(spoil):
    world = make_world()
    with pytest.raises(NotFound):
        queries.appointment_by_link(spoil(confirm(world).manage_token))


def test_replaced_link_is_gone():
    world = make_world()
    booking = confirm(world)
    Appointment.objects.update(link_version=2)
    with pytest.raises(Gone):
        queries.appointment_by_link(booking.manage_token)
    assert queries.appointment_by_link(manage_token(booking.appointment.public_id, 2))


def test_link_refuses_inside_the_notice():
    world = make_world()
    booking = confirm(world)
    with pytest.raises(Conflict) as refusal:
        services.cancel_by_link(token=booking.manage_token, by=PATIENT, now=world.at(8))
    assert refusal.value.code == "too-late"
    assert "+33" in refusal.value.message or "02" in refusal.value.message


def test_link_moves_through_a_hold():
    world = make_world()
    booking = confirm(world)
    placed = hold(world, 10, moves_appointment=booking.appointment)
    moved = services.confirm_hold(token=placed.token, code=None, without_code=True, by=PATIENT, now=NOW)
    assert moved.appointment.pk == booking.appointment.pk
    assert moved.appointment.starts_at == world.at(10)
    assert Occupation.objects.count() == 18
    hold(world, 9)


# --- the day ---------------------------------------------------------------------------------------


def test_a_visit_goes_through_the_day_and_back_one_step():
    world = make_world()
    appointment = book(world)
    day = world.at(9)
    for status in ("arrived", "in_progress", "fulfilled"):
        services.set_appointment_status(appointment_id=appointment.pk, status=status, by=SYSTEM, now=day)
    appointment.refresh_from_db()
    assert appointment.arrived_at == appointment.started_at == appointment.finished_at == day
    assert appointment.patient.first_seen_on == DAY
    services.set_appointment_status(appointment_id=appointment.pk, status="in_progress", by=SYSTEM, now=day)
    appointment.refresh_from_db()
    assert appointment.finished_at is None
    assert appointment.patient.first_seen_on is None


@pytest.mark.parametrize(
    ("start", "wrong"), [("booked", "fulfilled"), ("booked", "left"), ("cancelled", "booked")]
)
def test_steps_that_do_not_follow(start, wrong):
    world = make_world()
    appointment = book(world)
    if start == "cancelled":
        services.cancel_appointment(appointment_id=appointment.pk, cancelled_by="desk", by=SYSTEM, now=NOW)
    with pytest.raises(Conflict):
        services.set_appointment_status(
            appointment_id=appointment.pk, status=wrong, by=SYSTEM, now=world.at(9)
        )


def test_nobody_is_absent_before_the_day():
    world = make_world()
    with pytest.raises(Conflict) as refusal:
        services.set_appointment_status(appointment_id=book(world).pk, status="noshow", by=SYSTEM, now=NOW)
    assert refusal.value.code == "not-yet"


@pytest.mark.parametrize(
    ("zone", "hour", "asked", "allowed"),
    [
        # 21 h in Cayenne is already tomorrow in UTC: the visit of 21 h 30 is of today.
        ("America/Cayenne", 21, (21, 0), True),
        # 1 h in Saint-Denis is still yesterday in UTC: at 23 h the evening before, the visit is of tomorrow.
        ("Indian/Reunion", 1, (-1, 0), False),
    ],
)
def test_the_day_of_a_visit_is_the_day_of_the_site(zone, hour, asked, allowed):
    world = make_world(time_zone=zone)
    start = world.at(hour)
    world.shift = world.shift_on(
        doctor=make_doctor("Petit"), starts_at=start, ends_at=start + timedelta(hours=2)
    )
    appointment = services.book_appointment(
        site_id=world.site.pk,
        reason_id=world.reasons["first_visit"].pk,
        starts_at=start + timedelta(minutes=30),
        shift_id=world.shift.pk,
        identity=make_identity(),
        contact=make_contact(),
        booked_by="desk",
        by=SYSTEM,
        now=NOW,
    ).appointment
    now = world.at(0) + timedelta(hours=asked[0], minutes=asked[1])

    def absent():
        return services.set_appointment_status(
            appointment_id=appointment.pk, status="noshow", by=SYSTEM, now=now
        )

    if allowed:
        assert absent().status == "noshow"
    else:
        with pytest.raises(Conflict):
            absent()


def test_nobody_arrives_before_the_day():
    world = make_world()
    with pytest.raises(Conflict) as refusal:
        services.set_appointment_status(appointment_id=book(world).pk, status="arrived", by=SYSTEM, now=NOW)
    assert refusal.value.code == "not-yet"


# --- shifts under appointments -----------------------------------------------------------------------


def test_appointments_follow_the_new_practitioner():
    world = make_world()
    appointment = book(world)
    other = make_doctor("Petit")
    world.shift.practitioner = other
    world.shift.save()
    assert services.rehome_shift_appointments(shift_id=world.shift.pk, by=SYSTEM, now=NOW) == 1
    assert Occupation.objects.filter(resource_kind=1, resource_id=other.pk).count() == 6
    appointment.refresh_from_db()
    assert appointment.practitioner_id == other.pk


# --- programs ----------------------------------------------------------------------------------------


def test_same_key_same_answer():
    calls = []

    def action():
        calls.append(1)
        return 201, {"n": len(calls)}

    first = services.answer_once(scope="s", key="k", request="r", now=NOW, action=action)
    second = services.answer_once(scope="s", key="k", request="r", now=NOW, action=action)
    assert (first.body, first.replayed) == ({"n": 1}, False)
    assert (second.body, second.replayed) == ({"n": 1}, True)
    with pytest.raises(Conflict):
        services.answer_once(scope="s", key="k", request="other", now=NOW, action=action)
    services.answer_once(scope="another", key="k", request="other", now=NOW, action=action)
    assert len(calls) == 2


def test_a_refused_action_keeps_no_answer():
    def refused():
        raise Conflict("non")

    with pytest.raises(Conflict):
        services.answer_once(scope="s", key="k", request="r", now=NOW, action=refused)
    services.answer_once(scope="s", key="k", request="r", now=NOW, action=lambda: (201, {}))


@pytest.mark.parametrize(
    "bad", [{"duration_minutes": 17}, {"duration_minutes": 0}, {"label": " "}, {"colour": 1}]
)
def test_bad_reason_settings(bad):
    world = make_world()
    with pytest.raises(Invalid):
        services.save_visit_reason(
            practice_id=world.practice.pk, reason_id=world.reasons["child"].pk, by=SYSTEM, now=NOW, **bad
        )
