"""Appointments: booked, moved, cancelled, and followed through the day at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from releve.contexts.patients.models import Patient
from releve.contexts.patients.rules import Contact, PatientIdentity, clean_contact
from releve.contexts.patients.services import check_traits, find_or_create_patient, set_first_seen
from releve.kernel import audit, outbox
from releve.kernel.audit import Actor
from releve.kernel.clock import local_day
from releve.kernel.errors import Conflict, Gone, Invalid, NotFound
from releve.kernel.rows import insert_row

from .. import messages
from ..enums import AppointmentStatus, BookedBy
from ..links import manage_token, new_public_id
from ..models import Appointment, Hold
from ..queries.appointments import PENDING_STATUSES, appointment_by_link, hold_expired
from ..rules import TRANSITIONS, ticks_between
from .claims import (
    PATIENT_BUSY,
    SHIFT_CLOSED_MESSAGE,
    TAKEN_MESSAGE,
    SlotTaken,
    Target,
    check_age,
    find_target,
    free_lane,
    free_time_of,
    holder_of,
    occupy,
    occupy_patient,
    patient_is_busy,
)


@dataclass(frozen=True, slots=True)
class Booking:
    """A confirmed appointment and the secret of its link."""

    appointment: Appointment
    manage_token: str


def _booking(appointment: Appointment) -> Booking:
    return Booking(appointment, manage_token(appointment.public_id, appointment.link_version))


def _new_appointment(
    target: Target,
    patient: Patient,
    contact: Contact,
    *,
    booked_by: str,
    by: Actor,
    now: datetime,
    lane: int = 0,
    overbook_reason: str = "",
    desk_note: str = "",
) -> Appointment:
    shift = target.shift
    appointment = Appointment(
        public_id=new_public_id(),
        practice=shift.practice,
        site=shift.site,
        shift=shift,
        practitioner=shift.practitioner,
        room_id=shift.room_id,
        reason=target.reason,
        patient=patient,
        starts_at=target.starts_at,
        ends_at=target.ends_at,
        lane=lane,
        overbook_reason=overbook_reason,
        booked_by=booked_by,
        booked_by_user_id=by.id if by.kind == "user" else None,
        contact_name=contact.name,
        contact_phone=contact.phone,
        contact_email=contact.email,
        desk_note=desk_note,
        created_at=now,
        updated_at=now,
    )
    insert_row(appointment)
    return appointment


def _tell(
    appointment: Appointment, action: str, by: Actor, now: datetime, rows: list[outbox.Message]
) -> None:
    """Journal and messages, in the transaction of the event."""
    audit.record(
        by=by,
        action=action,
        target_kind="appointment",
        target_id=appointment.pk,
        practice_id=appointment.practice_id,
        now=now,
    )
    if rows:
        outbox.enqueue(rows, now=now)


def _silence(appointment: Appointment, now: datetime, kinds: list[str] | None = None) -> None:
    """Call back the messages that have not left and are no longer true."""
    outbox.cancel_pending(target_kind="appointment", target_id=appointment.pk, kinds=kinds, now=now)


def book_appointment(
    *,
    site_id: int,
    reason_id: int,
    starts_at: datetime,
    identity: PatientIdentity | None = None,
    patient_id: int | None = None,
    contact: Contact,
    booked_by: str,
    practitioner_id: int | None = None,
    shift_id: int | None = None,
    audience: str = "desk",
    overbook_reason: str = "",
    desk_note: str = "",
    duration_minutes: int | None = None,
    by: Actor,
    now: datetime,
) -> Booking:
    """Book in one step (desk, partner, API): the caller vouches for the patient's contact.

    Raises SlotTaken, Gone (shift closed), Invalid (impossible time, reason not open to `audience`), NotFound (reason or
    patient of another practice), Conflict `patient-busy`. With `overbook_reason`, a taken time is doubled instead.
    """
    overbook = bool(overbook_reason.strip())
    # On the phone the secretary may not get a birth date, nor the patient have a number: the desk takes them all the same.
    strict = audience != "desk"
    if identity is None or patient_id is not None:
        contact = clean_contact(contact, required=strict)
    else:
        identity, contact = check_traits(
            identity=identity, contact=contact, birth_date_required=strict, contact_required=strict, now=now
        )
    try:
        with transaction.atomic():
            target = find_target(
                site_id=site_id,
                reason_id=reason_id,
                starts_at=starts_at,
                audience=audience,
                now=now,
                practitioner_id=practitioner_id,
                shift_id=shift_id,
                overbook=overbook,
                duration_minutes=duration_minutes,
            )
            shift = target.shift
            if strict and identity is not None:
                check_age(target.reason, identity.birth_date, local_day(now, shift.site.time_zone))
            patient = _patient(shift.practice_id, identity, patient_id, contact, by, now)
            lane = free_lane(shift, target.ticks) if overbook else 0
            appointment = _new_appointment(
                target,
                patient,
                contact,
                booked_by=booked_by,
                by=by,
                now=now,
                lane=lane,
                overbook_reason=overbook_reason.strip()[:200],
                desk_note=desk_note[:200],
            )
            occupy(shift=shift, ticks=target.ticks, lane=lane, appointment=appointment, patient_id=patient.pk)
            _tell(
                appointment,
                "appointment.overbook" if overbook else "appointment.book",
                by,
                now,
                messages.confirmation_messages(appointment, now=now),
            )
    except IntegrityError as error:
        # The transaction is gone: ask which of the two resources refused, only to word the answer.
        if patient_id is not None and patient_is_busy(patient_id, target.ticks):
            raise Conflict(PATIENT_BUSY.message, code=PATIENT_BUSY.code, reasons=[PATIENT_BUSY]) from error
        if identity is not None and _same_patient_busy(target, identity):
            raise Conflict(PATIENT_BUSY.message, code=PATIENT_BUSY.code, reasons=[PATIENT_BUSY]) from error
        raise SlotTaken(TAKEN_MESSAGE) from error
    return _booking(appointment)


def _patient(
    practice_id: int,
    identity: PatientIdentity | None,
    patient_id: int | None,
    contact: Contact,
    by: Actor,
    now: datetime,
) -> Patient:
    if patient_id is not None:
        patient = Patient.objects.filter(pk=patient_id, practice_id=practice_id).first()
        if patient is None:
            raise NotFound("Ce patient n’existe pas dans ce cabinet.")
        return patient
    if identity is None:
        raise Invalid("Indiquez qui vient consulter.", code="no-identity")
    patient, _ = find_or_create_patient(
        practice_id=practice_id, identity=identity, contact=contact, checked=True, by=by, now=now
    )
    return patient


def _same_patient_busy(target: Target, identity: PatientIdentity) -> bool:
    rows = Appointment.objects.filter(
        practice_id=target.shift.practice_id,
        status__in=PENDING_STATUSES,
        starts_at__lt=target.ends_at,
        ends_at__gt=target.starts_at,
        patient__birth_date=identity.birth_date,
    ).select_related("patient")
    wanted = (identity.family_name.casefold(), identity.given_name.casefold())
    return any((a.patient.family_name.casefold(), a.patient.given_name.casefold()) == wanted for a in rows)


def book_from_hold(
    *,
    hold: Hold,
    identity: PatientIdentity,
    contact: Contact,
    booked_by: str,
    declared_known: bool | None,
    limit_per_patient: int | None,
    checked: bool = False,
    by: Actor,
    now: datetime,
) -> Booking:
    """The hold's time becomes the appointment's; called inside `confirm_hold`'s transaction."""
    # Whether a contact is needed was decided when the hold received it (a partner's patient may have none).
    patient, created = find_or_create_patient(
        practice_id=hold.practice_id,
        identity=identity,
        contact=contact,
        contact_required=False,
        checked=checked,
        by=by,
        now=now,
    )
    if limit_per_patient is not None and not created:
        coming = Appointment.objects.filter(
            patient=patient, status=AppointmentStatus.BOOKED, starts_at__gt=now
        ).count()
        if coming >= limit_per_patient:
            raise Conflict(
                # Not how many: somebody who only knows a name and a birth date must not learn who consults here.
                "Ce rendez-vous ne peut pas être ajouté en ligne : appelez le secrétariat, il pourra le prendre.",
                code="too-many-appointments",
            )
    # The desk is told, nobody else: saying it here would tell a stranger who is a patient of this practice.
    note = "Dit être déjà venu : dossier à vérifier" if declared_known and created else ""
    shift = hold.shift
    shift.practice, shift.site, shift.practitioner = hold.practice, hold.site, hold.practitioner
    target = Target(shift, hold.reason, hold.starts_at, hold.ends_at)
    appointment = _new_appointment(
        target, patient, contact, booked_by=booked_by, by=by, now=now, desk_note=note
    )
    _take_over(hold, appointment)
    occupy_patient(appointment=appointment)
    _tell(appointment, "appointment.book", by, now, messages.confirmation_messages(appointment, now=now))
    return _booking(appointment)


