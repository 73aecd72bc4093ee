"""The background worker: messages, tasks, expired holds, retention. One loop, one clean stop."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType

from django.conf import settings
from django.db import close_old_connections, connection

from releve.contexts.rostering import services as rostering
from releve.integrations.mail.client import SmtpAccount, SmtpTransport
from releve.integrations.recorded import RecordedTransport
from releve.integrations.sms.client import GatewayTransport, SmsGateway
from releve.kernel import audit, beats, clock, outbox

from . import prepare

logger = logging.getLogger(__name__)

BEAT_EVERY = 5.0  # seconds, like every period below
HOLDS_EVERY = 15.0
RETENTION_EVERY = 3600.0
TILES_EVERY = 300.0
STOP_WITHIN = 10.0


def build_transports() -> dict[str, outbox.Transport]:
    """Ways out by channel, from the settings. Without an SMS gateway, SMS stay pending until useless."""
    if settings.MESSAGES_LEAVE == "recorded":
        return {"mail": RecordedTransport(), "sms": RecordedTransport()}
    transports: dict[str, outbox.Transport] = {
        "mail": SmtpTransport(
            SmtpAccount(
                host=settings.EMAIL_HOST,
                port=settings.EMAIL_PORT,
                sender=settings.DEFAULT_FROM_EMAIL,
                security=settings.SMTP_SECURITY,
                user=settings.EMAIL_HOST_USER,
                password=settings.EMAIL_HOST_PASSWORD,
                reply_to=settings.MAIL_REPLY_TO,
                timeout=settings.EMAIL_TIMEOUT,
            )
        )
    }
    if settings.SMS_GATEWAY_URL:
        transports["sms"] = GatewayTransport(
            SmsGateway(
                url=settings.SMS_GATEWAY_URL,
                token=settings.SMS_GATEWAY_TOKEN,
                sender=settings.SMS_SENDER,
                timeout=settings.SMS_TIMEOUT,
            )
        )
    return transports


def worker_name() -> str:
    """Unique among the machines and processes that share a database."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def run_forever(stop_event: threading.Event | None = None, *, name: str | None = None) -> None:
    """Work until `stop_event` is set; without one, until SIGTERM or SIGINT (main thread only).

    Every chore runs on its own schedule; one that fails is logged, without personal data, and tried again
    next time. Long tasks run in a second thread, so that they never delay a confirmation code.
    """
    stop = stop_event or _stop_on_signals()
    worker = name or worker_name()
    tasks = threading.Thread(target=_run_tasks, args=(stop, worker), name="releve-tasks", daemon=True)
    tasks.start()
    chores = _chores(worker)
    map_of_france = _MapOfFrance()
    if settings.MAP_TILES_IN_BACKGROUND:
        chores.append(Chore("map of France", TILES_EVERY, map_of_france))
    try:
        while not stop.is_set():
            run_once(chores, stop=stop)
            stop.wait(settings.WORKER_INTERVAL_SECONDS)
    finally:
        stop.set()
        map_of_france.stop()
        tasks.join(STOP_WITHIN)
        _quietly("sign off", lambda: beats.forget_worker(worker))
        connection.close()


@dataclass
class Chore:
    """Something done at most every `every` seconds. `work` receives the present instant."""

    name: str
    every: float
    work: Callable[[datetime], object]
    next_at: float = field(default=0.0)


def run_once(chores: list[Chore], *, stop: threading.Event | None = None) -> None:
    """One turn of the loop: each chore whose time has come."""
    for chore in chores:
        if stop is not None and stop.is_set():
            return
        if time.monotonic() < chore.next_at:
            continue
        close_old_connections()
        _quietly(chore.name, lambda work=chore.work: work(clock.now()))  # type: ignore[misc]
        chore.next_at = time.monotonic() + chore.every


def deliver_messages(now: datetime) -> outbox.DeliveryReport:
    """Send what is due with the configured ways out."""
    return outbox.deliver_due(now=now, transports=build_transports())


