"""Writes: people, the roles they hold, invitations, sessions."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from releve.kernel import audit, outbox
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Reason
from releve.kernel.phones import parse_phone

from . import messages, queries, rules
from .enums import Capability, Role, ScopeKind
from .models import Invitation, RoleAssignment, User


@dataclass(frozen=True)
class Invited:
    """A fresh invitation. `token` exists only here and in the mail: the database keeps its fingerprint."""

    invitation: Invitation
    token: str


def fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_user(
    *,
    email: str,
    full_name: str,
    password: str | None = None,
    phone: str = "",
    is_demo: bool = False,
    by: Actor,
    now: datetime,
) -> User:
    """Create a person who can sign in. Without `password` the account opens by « mot de passe oublié » only.

    Raises Invalid (`email`, `full_name`, `password`, `phone`), Conflict when the address has an account.
    """
    address = _clean_email(email)
    user = User(email=address, full_name=_clean_name(full_name), phone=_clean_phone(phone), is_demo=is_demo)
    if password is None:
        user.set_unusable_password()
    else:
        _check_password(password, user)
        user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict("Cette adresse mail a déjà un compte.", code="email-taken", field="email") from error
    audit.record(by=by, action="user.created", target_kind="user", target_id=user.pk, now=now)
    return user


@transaction.atomic
def update_profile(*, user_id: int, full_name: str, phone: str = "", by: Actor, now: datetime) -> User:
    """Change the shown name and the telephone of a person."""
    user = _user(user_id)
    user.full_name = _clean_name(full_name)
    user.phone = _clean_phone(phone)
    user.save(update_fields=["full_name", "phone"])
    audit.record(by=by, action="user.updated", target_kind="user", target_id=user.pk, now=now)
    return user


@transaction.atomic
def grant_role(
    *, user_id: int, role: str, scope_kind: str, scope_ref: str = "", by: Actor, now: datetime
) -> RoleAssignment:
    """Give a role on a scope. Raises Forbidden above the granter's scope, Conflict when already held."""
    user = _user(user_id)
    role, scope_kind, scope_ref = _check_scope(role, scope_kind, scope_ref)
    _require_grant(by, scope_kind, scope_ref)
    _refuse_own_reading(by, user.email, role)
    try:
        with transaction.atomic():
            assignment = RoleAssignment.objects.create(
                user=user,
                role=role,
                scope_kind=scope_kind,
                scope_ref=scope_ref,
                granted_at=now,
                granted_by_id=by.id if by.kind == "user" else None,
            )
    except IntegrityError as error:
        raise Conflict("Cette personne a déjà ce rôle ici.", code="role-held") from error
    _record_access("role.granted", by=by, now=now, target_id=user.pk, held=assignment)
    return assignment


@transaction.atomic
def revoke_role(*, assignment_id: int, by: Actor, now: datetime) -> None:
    """Withdraw a role, at once. The last administrator keeps theirs, or nobody could give access any more."""
    assignment = RoleAssignment.objects.select_for_update(of=("self",)).filter(pk=assignment_id).first()
    if assignment is None:
        raise NotFound("Cet accès n’existe pas, ou il a déjà été retiré.")
    _require_grant(by, assignment.scope_kind, assignment.scope_ref)
    if assignment.role == Role.ADMINISTRATOR and not _other_administrator(assignment.user_id):
        raise Conflict(
            "C’est la dernière personne qui administre la plateforme : donnez d’abord ce rôle à une autre.",
            code="last-administrator",
        )
    _record_access("role.revoked", by=by, now=now, target_id=assignment.user_id, held=assignment)
    assignment.delete()


