"""The background worker: it works, survives errors, and stops when told."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from releve.integrations.mail.client import SmtpTransport
from releve.integrations.recorded import RecordedTransport
from releve.integrations.sms.client import GatewayTransport
from releve.kernel import clock, outbox
from releve.kernel.models import AuditEvent, OutboxMessage, WorkerBeat
from releve.workflows import background

done: list[str] = []


@task()
def remember(word: str) -> str:
    done.append(word)
    return word


@task()
def fail() -> None:
    raise ValueError("alice@exemple.example")


def message(**kw):
    now = clock.now()
    return outbox.Message(
        **{
            "channel": "mail",
            "to": "alice@exemple.example",
            "body": "b",
            "kind": "k",
            "useful_until": now + timedelta(hours=1),
            **kw,
        }
    )


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class TestWaysOut:
    def test_the_demonstration_sends_nothing(self, settings):
        settings.MESSAGES_LEAVE = "recorded"
        ways = background.build_transports()
        assert {type(way) for way in ways.values()} == {RecordedTransport}
        assert set(ways) == {"mail", "sms"}

    def test_real_ways(self, settings):
        settings.MESSAGES_LEAVE, settings.SMS_GATEWAY_URL = "real", "https://sms.example/v1"
        ways = background.build_transports()
        assert isinstance(ways["mail"], SmtpTransport)
        assert isinstance(ways["sms"], GatewayTransport)

    def test_without_a_gateway_sms_have_no_way_out(self, settings):
        settings.MESSAGES_LEAVE, settings.SMS_GATEWAY_URL = "real", ""
        assert set(background.build_transports()) == {"mail"}


@pytest.mark.django_db
class TestOneTurn:
    @pytest.fixture(autouse=True)
    def keep_the_test_transaction(self, monkeypatch):
        monkeypatch.setattr(background, "close_old_connections", lambda: None)

    def test_a_failing_chore_does_not_stop_the_others_and_says_nothing_personal(self, caplog):
        ran = []

        def broken(now):
            raise RuntimeError("alice@exemple.example")

        chores = [
            background.Chore("broken", 0, broken),
            background.Chore("next", 60, lambda now: ran.append(now)),
        ]
        background.run_once(chores)
        background.run_once(chores)
        assert len(ran) == 1  # its minute has not come again
        assert caplog.text.count("broken failed (RuntimeError at ") == 2
        assert "alice" not in caplog.text

    def test_the_chores_include_expired_holds_when_booking_has_them(self):
        names = [chore.name for chore in background._chores("w")]
        assert names[:3] == ["beat", "messages", "retention"]
        assert "expired holds" in names
        background.run_once(background._chores("w"))
        assert WorkerBeat.objects.filter(name="w").exists()

    def test_retention_erases_by_the_settings(self, settings):
        settings.OUTBOX_ERASE_AFTER_DAYS, settings.AUDIT_KEEP_DAYS = 30, 365
        now = clock.now()
        outbox.enqueue([message()], now=now)
        OutboxMessage.objects.update(status="sent", useful_until=now - timedelta(days=31))
        AuditEvent.objects.create(
            at=now - timedelta(days=366), actor_kind="user", action="a", target_kind="t", target_id=1
        )
        assert background.purge_retention(now) == {"messages": 1, "journal": 1, "task_results": 0}
        assert OutboxMessage.objects.get().to == ""


@pytest.mark.django_db(transaction=True)
class TestTheLoop:
    def test_it_beats_sends_runs_tasks_and_signs_off(self, settings):
        settings.MESSAGES_LEAVE = "recorded"
        done.clear()
        outbox.enqueue([message()], now=clock.now())
        fail.enqueue()
        remember.enqueue("bonjour")
        stop = threading.Event()
        loop = threading.Thread(target=background.run_forever, args=(stop,), kwargs={"name": "test"})
        loop.start()
        try:
            assert wait_for(lambda: OutboxMessage.objects.filter(status="sent").exists())
            assert wait_for(lambda: done == ["bonjour"])
            assert WorkerBeat.objects.filter(name="test").exists()
            # What is written while it runs leaves too.
            outbox.enqueue([message()], now=clock.now())
            assert wait_for(lambda: OutboxMessage.objects.filter(status="sent").count() == 2)
        finally:
            stop.set()
            loop.join(15)
        assert not loop.is_alive()
        assert not WorkerBeat.objects.exists()
        assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["FAILED", "SUCCESSFUL"]

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_signals_stop_it(self, settings, number):
        settings.MESSAGES_LEAVE = "recorded"
        before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
        killer = threading.Timer(0.7, os.kill, (os.getpid(), number))
        killer.start()
        started = time.monotonic()
        try:
            background.run_forever(name="test")
        finally:
            killer.join()
            for n, handler in before.items():
                signal.signal(n, handler)
        assert time.monotonic() - started < 8
        connection.ensure_connection()
        assert not WorkerBeat.objects.exists()


@pytest.mark.django_db
def test_ended_sessions_are_erased():
    """A session of the desk holds the names typed while booking."""
    from django.contrib.sessions.models import Session

    now = clock.now()
    Session.objects.create(session_key="a" * 32, session_data="x", expire_date=now - timedelta(minutes=1))
    Session.objects.create(session_key="b" * 32, session_data="x", expire_date=now + timedelta(hours=1))
    background.purge_retention(now)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b" * 32]
