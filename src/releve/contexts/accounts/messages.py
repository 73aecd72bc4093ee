"""Mails of the accounts: what they say, and until when they are worth sending."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from releve.kernel.outbox import Message

from .models import Invitation

NBSP = "\u00a0"


def invitation_mail(
    invitation: Invitation, *, url: str, invited_by_name: str, scope_label: str, time_zone: str
) -> Message:
    """The mail that carries the link of `invitation`. `url` holds the only copy of the token."""
    place = f" ({scope_label})" if scope_label else ""
    until = _until(invitation.expires_at, time_zone)
    body = (
        "Bonjour,\n\n"
        f"{invited_by_name} vous invite à rejoindre Relève{place} avec le rôle{NBSP}: "
        f"{invitation.get_role_display()}.\n\n"
        f"Pour accepter et choisir votre mot de passe, ouvrez ce lien avant le {until}{NBSP}:\n"
        f"{url}\n\n"
        "Ce lien est personnel et ne sert qu’une fois. Si vous n’attendiez pas cette invitation, "
        f"ignorez ce message{NBSP}: rien ne sera créé.\n\n"
        "L’équipe Relève\n"
    )
    return Message(
        channel="mail",
        to=invitation.email,
        subject=f"Votre accès à Relève{place}",
        body=body,
        kind="account-invitation",
        useful_until=invitation.expires_at,
        target_kind="invitation",
        target_id=invitation.pk,
        practice_id=int(invitation.scope_ref) if invitation.scope_kind == "practice" else None,
    )


def notice_mail(*, to: str, subject: str, body: str, kind: str, useful_until: datetime) -> Message:
    """A mail written by the sign-in screens (forgotten password, security notices)."""
    return Message(channel="mail", to=to, subject=subject, body=body, kind=kind, useful_until=useful_until)


def _until(instant: datetime, time_zone: str) -> str:
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local:%d/%m/%Y} à {local:%H}{NBSP}h{NBSP}{local:%M}"
