"""Who gets what, on every route; and a GET changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from .access_matrix import Row, Status, route_names, rows
from .world import NOW, ROLES, Place, World, make_world

ROWS = rows()
# What reading may write: the journal of patient data that was read, a feed's last reading, the session's own life,
# and the counters that throttle.
_ALLOWED_WRITES = re.compile(
    r"^\s*(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|SELECT|PRAGMA|WITH\b(?!.*\b(INSERT|UPDATE|DELETE)\b))"
    r'|"(kernel_auditevent|django_session|releve_cache)"'
    r'|UPDATE "rostering_calendarfeed" SET "last_read_at"',
    re.IGNORECASE | re.DOTALL,
)


@contextmanager
def only_reads() -> Iterator[list[str]]:
    """Collects the statements that change something they should not."""
    writes: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not _ALLOWED_WRITES.search(sql):
            writes.append(sql[:200])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield writes


def test_every_route_has_a_row():
    missing = sorted(route_names() - {row.route for row in ROWS})
    assert not missing, "routes sans ligne dans tests/architecture/matrix/ :\n" + "\n".join(missing)


def test_no_row_of_a_route_that_is_gone():
    gone = sorted({row.route for row in ROWS} - route_names())
    assert not gone, gone


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route}-{row.method}")
def test_row_says_something_of_every_role(row: Row):
    assert set(row.expect) == set(ROLES)


@dataclass
class Stage:
    """The world, and one signed-in session per role: made once, every visit is rolled back to it."""

    world: World
    sessions: dict[str, str]

    def client(self, role: str) -> Client:
        client = Client(raise_request_exception=True)
        if role in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            world = make_world()
            sessions = {}
            for role, person in world.people.items():
                if person is not None:
                    client = Client()
                    client.force_login(person)
                    sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
        yield Stage(world, sessions)
        transaction.set_rollback(True)


def _ask(client: Client, row: Row, address: str, data: dict[str, Any]) -> Any:
    if row.method == "get":
        return client.get(address)
    kind = {"content_type": "application/json"} if row.json else {}
    return (
        client.generic(row.method.upper(), address)
        if row.method == "delete"
        else client.post(address, data, **kind)
    )


def _leads_to_sign_in(response: Any) -> bool:
    return response["Location"].split("?")[0] == resolve_url(settings.LOGIN_URL)


def _visit(stage: Stage, row: Row, place: Place, role: str, expected: Status, where: str) -> list[str]:
    """One person asks one address; what is wrong with the answer. Nothing stays of the visit."""
    address = reverse(row.route, kwargs=row.where(place) if row.where else {})
    address += row.query(place) if callable(row.query) else row.query
    data = row.data(place) if callable(row.data) else row.data
    with transaction.atomic():
        with only_reads() as writes:
            response = _ask(stage.client(role), row, address, data)
        transaction.set_rollback(True)
    said = []
    status = response.status_code
    if status != expected:
        said.append(f"{role} en {where} : {status} au lieu de {expected}")
    sent_away = role == "anonymous" and status == 302 and _leads_to_sign_in(response)
    refused = status in {401, 403, 404} or sent_away
    if writes and (row.method == "get" or refused):
        said.append(f"{role} en {where} : {row.method} ({status}) a écrit : {writes}")
    return said


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route}-{row.method}")
def test_access(row: Row, stage: Stage):
    wrong: list[str] = []
    elsewhere = row.expected_elsewhere()
    with time_machine.travel(NOW, tick=False):
        for role in ROLES:
            wrong += _visit(stage, row, stage.world.a, role, row.expect[role], "A")
            # An outsider of A is at home in B.
            if row.where is not None and (role != "outsider" or row.other is not None):
                wrong += _visit(stage, row, stage.world.b, role, elsewhere[role], "B")
    assert not wrong, "\n".join(wrong)
