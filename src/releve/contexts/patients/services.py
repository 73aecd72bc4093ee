"""Writes: a patient found or created while booking, an identity corrected by the desk."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.clock import local_day
from releve.kernel.errors import Conflict, NotFound
from releve.kernel.rows import insert_row, select_rows

from . import rules
from .models import Patient
from .queries import PATIENT_UNKNOWN
from .rules import Contact, PatientIdentity

# The furthest west and east of the country differ by a day: a child born "tomorrow" in Nouméa is still born.
_EASTERN_ZONE = "Pacific/Noumea"
_ALREADY_KNOWN = (
    "Un autre patient de ce cabinet a déjà ce nom et cette date de naissance. Rien n’a été changé."
)


def check_traits(
    *,
    identity: PatientIdentity,
    contact: Contact,
    birth_date_required: bool = True,
    contact_required: bool = True,
    now: datetime,
) -> tuple[PatientIdentity, Contact]:
    """Both in regular form, before anything is locked. Raises Invalid on the faulty field."""
    today = local_day(now, _EASTERN_ZONE)
    return (
        rules.clean_identity(identity, today=today, birth_date_required=birth_date_required),
        rules.clean_contact(contact, required=contact_required),
    )


def find_or_create_patient(
    *,
    practice_id: int,
    identity: PatientIdentity,
    contact: Contact,
    is_demo: bool = False,
    birth_date_required: bool = True,
    contact_required: bool = True,
    checked: bool = False,
    by: Actor,
    now: datetime,
) -> tuple[Patient, bool]:
    """The practice's patient with these traits, created when unknown: `(patient, created)`.

    One SELECT, and one INSERT for somebody new. Two bookings of the same new person at the same second
    end as one
    patient: the unique constraint decides (both may then be told `created`). The known patient keeps
    their contact;
    the appointment carries the one just given. Without a birth date (desk), the same name and phone is
    the same
    person. Not journaled: the appointment is. Raises Invalid on the faulty field.

    `checked`: both come from `check_traits` (or the rules it calls) in the same request.
    """
    if not checked:
        identity, contact = check_traits(
            identity=identity,
            contact=contact,
            birth_date_required=birth_date_required,
            contact_required=contact_required,
            now=now,
        )
    key = rules.identity_key(identity)
    # No savepoint: a booking's transaction pays two statements here, not four.
    with transaction.atomic(savepoint=False):
        return _find_or_insert(practice_id, key, identity, contact, is_demo)


@transaction.atomic
def correct_identity(
    *,
    patient_id: int,
    identity: PatientIdentity,
    contact: Contact,
    by: Actor,
    now: datetime,
) -> Patient:
    """Correct a patient's traits and contact. Journals the names of the fields changed, never their values.

    Raises NotFound, Invalid on the faulty field, Conflict when another patient of the practice has
    these traits.
    """
    patient = Patient.objects.select_for_update().filter(pk=patient_id).first()
    if patient is None:
        raise NotFound(PATIENT_UNKNOWN)
    identity = rules.clean_identity(
        identity, today=local_day(now, _EASTERN_ZONE), birth_date_required=patient.birth_date is not None
    )
    contact = rules.clean_contact(contact, required=False)
    values = {
        "family_name": identity.family_name,
        "used_name": identity.used_name,
        "given_name": identity.given_name,
        "birth_date": identity.birth_date,
        "sex": identity.sex,
        "phone": contact.phone,
        "email": contact.email,
    }
    changed = sorted(name for name, value in values.items() if getattr(patient, name) != value)
    if not changed:
        return patient
    for name in changed:
        setattr(patient, name, values[name])
    patient.search_name = rules.identity_key(identity)
    patient.search_used = rules.search_key(identity.used_name)
    try:
        with transaction.atomic():
            patient.save(update_fields=[*changed, "search_name", "search_used"])
    except IntegrityError as error:
        raise Conflict(_ALREADY_KNOWN, code="patient-exists", field="family_name") from error
    audit.record(
        by=by,
        action="patient.corrected",
        target_kind="patient",
        target_id=patient.pk,
        practice_id=patient.practice_id,
        now=now,
        fields=changed,
    )
    return patient


@transaction.atomic
def set_first_seen(*, patient_id: int, day: date | None, by: Actor, now: datetime) -> None:
    """Remember the first day the patient was seen here (decides first visit or follow-up); None forgets it.

    An earlier day is kept. Not journaled: the appointment's change of state is.
    """
    patients = Patient.objects.filter(pk=patient_id)
    if day is None:
        patients.update(first_seen_on=None)
    else:
        patients.filter(first_seen_on=None).update(first_seen_on=day)


def _find_or_insert(
    practice_id: int, key: str, identity: PatientIdentity, contact: Contact, is_demo: bool
) -> tuple[Patient, bool]:
    homonyms = select_rows(
        Patient, "WHERE practice_id = %s AND search_name = %s ORDER BY id", [practice_id, key]
    )
    known = _same_person(homonyms, identity.birth_date, contact)
    if known is not None:
        return known, False
    patient = Patient(
        practice_id=practice_id,
        family_name=identity.family_name,
        used_name=identity.used_name,
        given_name=identity.given_name,
        birth_date=identity.birth_date,
        sex=identity.sex,
        # A relative's number is how a child or an old parent is reached: kept, the name stays on the
        # appointment.
        phone=contact.phone,
        email=contact.email,
        search_name=key,
        search_used=rules.search_key(identity.used_name),
        is_demo=is_demo,
    )
    if identity.birth_date is not None:
        # ON CONFLICT ... RETURNING: whoever inserted first, the row's key comes back in one statement.
        insert_row(patient, same=("practice_id", "search_name", "birth_date"))
        return patient, True
    try:
        with transaction.atomic():
            patient.save(force_insert=True)
    except IntegrityError:
        twin = Patient.objects.filter(
            practice_id=practice_id, search_name=key, birth_date=None, phone=patient.phone
        ).first()
        if twin is None:
            raise
        return twin, False
    return patient, True


def _same_person(homonyms: list[Patient], birth_date: date | None, contact: Contact) -> Patient | None:
    if birth_date is not None:
        return next((p for p in homonyms if p.birth_date == birth_date), None)
    same_phone = [p for p in homonyms if p.phone == contact.phone]
    undated = next((p for p in same_phone if p.birth_date is None), None)
    if undated is not None or not contact.phone:
        return undated
    # Two homonyms behind one phone (father and son): only the birth date could tell, so a third sheet
    # is opened.
    return same_phone[0] if len(same_phone) == 1 else None
