"""SMTP against a real server on a socket: what it receives, what its refusals become."""

import socket
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from django.core import mail as django_mail

from releve.integrations.mail.client import SmtpAccount, SmtpTransport, compose
from releve.kernel import outbox
from releve.kernel.models import OutboxMessage
from releve.kernel.outbox import Outgoing, PermanentFailure, TemporaryFailure

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


class Mailbox:
    """Refuses some recipients, keeps the other mails."""

    def __init__(self):
        self.mails, self.sessions = [], set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("inconnue@"):
            return "550 5.1.1 <inconnue@exemple.example> unknown"
        if address.startswith("pleine@"):
            return "452 4.2.2 <pleine@exemple.example> mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if b"POURRIEL" in envelope.content:
            return "554 5.7.1 refused"
        self.sessions.add(id(session))
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class Server(Controller):
    """aiosmtpd on a free port, its options given as a dict."""

    def __init__(self, handler, *, port=None, **smtp_options):
        self.smtp_options = smtp_options
        if port:
            super().__init__(handler, hostname="127.0.0.1", port=port)
            return
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        super().__init__(handler, hostname="127.0.0.1", port=port)

    def factory(self):
        return SMTP(self.handler, **self.smtp_options)


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def start():
    servers = []

    def _start(handler, **options):
        server = Server(handler, **options)
        server.start()
        servers.append(server)
        return server

    _start.stop = lambda server: (servers.remove(server), server.stop())

    yield _start
    for server in servers:
        server.stop()


def account(port, **kw):
    defaults = {"security": "none", "sender": "Relève <bonjour@releve.example>", "timeout": 2}
    return SmtpAccount(host="127.0.0.1", port=port, **{**defaults, **kw})


def message(**kw):
    defaults = {
        "reference": "releve-12-20260303090000",
        "channel": "mail",
        "to": "alice@exemple.example",
        "subject": "Votre rendez-vous à Nieul-le-Dolent",
        "body": "C’est noté\u00a0: mardi 3 mars à 14\u00a0h\u00a030.\n",
        "html": "",
        "created_at": NOW,
    }
    return Outgoing(**{**defaults, **kw})


def test_a_mail_arrives_whole(start, mailbox):
    transport = SmtpTransport(account(start(mailbox).port, reply_to="accueil@exemple.example"))
    transport.send(message(html="<p>C’est noté</p>"))
    transport.close()
    (received,) = mailbox.mails
    assert received["To"] == "alice@exemple.example"
    assert str(received["From"]) == "Relève <bonjour@releve.example>"
    assert received["Subject"] == "Votre rendez-vous à Nieul-le-Dolent"
    assert received["Message-ID"] == "<releve-12-20260303090000@releve.example>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Reply-To"] == "accueil@exemple.example"
    assert "messages.releve.example" in received["List-Id"]
    assert received.get_body(["plain"]).get_content().startswith("C’est noté\u00a0: mardi")
    assert "<p>C’est noté</p>" in received.get_body(["html"]).get_content()


def test_one_connection_for_a_pass_and_a_refusal_does_not_break_it(start, mailbox):
    transport = SmtpTransport(account(start(mailbox).port))
    transport.send(message(body="1"))
    with pytest.raises(PermanentFailure):
        transport.send(message(to="inconnue@exemple.example"))
    transport.send(message(body="2"))
    transport.close()
    assert len(mailbox.mails) == 2
    assert len(mailbox.sessions) == 1


@pytest.mark.parametrize(
    ("changes", "failure", "text"),
    [
        ({"to": "inconnue@exemple.example"}, PermanentFailure, "SMTP 550"),
        ({"to": "pleine@exemple.example"}, TemporaryFailure, "SMTP 452"),
        ({"body": "POURRIEL"}, PermanentFailure, "SMTP 554"),
        ({"to": "pas une adresse"}, PermanentFailure, "inutilisable"),
        ({"to": ""}, PermanentFailure, "inutilisable"),
        ({"to": "a@b.example\r\nBcc: eve@exemple.example"}, PermanentFailure, "inutilisable"),
    ],
)
def test_refusals(start, mailbox, changes, failure, text):
    transport = SmtpTransport(account(start(mailbox).port))
    with pytest.raises(failure) as refusal:
        transport.send(message(**changes))
    transport.close()
    assert text in str(refusal.value)
    assert "exemple.example" not in str(refusal.value)
    assert mailbox.mails == []


