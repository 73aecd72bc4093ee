"""docs/glossary.md names every model and every enumeration, and nothing that is gone."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

from django.apps import apps
from django.db import models

import releve.contexts
from tests.architecture.source import ROOT


def _rows() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and re.fullmatch(r"[A-Z][A-Za-z]+", cells[0]):
            found[cells[0]] = cells
    return found


def _code_names() -> set[str]:
    names = {
        model.__name__
        for config in apps.get_app_configs()
        if config.name.startswith("releve.")
        for model in config.get_models()
    }
    for context in pkgutil.iter_modules(releve.contexts.__path__):
        try:
            module = importlib.import_module(f"releve.contexts.{context.name}.enums")
        except ModuleNotFoundError:
            continue
        names |= {
            name
            for name, value in vars(module).items()
            if inspect.isclass(value)
            and issubclass(value, models.Choices)
            and value.__module__ == module.__name__
        }
    return names


def test_every_name_of_the_code_is_in_the_glossary():
    missing = sorted(_code_names() - set(_rows()))
    assert not missing, f"à ajouter à docs/glossary.md : {missing}"


def test_the_glossary_names_nothing_that_is_gone():
    gone = sorted(set(_rows()) - _code_names() - {"English"})
    assert not gone, gone


def test_every_row_has_its_french_word():
    assert [name for name, cells in _rows().items() if not cells[1]] == []
