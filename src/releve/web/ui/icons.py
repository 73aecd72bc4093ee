"""Inline SVG icons (bootstrap-icons, copied to static/vendor/bootstrap-icons at set-up)."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from pathlib import Path

logger = logging.getLogger(__name__)
ICON_DIR = Path(__file__).parent / "static" / "vendor" / "bootstrap-icons"
_SHAPE = re.compile(r"<svg[^>]*>(.*)</svg>", re.S)


@lru_cache(maxsize=512)
def inner_svg(name: str) -> str:
    """The shapes of icon `name`, or an empty string (logged) when the file is missing: a page must not fail for it."""
    if not re.fullmatch(r"[a-z0-9-]{1,60}", name):
        raise ValueError(f"icon name {name!r}")
    try:
        match = _SHAPE.search((ICON_DIR / f"{name}.svg").read_text("utf-8"))
    except OSError:
        logger.warning("icon %s is missing (run make setup)", name)
        return ""
    return match.group(1).strip() if match else ""
