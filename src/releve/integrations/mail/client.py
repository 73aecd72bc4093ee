"""SMTP client: text and HTML, time-out, STARTTLS or TLS, one connection for the messages of a pass."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from releve.kernel.outbox import Outgoing, PermanentFailure, TemporaryFailure


@dataclass(frozen=True)
class SmtpAccount:
    """Where and as whom mail leaves. `security`: none | starttls | tls. `timeout` in seconds per exchange."""

    host: str
    port: int
    sender: str  # « Name <address> »
    security: str = "starttls"
    user: str = ""
    password: str = ""
    reply_to: str = ""
    timeout: float = 10.0
    ca_file: str | None = None


class SmtpTransport:
    """Sends mails through one SMTP server. Keeps its connection until `close` or a passing failure."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._connection: smtplib.SMTP | None = None

    def send(self, message: Outgoing) -> None:
        """Raises PermanentFailure when address or content is refused (5xx), else TemporaryFailure."""
        try:
            mail = compose(message, self._account)
        except (ValueError, MessageError, IndexError) as error:
            raise PermanentFailure("Adresse de courriel inutilisable") from error
        connection = self._open()
        try:
            connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = [code for code, _ in refusal.recipients.values()]
            self._reset(connection)
            raise _failure("destinataire refusé", codes[0] if codes else 0) from refusal
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
            self._reset(connection)
            if isinstance(refusal, smtplib.SMTPSenderRefused):
                # Our own address is refused: a setting to mend, not this message's fault.
                raise TemporaryFailure(f"SMTP {refusal.smtp_code}\u00a0: expéditeur refusé") from refusal
            raise _failure("contenu refusé", refusal.smtp_code) from refusal
        except smtplib.SMTPNotSupportedError as error:
            raise PermanentFailure("Adresse accentuée non prise en charge par le serveur") from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise TemporaryFailure(f"Serveur de courriel interrompu ({type(error).__name__})") from error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()

    def _open(self) -> smtplib.SMTP:
        if self._connection is not None:
            return self._connection
        account = self._account
        try:
            context = ssl.create_default_context(cafile=account.ca_file)
            local_name = _domain(account.sender) or socket.getfqdn()
            connection: smtplib.SMTP
            if account.security == "tls":
                connection = smtplib.SMTP_SSL(
                    account.host,
                    account.port,
                    local_hostname=local_name,
                    timeout=account.timeout,
                    context=context,
                )
            else:
                connection = smtplib.SMTP(
                    account.host, account.port, local_hostname=local_name, timeout=account.timeout
                )
                if account.security == "starttls":
                    connection.starttls(context=context)
            if account.user:
                connection.login(account.user, account.password)
        except smtplib.SMTPNotSupportedError as error:
            raise TemporaryFailure("Le serveur de courriel ne propose pas STARTTLS") from error
        except smtplib.SMTPAuthenticationError as error:
            raise TemporaryFailure("Le serveur de courriel refuse nos identifiants") from error
        except (smtplib.SMTPException, OSError) as error:
            raise TemporaryFailure(f"Serveur de courriel injoignable ({type(error).__name__})") from error
        self._connection = connection
        return connection

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (smtplib.SMTPException, OSError):
            self.close()


def compose(message: Outgoing, account: SmtpAccount) -> EmailMessage:
    """The mail itself. Raises ValueError for an address or subject that cannot be a header.

    Marked as written by a machine, so that absence answering programs stay silent; the Message-ID comes from
    the outbox row, so that a second delivery of the same message is recognised as a double.
    """
    mail = EmailMessage(policy=SMTP)
    name, address = parseaddr(account.sender)
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.reference}@{_domain(account.sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Id"] = f"Relève <messages.{_domain(account.sender)}>"
    if account.reply_to:
        mail["Reply-To"] = account.reply_to
    mail.set_content(message.body)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


def _failure(what: str, code: int) -> PermanentFailure | TemporaryFailure:
    # The server's own words often repeat the address: only its code is kept.
    text = f"SMTP {code}\u00a0: {what}"
    return PermanentFailure(text) if 500 <= code < 600 else TemporaryFailure(text)
