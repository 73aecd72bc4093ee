"""Holds: ten minutes of a time kept for one patient while they type their name and confirm."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from releve.contexts.patients.rules import Contact, PatientIdentity, clean_contact, clean_identity
from releve.kernel import outbox
from releve.kernel.audit import Actor
from releve.kernel.clock import local_day
from releve.kernel.errors import Conflict, Gone, Invalid, NotFound, Throttled
from releve.kernel.phones import can_receive_sms
from releve.kernel.rows import insert_row

from .. import messages
from ..enums import BookedBy
from ..links import code_digest, new_code, new_token
from ..models import Appointment, Hold
from ..queries import hot_sql
from ..queries.appointments import hold_expired
from ..rules import digest, same_digest
from . import appointments as appointment_services
from .claims import (
    PATIENT_BUSY,
    SHIFT_CLOSED_MESSAGE,
    TAKEN_MESSAGE,
    SlotTaken,
    check_age,
    delete_holds,
    find_target,
    holder_of,
    lock_open_shift,
    occupy,
)

HOLD_MINUTES = 10
# A hold that keeps being renewed would lock a time for ever.
HOLD_LIFETIME_MINUTES = 30
MAX_CODE_ATTEMPTS = 5
MAX_CODES_SENT = 3
_PATIENT_BUSY = PATIENT_BUSY.message


@dataclass(frozen=True, slots=True)
class PlacedHold:
    """A hold and its secret, known only to the person who asked for it."""

    hold: Hold
    token: str


def place_hold(
    *,
    site_id: int,
    reason_id: int,
    starts_at: datetime,
    audience: str = "public",
    practitioner_id: int | None = None,
    shift_id: int | None = None,
    moves_appointment: Appointment | None = None,
    by: Actor,
    now: datetime,
) -> PlacedHold:
    """Take a time for ten minutes.

    Raises SlotTaken when somebody has it, Gone when the shift closed, Invalid for an impossible time or a reason that
    `audience` may not book, NotFound for a reason of another practice.
    """
    token = new_token()
    if practitioner_id is not None and hot_sql.is_taken(practitioner_id, starts_at, now):
        # Only to answer sooner, without queueing for the right to write: the constraint decides for the others.
        raise SlotTaken(TAKEN_MESSAGE)
    find = partial(
        find_target,
        site_id=site_id,
        reason_id=reason_id,
        starts_at=starts_at,
        audience=audience,
        now=now,
        practitioner_id=practitioner_id,
        shift_id=shift_id,
        ignore_appointment_id=moves_appointment.pk if moves_appointment else None,
    )
    # SQLite has one writer: what can be read before taking one's turn is read before, and only the shift is read again.
    seen = None if connection.features.has_select_for_update else find()
    try:
        with transaction.atomic():
            target = seen or find()
            shift = target.shift
            if seen is not None and hot_sql.shift_state(shift.pk) != hot_sql.state_of(shift):
                raise Gone(SHIFT_CLOSED_MESSAGE, code="shift-closed")
            hold = Hold(
                token_sha256=digest(token),
                practice_id=shift.practice_id,
                site_id=shift.site_id,
                shift_id=shift.pk,
                practitioner_id=holder_of(shift).pk,
                reason_id=target.reason.pk,
                starts_at=target.starts_at,
                ends_at=target.ends_at,
                created_at=now,
                expires_at=now + timedelta(minutes=HOLD_MINUTES),
                moves_appointment=moves_appointment,
            )
            insert_row(hold)
            occupy(shift=shift, ticks=target.ticks, hold=hold)
    except IntegrityError as error:
        raise SlotTaken(TAKEN_MESSAGE) from error
    hold.shift, hold.site, hold.practice, hold.reason = shift, shift.site, shift.practice, target.reason
    hold.practitioner = holder_of(shift)
    return PlacedHold(hold, token)


@transaction.atomic
def release_hold(*, token: str, by: Actor, now: datetime) -> None:
    """Give the time back at once. Releasing twice is harmless."""
    delete_holds(Q(token_sha256=digest(token)))


@transaction.atomic
def purge_expired_holds(*, now: datetime) -> int:
    """Delete every expired hold; returns how many. Run by the worker (a reader never needs it to have run)."""
    return len(delete_holds(Q(expires_at__lte=now)))


@transaction.atomic
def release_shift_holds(*, shift_id: int) -> int:
    """Drop the holds of a shift that is about to change."""
    return len(delete_holds(Q(shift_id=shift_id)))


def _locked_hold(token: str, now: datetime, *, with_shift: bool = False) -> Hold:
    """The live hold, locked: two submissions of the same form take turns."""
    hold = hot_sql.live_hold(digest(token), now)
    if hold is None:
        raise hold_expired()
    if with_shift:
        lock_open_shift(hold)
    # SQLite writes one transaction at a time: what was just read cannot have changed.
    if (
        connection.features.has_select_for_update
        and not Hold.objects.select_for_update().filter(pk=hold.pk).exists()
    ):
        raise Gone(
            "Ce rendez-vous vient d’être confirmé ou abandonné dans une autre fenêtre.", code="hold-used"
        )
    return hold


def _checked(
    hold: Hold, identity: PatientIdentity, contact: Contact, *, contact_required: bool, now: datetime
) -> tuple[PatientIdentity, Contact]:
    """The traits in regular form. Raises Invalid on the faulty field, or when the reason does not suit the age."""
    today = local_day(now, hold.site.time_zone)
    identity = clean_identity(identity, today=today, birth_date_required=True)
    contact = clean_contact(contact, required=contact_required)
    check_age(hold.reason, identity.birth_date, today)
    return identity, contact


@transaction.atomic
def save_hold_identity(
    *,
    token: str,
    identity: PatientIdentity,
    contact: Contact,
    booked_by: str,
    declared_known: bool | None = None,
    contact_required: bool = True,
    by: Actor,
    now: datetime,
) -> Hold:
    """Keep the traits typed, for as long as the hold lives. Raises Invalid when the reason does not suit the age.

    `contact_required=False`: a partner who hands the patient a paper slip.
    """
    hold = _locked_hold(token, now)
    identity, contact = _checked(hold, identity, contact, contact_required=contact_required, now=now)
    if (hold.draft.get("contact") or {}) != asdict(contact):
        # A code proves the contact it was sent to, not the one that replaces it.
        hold.code_sha256, hold.code_attempts = "", 0
    hold.draft = {
        "identity": {
            **asdict(identity),
            "birth_date": identity.birth_date.isoformat() if identity.birth_date else None,
        },
        "contact": asdict(contact),
        "booked_by": booked_by,
        "declared_known": declared_known,
    }
    hold.save(update_fields=["draft", "code_sha256", "code_attempts"])
    return hold


@transaction.atomic
def send_code(*, token: str, channel: str, by: Actor, now: datetime) -> Hold:
    """Send six digits to the phone (`sms`) or mailbox (`mail`) typed. The hold lives ten more minutes.

    Raises Invalid when there is no such contact, Throttled after three codes.
    """
    hold = _locked_hold(token, now)
    contact = hold.draft.get("contact") or {}
    to = contact.get("phone" if channel == "sms" else "email", "")
    if not to or (channel == "sms" and not can_receive_sms(to)):
        raise Invalid(
            "Indiquez un numéro de téléphone mobile ou une adresse mail pour recevoir le code.",
            code="no-contact",
            field="phone",
        )
    if hold.codes_sent >= MAX_CODES_SENT:
        raise Throttled(
            "Trois codes ont déjà été envoyés. Vérifiez le numéro ou l’adresse, ou appelez le secrétariat.",
            details={"retry_after": 600},
        )
    code = new_code()
    hold.code_sha256 = code_digest(hold.token_sha256, code)
    hold.code_sent_at, hold.code_attempts, hold.codes_sent = now, 0, hold.codes_sent + 1
    hold.expires_at = min(
        now + timedelta(minutes=HOLD_MINUTES), hold.created_at + timedelta(minutes=HOLD_LIFETIME_MINUTES)
    )
    hold.draft["code_channel"] = channel
    hold.save()
    outbox.enqueue([messages.code_message(hold, channel=channel, to=to, code=code, now=now)], now=now)
    return hold


def confirm_hold(
    *, token: str, code: str | None, by: Actor, now: datetime, without_code: bool = False
) -> appointment_services.Booking:
    """Turn the hold into an appointment (or into the new time of the appointment it moves).

    `without_code`: the caller vouches for the contact (a partner's software, or a link already proven). Raises Invalid
    (`wrong-code`) and keeps the hold; Throttled after five wrong codes; Gone once expired or used; Conflict when the
    patient already has a visit at that time.
    """
    if not without_code:
        _check_code(token=token, code=code or "", now=now)
    try:
        with transaction.atomic():
            hold = _locked_hold(token, now, with_shift=True)
            if hold.moves_appointment_id:
                return appointment_services.move_to_hold(hold=hold, by=by, now=now)
            draft = hold.draft
            if not draft:
                raise Invalid("Indiquez d’abord qui vient consulter.", code="no-identity")
            birth = draft["identity"]["birth_date"]
            identity = PatientIdentity(
                **{**draft["identity"], "birth_date": date.fromisoformat(birth) if birth else None}
            )
            return appointment_services.book_from_hold(
                hold=hold,
                identity=identity,
                contact=Contact(**draft["contact"]),
                booked_by=draft.get("booked_by", BookedBy.PATIENT),
                declared_known=draft.get("declared_known"),
                limit_per_patient=settings.BOOKING_MAX_FUTURE_PER_PATIENT if not without_code else None,
                by=by,
                now=now,
            )
    except IntegrityError as error:
        raise Conflict(_PATIENT_BUSY, code="patient-busy") from error


def book_hold(
    *,
    token: str,
    identity: PatientIdentity,
    contact: Contact,
    booked_by: str,
    practice_ids: Collection[int] = (),
    by: Actor,
    now: datetime,
) -> appointment_services.Booking:
    """Give the traits and confirm in one step, for a caller who vouches for the contact (a partner's software).

    `practice_ids`: the only practices the caller reaches (all when empty). Raises what `save_hold_identity` and
    `confirm_hold` raise, NotFound for a hold elsewhere.
    """
    try:
        with transaction.atomic():
            hold = _locked_hold(token, now, with_shift=True)
            if practice_ids and hold.practice_id not in practice_ids:
                raise NotFound("Ce lieu n’existe pas, ou cette clé n’y donne pas accès.")
            identity, contact = _checked(hold, identity, contact, contact_required=True, now=now)
            return appointment_services.book_from_hold(
                hold=hold,
                identity=identity,
                contact=contact,
                booked_by=booked_by,
                declared_known=None,
                limit_per_patient=None,
                checked=True,
                by=by,
                now=now,
            )
    except IntegrityError as error:
        raise Conflict(_PATIENT_BUSY, code="patient-busy") from error


@transaction.atomic
def _count_attempt(token: str, now: datetime) -> Hold:
    hold = _locked_hold(token, now)
    if not hold.code_sha256:
        raise Invalid("Demandez d’abord un code.", code="no-code", field="code")
    if hold.code_attempts >= MAX_CODE_ATTEMPTS:
        raise Throttled(
            "Trop d’essais avec ce code. Demandez un nouveau code, ou appelez le secrétariat.",
            code="too-many-codes",
        )
    hold.code_attempts += 1
    hold.save(update_fields=["code_attempts"])
    return hold


def _check_code(*, token: str, code: str, now: datetime) -> None:
    """Count the attempt in its own transaction, so that a refusal still counts."""
    hold = _count_attempt(token, now)
    typed = "".join(ch for ch in code if ch.isdigit())
    if not same_digest(code_digest(hold.token_sha256, typed), hold.code_sha256):
        left = MAX_CODE_ATTEMPTS - hold.code_attempts
        raise Invalid(
            "Ce code n’est pas le bon. "
            + (f"Il reste {left} essai{'s' if left > 1 else ''}." if left else "Demandez un nouveau code."),
            code="wrong-code",
            field="code",
        )
