"""The statements of the booking path, written by hand in standard SQL.

Every booking runs them; letting the ORM compile them each time cost more than running them (see benchmarks/README.md).
They return the same model instances, with the fields that booking and its messages use. A field used but not
listed would be read one by one: tests count the statements.
"""

# ruff: noqa: S608 - only constants of this module enter the text; values are parameters

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, models

from releve.contexts.practices.enums import PracticeStatus
from releve.contexts.practices.models import Practice, Site
from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering.enums import ShiftKind, ShiftStatus
from releve.contexts.rostering.models import Shift
from releve.contexts.territory.models import Commune
from releve.kernel.rows import read_instance

from ..enums import ResourceKind
from ..models import Hold, VisitReason
from ..rules import tick_of

_FIELDS: list[tuple[type[models.Model], str, list[str]]] = [
    (
        Shift,
        "s",
        [
            "id",
            "practice_id",
            "site_id",
            "room_id",
            "practitioner_id",
            "kind",
            "status",
            "day",
            "starts_at",
            "ends_at",
            "bookable",
            "version",
        ],
    ),
    (
        Site,
        "l",
        ["id", "practice_id", "slug", "name", "address", "postal_code", "commune_id", "time_zone", "phone"],
    ),
    (Commune, "c", ["code", "name"]),
    (
        Practice,
        "p",
        [
            "id",
            "slug",
            "name",
            "status",
            "phone",
            "care_team_notice",
            "booking_horizon_days",
            "cancel_notice_hours",
        ],
    ),
    (
        Practitioner,
        "d",
        ["id", "title", "family_name", "given_name", "profession", "rhythm_minutes", "name_is_public"],
    ),
]


def _instance_fields(model: type[models.Model], columns: Sequence[str]) -> list[str]:
    """Attribute names in the model's own order, as `from_db` wants them, checked against the model."""
    known = [field.attname for field in model._meta.concrete_fields]
    unknown = set(columns) - set(known)
    if unknown:
        raise LookupError(f"{model.__name__}: {unknown}")
    return [name for name in known if name in columns]


def _column(model: type[models.Model], name: str) -> str:
    return next(f.column for f in model._meta.concrete_fields if f.attname == name and f.column)


_PLAN = [(model, alias, _instance_fields(model, columns)) for model, alias, columns in _FIELDS]
_COLUMNS = ", ".join(f'{alias}."{_column(model, name)}"' for model, alias, names in _PLAN for name in names)
_SHIFTS = (
    f"SELECT {_COLUMNS} "
    "FROM rostering_shift s "
    "JOIN practices_site l ON l.id = s.site_id "
    "JOIN territory_commune c ON c.code = l.commune_id "
    "JOIN practices_practice p ON p.id = s.practice_id "
    "JOIN practitioners_practitioner d ON d.id = s.practitioner_id "
    f"WHERE s.site_id = %s AND s.status = '{ShiftStatus.CONFIRMED.value}' "
    f"AND p.status = '{PracticeStatus.OPEN.value}' "
    "AND s.starts_at <= %s AND s.starts_at > %s AND s.ends_at > %s "
)
_BUSY = (
    "SELECT resource_id, tick, hold_id, appointment_id FROM booking_occupation "
    f"WHERE resource_kind = {ResourceKind.PRACTITIONER.value} AND tick >= %s AND tick < %s AND resource_id IN "
)
_TAKEN = (
    "SELECT 1 FROM booking_occupation o LEFT JOIN booking_hold h ON h.id = o.hold_id "
    f"WHERE o.resource_kind = {ResourceKind.PRACTITIONER.value} AND o.resource_id = %s AND o.lane = 0 AND o.tick = %s "
    "AND (h.id IS NULL OR h.expires_at > %s) LIMIT 1"
)
_REASON_NAMES = [f.attname for f in VisitReason._meta.concrete_fields]
_AT_MINUTES, _AT_KINDS = _REASON_NAMES.index("duration_minutes"), _REASON_NAMES.index("shift_kinds")
_REASONS = (
    f"SELECT {', '.join(f.column or '' for f in VisitReason._meta.concrete_fields)} FROM booking_visitreason "
    "WHERE practice_id = %s AND is_active ORDER BY position, id"
)
_HOLD_NAMES = [f.attname for f in Hold._meta.concrete_fields]
_HOLD = (
    f"SELECT {', '.join(f'h.{f.column}' for f in Hold._meta.concrete_fields)}, {_COLUMNS}, "
    f"{', '.join(f'r.{f.column}' for f in VisitReason._meta.concrete_fields)} "
    "FROM booking_hold h "
    "JOIN rostering_shift s ON s.id = h.shift_id "
    "JOIN practices_site l ON l.id = h.site_id "
    "JOIN territory_commune c ON c.code = l.commune_id "
    "JOIN practices_practice p ON p.id = h.practice_id "
    "JOIN practitioners_practitioner d ON d.id = h.practitioner_id "
    "JOIN booking_visitreason r ON r.id = h.reason_id "
    "WHERE h.token_sha256 = %s AND h.expires_at > %s"
)
_CLIENT = (
    "SELECT c.id, c.name, p.practice_id FROM booking_apiclient c "
    "LEFT JOIN booking_apiclient_practices p ON p.apiclient_id = c.id "
    "WHERE c.token_sha256 = %s AND c.revoked_at IS NULL"
)
_SHIFT_KINDS = VisitReason._meta.get_field("shift_kinds")
_DRAFT = Hold._meta.get_field("draft")


