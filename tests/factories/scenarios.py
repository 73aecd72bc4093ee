"""Saved scenarios, made through the service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from releve.contexts.diagnosis import services_scenarios
from releve.contexts.diagnosis.models import Scenario
from releve.contexts.diagnosis.scenarios import Content, read_content
from releve.kernel.audit import Actor

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANONYMOUS = Actor("anonymous")


def site(commune: str = "85161", days: float = 3, **more: Any) -> dict[str, Any]:
    return {"kind": "site", "commune": commune, "days": days, **more}


def content(*actions: dict[str, Any], **more: Any) -> Content:
    return read_content({"version": 1, "actions": list(actions) or [site()], **more})


def save(
    *actions: dict[str, Any], commune: str = "85161", name: str = "Trois jours", by: Actor = ANONYMOUS
) -> Any:
    """The saved scenario with its secret."""
    wanted = content(*actions) if actions else content(site(commune))
    return services_scenarios.save_scenario(
        name=name, territory=commune, content=wanted, today=TODAY, by=by, now=NOW
    )


def make_scenario(commune: str = "85161", **more: Any) -> Scenario:
    return save(commune=commune, **more).scenario
