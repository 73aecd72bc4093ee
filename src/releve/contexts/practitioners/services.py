"""Writes: practitioners, their own profile, teams, the link to an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from releve.contexts.practices.queries import commune_of_place
from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Forbidden, NotFound

from . import rules
from .models import Practitioner, TeamMember
from .queries import PRACTITIONER_UNKNOWN, may_change_email

_RPPS_TAKEN = "Ce numéro RPPS est déjà celui d’un praticien connu : recherchez-le pour l’ajouter à l’équipe."


@transaction.atomic
def create_practitioner(
    *,
    family_name: str,
    given_name: str,
    status: str,
    user_id: int | None = None,
    is_demo: bool = False,
    by: Actor,
    now: datetime,
    **fields: Any,
) -> Practitioner:
    """A practitioner, once for the whole platform.

    `fields`: title, rpps, profession, specialty, licence_ends_on, home_commune_code, rhythm_minutes,
    name_is_public, email, phone. Raises Invalid on the faulty field, Conflict (`rpps-taken`).
    """
    practitioner = Practitioner(user_id=user_id, is_demo=is_demo)
    _set_fields(
        practitioner, {**fields, "family_name": family_name, "given_name": given_name, "status": status}
    )
    _save(practitioner)
    _journal(by, "practitioner.created", practitioner.pk, now)
    return practitioner


@transaction.atomic
def save_practitioner(
    *, practitioner_id: int, practice_id: int | None = None, by: Actor, now: datetime, **fields: Any
) -> Practitioner:
    """Change a practitioner (fields of `create_practitioner`).

    `practice_id`: the practice that makes the change. An account is given to whoever answers at the
    mail address,
    so a practice changes that address only while the person is in its team alone and has no account.
    Raises NotFound, Invalid, Forbidden (`email-of-another`), Conflict (`rpps-taken`).
    """
    practitioner = _locked(practitioner_id)
    changed = _set_fields(practitioner, fields)
    if practice_id is not None and "email" in changed and not may_change_email(practitioner, practice_id):
        raise Forbidden(
            "Seule cette personne peut changer son adresse mail : elle a un compte ou travaille aussi "
            "ailleurs.",
            code="email-of-another",
            field="email",
        )
    if changed:
        _save(practitioner)
        _journal(by, "practitioner.changed", practitioner.pk, now, fields=changed, practice_id=practice_id)
    return practitioner


@transaction.atomic
def save_practitioner_profile(
    *, practitioner_id: int, by: Actor, now: datetime, **fields: Any
) -> Practitioner:
    """What practitioners change themselves: title, specialty, rhythm_minutes, name_is_public, email, phone,
    home_commune_code. Raises NotFound, Invalid."""
    if set(fields) - rules.PROFILE_FIELDS:
        raise TypeError(f"not in one's own profile: {sorted(set(fields) - rules.PROFILE_FIELDS)}")
    return save_practitioner(practitioner_id=practitioner_id, by=by, now=now, **fields)


@transaction.atomic
def add_to_team(
    *,
    practice_id: int,
    practitioner_id: int,
    since: date,
    until: date | None = None,
    by: Actor,
    now: datetime,
) -> TeamMember:
    """Let a practitioner consult for a practice between two dates; somebody already there gets the new dates.

    Raises NotFound, Invalid (`membership-reversed`).
    """
    rules.check_membership(since, until)
    if not Practitioner.objects.filter(pk=practitioner_id).exists():
        raise NotFound("Ce praticien n’existe pas.")
    member, _ = TeamMember.objects.update_or_create(
        practice_id=practice_id, practitioner_id=practitioner_id, defaults={"since": since, "until": until}
    )
    _journal(by, "team.added", practitioner_id, now, practice_id=practice_id)
    return member


@transaction.atomic
def end_membership(
    *, practice_id: int, practitioner_id: int, until: date, by: Actor, now: datetime
) -> TeamMember:
    """Last day of a practitioner in a team (a day before the first one is refused). Shifts after it
    stay and are
    shown as impossible by the roster. Raises NotFound, Invalid."""
    member = (
        TeamMember.objects.select_for_update()
        .filter(practice_id=practice_id, practitioner_id=practitioner_id)
        .first()
    )
    if member is None:
        raise NotFound(PRACTITIONER_UNKNOWN)
    rules.check_membership(member.since, until)
    member.until = until
    member.save(update_fields=["until"])
    _journal(by, "team.ended", practitioner_id, now, practice_id=practice_id)
    return member


@transaction.atomic
def link_account(*, practitioner_id: int, user_id: int, by: Actor, now: datetime) -> Practitioner:
    """Give a practitioner the account they sign in with. Raises NotFound, Conflict (`account-linked`)."""
    practitioner = _locked(practitioner_id)
    if practitioner.user_id == user_id:
        return practitioner
    if practitioner.user_id is not None:
        raise Conflict("Ce praticien a déjà un compte.", code="account-linked")
    practitioner.user_id = user_id
    try:
        with transaction.atomic():
            practitioner.save(update_fields=["user"])
    except IntegrityError as error:
        raise Conflict("Ce compte est déjà celui d’un autre praticien.", code="account-linked") from error
    _journal(by, "practitioner.linked", practitioner.pk, now, user=user_id)
    return practitioner


def _locked(practitioner_id: int) -> Practitioner:
    practitioner = Practitioner.objects.select_for_update(of=("self",)).filter(pk=practitioner_id).first()
    if practitioner is None:
        raise NotFound("Ce praticien n’existe pas.")
    return practitioner


def _set_fields(practitioner: Practitioner, fields: Mapping[str, Any]) -> list[str]:
    values = rules.clean_values(fields)
    if "home_commune_code" in values:
        code = values.pop("home_commune_code")
        values["home_commune_id"] = commune_of_place(code, field="home_commune").pk if code else None
    changed = sorted(name for name, value in values.items() if getattr(practitioner, name) != value)
    for name in changed:
        setattr(practitioner, name, values[name])
    if practitioner.pk is None or set(changed) & {"profession", "status", "rpps", "licence_ends_on"}:
        rules.check_together(
            profession=practitioner.profession,
            status=practitioner.status,
            rpps=practitioner.rpps,
            licence_ends_on=practitioner.licence_ends_on,
        )
    return changed


def _save(practitioner: Practitioner) -> None:
    try:
        with transaction.atomic():
            practitioner.save()
    except IntegrityError as error:
        raise Conflict(_RPPS_TAKEN, code="rpps-taken", field="rpps") from error


def _journal(
    by: Actor,
    action: str,
    practitioner_id: int,
    now: datetime,
    *,
    practice_id: int | None = None,
    **details: Any,
) -> None:
    audit.record(
        by=by,
        action=action,
        target_kind="practitioner",
        target_id=practitioner_id,
        practice_id=practice_id,
        now=now,
        **details,
    )
