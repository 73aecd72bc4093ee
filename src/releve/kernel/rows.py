"""Insertion and reading of model instances with statements written once per model.

`Model.save()` and `bulk_create()` compile their SQL at every call; on the booking path, where one request writes six
tables, that took longer than the database (benchmarks/README.md). Field conversions are Django's own; signals are not
sent (the house has none). Errors are Django's: `IntegrityError` as usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)


_PLAIN = frozenset({str, int, bool, type(None)})


@cache
def _plan(
    model: type[models.Model], vendor: str
) -> tuple[str, str, str, tuple[tuple[Any, str, bool, bool], ...]]:
    """(beginning, one row of placeholders, ending, columns) of the INSERT of `model` on a vendor's database.

    A column: field, attribute, whether the field fills the value itself, whether a plain value goes to the driver as is.
    """
    fields = tuple(f for f in model._meta.concrete_fields if not f.primary_key)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in fields if f.column)
    begin = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608
    row = f"({', '.join(['%s'] * len(fields))})"
    pk = model._meta.pk
    end = f" RETURNING {quote(pk.column if pk is not None and pk.column else 'id')}"
    return begin, row, end, tuple((f, f.attname, _fills_itself(f), _takes_plain(f)) for f in fields)


def _fills_itself(field: models.Field[Any, Any]) -> bool:
    if isinstance(field, models.DateField | models.TimeField):
        return field.auto_now or field.auto_now_add
    return type(field).pre_save is not models.Field.pre_save


def _takes_plain(field: models.Field[Any, Any]) -> bool:
    """Whether Django's conversion of a text, a whole number, a boolean or nothing is the value itself."""
    return isinstance(
        field,
        models.CharField | models.TextField | models.IntegerField | models.BooleanField | models.ForeignKey,
    )


def _param(field: Any, value: Any, takes_plain: bool, database: Any) -> Any:
    """`value` as the driver wants it: Django's conversion, without its detours for what needs none."""
    kind = type(value)
    if takes_plain and kind in _PLAIN:
        return value
    if kind is datetime and value.tzinfo is UTC and isinstance(field, models.DateTimeField):
        return str(value.replace(tzinfo=None)) if database.vendor == "sqlite" else value
    return field.get_db_prep_save(value, database)


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


def read_instance(model: type[M], names: Sequence[str], values: Iterable[Any]) -> M:
    """What `Model.from_db` gives, in a fifth of the time: the attributes `names`, the others read when asked for."""
    instance = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    instance.__dict__["_state"] = state
    instance.__dict__.update(zip(names, values, strict=True))
    return instance


def insert_rows(instances: Sequence[models.Model], *, same: Sequence[str] = ()) -> None:
    """Insert instances of one model, whose key the database gives, in one statement; their keys are set.

    `same`: columns of a unique constraint. A row that has them already is kept as it is, and its key is given instead.
    """
    if not instances:
        return
    database = connections[DEFAULT_DB_ALIAS]
    begin, row, end, columns = _plan(type(instances[0]), database.vendor)
    if same:
        # "Update" to the same value: a conflict that does nothing would return no key.
        end = f" ON CONFLICT ({', '.join(same)}) DO UPDATE SET {same[0]} = EXCLUDED.{same[0]}{end}"
    params = [
        _param(
            field, field.pre_save(instance, True) if fills else getattr(instance, name), takes_plain, database
        )
        for instance in instances
        for field, name, fills, takes_plain in columns
    ]
    with database.cursor() as cursor:
        cursor.execute(begin + ", ".join([row] * len(instances)) + end, params)
        keys = cursor.fetchall()
    for instance, (key,) in zip(instances, keys, strict=True):
        instance.pk = key
        instance._state.adding = False
        instance._state.db = DEFAULT_DB_ALIAS


def insert_row(instance: models.Model, *, same: Sequence[str] = ()) -> None:
    """Insert one instance; its key is set."""
    insert_rows([instance], same=same)
