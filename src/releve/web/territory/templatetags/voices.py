"""Small words of the pages about a place: `{% load voices %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from releve.kernel.french import NBSP, number

register = template.Library()


@register.filter
def share_of(count: int, total: int) -> str:
    """`3` of `12` → 25 %."""
    return f"{number(100 * count / total)}{NBSP}%" if total else ""


@register.filter
def of_key(values: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key, None without it."""
    return values.get(key)
