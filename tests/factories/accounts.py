"""People and the roles they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.models import RoleAssignment, User

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PASSWORD = "Sapin-Bleu-47-Nuage"
_numbers = count(1)


def make_user(full_name: str = "Alice Renaud", **fields: Any) -> User:
    """A person who can sign in with `PASSWORD`, without any role."""
    password = fields.pop("password", PASSWORD)
    email = fields.pop("email", f"personne{next(_numbers)}@exemple.fr")
    return User.objects.create_user(email, password, full_name=full_name, **fields)


def grant(
    user: User, role: str, *, practice: Any = None, scope_kind: str = "", scope_ref: str = ""
) -> RoleAssignment:
    """Give `role` on a practice, on a territory (`scope_kind`, `scope_ref`), or on the platform."""
    if practice is not None:
        scope_kind, scope_ref = ScopeKind.PRACTICE, str(practice.pk)
    return RoleAssignment.objects.create(
        user=user,
        role=role,
        scope_kind=scope_kind or ScopeKind.PLATFORM,
        scope_ref=scope_ref,
        granted_at=NOW,
    )


def make_staff(role: str = Role.SECRETARY, *, practice: Any = None, **fields: Any) -> User:
    """A person holding `role` on `practice` (on the platform without one)."""
    user = make_user(**fields)
    grant(user, role, practice=practice)
    return user
