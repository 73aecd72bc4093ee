"""The SMS gateway over real sockets, against the stand-in."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from releve.integrations.sms.client import GatewayTransport, SmsGateway
from releve.integrations.sms.standin import StandInGateway
from releve.kernel import outbox
from releve.kernel.models import OutboxMessage
from releve.kernel.outbox import Outgoing, PermanentFailure, TemporaryFailure

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def gateway():
    with StandInGateway(token="clef") as served:
        yield served


def transport(gateway, **kw):
    return GatewayTransport(SmsGateway(**{"url": gateway.url, "token": "clef", "timeout": 2, **kw}))


def message(to="+33639980001", **kw):
    defaults = {"reference": "releve-7-1", "channel": "sms", "subject": "", "html": "", "created_at": NOW}
    return Outgoing(to=to, **{**defaults, "body": "Rappel : rdv à 14 h 30", **kw})


def test_a_text_arrives_with_what_the_protocol_says(gateway):
    transport(gateway).send(message())
    assert gateway.accepted == {
        "releve-7-1": {
            "id": "releve-7-1",
            "to": "+33639980001",
            "from": "Releve",
            "text": "Rappel : rdv à 14 h 30",
            "encoding": "gsm7",
        }
    }


def test_the_same_reference_twice_is_one_text(gateway):
    transport(gateway).send(message())
    transport(gateway).send(message())
    assert gateway.calls == 2
    assert len(gateway.accepted) == 1


@pytest.mark.parametrize(
    ("to", "failure"),
    [
        ("+33639980400", PermanentFailure),
        ("+33639980422", PermanentFailure),
        ("+33639980401", TemporaryFailure),
        ("+33639980429", TemporaryFailure),
        ("+33639980500", TemporaryFailure),
        ("+33639980503", TemporaryFailure),
        ("+33639980202", TemporaryFailure),  # accepted without an id: asked again, and recognised
    ],
)
def test_answers(gateway, to, failure):
    with pytest.raises(failure) as refusal:
        transport(gateway).send(message(to))
    assert to[3:] not in str(refusal.value)


@pytest.mark.parametrize("to", ["+33251370000", "+41791234567", "", "0639980001"])
def test_a_number_that_cannot_receive_is_refused_before_any_call(gateway, to):
    with pytest.raises(PermanentFailure):
        transport(gateway).send(message(to))
    assert gateway.calls == 0


def test_a_wrong_token_is_ours_to_mend(gateway):
    with pytest.raises(TemporaryFailure, match="401"):
        transport(gateway, token="autre").send(message())
    assert gateway.accepted == {}


def test_a_gateway_that_never_answers(gateway):
    with pytest.raises(TemporaryFailure, match="injoignable"):
        transport(gateway, timeout=0.3).send(message("+33639980999"))


def test_nobody_listening():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    with pytest.raises(TemporaryFailure, match="injoignable"):
        GatewayTransport(SmsGateway(url=url, token="x", timeout=1)).send(message())


def test_something_that_is_not_a_gateway(gateway):
    assert gateway.answer("Bearer clef", b"{") == (400, {"error": "malformed"})
    assert gateway.answer("Bearer clef", b"[]") == (400, {"error": "malformed"})
    assert gateway.answer("Bearer clef", b'{"id": 1, "to": "x", "text": ""}')[0] == 422


@pytest.mark.django_db
def test_from_the_outbox_to_the_phone(gateway):
    for ending in ("0001", "0400", "0503"):
        outbox.enqueue(
            [
                outbox.Message(
                    channel="sms",
                    to=f"+3363998{ending}",
                    body="L’été, c’est noté",
                    kind="k",
                    useful_until=NOW + timedelta(hours=1),
                )
            ],
            now=NOW,
        )
    report = outbox.deliver_due(now=NOW, transports={"sms": transport(gateway)})
    assert (report.sent, report.failed, report.retried) == (1, 1, 1)
    (accepted,) = gateway.accepted.values()
    assert accepted["text"] == "L'été, c'est noté"
    assert OutboxMessage.objects.get(status="failed").last_error == "Refusé par la passerelle SMS (400)"


@pytest.mark.django_db
def test_killed_between_sending_and_marking_the_phone_still_gets_one_text(gateway):
    outbox.enqueue(
        [
            outbox.Message(
                channel="sms", to="+33639980001", body="x", kind="k", useful_until=NOW + timedelta(hours=1)
            )
        ],
        now=NOW,
    )
    outbox.deliver_due(now=NOW, transports={"sms": transport(gateway)})
    # As if the worker had died before writing that it was sent.
    OutboxMessage.objects.update(status="sending", claimed_at=NOW, sent_at=None)
    report = outbox.deliver_due(now=NOW + timedelta(minutes=11), transports={"sms": transport(gateway)})
    assert (report.recovered, report.sent) == (1, 1)
    assert gateway.calls == 2
    assert len(gateway.accepted) == 1
