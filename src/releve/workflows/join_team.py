"""A practitioner joins: invited by mail, they accept, and their account becomes the practitioner's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from releve.contexts.accounts import services as accounts
from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.models import User
from releve.contexts.practices import queries as practices
from releve.contexts.practitioners import queries as practitioners
from releve.contexts.practitioners import services
from releve.contexts.practitioners.enums import Profession
from releve.contexts.practitioners.models import Practitioner
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Conflict, Invalid


@transaction.atomic
def add_new_member(
    *, practice_id: int, since: date, until: date | None = None, by: Actor, now: datetime, **fields: Any
) -> Practitioner:
    """Create a practitioner (fields of `create_practitioner`) and add them to a team: both or nothing."""
    person = services.create_practitioner(by=by, now=now, **fields)
    services.add_to_team(
        practice_id=practice_id, practitioner_id=person.pk, since=since, until=until, by=by, now=now
    )
    return person


@transaction.atomic
def invite_member(*, practice_id: int, practitioner_id: int, by: Actor, now: datetime) -> str:
    """Invite a member of the team by the mail address of their sheet; gives that address.

    Raises NotFound, Invalid (`email-missing`), Conflict (`account-linked`), Forbidden when `by` may not
    invite here.
    """
    member = practitioners.get_member(practice_id, practitioner_id)
    person = member.practitioner
    if person.user_id is not None:
        raise Conflict("Ce praticien a déjà un compte : il peut se connecter.", code="account-linked")
    if not person.email:
        raise Invalid("Indiquez d’abord l’adresse mail de ce praticien.", code="email-missing", field="email")
    accounts.invite_person(
        email=person.email,
        role=_role_of(person),
        scope_kind=ScopeKind.PRACTICE,
        scope_ref=str(practice_id),
        full_name=person.display_name,
        scope_label=practices.get_practice(practice_id).name,
        by=by,
        now=now,
    )
    return person.email


@transaction.atomic
def accept_and_join(*, token: str, full_name: str = "", password: str = "", now: datetime) -> User:
    """Accept an invitation, then link the practitioner of that team who has this address, if any.

    Same refusals as `accounts.services.accept_invitation`.
    """
    invitation = accounts.invitation_by_token(token=token, now=now)
    user = accounts.accept_invitation(token=token, full_name=full_name, password=password, now=now)
    if invitation.scope_kind == ScopeKind.PRACTICE and invitation.role in _LINKED_ROLES:
        link_practitioner(practice_id=int(invitation.scope_ref), user=user, now=now)
    return user


def link_practitioner(*, practice_id: int, user: User, now: datetime) -> Practitioner | None:
    """Give `user` the practitioner of this team whose mail is theirs and who has no account yet."""
    if practitioners.practitioner_of(user) is not None:
        return None
    person = practitioners.unlinked_by_email(practice_id, user.email)
    if person is None:
        return None
    return services.link_account(practitioner_id=person.pk, user_id=user.pk, by=SYSTEM, now=now)


def _role_of(person: Practitioner) -> Role:
    """Doctors and the ASALEE nurse consult in the practice and read its patients; others refer patients
    to it."""
    consulting = {Profession.DOCTOR, Profession.ASALEE_NURSE, Profession.NURSE, Profession.MIDWIFE}
    return Role.PRACTITIONER if person.profession in consulting else Role.PARAMEDICAL


_LINKED_ROLES = frozenset({Role.PRACTITIONER, Role.PARAMEDICAL})
