"""The registry behind `releve doctor`: small functions that look for one inconsistency each.

A context adds its own in a module named `checks.py`, found by itself:

    @check("booking-occupation", "Le temps occupé correspond aux rendez-vous")
    def occupation_agrees(now):
        yield Finding(...)

A check only reads. It yields nothing when all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Finding:
    """One thing to say. `level` "error" makes `releve doctor` exit with 1, "warning" does not, "info" is no fault.

    `message` says what is wrong, `remedy` what to do, both in French, without personal data.
    """

    message: str
    remedy: str
    level: str = "error"


CheckFunction = Callable[[datetime], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    code: str
    title: str
    run: CheckFunction
    needs_database: bool


_checks: dict[str, Check] = {}


def check(code: str, title: str, *, needs_database: bool = True) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check. `code` is stable (programs read it), `title` states what is true when all is well."""

    def register(function: CheckFunction) -> CheckFunction:
        _checks[code] = Check(code, title, function, needs_database)
        return function

    return register


def all_checks() -> list[Check]:
    """Every check of every installed application, those that need no database first."""
    autodiscover_modules("checks")
    return sorted(_checks.values(), key=lambda c: c.needs_database)
