"""`releve serve` and `releve worker`.

`serve` is a small supervisor of two children: gunicorn (threads, since SQLite and PostgreSQL both wait on I/O) and the
background worker. Ctrl-C and SIGTERM stop both: requests being answered are finished, nothing is left behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click

from releve.config.env import READY_PIPE, SettingError, read, read_int

from .output import say, setup_django

GRACE_SECONDS = 10
_PR_SET_PDEATHSIG = 1


def serving_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options shared by `serve` and `up`; defaults come from the environment."""
    options = [
        click.option("--host", default=lambda: read("RELEVE_HOST", "127.0.0.1"), help="Adresse d’écoute."),
        click.option("--port", type=int, default=lambda: read_int("RELEVE_PORT", 8000), help="Port."),
        click.option(
            "--workers", type=int, default=lambda: read_int("RELEVE_WORKERS", 2, minimum=1), help="Processus."
        ),
        click.option(
            "--threads",
            type=int,
            default=lambda: read_int("RELEVE_THREADS", 8, minimum=1),
            help="Fils par processus.",
        ),
        click.option(
            "--worker/--no-worker", "background", default=True, help="Avec ou sans travail de fond."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@serving_options
def serve(host: str, port: int, workers: int, threads: int, background: bool) -> None:
    """Sert le site et le travail de fond jusqu’à Ctrl-C."""
    setup_django()
    from releve.workflows import prepare

    if prepare.pending_migrations():
        raise SettingError(
            "La base de données n’est pas à jour : lancez « releve migrate » (ou « make run »)."
        )
    if prepare.demo_data_in_production():
        raise SettingError(
            "Cette base contient les comptes de la démonstration, dont les mots de passe sont publics : "
            "elle ne peut pas servir en production. Utilisez une base neuve."
        )
    raise SystemExit(
        run_server(host=host, port=port, workers=workers, threads=threads, background=background)
    )


@click.command()
def worker() -> None:
    """Fait le travail de fond : envoi des messages, tâches, effacements, jusqu’à Ctrl-C."""
    setup_django()
    from releve.workflows.background import run_forever

    run_forever()


def _die_with_parent() -> None:
    """If the supervisor is killed outright, the system stops its children too (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _start(arguments: list[str], *, ready_pipe: int | None = None) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the supervisor alone, which then stops children in order.
    if ready_pipe is None:
        return subprocess.Popen(arguments, start_new_session=True, preexec_fn=_die_with_parent)
    return subprocess.Popen(
        arguments,
        start_new_session=True,
        preexec_fn=_die_with_parent,
        pass_fds=[ready_pipe],
        env={**os.environ, READY_PIPE: str(ready_pipe)},
    )


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise SettingError(
                f"Le port {port} de {host} n’est pas libre ({error.strerror}) : choisissez-en un autre, "
                "par exemple « make run PORT=8001 »."
            ) from error


def _gunicorn(host: str, port: int, workers: int, threads: int) -> list[str]:
    memory = ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # noqa: S108
    return [
        sys.executable, "-m", "gunicorn", "releve.config.serving:application",
        "--bind", f"{host}:{port}", "--worker-class", "gthread",
        "--workers", str(workers), "--threads", str(threads), "--preload",
        "--graceful-timeout", str(GRACE_SECONDS - 2), "--timeout", "60", "--keep-alive", "5",
        "--log-level", "warning", "--no-control-socket", "--config", "python:releve.config.serving", *memory,
    ]  # fmt: skip


def _wait_until_listening(host: str, port: int, web: subprocess.Popen[bytes], seconds: float = 30) -> bool:
    target = "127.0.0.1" if host in {"0.0.0.0", ""} else host.strip("[]")  # noqa: S104
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and web.poll() is None:
        try:
            with socket.create_connection((target, port), timeout=1):
                return True
        except OSError:
            time.sleep(0.05)
    return False


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _start_when_ready(arguments: list[str], prepare: Callable[[], None] | None) -> subprocess.Popen[bytes]:
    """Start the server; `prepare` runs while it imports, and it listens only once that has ended well."""
    if prepare is None:
        return _start(arguments)
    there, here = os.pipe()
    web = _start(arguments, ready_pipe=there)
    os.close(there)
    try:
        prepare()
        with suppress(BrokenPipeError):  # it has fallen: the supervision says so
            os.write(here, b"1")
    except BaseException:
        _stop([web])
        raise
    finally:
        os.close(here)
    return web


def run_server(
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    background: bool,
    prepare: Callable[[], None] | None = None,
) -> int:
    """Supervise until asked to stop. Returns the exit code: 0 after a stop, gunicorn's own if it falls."""
    _refuse_taken_port(host, port)
    web = _start_when_ready(_gunicorn(host, port, workers, threads), prepare)
    asked_to_stop = False

    def stop_soon(signum: int, frame: object) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    signal.signal(signal.SIGINT, stop_soon)
    signal.signal(signal.SIGTERM, stop_soon)

    worker_command = [sys.executable, "-m", "releve.cli.main", "worker"]
    helper = None
    helper_started, delay = time.monotonic(), 1.0
    try:
        # The site first: background work that starts meanwhile would only delay it.
        if _wait_until_listening(host, port, web) and not asked_to_stop:
            say(f"\nRelève répond sur [bold]http://{host}:{port}/[/bold]  (Ctrl-C pour arrêter)")
        if background and not asked_to_stop and web.poll() is None:
            helper, helper_started = _start(worker_command), time.monotonic()
        while not asked_to_stop and web.poll() is None:
            if helper is not None and helper.poll() is not None and time.monotonic() - helper_started > delay:
                say(f"Le travail de fond s’est arrêté (code {helper.returncode})\u00a0: il est relancé.")
                delay = 1.0 if time.monotonic() - helper_started > 60 else min(delay * 2, 60.0)
                helper, helper_started = _start(worker_command), time.monotonic()
            time.sleep(0.2)
        fallen = None if asked_to_stop else web.returncode
    finally:
        _stop([child for child in (web, helper) if child is not None])
    if fallen is not None:
        say(f"Le serveur web s’est arrêté de lui-même (code {fallen}).")
        return fallen or 1
    say("Arrêté.")
    return 0
