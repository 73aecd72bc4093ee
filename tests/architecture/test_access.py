"""Who gets what, on every route; and a GET changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import connection
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


def _ask(client: Client, row: Row, place: Place) -> Any:
    address = reverse(row.route, kwargs=row.where(place) if row.where else {}) + row.query
    data = row.data(place) if callable(row.data) else row.data
    if row.method == "get":
        return client.get(address)
    kind = {"content_type": "application/json"} if row.json else {}
    return (
        client.generic(row.method.upper(), address)
        if row.method == "delete"
        else client.post(address, data, **kind)
    )


def _fits(status: int, expected: Status) -> bool:
    return status in expected if isinstance(expected, tuple) else status == expected


def _check(row: Row, place: Place, role: str, world: World, expected: Status, where: str) -> list[str]:
    client = Client(raise_request_exception=True)
    person = world.people[role]
    if person is not None:
        client.force_login(person)
    with only_reads() as writes:
        response = _ask(client, row, place)
    said = []
    if not _fits(response.status_code, expected):
        said.append(f"{role} en {where} : {response.status_code} au lieu de {expected}")
    if row.method == "get" and writes:
        said.append(f"{role} en {where} : un GET a écrit : {writes}")
    if (
        row.method != "get"
        and response.status_code in {302, 401, 403, 404}
        and writes
        and expected in {401, 403, 404}
    ):
        said.append(f"{role} en {where} : refusé, mais a écrit : {writes}")
    return said


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route}-{row.method}")
def test_access(row: Row):
    wrong: list[str] = []
    with time_machine.travel(NOW, tick=False):
        from django.db import transaction

        world = make_world()
        for role in ROLES:
            # Each visit starts from the same world, whatever the one before changed.
            with transaction.atomic():
                wrong += _check(row, world.a, role, world, row.expect[role], "A")
                transaction.set_rollback(True)
            if row.where is None or role == "outsider":
                continue
            with transaction.atomic():
                wrong += _check(row, world.b, role, world, row.expected_elsewhere()[role], "B")
                transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)
