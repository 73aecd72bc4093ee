#!/usr/bin/env python3
"""`make check`: everything that can be said of the code without running it. One line per check, details on failure."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

CHECKS: list[tuple[str, list[str]]] = [
    ("format", [str(BIN / "ruff"), "format", "--check", "--output-format", "concise", "."]),
    ("lint", [str(BIN / "ruff"), "check", "--output-format", "concise", "."]),
    # From nothing each time: the cache does not know that types depend on the settings.
    ("types", [str(BIN / "mypy"), "--no-error-summary", "--cache-dir", os.devnull]),
    ("imports", [str(BIN / "lint-imports")]),
    ("gabarits", [str(BIN / "djlint"), "src/releve", "--lint", "--quiet"]),
    ("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("réglages", [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]),
    ("glossaire", [sys.executable, "-m", "pytest", "-q", "tests/architecture/test_glossary.py"]),
    ("fichiers npm", [sys.executable, "scripts/copy_vendor.py", "--check"]),
]


def run_checks() -> list[tuple[str, bool, str, float]]:
    """(name, passed, output, seconds) of each check."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "releve.config.settings", "RELEVE_MODE": "test"}
    env.pop("DATABASE_URL", None)
    env.setdefault("RELEVE_VAR_DIR", str(ROOT / "var" / "check"))
    results = []
    for name, command in CHECKS:
        start = time.monotonic()
        result = subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - start
        passed = result.returncode == 0
        print(f"{'✓' if passed else '✗'} {name} ({seconds:.0f} s)", flush=True)
        if not passed:
            print("\n".join(f"    {line}" for line in result.stdout.strip().splitlines()[-60:]), flush=True)
        results.append((name, passed, result.stdout, seconds))
    return results


if __name__ == "__main__":
    failed = [name for name, passed, _, _ in run_checks() if not passed]
    print(f"\n{len(CHECKS) - len(failed)} contrôles réussis, {len(failed)} en échec.")
    sys.exit(1 if failed else 0)