@transaction.atomic
def invite_person(
    *,
    email: str,
    role: str,
    scope_kind: str,
    scope_ref: str = "",
    full_name: str = "",
    scope_label: str = "",
    by: Actor,
    now: datetime,
) -> Invited:
    """Invite by mail. A pending invitation of the same person to the same role is replaced: one live link.

    `scope_label` names the scope in the mail (this context does not know practices). Raises Forbidden when
    the inviter may not grant there, Conflict when the person already holds the role.
    """
    address = _clean_email(email)
    role, scope_kind, scope_ref = _check_scope(role, scope_kind, scope_ref)
    _require_grant(by, scope_kind, scope_ref)
    _refuse_own_reading(by, address, role)
    if by.kind != "user" or by.id is None:
        raise Invalid("Une invitation est envoyée par une personne.", code="inviter-missing")
    held = {"role": role, "scope_kind": scope_kind, "scope_ref": scope_ref}
    if RoleAssignment.objects.filter(user__email=address, **held).exists():
        raise Conflict("Cette personne a déjà ce rôle ici.", code="role-held", field="email")
    Invitation.objects.filter(email=address, accepted_at=None, revoked_at=None, **held).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=address,
        full_name=full_name.strip()[:120],
        token_sha256=fingerprint(token),
        invited_by_id=by.id,
        created_at=now,
        expires_at=now + settings.INVITATION_LIFETIME,
        **held,
    )
    _record_access("person.invited", by=by, now=now, target_id=invitation.pk, held=invitation)
    mail = messages.invitation_mail(
        invitation,
        url=f"{settings.RELEVE_BASE_URL}/invitation/{token}/",
        invited_by_name=str(invitation.invited_by),
        scope_label=scope_label,
        time_zone=settings.TIME_ZONE,
    )
    outbox.enqueue([mail], now=now)
    return Invited(invitation, token)


def invitation_by_token(*, token: str, now: datetime) -> Invitation:
    """The live invitation of this link. NotFound when forged, Gone when used, withdrawn or expired."""
    invitation = (
        Invitation.objects.select_related("invited_by").filter(token_sha256=fingerprint(token)).first()
    )
    if invitation is None:
        raise NotFound(
            "Ce lien d’invitation n’existe pas. Vérifiez qu’il est complet, tel que reçu par mail.",
            code="invitation-unknown",
        )
    again = "Demandez une nouvelle invitation à la personne qui vous l’a envoyée."
    if invitation.accepted_at is not None:
        raise Gone(
            "Cette invitation a déjà servi. Connectez-vous avec votre adresse mail et votre mot de passe.",
            code="invitation-used",
        )
    if invitation.revoked_at is not None:
        raise Gone(f"Cette invitation a été annulée ou remplacée. {again}", code="invitation-revoked")
    if invitation.expires_at <= now:
        raise Gone(f"Cette invitation a expiré. {again}", code="invitation-expired")
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, full_name: str = "", password: str = "", now: datetime) -> User:
    """Join with the role offered. Someone who already has an account keeps name and password.

    The link proves the address. Raises NotFound or Gone (link), Invalid (`full_name`, `password`), Forbidden
    when the inviter has since lost the right to give this role.
    """
    invitation = invitation_by_token(token=token, now=now)
    _require_grant(Actor("user", invitation.invited_by_id), invitation.scope_kind, invitation.scope_ref)
    # Two clicks at once: the row that marks the link as used decides which one wins.
    used = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        accepted_at=now
    )
    if not used:
        raise Gone("Cette invitation a déjà servi.", code="invitation-used")
    user = User.objects.filter(email=invitation.email).first()
    if user is None:
        user = create_user(
            email=invitation.email,
            full_name=full_name,
            password=password,
            by=Actor("user", invitation.invited_by_id),
            now=now,
        )
    elif not user.is_active:
        raise Forbidden("Ce compte a été fermé par l’administration.", code="account-closed")
    assignment, _ = RoleAssignment.objects.get_or_create(
        user=user,
        role=invitation.role,
        scope_kind=invitation.scope_kind,
        scope_ref=invitation.scope_ref,
        defaults={"granted_at": now, "granted_by_id": invitation.invited_by_id},
    )
    _record_access("invitation.accepted", by=Actor.user(user), now=now, target_id=user.pk, held=assignment)
    queries.forget_grants(user)
    return user


@transaction.atomic
def revoke_invitation(*, invitation_id: int, by: Actor, now: datetime) -> None:
    """Withdraw an invitation that nobody has accepted yet."""
    invitation = Invitation.objects.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("Cette invitation n’existe pas.")
    _require_grant(by, invitation.scope_kind, invitation.scope_ref)
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=now
    )
    if not changed:
        raise Conflict("Cette invitation a déjà servi ou a déjà été annulée.", code="invitation-closed")
    _record_access("invitation.revoked", by=by, now=now, target_id=invitation.pk, held=invitation)


@transaction.atomic
def end_sessions(*, user_id: int, by: Actor, now: datetime) -> None:
    """Sign a person out of every browser. The caller's own session ends too, at its next request."""
    user = _user(user_id)
    _require_self_or_admin(user, by)
    user.sessions_ended_at = now
    user.save(update_fields=["sessions_ended_at"])
    audit.record(by=by, action="sessions.ended", target_kind="user", target_id=user.pk, now=now)


