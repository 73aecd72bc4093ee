"""Practitioners and teams for tests, made through the services."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from stdnum import luhn

from releve.contexts.practices.models import Practice
from releve.contexts.practitioners import services
from releve.contexts.practitioners.models import Practitioner, TeamMember
from releve.kernel.audit import SYSTEM
from tests.factories.practices import NOW

_numbers = count(1)


def make_rpps(number: int | None = None) -> str:
    """An RPPS of the right shape and key, distinct at each call."""
    body = f"{1000000000 + (next(_numbers) if number is None else number)}"
    return body + luhn.calc_check_digit(body)


def make_practitioner(*, practice: Practice | None = None, **fields: Any) -> Practitioner:
    """A replacement doctor; in the team of `practice` when given."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "family_name": f"Durand-{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % 26]}{number}",
        "given_name": "Camille",
        "status": "replacement",
        "rpps": make_rpps(),
        "by": SYSTEM,
        "now": NOW,
    }
    practitioner = services.create_practitioner(**{**values, **fields})
    if practice is not None:
        make_member(practice, practitioner)
    return practitioner


def make_member(
    practice: Practice,
    practitioner: Practitioner,
    *,
    since: date = date(2020, 1, 1),
    until: date | None = None,
) -> TeamMember:
    return services.add_to_team(
        practice_id=practice.pk, practitioner_id=practitioner.pk, since=since, until=until, by=SYSTEM, now=NOW
    )
