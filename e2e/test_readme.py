"""The booking with curl shown in README.md works as it is written, against the served demonstration."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- run by e2e/test_readme.py -->"

# A machine without curl still runs the block: the few options it uses, and nothing more.
CURL = """#!{python}
import sys, urllib.error, urllib.request
method, body, headers, url, words = None, None, {{}}, "", iter(sys.argv[1:])
for word in words:
    if word == "-sS": continue
    elif word == "-X": method = next(words)
    elif word == "-d": body = next(words).encode()
    elif word == "-H": headers.update([next(words).split(": ", 1)])
    elif word.startswith("-"): sys.exit(f"curl: option inconnue : {{word}}")
    else: url = word
try:
    answer = urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=20)
except urllib.error.HTTPError as error:
    answer = error
sys.stdout.buffer.write(answer.read())
"""


def _block() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(re.escape(MARK) + r"\s*```sh\n(.*?)```", text, flags=re.DOTALL)
    assert found, f"README.md n’a plus de bloc de commandes après « {MARK} »"
    return found[1]


def _path_with_curl(folder: Path) -> str:
    # The interpreter of the suite first: `python3` is then there too.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    if shutil.which("curl", path=path):
        return path
    stand_in = folder / "curl"
    stand_in.write_text(CURL.format(python=sys.executable), encoding="utf-8")
    stand_in.chmod(0o755)
    return os.pathsep.join([str(folder), path])


def test_the_booking_of_the_readme(live_server_url, tmp_path):
    # `-e`: the first command that fails ends the block. The shell is the plainest one.
    done = subprocess.run(
        ["sh", "-eu"],
        input=_block(),
        env={**os.environ, "PATH": _path_with_curl(tmp_path), "API": f"{live_server_url}/api/v1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.split()
    assert lines[:2] == ["85161", "cabinet-collaboratif-de-nieul"]
    start, *states, free_again = lines[2:]
    assert states == ["booked", "cancelled"]
    assert free_again == start
