"""The first person of a platform: somebody has to be there before anybody can be invited."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from releve.contexts.accounts import services as accounts
from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.accounts.models import User
from releve.kernel.audit import Actor


@transaction.atomic
def appoint_administrator(*, email: str, full_name: str, by: Actor, now: datetime) -> User:
    """Give the administration of the platform to this address, creating the account when it has none.

    The account opens with « Mot de passe oublié » (the mail proves the address), then asks for a second factor. Raises
    Invalid (`email`, `full_name`), Conflict when this person administers the platform already.
    """
    address = email.strip().lower()
    user = User.objects.filter(email=address).first() or accounts.create_user(
        email=address, full_name=full_name, by=by, now=now
    )
    accounts.grant_role(
        user_id=user.pk, role=Role.ADMINISTRATOR, scope_kind=ScopeKind.PLATFORM, by=by, now=now
    )
    return user
