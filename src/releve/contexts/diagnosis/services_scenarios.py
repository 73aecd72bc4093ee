"""Writes of scenarios: saved with their figures, changed under a version, attached to a practice, deleted.

Who may change one is decided by `queries.scenarios.require_change` before; docs/adr says why.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from releve.contexts.practices.queries import get_practice
from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.errors import Conflict, Invalid

from .models import Scenario
from .report import Place
from .scenario_effects import compute
from .scenario_json import result_to_dict
from .scenarios import Content, ScenarioResult, check_name, content_to_dict
from .territories import resolve


@dataclass(frozen=True)
class Saved:
    """A new scenario and the secret that allows changing it, shown once: only its digest is kept."""

    scenario: Scenario
    secret: str


def secret_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _figures(content: Content, place: Place, *, today: date) -> ScenarioResult:
    if content.is_empty:
        raise Invalid(
            "Ce scénario ne change rien encore\u00a0: ajoutez un lieu ou un départ avant de l’enregistrer.",
            code="empty-scenario",
            field="actions",
        )
    return compute(content, place, today=today)


def _owner(by: Actor) -> int | None:
    return by.id if by.kind == "user" else None


def save_scenario(
    *, name: str, territory: str, content: Content, today: date, by: Actor, now: datetime
) -> Saved:
    """Compute and keep a scenario. Its owner is `by` when signed in. Raises Invalid, NotFound (territory)."""
    name, place = check_name(name), resolve(territory)
    # Computed before the transaction: on SQLite nobody could book meanwhile.
    result = _figures(content, place, today=today)
    figures = result_to_dict(result)
    with transaction.atomic():
        return _insert(
            name,
            (place.kind.value, place.code),
            content_to_dict(content),
            figures,
            result.vintages,
            None,
            by,
            now,
        )


def _insert(
    name: str,
    territory: tuple[str, str],
    content: dict[str, Any],
    result: dict[str, Any],
    vintages: dict[str, Any],
    practice_id: int | None,
    by: Actor,
    now: datetime,
) -> Saved:
    secret = secrets.token_urlsafe(24)
    scenario = Scenario.objects.create(
        token=secrets.token_urlsafe(18),
        edit_digest=secret_digest(secret),
        name=name,
        territory_kind=territory[0],
        territory_code=territory[1],
        content=content,
        result=result,
        vintages=vintages,
        practice_id=practice_id,
        owner_id=_owner(by),
        created_at=now,
        updated_at=now,
    )
    audit.record(
        by=by,
        action="scenario_saved",
        target_kind="scenario",
        target_id=scenario.pk,
        practice_id=practice_id,
        now=now,
    )
    return Saved(scenario, secret)


def change_scenario(
    *,
    scenario_id: int,
    expected_version: int,
    name: str,
    content: Content,
    today: date,
    by: Actor,
    now: datetime,
) -> Scenario:
    """Replace the name and the content, recomputed on the data of today, before the transaction.

    Raises Conflict (`changed-since`, details["version"]) when it was changed meanwhile; nothing is then written.
    """
    name = check_name(name)
    territory = Scenario.objects.values_list("territory_code", flat=True).get(pk=scenario_id)
    result = _figures(content, resolve(territory), today=today)
    values = {
        "name": name,
        "content": content_to_dict(content),
        "result": result_to_dict(result),
        "vintages": result.vintages,
        "updated_at": now,
    }
    with transaction.atomic():
        return _replace(scenario_id, expected_version, values, by, now)


def _replace(
    scenario_id: int, expected_version: int, values: dict[str, Any], by: Actor, now: datetime
) -> Scenario:
    changed = Scenario.objects.filter(pk=scenario_id, version=expected_version)
    done = changed.update(**values, version=F("version") + 1)
    scenario = Scenario.objects.get(pk=scenario_id)
    if not done:
        raise Conflict(
            "Ce scénario a été changé entre-temps dans une autre fenêtre. Rien n’a été remplacé\u00a0: enregistrez de "
            "nouveau si vous voulez garder votre version.",
            code="changed-since",
            details={"version": scenario.version},
        )
    audit.record(
        by=by,
        action="scenario_changed",
        target_kind="scenario",
        target_id=scenario_id,
        practice_id=scenario.practice_id,
        now=now,
        version=expected_version + 1,
    )
    return scenario


@transaction.atomic
def delete_scenario(*, scenario_id: int, by: Actor, now: datetime) -> None:
    """Conflict while it is attached to a practice: its file would lose a page without a word."""
    scenario = Scenario.objects.select_for_update().get(pk=scenario_id)
    if scenario.practice_id is not None:
        raise Conflict(
            "Ce scénario est dans le dossier d’un cabinet\u00a0: qui porte le projet doit d’abord l’en retirer.",
            code="attached",
        )
    audit.record(by=by, action="scenario_deleted", target_kind="scenario", target_id=scenario_id, now=now)
    scenario.delete()


@transaction.atomic
def attach_scenario(*, scenario_id: int, practice_id: int, own: bool, by: Actor, now: datetime) -> Scenario:
    """Put a scenario in the file of a practice; the caller has checked the right on the practice.

    `own`: the caller may change it. Somebody else's is copied, so that the file does not change behind its back.
    Raises Conflict when it is already in the file of another practice.
    """
    scenario = Scenario.objects.select_for_update().get(pk=scenario_id)
    practice = get_practice(practice_id)
    if scenario.practice_id == practice.pk:
        return scenario
    if own and scenario.practice_id is not None:
        raise Conflict(
            "Ce scénario est déjà dans le dossier d’un autre cabinet. Repartez-en pour en faire une copie.",
            code="attached-elsewhere",
        )
    if not own:
        scenario = _insert(
            scenario.name,
            (scenario.territory_kind, scenario.territory_code),
            scenario.content,
            scenario.result,
            scenario.vintages,
            practice.pk,
            by,
            now,
        ).scenario
    else:
        scenario.practice = practice
        scenario.save(update_fields=["practice"])
    audit.record(
        by=by,
        action="scenario_attached",
        target_kind="scenario",
        target_id=scenario.pk,
        practice_id=practice.pk,
        now=now,
    )
    return scenario


@transaction.atomic
def detach_scenario(*, scenario_id: int, practice_id: int, by: Actor, now: datetime) -> None:
    """Take it out of the file of that practice; without effect when it is not in it."""
    done = Scenario.objects.filter(pk=scenario_id, practice_id=practice_id).update(practice=None)
    if done:
        audit.record(
            by=by,
            action="scenario_detached",
            target_kind="scenario",
            target_id=scenario_id,
            practice_id=practice_id,
            now=now,
        )