def test_a_subject_cannot_add_a_header():
    mail = compose(message(subject="Bonjour\r\nBcc: eve@exemple.example"), account(25))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Bonjour Bcc: eve@exemple.example"


def test_nobody_listening():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(TemporaryFailure, match="injoignable"):
        SmtpTransport(account(port)).send(message())


def test_a_server_that_never_speaks_is_left_after_the_timeout():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(TemporaryFailure, match="injoignable"):
            SmtpTransport(account(silent.getsockname()[1], timeout=0.3)).send(message())


def test_a_server_stopped_between_two_mails_is_a_passing_failure_then_works_again(start, mailbox):
    server = start(mailbox)
    transport = SmtpTransport(account(server.port))
    transport.send(message())
    start.stop(server)
    with pytest.raises(TemporaryFailure):
        transport.send(message())
    start(mailbox, port=server.port)
    transport.send(message())
    transport.close()
    assert len(mailbox.mails) == 2


def test_starttls_is_demanded_not_hoped_for(start, mailbox):
    transport = SmtpTransport(account(start(mailbox).port, security="starttls"))
    with pytest.raises(TemporaryFailure, match="STARTTLS"):
        transport.send(message())
    assert mailbox.mails == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return str(certificate), str(key)


def _server_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_starttls_with_sign_in(start, mailbox, certificate):
    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=data.login == b"releve" and data.password == b"secret", handled=False)

    server = start(
        mailbox, tls_context=_server_context(certificate), require_starttls=True, authenticator=check
    )
    good = account(server.port, security="starttls", user="releve", password="secret", ca_file=certificate[0])
    transport = SmtpTransport(good)
    transport.send(message())
    transport.close()
    assert len(mailbox.mails) == 1
    wrong = account(server.port, security="starttls", user="releve", password="x", ca_file=certificate[0])
    with pytest.raises(TemporaryFailure, match="identifiants"):
        SmtpTransport(wrong).send(message())


def test_a_certificate_nobody_vouches_for_is_refused(start, mailbox, certificate):
    server = start(mailbox, tls_context=_server_context(certificate))
    with pytest.raises(TemporaryFailure, match="injoignable"):
        SmtpTransport(account(server.port, security="starttls")).send(message())
    assert mailbox.mails == []


@pytest.mark.django_db
def test_from_the_outbox_to_the_mailbox(start, mailbox):
    for to in ("alice@exemple.example", "inconnue@exemple.example", "pleine@exemple.example"):
        outbox.enqueue(
            [
                outbox.Message(
                    channel="mail", to=to, subject="s", body="b", kind="k", useful_until=NOW + timedelta(1)
                )
            ],
            now=NOW,
        )
    transport = SmtpTransport(account(start(mailbox).port))
    report = outbox.deliver_due(now=NOW, transports={"mail": transport})
    assert (report.sent, report.failed, report.retried) == (1, 1, 1)
    assert [m["To"] for m in mailbox.mails] == ["alice@exemple.example"]


@pytest.mark.django_db
def test_mails_of_libraries_join_the_outbox(settings):
    settings.EMAIL_BACKEND = "releve.integrations.mail.backend.OutboxBackend"
    django_mail.send_mail(
        "Votre code", "Texte", None, ["Alice <alice@exemple.example>"], html_message="<p>Texte</p>"
    )
    row = OutboxMessage.objects.get()
    assert (row.to, row.subject, row.body, row.html) == (
        "alice@exemple.example",
        "Votre code",
        "Texte",
        "<p>Texte</p>",
    )
    assert (row.kind, row.status) == ("account", "pending")
