"""Programs that book: partners' keys, and answers kept so that a call repeated is not done twice."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from releve.kernel.errors import Conflict, Invalid
from releve.kernel.rows import insert_row

from ..models import ApiClient, IdempotencyRecord
from ..rules import digest

KEEP_ANSWERS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an API answer; `replayed` when it was given to an earlier call with the same key."""

    status: int
    body: dict[str, Any]
    replayed: bool


@transaction.atomic
def create_api_client(
    *, name: str, practice_ids: list[int] | None = None, token: str | None = None, now: datetime
) -> tuple[ApiClient, str]:
    """A partner's key (shown once) for some practices, or for all when none is listed."""
    token = token or secrets.token_urlsafe(24)
    client = ApiClient.objects.create(name=name, token_sha256=digest(token), created_at=now)
    if practice_ids:
        client.practices.set(practice_ids)
    return client, token


@transaction.atomic
def revoke_api_client(*, client_id: int, now: datetime) -> None:
    ApiClient.objects.filter(pk=client_id, revoked_at=None).update(revoked_at=now)


def answer_once(
    *, scope: str, key: str, request: str, now: datetime, action: Callable[[], tuple[int, dict[str, Any]]]
) -> Answer:
    """Run `action` and keep its answer under (`scope`, `key`), in one transaction; or replay the answer kept.

    Two calls with one key at the same second: the second waits for the first, then replays it. An `action` that raises
    keeps nothing, so the caller may try again. Raises Conflict when the key was used for another request, Invalid when
    the key is empty or longer than 200 characters.
    """
    if not 1 <= len(key) <= 200:
        raise Invalid("Idempotency-Key : de 1 à 200 caractères.", field="Idempotency-Key", code="bad-key")
    key_sha256, request_sha256 = digest(key), digest(request)
    try:
        with transaction.atomic():
            record = IdempotencyRecord(
                scope=scope, key_sha256=key_sha256, request_sha256=request_sha256, status=0, created_at=now
            )
            insert_row(record)
            status, body = action()
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE booking_idempotencyrecord SET status = %s, body = %s WHERE id = %s",
                    [status, json.dumps(body), record.pk],
                )
            return Answer(status, body, replayed=False)
    except IntegrityError:
        kept = _kept(scope, key_sha256, request_sha256)
        if kept is None:
            raise
        return kept


def _kept(scope: str, key_sha256: str, request_sha256: str) -> Answer | None:
    record = IdempotencyRecord.objects.filter(scope=scope, key_sha256=key_sha256).first()
    if record is None:
        return None
    if record.request_sha256 != request_sha256:
        raise Conflict("Cette clé a déjà servi à une autre demande.", code="key-reused")
    return Answer(record.status, record.body, replayed=True)


@transaction.atomic
def purge_answers(*, now: datetime) -> int:
    rows = IdempotencyRecord.objects.filter(created_at__lt=now - KEEP_ANSWERS)
    return rows.delete()[0]
