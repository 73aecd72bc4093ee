#!/usr/bin/env python3
"""Copy the few front-end files that pages use from node_modules into static files.

This list is the only place that says which npm files reach a browser. `--check` says what is missing.
Standard library only: it runs before the environment exists.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "src" / "releve" / "web" / "ui" / "static" / "vendor"

_ATKINSON = "@fontsource/atkinson-hyperlegible/files/atkinson-hyperlegible"
_FRAUNCES = "@fontsource-variable/fraunces/files/fraunces"

# source below node_modules -> folder below static/vendor (patterns allowed, file names are kept)
FILES: list[tuple[str, str]] = [
    ("bootstrap/dist/css/bootstrap.min.css", "bootstrap"),
    ("bootstrap/dist/js/bootstrap.bundle.min.js", "bootstrap"),
    ("htmx.org/dist/htmx.min.js", "htmx"),
    ("@event-calendar/build/dist/event-calendar.min.css", "event-calendar"),
    ("@event-calendar/build/dist/event-calendar.min.js", "event-calendar"),
    ("maplibre-gl/dist/maplibre-gl.css", "maplibre-gl"),
    ("maplibre-gl/dist/maplibre-gl-csp.js", "maplibre-gl"),
    ("maplibre-gl/dist/maplibre-gl-csp-worker.js", "maplibre-gl"),
    ("tom-select/dist/css/tom-select.bootstrap5.min.css", "tom-select"),
    ("tom-select/dist/js/tom-select.base.min.js", "tom-select"),
    *((f"{_ATKINSON}-{subset}-{weight}-{style}.woff2", "fonts")
      for subset in ("latin", "latin-ext") for weight in (400, 700) for style in ("normal", "italic")),
    *((f"{_FRAUNCES}-{subset}-{axis}-normal.woff2", "fonts")
      for subset in ("latin", "latin-ext") for axis in ("wght", "opsz")),
    (f"{_FRAUNCES}-latin-wght-italic.woff2", "fonts"),
    # Inlined by the `icon` template tag, never requested one by one (collectstatic leaves them out).
    ("bootstrap-icons/icons/*.svg", "bootstrap-icons"),
]  # fmt: skip

# Only a development convenience; the hashed-name storage would look for the missing map.
_SOURCE_MAP = re.compile(rb"\n?/[/*][#@] sourceMappingURL=[^\s*]+(\s*\*/)?\s*$")


def expand() -> list[tuple[Path, Path]]:
    """Pairs (source, target); raises FileNotFoundError naming the npm file that is missing."""
    pairs = []
    for pattern, folder in FILES:
        found = sorted(SOURCE.glob(pattern))
        if not found:
            raise FileNotFoundError(f"node_modules/{pattern}")
        pairs += [(path, TARGET / folder / path.name) for path in found]
    return pairs


def copy() -> int:
    pairs = expand()
    fresh = TARGET.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in pairs:
        place = fresh / target.relative_to(TARGET)
        place.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        if source.suffix in {".js", ".css"}:
            content = _SOURCE_MAP.sub(b"\n", content)
        place.write_bytes(content)
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)
    return len(pairs)


def missing() -> list[str]:
    return [str(target.relative_to(ROOT)) for _, target in expand() if not target.exists()]


def main() -> int:
    try:
        if "--check" in sys.argv:
            absent = missing()
            for name in absent:
                print(f"absent : {name}")
            return 1 if absent else 0
        print(f"{copy()} fichiers copiés dans {TARGET.relative_to(ROOT)}")
    except FileNotFoundError as error:
        print(f"Fichier npm absent : {error}. Lancez d’abord « npm ci ».", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
