"""Reads: what a person may do and where, who has access to a scope, invitations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from releve.kernel.errors import NotFound
from releve.kernel.models import AuditEvent

from . import rules
from .enums import Capability, Role, ScopeKind
from .models import Invitation, RoleAssignment, User
from .rules import Grant, Scopes


def user_grants(user: Any) -> tuple[Grant, ...]:
    """The roles `user` holds, read once per user object, so once per request. None for an inactive person."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return ()
    known: tuple[Grant, ...] | None = getattr(user, "_releve_grants", None)
    if known is None:
        rows = RoleAssignment.objects.filter(user_id=user.pk).order_by("pk")
        known = tuple(
            Grant(Role(role), ScopeKind(kind), ref)
            for role, kind, ref in rows.values_list("role", "scope_kind", "scope_ref")
        )
        user._releve_grants = known
    return known


def forget_grants(user: Any) -> None:
    """Drop what `user_grants` remembers on this object; services call it after a change."""
    user.__dict__.pop("_releve_grants", None)


def user_scopes(user: Any, capability: Capability | None = None) -> Scopes:
    """Where `user` holds `capability` (None: any role). Empty, so false, for an anonymous visitor."""
    return rules.scopes_of(user_grants(user), capability)


def has_capability(user: Any, capability: Capability) -> bool:
    """Whether `user` holds `capability` somewhere. To act on an object, ask its access function instead."""
    return bool(user_scopes(user, capability))


def has_role(user: Any, role: Role) -> bool:
    return any(grant.role == role for grant in user_grants(user))


def has_second_factor(user: Any, *, besides: int | None = None) -> bool:
    """Whether `user` holds a passkey or a TOTP application, not counting the one of key `besides`."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    held = Authenticator.objects.filter(user_id=user.pk, type__in=kinds)
    return held.exclude(pk=besides).exists() if besides is not None else held.exists()


def count_factors(user: Any, kind: str) -> int:
    """How many factors of this kind (`totp`, `webauthn`) the person holds."""
    return Authenticator.objects.filter(user_id=user.pk, type=kind).count()


def second_factor_compulsory(user: Any, *, required: bool, demo: bool) -> bool:
    """Fictional people of the demonstration need none, and only there."""
    return required and not (demo and user.is_demo)


def lacks_second_factor(user: Any, *, required: bool, demo: bool) -> bool:
    """Whether `user` must set up a second factor before going on."""
    return second_factor_compulsory(user, required=required, demo=demo) and not has_second_factor(user)


def get_user(user_id: int | None) -> User:
    """The person, without any check of the reader. NotFound."""
    user = None if user_id is None else User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("Cette personne n’existe pas.")
    return user


def list_access(*, scope_kind: str, scope_ref: str) -> QuerySet[RoleAssignment]:
    """Who holds a role on this very scope, by name, with the person and who gave it."""
    rows = RoleAssignment.objects.filter(scope_kind=scope_kind, scope_ref=scope_ref)
    return rows.select_related("user", "granted_by").order_by("user__full_name", "user__email", "role", "pk")


def list_roles(user_id: int) -> QuerySet[RoleAssignment]:
    """The roles of one person, with who gave them."""
    rows = RoleAssignment.objects.filter(user_id=user_id).select_related("granted_by")
    return rows.order_by("scope_kind", "scope_ref", "role", "pk")


def list_pending_invitations(
    *, now: datetime, scope_kind: str | None = None, scope_ref: str = ""
) -> QuerySet[Invitation]:
    """Invitations that can still be accepted, on one scope or everywhere, the most recent first."""
    rows = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    if scope_kind is not None:
        rows = rows.filter(scope_kind=scope_kind, scope_ref=scope_ref)
    return rows.select_related("invited_by").order_by("-created_at", "-pk")


def has_account(email: str) -> bool:
    return User.objects.filter(email=email.strip().lower()).exists()


def search_users(text: str) -> QuerySet[User]:
    """People whose name or address contains `text` (all when empty), by name, with their roles."""
    users = User.objects.all()
    for word in text.split()[:5]:
        users = users.filter(Q(full_name__icontains=word) | Q(email__icontains=word))
    return users.prefetch_related("assignments").order_by("full_name", "pk")


def list_demo_users() -> QuerySet[User]:
    """The fictional people of the demonstration, in order of creation, with their roles."""
    return User.objects.filter(is_demo=True, is_active=True).prefetch_related("assignments").order_by("pk")


def get_demo_user(user_id: int) -> User:
    """A fictional person of the demonstration. NotFound for anyone else."""
    user = User.objects.filter(pk=user_id, is_demo=True, is_active=True).first()
    if user is None:
        raise NotFound("Cette identité de démonstration n’existe pas.")
    return user


@dataclass(frozen=True)
class JournalLine:
    """One line of the journal with the name of the person who acted, when it was one."""

    event: AuditEvent
    actor_name: str


def journal(
    *,
    since: datetime,
    until: datetime,
    practice_ids: Iterable[int] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> list[JournalLine]:
    """Lines from `since` (included) to `until` (excluded), the most recent first. `None`: every practice."""
    events = AuditEvent.objects.filter(at__gte=since, at__lt=until)
    if practice_ids is not None:
        events = events.filter(practice_id__in=list(practice_ids))
    rows = list(events.order_by("-at", "-pk")[offset : offset + limit])
    names = dict(
        User.objects.filter(pk__in={row.actor_id for row in rows if row.actor_kind == "user"}).values_list(
            "pk", "full_name"
        )
    )
    return [
        JournalLine(row, names.get(row.actor_id or 0, "") if row.actor_kind == "user" else "") for row in rows
    ]
