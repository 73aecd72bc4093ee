"""The booking with curl shown in README.md works as it is written, against the served demonstration."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- run by e2e/test_readme.py -->"


def _block() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(re.escape(MARK) + r"\s*```sh\n(.*?)```", text, flags=re.DOTALL)
    assert found, f"README.md n’a plus de bloc de commandes après « {MARK} »"
    return found[1]


def test_the_booking_of_the_readme(live_server_url):
    if shutil.which("curl") is None:
        pytest.fail("curl est absent : installez le paquet « curl ».")
    # `-e`: the first command that fails ends the block. The shell is the plainest one.
    done = subprocess.run(
        ["sh", "-eu"],
        input=_block(),
        env={**os.environ, "API": f"{live_server_url}/api/v1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.split()
    assert lines[:2] == ["85161", "cabinet-collaboratif-de-nieul"]
    start, *states, free_again = lines[2:]
    assert states == ["booked", "cancelled"]
    assert free_again == start
