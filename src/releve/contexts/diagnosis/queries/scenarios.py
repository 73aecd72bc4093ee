"""Reads of saved scenarios: by their unguessable token, those of a person, those of a practice."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable
from typing import Any, Final

from releve.kernel.errors import Forbidden, NotFound

from ..models import Scenario

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,32}", re.ASCII)
MAX_LISTED: Final = 100


def get_scenario(token: str) -> Scenario:
    """The scenario of this address, with its practice: whoever holds the address may read it. NotFound."""
    found = None
    if _TOKEN.fullmatch(token):
        found = Scenario.objects.select_related("practice").filter(token=token).first()
    if found is None:
        raise NotFound(
            "Ce scénario n’existe pas, ou a été supprimé. Vérifiez que l’adresse est entière.",
            code="unknown-scenario",
        )
    return found


def may_change(scenario: Scenario, *, user: Any, digests: Collection[str]) -> bool:
    """Whether the signed-in owner, or a holder of its edit secret (`digests` of those of the session), asks."""
    if getattr(user, "is_authenticated", False) and scenario.owner_id == user.pk:
        return True
    return any(hmac.compare_digest(digest, scenario.edit_digest) for digest in digests)


def require_change(scenario: Scenario, *, user: Any, digests: Collection[str]) -> None:
    """Forbidden, naming what one can do instead."""
    if not may_change(scenario, user=user, digests=digests):
        raise Forbidden(
            "Ce scénario appartient à quelqu’un d’autre\u00a0: vous pouvez le lire et en faire une copie, pas le changer. "
            "Utilisez «\u00a0Repartir de ce scénario\u00a0».",
            code="not-yours",
        )


def list_scenarios(*, user: Any, tokens: Iterable[str]) -> list[Scenario]:
    """Those of a signed-in person and those that this session made, last changed first, without their results."""
    rows = Scenario.objects.filter(token__in=list(tokens)[:MAX_LISTED])
    if getattr(user, "is_authenticated", False):
        rows = rows | Scenario.objects.filter(owner_id=user.pk)
    return list(rows.select_related("practice").defer("result").order_by("-updated_at", "-pk")[:MAX_LISTED])


def scenarios_of_practice(practice_id: int) -> list[Scenario]:
    """Those attached to a practice, last changed first, without their results."""
    return list(
        Scenario.objects.filter(practice_id=practice_id).defer("result").order_by("-updated_at", "-pk")
    )
