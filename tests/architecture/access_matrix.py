"""The access matrix: route x role x practice -> expected status.

One file per URL namespace in `matrix/`, each with `ROWS`. A route without a row fails the suite; so does a row of
a route that no longer exists. Add a row when you add a route; say what you expect, do not copy what you get.

    Row("roster:calendar", practice(secretary=200, practitioner=200, ...), lambda p: p.slug)

* the first visit is to practice A, where everybody but `outsider` has a role;
* a row whose `where` names an object is visited again at practice B: everybody who holds a role at A gets 404
  there (the administrator, who holds one everywhere, gets what A gives), unless the row says otherwise.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from .world import ROLES, Place

Status = int
Expected = dict[str, Status]
# Roles that reach practice A only.
LOCAL = ["secretary", "practitioner", "paramedical", "project_lead", "coordinator"]


def everyone(status: Status = 200, **others: Status) -> Expected:
    """The same answer to all, signed in or not, but for `others`."""
    return {**dict.fromkeys(ROLES, status), **others}


def signed_in(status: Status = 200, **others: Status) -> Expected:
    """Anonymous visitors are led to the sign-in page; the rest as said."""
    return {**dict.fromkeys(ROLES, status), "anonymous": 302, **others}


def practice(**roles: Status) -> Expected:
    """A page of a practice: 403 for whoever holds a role there without the right, 404 for an outsider."""
    return {**dict.fromkeys(ROLES, 403), "anonymous": 302, "outsider": 404, **roles}


@dataclass(frozen=True)
class Row:
    route: str
    expect: Expected
    where: Callable[[Place], dict[str, Any]] | None = None
    # What other practices give; None: the rule above (or nothing to visit when the row names no object).
    other: Expected | None = None
    method: str = "get"
    data: Callable[[Place], dict[str, Any]] | dict[str, Any] = field(default_factory=dict)
    query: Callable[[Place], str] | str = ""
    json: bool = False

    def expected_elsewhere(self) -> Expected:
        if self.other is not None:
            return self.other
        return {**self.expect, **dict.fromkeys(LOCAL, 404)}


def rows() -> list[Row]:
    found: list[Row] = []
    for path in sorted((Path(__file__).parent / "matrix").glob("[a-z]*.py")):
        found += importlib.import_module(f"tests.architecture.matrix.{path.stem}").ROWS
    return found


def route_names() -> set[str]:
    return set(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}" if entry.name else f"sans nom : {prefix}{entry.pattern}"