def _aware(value: Any) -> Any:
    """SQLite gives instants without their zone; they are stored in UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _instant(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def _share(alias: str) -> str:
    return f" FOR SHARE OF {alias}" if connection.vendor == "postgresql" else ""


class ShiftState(NamedTuple):
    """What a hold relies on of the shift under it."""

    status: str
    practitioner_id: int | None
    room_id: int | None
    starts_at: datetime
    ends_at: datetime


def shift_state(shift_id: int) -> ShiftState | None:
    """The shift as it stands, under the same shared lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.status, s.practitioner_id, s.room_id, s.starts_at, s.ends_at "
            f"FROM rostering_shift s WHERE s.id = %s{_share('s')}",
            [shift_id],
        )
        row = cursor.fetchone()
    return None if row is None else ShiftState(*(_aware(value) for value in row))


def state_of(shift: Shift) -> ShiftState:
    """The same, of a shift already read."""
    return ShiftState(shift.status, shift.practitioner_id, shift.room_id, shift.starts_at, shift.ends_at)


def shifts_at(
    *,
    site_id: int,
    starts_at: datetime,
    after: datetime,
    shift_id: int | None,
    practitioner_id: int | None,
) -> list[Shift]:
    """Confirmed shifts of an open practice under way at `starts_at` on a site (started later than `after`).

    On PostgreSQL they are read under a shared lock, kept to the end of the transaction: whoever changes a shift holds it
    FOR UPDATE, so either they wait for this booking, or this waits for them and reads what they wrote
    (docs/architecture/locking.md). Bookings do not wait for each other. SQLite writes one transaction at a time.
    """
    sql, params = _SHIFTS, [site_id, _instant(starts_at), _instant(after), _instant(starts_at)]
    if shift_id is not None:
        sql, params = f"{sql}AND s.id = %s ", [*params, shift_id]
    if practitioner_id is not None:
        sql, params = f"{sql}AND s.practitioner_id = %s ", [*params, practitioner_id]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql}ORDER BY s.id{_share('s')}", params)
        rows = cursor.fetchall()
    return [_shift(row)[0] for row in rows]


def _shift(row: Sequence[Any]) -> tuple[Shift, Practitioner]:
    """The shift with what it refers to, and the practitioner joined (a hold's may no longer be the shift's)."""
    found: list[Any] = []
    at = 0
    for model, _, names in _PLAN:
        values = [_aware(value) for value in row[at : at + len(names)]]
        found.append(read_instance(model, names, values))
        at += len(names)
    shift, site, commune, practice, practitioner = found
    # SQLite keeps booleans as 0 and 1.
    shift.bookable = bool(shift.bookable)
    practitioner.name_is_public = bool(practitioner.name_is_public)
    site.commune = commune
    site.practice = shift.practice = practice
    shift.site = site
    if shift.practitioner_id == practitioner.pk:
        shift.practitioner = practitioner
    return shift, practitioner


def reason_among(practice_id: int, reason_id: int) -> tuple[VisitReason | None, list[tuple[int, list[str]]]]:
    """The active reason asked for (None: not one of this practice), and (minutes, shift kinds) of all active ones."""
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [practice_id])
        rows = cursor.fetchall()
    lengths = [(row[_AT_MINUTES], _kinds(row[_AT_KINDS])) for row in rows]
    return next((_reason(row) for row in rows if row[0] == reason_id), None), lengths


def _kinds(stored: Any) -> list[str]:
    """Without any, a reason is for consultations (`VisitReason.fits_shift_kind`)."""
    kinds: list[str] = _SHIFT_KINDS.from_db_value(stored, None, connection)  # type: ignore[arg-type]
    return kinds or [ShiftKind.CONSULTATION]


def _reason(row: Sequence[Any]) -> VisitReason:
    reason = read_instance(VisitReason, _REASON_NAMES, row)
    reason.shift_kinds = _SHIFT_KINDS.from_db_value(reason.shift_kinds, None, connection)  # type: ignore[arg-type]
    reason.is_active = bool(reason.is_active)
    return reason


def live_hold(token_sha256: str, now: datetime) -> Hold | None:
    """The hold of a token, not expired, with all that confirming it needs."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [token_sha256, _instant(now)])
        row = cursor.fetchone()
    if row is None:
        return None
    a, b = len(_HOLD_NAMES), len(row) - len(_REASON_NAMES)
    hold = read_instance(Hold, _HOLD_NAMES, [_aware(value) for value in row[:a]])
    hold.draft = _DRAFT.from_db_value(hold.draft, None, connection)  # type: ignore[arg-type]
    shift, practitioner = _shift(row[a:b])
    hold.shift, hold.site, hold.practice = shift, shift.site, shift.practice
    hold.practitioner, hold.reason = practitioner, _reason(row[b:])
    return hold


def client_rows(token_sha256: str) -> list[tuple[int, str, int | None]]:
    """(client, name, practice or None) for a partner's key in force."""
    with connection.cursor() as cursor:
        cursor.execute(_CLIENT, [token_sha256])
        return cursor.fetchall()


def is_taken(practitioner_id: int, starts_at: datetime, now: datetime) -> bool:
    """Whether the practitioner's first tick is held by somebody at this instant (one read, no lock)."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [practitioner_id, tick_of(starts_at), _instant(now)])
        return cursor.fetchone() is not None


def busy_rows(
    practitioner_ids: Sequence[int], start: int, end: int
) -> list[tuple[int, int, int | None, int | None]]:
    """(practitioner, tick, hold, appointment) for the ticks of `[start, end)`, every lane."""
    places = ", ".join(["%s"] * len(practitioner_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"{_BUSY}({places})", [start, end, *practitioner_ids])
        return cursor.fetchall()