def purge_retention(now: datetime) -> dict[str, int]:
    """Erase what has been kept long enough; returns what was erased, for the log and `releve doctor`."""
    from django_tasks_db.models import DBTaskResult

    messages = outbox.purge_messages(now=now, keep=timedelta(days=settings.OUTBOX_ERASE_AFTER_DAYS))
    lines = audit.purge_journal(now=now, keep=timedelta(days=settings.AUDIT_KEEP_DAYS))
    old_results = DBTaskResult.objects.finished().filter(
        finished_at__lt=now - timedelta(days=settings.TASK_RESULTS_KEEP_DAYS)
    )
    # A session of the desk holds names typed while booking: the row does not outlive the session.
    importlib.import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    erased = {
        "messages": messages.count,
        "journal": lines.count,
        "task_results": old_results.delete()[0] if old_results.exists() else 0,
    }
    if any(erased.values()):
        logger.info("retention purge: %s", erased)
    return erased


def hold_past_shifts(now: datetime) -> int:
    """Confirmed shifts of yesterday and before become held; today's stay on the board of the day until tonight."""
    return rostering.mark_held(day=now.date() - timedelta(days=1), by=audit.SYSTEM, now=now)


def _chores(worker: str) -> list[Chore]:
    chores = [
        Chore("beat", BEAT_EVERY, lambda now: beats.record_beat(worker, now=now)),
        Chore("messages", 0.0, deliver_messages),
        Chore("retention", RETENTION_EVERY, purge_retention),
        Chore("held shifts", RETENTION_EVERY, hold_past_shifts),
    ]
    # Contexts give these when they have them; a worker without them still sends messages.
    for chore_name, every, function_name in (
        ("expired holds", HOLDS_EVERY, "purge_expired_holds"),
        ("kept API answers", RETENTION_EVERY, "purge_answers"),
    ):
        function = _booking_service(function_name)
        if function is not None:
            chores.append(Chore(chore_name, every, _with_now(function)))
    return chores


class _MapOfFrance:
    """Starts the making of the map's tiles when they are missing, in a process of its own: half a minute of
    computing and its memory stay out of the worker."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None

    def __call__(self, now: datetime) -> None:
        if (self.child is None or self.child.poll() is not None) and prepare.tiles_are_missing():
            command = [sys.executable, "-m", "releve.cli.main", "data", "tiles", "--quietly"]
            self.child = subprocess.Popen(command)

    def stop(self) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()
            self.child.wait(STOP_WITHIN)


def _booking_service(name: str) -> Callable[..., object] | None:
    try:
        services = importlib.import_module("releve.contexts.booking.services")
    except ImportError:
        logger.exception("booking services cannot be imported")
        return None
    function: Callable[..., object] | None = getattr(services, name, None)
    return function


def _with_now(function: Callable[..., object]) -> Callable[[datetime], object]:
    return lambda now: function(now=now)


def _run_tasks(stop: threading.Event, worker: str) -> None:
    """Run queued tasks one by one, so that a stop is honoured between two of them."""
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.models import DBTaskResult

    def work() -> None:
        # A read first: the library's worker takes an exclusive lock on SQLite even when nothing waits.
        while not stop.is_set() and DBTaskResult.objects.ready().exists():
            Worker(
                queue_names=["*"],
                interval=0,
                batch=True,
                backend_name="default",
                startup_delay=False,
                max_tasks=1,
                worker_id=worker[:64],
                excluded_queue_names=[],
            ).run()

    try:
        while not stop.is_set():
            close_old_connections()
            _quietly("tasks", work)
            stop.wait(settings.WORKER_INTERVAL_SECONDS)
    finally:
        connection.close()


def _quietly(what: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as error:
        # Not the exception's text nor its variables: they may hold a name, a number, an address.
        origin = error.__traceback__
        while origin is not None and origin.tb_next is not None:
            origin = origin.tb_next
        where = f"{origin.tb_frame.f_code.co_filename}:{origin.tb_lineno}" if origin else "?"
        logger.error("background: %s failed (%s at %s)", what, type(error).__name__, where)
        close_old_connections()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_set():  # asked twice: the person is in a hurry
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop
