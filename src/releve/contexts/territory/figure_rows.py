"""Bulk writing of `CommuneFigures`: some columns of every commune at once, only the rows that differ."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, models

from .models import CommuneFigures

CHUNK = 5000  # rows of one statement


def update_figures(values: dict[str, dict[str, Any]]) -> int:
    """Write these columns for every commune, missing ones emptied; returns the number of rows that changed."""
    names = sorted(values)
    fields: list[Any] = [CommuneFigures._meta.get_field(name) for name in names]
    empty = [f.get_default() if not f.null else None for f in fields]
    present = {
        row[0]: list(row[1:])
        for row in CommuneFigures.objects.order_by().values_list("commune_id", *names).iterator(10_000)
    }
    wanted_codes = set().union(*(found.keys() for found in values.values()))
    fresh = sorted(wanted_codes - present.keys())
    _insert_empty(fresh)
    for code in fresh:
        present[code] = list(empty)
    changed: list[list[Any]] = []
    columns = [values[name] for name in names]
    for code, before in present.items():
        after = [found.get(code) for found in columns]
        after = [e if a is None else a for a, e in zip(after, empty, strict=True)]
        if after != before:
            changed.append([*after, code])
    _execute_updates(fields, changed)
    return len(changed)


def _insert_empty(codes: list[str]) -> None:
    """Rows without any figure yet: only what may not be null. See `_execute_updates` for the hand-written SQL."""
    quote = connection.ops.quote_name
    required: list[Any] = [
        f for f in CommuneFigures._meta.concrete_fields if not f.null and not f.primary_key
    ]
    key: Any = CommuneFigures._meta.pk
    columns = [key.column, *(f.column for f in required)]
    values = [json.dumps(f.get_default()) if _is_json(f) else f.get_default() for f in required]
    names, marks = ", ".join(map(quote, columns)), ", ".join(["%s", *map(_mark, required)])
    table = quote(CommuneFigures._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT unnest(%s::text[]), {marks.partition(', ')[2]}",
                [codes, *values],
            )
        else:
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608
                [[code, *values] for code in codes],
            )


def _is_json(column: Any) -> bool:
    return isinstance(column, models.JSONField)


def _mark(column: Any) -> str:
    return "%s::jsonb" if _is_json(column) and connection.vendor == "postgresql" else "%s"


def _execute_updates(fields: list[Any], rows: list[list[Any]]) -> None:
    """One prepared statement for all rows: the ORM's bulk operations took ten times as long. Names are the model's."""
    if not rows:
        return
    quote = connection.ops.quote_name
    settings = ", ".join(f"{quote(f.column)} = {_mark(f)}" for f in fields)
    for place in (rank for rank, f in enumerate(fields) if _is_json(f)):
        for row in rows:
            row[place] = json.dumps(row[place])
    primary: Any = CommuneFigures._meta.pk
    table, key = quote(CommuneFigures._meta.db_table), quote(primary.column)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for start in range(0, len(rows), CHUNK):
                cursor.execute(*_update_from_arrays(fields, rows[start : start + CHUNK], table, key))
        else:
            cursor.executemany(f"UPDATE {table} SET {settings} WHERE {key} = %s", rows)  # noqa: S608


def _update_from_arrays(
    fields: list[Any], rows: list[list[Any]], table: str, key: str
) -> tuple[str, list[list[Any]]]:
    """One statement for many rows: PostgreSQL plans and answers each statement of `executemany` apart."""
    names = [connection.ops.quote_name(f.column) for f in fields]
    kinds = ["text" if _is_json(f) else f.db_type(connection) for f in fields]
    values = ", ".join(f"%s::{kind}[]" for kind in (*kinds, "text"))
    settings = ", ".join(
        f"{name} = v.{name}{'::jsonb' if _is_json(f) else ''}" for name, f in zip(names, fields, strict=True)
    )
    query = (
        f"UPDATE {table} AS t SET {settings} FROM unnest({values}) AS v({', '.join(names)}, code_) "  # noqa: S608
        f"WHERE t.{key} = v.code_"
    )
    return query, [list(column) for column in zip(*rows, strict=True)]
