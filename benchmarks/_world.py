"""What the booking benchmarks share: a throw-away database, a practice to book in, the server, the result's shape."""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
CHILD = "RELEVE_BENCH_CHILD"


@contextmanager
def throwaway_database() -> Iterator[dict[str, str]]:
    """Environment of a new empty database beside the configured one: a temporary folder for SQLite, a new database
    on the server of DATABASE_URL for PostgreSQL. Removed at the end; the configured data are never touched."""
    folder = tempfile.mkdtemp(prefix="releve-bench-")
    env = {
        **os.environ,
        "RELEVE_VAR_DIR": folder,
        CHILD: "1",
        "RELEVE_MODE": "demo",
        "RELEVE_LOG_LEVEL": "ERROR",
    }
    url = os.environ.get("DATABASE_URL")
    name = f"releve_bench_{secrets.token_hex(4)}"
    try:
        if url and not url.startswith("sqlite"):
            import psycopg

            with psycopg.connect(url, autocommit=True) as admin:
                admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
            env["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        yield env
    finally:
        if url and not url.startswith("sqlite"):
            import psycopg

            with psycopg.connect(url, autocommit=True) as admin:
                admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


def run_child(module: str, arguments: Sequence[str], env: dict[str, str]) -> dict[str, Any]:
    """Run `python -m module` on the throw-away database; its last line of output is its JSON result."""
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0"],
        env={**env, "DJANGO_SETTINGS_MODULE": "releve.config.settings"},
        cwd=ROOT,
        check=True,
    )
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**env, "DJANGO_SETTINGS_MODULE": "releve.config.settings"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


@contextmanager
def server(*, workers: int = 2, threads: int = 8) -> Iterator[int]:
    """The real server (`releve serve`) on a free port of this machine; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "releve.cli.main", "serve", "--no-worker"),
            *("--port", str(port), "--workers", str(workers), "--threads", str(threads)),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError("le serveur n’a pas démarré") from None
                time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def quantile(values: Sequence[float], q: float) -> float:
    """Nearest-rank quantile in the unit of `values`; 0 when there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """p50 and p99 in milliseconds of durations in seconds."""
    return {
        "p50_ms": round(quantile(values, 0.50) * 1000, 2),
        "p99_ms": round(quantile(values, 0.99) * 1000, 2),
    }


def median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)


def machine() -> dict[str, Any]:
    return {"cpus": os.cpu_count(), "python": platform.python_version()}
