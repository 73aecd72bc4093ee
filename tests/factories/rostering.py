"""Shifts, template lines and feeds for tests, made through the services."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from releve.contexts.practices.models import Site
from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering import services
from releve.contexts.rostering.models import CalendarFeed, Shift, ShiftTemplate
from releve.kernel.audit import SYSTEM
from tests.factories.practices import NOW, make_site

# The Wednesday of the week of NOW (a Monday).
DAY = date(2026, 3, 4)


def make_shift(
    site: Site | None = None, *, practitioner: Practitioner | None = None, now: datetime = NOW, **fields: Any
) -> Shift:
    """A morning from 9 h to 12 h; open unless a practitioner is given (confirmed, then)."""
    values: dict[str, Any] = {
        "day": DAY,
        "starts": time(9, 0),
        "ends": time(12, 0),
        "kind": "consultation",
        "by": SYSTEM,
        "now": now,
    }
    return services.create_shift(
        site_id=(site or make_site()).pk,
        practitioner_id=practitioner.pk if practitioner else None,
        **{**values, **fields},
    )


def make_template_line(site: Site, **fields: Any) -> ShiftTemplate:
    """Wednesdays from 9 h to 12 h, every week."""
    values: dict[str, Any] = {
        "weekday": 2,
        "starts": time(9, 0),
        "ends": time(12, 0),
        "kind": "consultation",
        "by": SYSTEM,
        "now": NOW,
    }
    return services.save_template_line(site_id=site.pk, **{**values, **fields})


def make_feed(**owner: int) -> tuple[CalendarFeed, str]:
    return services.create_feed(**owner, by=SYSTEM, now=NOW)
