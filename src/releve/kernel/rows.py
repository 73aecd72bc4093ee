"""Insertion and reading of model instances with statements written once per model.

`Model.save()` and `bulk_create()` compile their SQL at every call; on the booking path, where one request writes six
tables, that took longer than the database (benchmarks/README.md). Field conversions are Django's own; signals are not
sent (the house has none). Errors are Django's: `IntegrityError` as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


@cache
def _plan(model: type[models.Model], vendor: str) -> tuple[str, str, str, tuple[Any, ...]]:
    """(beginning, one row of placeholders, ending, fields) of the INSERT of `model` on a vendor's database."""
    fields = tuple(f for f in model._meta.concrete_fields if not f.primary_key)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in fields if f.column)
    begin = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608
    row = f"({', '.join(['%s'] * len(fields))})"
    pk = model._meta.pk
    end = f" RETURNING {quote(pk.column if pk is not None and pk.column else 'id')}"
    return begin, row, end, fields


@cache
def _select(model: type[models.Model], vendor: str) -> tuple[str, list[str], list[tuple[int, Any, Any]]]:
    """(SELECT of every column, attribute names, positions to convert) of `model` on a vendor's database."""
    fields = list(model._meta.concrete_fields)
    quote = connection.ops.quote_name
    sql = (
        f"SELECT {', '.join(quote(f.column) for f in fields if f.column)} FROM {quote(model._meta.db_table)} "  # noqa: S608
    )
    columns = [field.get_col(model._meta.db_table) for field in fields]
    converters = [
        (at, column, convert)
        for at, column in enumerate(columns)
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    ]
    return sql, [f.attname for f in fields], converters


def select_rows(model: type[M], where: str, params: Sequence[Any]) -> list[M]:
    """Whole instances of `model` that satisfy `where` (constant SQL of the caller, values in `params`)."""
    sql, names, converters = _select(model, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql + where, params)
        found = [list(row) for row in cursor.fetchall()]
    for row in found:
        for at, column, convert in converters:
            row[at] = convert(row[at], column, connection)
    return [model.from_db(connection.alias, names, row) for row in found]


def insert_rows(instances: Sequence[models.Model], *, same: Sequence[str] = ()) -> None:
    """Insert instances of one model, whose key the database gives, in one statement; their keys are set.

    `same`: columns of a unique constraint. A row that has them already is kept as it is, and its key is given instead.
    """
    if not instances:
        return
    begin, row, end, fields = _plan(type(instances[0]), connection.vendor)
    if same:
        # "Update" to the same value: a conflict that does nothing would return no key.
        end = f" ON CONFLICT ({', '.join(same)}) DO UPDATE SET {same[0]} = EXCLUDED.{same[0]}{end}"
    params = [
        field.get_db_prep_save(field.pre_save(instance, True), connection)
        for instance in instances
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(begin + ", ".join([row] * len(instances)) + end, params)
        keys = cursor.fetchall()
    for instance, (key,) in zip(instances, keys, strict=True):
        instance.pk = key
        instance._state.adding = False
        instance._state.db = connection.alias


def insert_row(instance: models.Model, *, same: Sequence[str] = ()) -> None:
    """Insert one instance; its key is set."""
    insert_rows([instance], same=same)
