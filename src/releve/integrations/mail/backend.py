"""Django mail backend: what libraries send (sign-in codes, password resets) joins the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from releve.kernel import clock, outbox

# Codes and links sent by sign-in lose their use within a day.
USEFUL_FOR = timedelta(hours=24)


class OutboxBackend(BaseEmailBackend):
    """One outbox row per recipient, written in the caller's transaction."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Number of mails accepted; attachments are refused (nothing of ours sends any)."""
        now = clock.now()
        rows = [
            outbox.Message(
                channel="mail",
                to=parseaddr(recipient)[1],
                subject=str(mail.subject),
                body=str(mail.body),
                html=_html(mail),
                kind="account",
                useful_until=now + USEFUL_FOR,
            )
            for mail in email_messages
            for recipient in mail.recipients()
        ]
        if any(mail.attachments for mail in email_messages):
            raise ValueError("Outbox mails carry no attachment.")
        outbox.enqueue(rows, now=now)
        return len(email_messages)


def _html(mail: EmailMessage) -> str:
    if not isinstance(mail, EmailMultiAlternatives):
        return str(mail.body) if mail.content_subtype == "html" else ""
    return next((str(content) for content, mimetype in mail.alternatives if mimetype == "text/html"), "")
