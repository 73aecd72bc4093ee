"""House rules that a machine keeps (docs/architecture.md). Each failure names the file, the line and the rule."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .source import CONTEXT_LAYERS, DELIVERY, PACKAGE, ROOT, imports, module_of, name_of, python_files, tree

MAX_LINES = 600
# False friends: the English word to use instead.
BANNED = {
    "vacation": "shift",
    "planning": "roster",
    "agenda": "schedule",
    "cabinet": "practice",
    "convention": "agreement",
    "acte": "billed_act",
}
# Called by Django itself, which gives no `now`.
CALLED_BY_DJANGO = {"integrations/mail/backend.py"}
# Services whose effect carries neither an author nor an instant.
WITHOUT_NOW = {"release_shift_holds"}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared"}


def test_import_contracts_are_kept():
    """Layers and context order: contracts in pyproject.toml, checked by import-linter."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]


def test_delivery_never_imports_a_model():
    """Web, api and cli speak services, queries and access."""
    found = []
    for path in python_files(*DELIVERY):
        for name, line in imports(path):
            inside = re.match(r"releve\.(contexts\.\w+|kernel)\.models\b", name)
            if inside or name in {"django.db.models", "django.apps.apps"}:
                found.append(f"{name_of(path)}:{line} importe {name}")
    assert not found, "\n".join(found)


def test_delivery_never_queries():
    """`.objects` and raw SQL belong to queries and services."""
    found = []
    for path in python_files(*DELIVERY):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}:
                found.append(f"{name_of(path)}:{node.lineno} {ast.unparse(node)}")
        found += [
            f"{name_of(path)}:{line} importe {name}"
            for name, line in imports(path)
            if name in {"django.db.connection", "django.db.transaction"}
        ]
    assert not found, "\n".join(found)


def _layer(module: str) -> tuple[str, str] | None:
    """(context, layer) of a dotted module, None when it is not one of the named layers."""
    match = re.match(r"releve\.contexts\.(\w+)\.(\w+)", module)
    if match is None or match[2] not in CONTEXT_LAYERS:
        return None
    return match[1], match[2]


def test_inside_a_context_layers_point_down():
    found = []
    for path in python_files("contexts"):
        here = _layer(module_of(path))
        if here is None:
            continue
        for name, line in imports(path):
            there = _layer(name)
            if there is None or there[0] != here[0]:
                continue
            if CONTEXT_LAYERS.index(there[1]) < CONTEXT_LAYERS.index(here[1]):
                found.append(f"{name_of(path)}:{line} ({here[1]}) importe {there[1]}, plus haut")
    assert not found, "\n".join(sorted(set(found)))


def test_rules_are_pure():
    """`rules` decide without a query: they may read enums and value types, not models or the database."""
    found = []
    for path in python_files("contexts"):
        here = _layer(module_of(path))
        if here is None or here[1] != "rules":
            continue
        for name, line in imports(path):
            if re.search(r"\.(models|queries|services)$", name) or name.startswith("django.db"):
                found.append(f"{name_of(path)}:{line} importe {name}")
    assert not found, "\n".join(found)


def test_time_is_an_argument_below_delivery():
    """`now` comes in; only delivery, tasks and the loops of workflows ask what time it is."""
    found = []
    for path in python_files("contexts", "engines", "integrations", "kernel"):
        place = path.relative_to(PACKAGE).as_posix()
        if path.name == "tasks.py" or place == "kernel/clock.py" or place in CALLED_BY_DJANGO:
            continue
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if re.search(
                r"\b(timezone|datetime|clock)\.(now|utcnow|localdate|localtime)$", called
            ) or re.search(r"\bdate\.today$|\bdatetime\.today$", called):
                found.append(f"{name_of(path)}:{node.lineno} {called}()")
    assert not found, "\n".join(found)


def test_no_signals_between_our_contexts():
    found = [
        f"{name_of(path)}:{line} importe {name}"
        for path in python_files("contexts")
        for name, line in imports(path)
        if name.startswith(("django.dispatch", "django.db.models.signals"))
    ]
    assert not found, "\n".join(found)


def _source_texts() -> list[Path]:
    places = [PACKAGE, ROOT / "tests", ROOT / "e2e", ROOT / "benchmarks", ROOT / "scripts"]
    ours = {".py", ".html", ".css", ".js", ".txt"}
    return [
        path
        for place in places
        for path in place.rglob("*")
        if path.suffix in ours and "vendor" not in path.parts and "migrations" not in path.parts
    ]


def test_no_file_over_600_lines():
    long = {
        name_of(path): lines
        for path in _source_texts()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert not long, long


def test_no_drawers():
    found = [name_of(path) for path in python_files() if path.stem in DRAWERS or path.parent.name in DRAWERS]
    assert not found, found


def _identifiers(path: Path) -> list[tuple[str, int]]:
    names = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Name):
            names.append((node.id, node.lineno))
        elif isinstance(node, ast.Attribute):
            names.append((node.attr, node.lineno))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append((node.name, node.lineno))
        elif isinstance(node, ast.arg):
            names.append((node.arg, node.lineno))
        elif isinstance(node, ast.keyword) and node.arg:
            names.append((node.arg, node.value.lineno))
    return names


def test_no_false_friends_in_identifiers():
    found = []
    for path in python_files():
        for name, line in _identifiers(path):
            words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
            for word in words:
                singular = word.lower().removesuffix("s")
                if singular in BANNED:
                    found.append(f"{name_of(path)}:{line} « {name} » : écrire {BANNED[singular]}")
    assert not found, "\n".join(found)


def test_no_manager_or_helper_classes():
    allowed = {"UserManager"}  # required by Django's authentication
    found = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and node.name.endswith(("Manager", "Helper", "Util", "Utils"))
        and node.name not in allowed
    ]
    assert not found, "\n".join(found)


CONTEXTS = sorted(p.name for p in (PACKAGE / "contexts").iterdir() if p.is_dir() and p.name[0] != "_")


@pytest.mark.parametrize("context", CONTEXTS)
def test_services_take_who_and_when(context):
    """Public atomic functions of `services` are keyword-only and are told the instant."""
    found = []
    for path in python_files(f"contexts/{context}"):
        here = _layer(module_of(path))
        if here is None or here[1] != "services":
            continue
        for node in tree(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if not any("atomic" in ast.unparse(decorator) for decorator in node.decorator_list):
                continue
            keywords = {argument.arg for argument in node.args.kwonlyargs}
            if node.args.args or ("now" not in keywords and node.name not in WITHOUT_NOW):
                found.append(f"{name_of(path)}:{node.lineno} {node.name}({ast.unparse(node.args)})")
    assert not found, "\n".join(found)


def test_nothing_from_outside_at_run_time():
    """Pages load our own files only: no CDN, no font service."""
    pattern = re.compile(
        r"""(?:src|href)=["'](https?:)?//(?!www\.openstreetmap|[^"']*\{)[^"']+\.(?:js|css|woff2?)"""
    )
    found = []
    for path in PACKAGE.rglob("*.html"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name_of(path)}:{number}")
    assert not found, "\n".join(found)


def test_no_inline_scripts_or_handlers():
    """The content security policy refuses them; a page with one would be broken in silence."""
    found = []
    for path in PACKAGE.rglob("*.html"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            script = re.search(r"<script(?![^>]*\b(src=|type=[\"']application/(json|ld\+json)))", line)
            if script or re.search(r"\son(click|change|submit|input|load)=", line):
                found.append(f"{name_of(path)}:{number} {line.strip()[:80]}")
    assert not found, "\n".join(found)
