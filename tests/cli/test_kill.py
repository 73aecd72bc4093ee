"""The server is killed outright while people book: every appointment it has confirmed is in the database, whole."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from releve.contexts.booking import services
from releve.contexts.booking.enums import AppointmentStatus
from releve.contexts.booking.models import Appointment
from releve.kernel import clock
from releve.workflows.doctor import examine
from tests.factories.booking import make_doctor, make_world

KEY = "cle-de-test-0123456789abcdef"
CLIENTS, CONFIRMED_BEFORE_KILL = 6, 25
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database_url() -> str:
    """Address of the very database of this test."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    given = os.environ["DATABASE_URL"]
    base, _, query = given.partition("?")
    return f"{base.rpartition('/')[0]}/{values['NAME']}" + (f"?{query}" if query else "")


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found


class Server:
    def __init__(self) -> None:
        self.port = _free_port()
        env = {
            **os.environ,
            "DATABASE_URL": _database_url(),
            "DJANGO_SETTINGS_MODULE": "releve.config.settings",
            "RELEVE_MODE": "test",
        }
        command = [sys.executable, "-m", "releve.cli.main", "serve", "--no-worker", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=0.5).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    pytest.fail(f"le serveur n’a pas démarré :\n{self.process.stdout.read()}")  # type: ignore[union-attr]
                time.sleep(0.1)

    def kill(self) -> list[int]:
        """SIGKILL to gunicorn and all its children at once; their numbers."""
        pids = _descendants(self.process.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return pids

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(30)


class Clients:
    """Each books, one after the other, the times of one practitioner, until the server is gone."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.confirmed: list[str] = []
        self.refused: list[str] = []
        self.lock = threading.Lock()

    def run(self, number: int, site: str, reason: int, doctor: int, times: list[str]) -> None:
        try:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            for index, starts_at in enumerate(times):
                status, hold = self._post(
                    link,
                    "/api/v1/holds",
                    {"site": site, "reason": reason, "starts_at": starts_at, "practitioner": doctor},
                )
                if status != 201:
                    with self.lock:
                        self.refused.append(f"{status} {hold}")
                    continue
                status, answer = self._post(
                    link,
                    "/api/v1/appointments",
                    {
                        "hold": hold["hold"],
                        "patient": {
                            "family_name": f"Essai{'abcdefghijkl'[number]}",
                            "given_name": f"Personne{'abcdefghijklmnopqrstuvwxyz'[index % 26]}",
                            "birth_date": f"19{50 + index % 50}-0{1 + index // 50}-17",
                        },
                        "contact": {"phone": "0639981234"},
                    },
                    **{"Idempotency-Key": f"{number}-{index}"},
                )
                with self.lock:
                    if status == 201:
                        self.confirmed.append(answer["id"])
                    else:
                        self.refused.append(f"{status} {answer}")
        except (OSError, http.client.HTTPException):
            return  # killed: what was not answered was not promised

    def _post(self, link: http.client.HTTPConnection, path: str, body: dict, **headers: str):
        link.request("POST", path, json.dumps(body), {**HEADERS, **headers})
        response = link.getresponse()
        return response.status, json.loads(response.read())


@pytest.mark.django_db(transaction=True)
def test_a_killed_server_loses_no_confirmed_appointment():
    now = clock.now()
    world = make_world()
    services.create_api_client(name="Mairie", token=KEY, now=now)
    today = clock.local_day(now, world.site.time_zone)
    days = [today + timedelta(days=n) for n in range(2, 12)]
    doctors = [make_doctor(f"Docteur {'ABCDEFGHIJ'[n]}", rhythm_minutes=15) for n in range(CLIENTS)]
    for doctor in doctors:
        for day in days:
            world.shift_on(day, 8, 20, doctor)
    minutes = range(8 * 60, 20 * 60, 30)
    times = [world.at(m // 60, m % 60, day).isoformat() for day in days for m in minutes]

    server = Server()
    clients = Clients(server.port)
    threads = [
        threading.Thread(
            target=clients.run,
            args=(n, world.site.slug, world.reasons["first_visit"].pk, doctor.pk, times),
        )
        for n, doctor in enumerate(doctors)
    ]
    try:
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while len(clients.confirmed) < CONFIRMED_BEFORE_KILL and time.monotonic() < deadline:
            time.sleep(0.01)
        killed = server.kill()
        for thread in threads:
            thread.join(30)
        code = server.process.wait(30)
    finally:
        server.stop()

    assert len(killed) >= 2, "gunicorn et ses processus"
    assert code != 0, "le superviseur dit que le serveur est tombé"
    assert len(clients.confirmed) >= CONFIRMED_BEFORE_KILL, clients.refused[:3]
    assert len(clients.confirmed) < CLIENTS * len(times), "tué pendant les réservations"
    kept = Appointment.objects.filter(public_id__in=clients.confirmed, status=AppointmentStatus.BOOKED)
    assert kept.count() == len(clients.confirmed)
    report = examine(now=clock.now(), only={"occupation", "shift-guards", "shift-practitioner"})
    assert [(r.code, r.findings) for r in report if r.level != "ok"] == []

    # The next server serves on the same data.
    again = Server()
    try:
        link = http.client.HTTPConnection("127.0.0.1", again.port, timeout=30)
        link.request("GET", f"/api/v1/sites/{world.site.slug}")
        assert link.getresponse().status == 200
    finally:
        assert again.stop() == 0