@transaction.atomic
def set_user_active(*, user_id: int, active: bool, by: Actor, now: datetime) -> User:
    """Close or reopen an account. Nobody closes their own, nor that of the last administrator."""
    user = _user(user_id)
    _require_grant(by, ScopeKind.PLATFORM, "")
    if not active and by.kind == "user" and by.id == user.pk:
        raise Conflict("Vous ne pouvez pas fermer votre propre compte.", code="own-account")
    holds_platform = RoleAssignment.objects.filter(user=user, role=Role.ADMINISTRATOR).exists()
    if not active and holds_platform and not _other_administrator(user.pk):
        raise Conflict("C’est la dernière personne qui administre la plateforme.", code="last-administrator")
    user.is_active = active
    user.save(update_fields=["is_active"])
    action = "account.reopened" if active else "account.closed"
    audit.record(by=by, action=action, target_kind="user", target_id=user.pk, now=now)
    return user


def _user(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("Cette personne n’existe pas.")
    return user


def _require_grant(by: Actor, scope_kind: str, scope_ref: str) -> None:
    if by.kind == "system":
        return
    granter = User.objects.filter(pk=by.id).first() if by.kind == "user" and by.id is not None else None
    grants = queries.user_grants(granter) if granter is not None else ()
    if not rules.may_grant(grants, scope_kind=scope_kind, scope_ref=scope_ref):
        raise Forbidden(
            "Vous ne pouvez donner ou retirer des accès que là où vous les gérez vous-même.",
            code="grant-above-scope",
        )


def _refuse_own_reading(by: Actor, email: str, role: str) -> None:
    """Whoever manages accesses does not open patients' data to themselves: somebody else has to."""
    if by.kind != "user" or by.id is None or not rules.role_has(role, Capability.PATIENTS_READ):
        return
    if User.objects.filter(pk=by.id, email=email).exists():
        raise Forbidden(
            "On ne s’ouvre pas à soi-même l’accès aux patients : demandez à une autre personne qui gère les accès.",
            code="own-reading",
        )


def _require_self_or_admin(user: User, by: Actor) -> None:
    if by.kind == "user" and by.id == user.pk:
        return
    _require_grant(by, ScopeKind.PLATFORM, "")


def _other_administrator(user_id: int) -> bool:
    others = RoleAssignment.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True)
    return others.exclude(user_id=user_id).exists()


def _check_scope(role: str, scope_kind: str, scope_ref: str) -> tuple[Role, ScopeKind, str]:
    try:
        known_role, kind = Role(role), ScopeKind(scope_kind)
    except ValueError as error:
        raise Invalid("Ce rôle ou cette étendue n’existe pas.", code="role-unknown", field="role") from error
    if kind not in rules.ROLE_SCOPE_KINDS[known_role]:
        raise Invalid(
            f"Le rôle « {known_role.label} » ne se donne pas sur « {kind.label} ».",
            code="role-scope",
            field="role",
        )
    ref = scope_ref.strip()
    if (kind == ScopeKind.PLATFORM) == bool(ref) or (kind == ScopeKind.PRACTICE and not ref.isdecimal()):
        raise Invalid("L’étendue de ce rôle est mal indiquée.", code="scope-ref", field="scope_ref")
    return known_role, kind, ref


def _clean_email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(
            "Cette adresse mail n’est pas valide. Exemple : prenom.nom@exemple.fr",
            code="email-invalid",
            field="email",
        ) from error
    return address


def _clean_name(full_name: str) -> str:
    name = " ".join(full_name.split())
    if not name:
        raise Invalid(
            "Indiquez un nom : c’est celui que vos collègues verront.", code="name-missing", field="full_name"
        )
    if len(name) > 120:
        raise Invalid("Ce nom est trop long (120 caractères au plus).", code="name-long", field="full_name")
    return name


def _clean_phone(phone: str) -> str:
    return parse_phone(phone) if phone.strip() else ""


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        reasons = [Reason("password", message) for message in error.messages]
        raise Invalid(
            " ".join(error.messages), code="password-weak", field="password", reasons=reasons
        ) from error


def _record_access(
    action: str, *, by: Actor, now: datetime, target_id: int, held: RoleAssignment | Invitation
) -> None:
    audit.record(
        by=by,
        action=action,
        target_kind="invitation" if isinstance(held, Invitation) else "user",
        target_id=target_id,
        now=now,
        practice_id=int(held.scope_ref) if held.scope_kind == ScopeKind.PRACTICE else None,
        role=str(held.role),
        scope_kind=str(held.scope_kind),
        scope_ref=held.scope_ref,
    )