def _take_over(hold: Hold, appointment: Appointment) -> None:
    """The hold's ticks become the appointment's; the hold disappears."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE booking_occupation SET hold_id = NULL, appointment_id = %s WHERE hold_id = %s",
            [appointment.pk, hold.pk],
        )
        if not cursor.rowcount:
            # Never an appointment without its time: somebody else could be given the same.
            raise hold_expired()
        cursor.execute("DELETE FROM booking_hold WHERE id = %s", [hold.pk])


def _appointment(appointment_id: int, *, lock: bool = False) -> Appointment:
    rows = Appointment.objects.select_related(
        "practice", "site__commune", "shift", "practitioner", "reason", "patient"
    )
    if lock:
        rows = rows.select_for_update(of=("self",))
    appointment = rows.filter(pk=appointment_id).first()
    if appointment is None:
        raise NotFound("Ce rendez-vous n’existe pas.")
    return appointment


def _locked_appointment(appointment_id: int) -> Appointment:
    return _appointment(appointment_id, lock=True)


def _refuse_unless_booked(appointment: Appointment) -> None:
    if appointment.status == AppointmentStatus.CANCELLED:
        raise Gone("Ce rendez-vous est déjà annulé.", code="already-cancelled")
    if appointment.status != AppointmentStatus.BOOKED:
        raise Conflict(
            "Ce rendez-vous a déjà eu lieu ou est en cours : il ne peut plus être changé.",
            code="already-started",
        )


def _place_at(
    appointment: Appointment, target: Target, *, lane: int, overbook_reason: str, now: datetime
) -> None:
    shift = target.shift
    appointment.shift, appointment.site = shift, shift.site
    appointment.practitioner, appointment.room_id = holder_of(shift), shift.room_id
    appointment.starts_at, appointment.ends_at = target.starts_at, target.ends_at
    appointment.lane, appointment.overbook_reason = lane, overbook_reason
    appointment.sequence += 1
    appointment.updated_at = now
    appointment.save()


def move_appointment(
    *,
    appointment_id: int,
    starts_at: datetime,
    shift_id: int | None = None,
    overbook_reason: str = "",
    expected_sequence: int | None = None,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Move a visit to another time or practitioner of the practice, keeping its length.

    Raises Conflict when someone moved it meanwhile (`expected_sequence`), SlotTaken, Gone; nothing changes then.
    """
    overbook = bool(overbook_reason.strip())
    try:
        with transaction.atomic():
            # The shift is locked before the appointment, as everywhere; what was read is read again once locked.
            seen = _appointment(appointment_id)
            _refuse_unless_booked(seen)
            minutes = int((seen.ends_at - seen.starts_at).total_seconds() // 60)
            target = find_target(
                site_id=_site_of_shift(shift_id, seen) if shift_id else seen.site_id,
                reason_id=seen.reason_id,
                starts_at=starts_at,
                audience="desk",
                now=now,
                shift_id=shift_id or None,
                practitioner_id=None if shift_id else seen.practitioner_id,
                ignore_appointment_id=seen.pk,
                overbook=overbook,
                duration_minutes=minutes,
            )
            appointment = _locked_appointment(appointment_id)
            _refuse_unless_booked(appointment)
            if appointment.sequence != (seen.sequence if expected_sequence is None else expected_sequence):
                raise Conflict(
                    "Ce rendez-vous a été déplacé entre-temps par quelqu’un d’autre. Rien n’a été changé.",
                    code="changed-meanwhile",
                )
            free_time_of(appointment.pk)
            lane = free_lane(target.shift, target.ticks) if overbook else 0
            _place_at(appointment, target, lane=lane, overbook_reason=overbook_reason.strip()[:200], now=now)
            occupy(
                shift=target.shift,
                ticks=target.ticks,
                lane=lane,
                appointment=appointment,
                patient_id=appointment.patient_id,
            )
            _silence(appointment, now, [messages.REMINDER_KIND])
            _tell(appointment, "appointment.move", by, now, messages.move_messages(appointment, now=now))
    except IntegrityError as error:
        if patient_is_busy(appointment.patient_id, target.ticks, except_appointment_id=appointment.pk):
            raise Conflict(PATIENT_BUSY.message, code=PATIENT_BUSY.code, reasons=[PATIENT_BUSY]) from error
        raise SlotTaken(TAKEN_MESSAGE) from error
    return appointment


def _site_of_shift(shift_id: int, appointment: Appointment) -> int:
    """Site of the shift dropped on; a shift of another practice does not exist here."""
    site_id = (
        type(appointment.shift)
        .objects.filter(pk=shift_id, practice_id=appointment.practice_id)
        .values_list("site_id", flat=True)
        .first()
    )
    if site_id is None:
        raise NotFound("Cette vacation n’existe pas.")
    return site_id


def move_to_hold(*, hold: Hold, by: Actor, now: datetime) -> Booking:
    """The appointment takes the hold's time; called inside `confirm_hold`'s transaction."""
    if hold.moves_appointment_id is None:
        raise LookupError("This hold moves no appointment.")
    appointment = _locked_appointment(hold.moves_appointment_id)
    _refuse_unless_booked(appointment)
    shift = hold.shift
    shift.practice, shift.site, shift.practitioner = hold.practice, hold.site, hold.practitioner
    target = Target(shift, hold.reason, hold.starts_at, hold.ends_at)
    free_time_of(appointment.pk)
    appointment.reason = hold.reason
    _place_at(appointment, target, lane=0, overbook_reason="", now=now)
    _take_over(hold, appointment)
    occupy_patient(appointment=appointment)
    _silence(appointment, now, [messages.REMINDER_KIND])
    _tell(appointment, "appointment.move", by, now, messages.move_messages(appointment, now=now))
    return _booking(appointment)


def cancel_appointment(
    *, appointment_id: int, reason: str = "", cancelled_by: str, by: Actor, now: datetime
) -> Appointment:
    """Cancel and free the time at once. Raises Gone when already cancelled, Conflict once the visit has begun."""
    with transaction.atomic():
        appointment = _locked_appointment(appointment_id)
        _refuse_unless_booked(appointment)
        appointment.status = AppointmentStatus.CANCELLED
        appointment.cancelled_at = appointment.updated_at = now
        appointment.cancelled_by, appointment.cancel_reason = cancelled_by, reason[:200]
        appointment.sequence += 1
        appointment.save()
        free_time_of(appointment.pk)
        _silence(appointment, now)
        _tell(appointment, "appointment.cancel", by, now, messages.cancel_messages(appointment, now=now))
    return appointment


def cancel_by_link(*, token: str, by: Actor, now: datetime) -> Appointment:
    """A patient cancels with the link. Refused once the practice's notice has begun, with the phone number to call."""
    appointment = appointment_by_link(token)
    check_patient_may_change(appointment, now)
    return cancel_appointment(appointment_id=appointment.pk, cancelled_by=BookedBy.PATIENT, by=by, now=now)


def check_patient_may_change(appointment: Appointment, now: datetime) -> None:
    """Raises Conflict `too-late` inside the practice's notice, Gone when cancelled."""
    _refuse_unless_booked(appointment)
    hours = appointment.practice.cancel_notice_hours
    if (appointment.starts_at - now).total_seconds() < hours * 3600:
        phone = appointment.practice.phone
        raise Conflict(
            f"Ce rendez-vous ne peut plus être changé en ligne (moins de {hours} h avant). "
            + (f"Appelez le {phone}." if phone else "Appelez le secrétariat."),
            code="too-late",
        )


def set_appointment_status(*, appointment_id: int, status: str, by: Actor, now: datetime) -> Appointment:
    """One step of the visit, or one step back. Raises Conflict when the step does not follow from where it stands."""
    with transaction.atomic():
        appointment = _locked_appointment(appointment_id)
        if appointment.status == status:
            return appointment  # two people clicked: the second click changes nothing
        if status not in TRANSITIONS[appointment.status]:
            raise Conflict(
                f"Ce rendez-vous est « {appointment.get_status_display()} » : cette étape ne suit pas.",
                code="bad-step",
            )
        zone = appointment.site.time_zone
        # The day as the site lives it: in Cayenne the evening is already tomorrow in UTC, in Saint-Denis the night is
        # still yesterday.
        if status != AppointmentStatus.BOOKED and local_day(appointment.starts_at, zone) > local_day(
            now, zone
        ):
            raise Conflict("Ce rendez-vous n’a pas encore eu lieu.", code="not-yet")
        was_seen = appointment.status == AppointmentStatus.FULFILLED
        _stamp(appointment, status, now)
        appointment.status, appointment.updated_at = status, now
        appointment.save()
        if status == AppointmentStatus.FULFILLED:
            day = local_day(appointment.starts_at, zone)
            set_first_seen(patient_id=appointment.patient_id, day=day, by=by, now=now)
        elif was_seen and not _was_seen_before(appointment):
            set_first_seen(patient_id=appointment.patient_id, day=None, by=by, now=now)
        _tell(appointment, f"appointment.{status}", by, now, [])
    return appointment


def _was_seen_before(appointment: Appointment) -> bool:
    return (
        Appointment.objects.filter(patient_id=appointment.patient_id, status=AppointmentStatus.FULFILLED)
        .exclude(pk=appointment.pk)
        .exists()
    )


def _stamp(appointment: Appointment, status: str, now: datetime) -> None:
    """Times of the visit; a step back erases the time of the step undone."""
    if status == AppointmentStatus.BOOKED:
        appointment.arrived_at = None
    elif status == AppointmentStatus.ARRIVED:
        appointment.arrived_at = appointment.arrived_at or now
        appointment.started_at = appointment.finished_at = None
    elif status == AppointmentStatus.IN_PROGRESS:
        appointment.started_at = appointment.started_at or now
        appointment.finished_at = None
    elif status in (AppointmentStatus.FULFILLED, AppointmentStatus.LEFT):
        appointment.finished_at = now


@transaction.atomic
def rehome_shift_appointments(*, shift_id: int, by: Actor, now: datetime) -> int:
    """After a shift changed practitioner or room (its row is locked by the caller), carry its appointments along.

    Returns how many. Raises Conflict when the new practitioner or room is taken at one of these times.
    """
    appointments = list(
        Appointment.objects.select_for_update(of=("self",))
        .filter(shift_id=shift_id, status__in=PENDING_STATUSES)
        .select_related("shift")
        .order_by("starts_at", "pk")
    )
    try:
        with transaction.atomic():
            for appointment in appointments:
                shift = appointment.shift
                if shift.practitioner_id is None:
                    raise Conflict(SHIFT_CLOSED_MESSAGE, code="shift-has-appointments")
                free_time_of(appointment.pk)
                appointment.practitioner_id, appointment.room_id = shift.practitioner_id, shift.room_id
                appointment.updated_at = now
                appointment.save(update_fields=["practitioner", "room", "updated_at"])
                occupy(
                    shift=shift,
                    ticks=ticks_between(appointment.starts_at, appointment.ends_at),
                    lane=appointment.lane,
                    appointment=appointment,
                    patient_id=appointment.patient_id,
                )
    except IntegrityError as error:
        raise Conflict(
            "Ce praticien a déjà des rendez-vous à ces heures-là : les patients ne peuvent pas lui être confiés.",
            code="already-elsewhere",
        ) from error
    return len(appointments)
