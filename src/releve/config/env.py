"""Typed reading of the environment: `NAME`, or `NAME_FILE` for secrets mounted as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import overload

# Number of an open file on which `releve up` tells the server it started that the database is ready. Not a setting.
READY_PIPE = "RELEVE_READY_PIPE"


class SettingError(Exception):
    """A setting is missing or unusable; the message says which and what to write."""


# Every name read so far: `releve doctor` reports RELEVE_* variables that nothing reads (typing errors).
KNOWN: set[str] = set()


@overload
def read(name: str, default: str) -> str: ...
@overload
def read(name: str, default: None = None) -> str | None: ...
def read(name: str, default: str | None = None) -> str | None:
    KNOWN.add(name)
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        if os.environ.get(name):
            raise SettingError(f"{name} et {name}_FILE sont tous deux définis : n'en garder qu'un.")
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(
                f"{name}_FILE : fichier illisible ({file_name}) : {error.strerror}."
            ) from error
    value = os.environ.get(name)
    return default if value is None or value == "" else value


def read_bool(name: str, default: bool) -> bool:
    value = read(name)
    if value is None:
        return default
    lowered = value.lower()
    if lowered in {"1", "true", "yes", "on", "oui"}:
        return True
    if lowered in {"0", "false", "no", "off", "non"}:
        return False
    raise SettingError(f"{name} : « {value} » n'est ni oui (1, true) ni non (0, false).")


def read_int(name: str, default: int, *, minimum: int | None = None) -> int:
    value = read(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError as error:
        raise SettingError(f"{name} : « {value} » n'est pas un nombre entier.") from error
    if minimum is not None and number < minimum:
        raise SettingError(f"{name} : {number} est inférieur à {minimum}.")
    return number


def read_list(name: str, default: list[str]) -> list[str]:
    value = read(name)
    if value is None:
        return default
    return [item.strip() for item in value.split(",") if item.strip()]
