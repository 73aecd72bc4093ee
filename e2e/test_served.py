"""What is served is what was promised: health, headers, hashed files, no stranger."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request


def _get(url: str):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, dict(answer.headers), answer.read()


def test_healthz_with_a_living_worker(live_server_url):
    deadline = time.monotonic() + 30
    while True:
        status, _, body = _get(f"{live_server_url}/healthz")
        state = json.loads(body)
        if state["worker"] == "ok" or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert status == 200
    assert state == {"status": "ok", "database": "ok", "worker": "ok"}


def test_home_loads_nothing_from_elsewhere(new_page, live_server_url, assert_accessible):
    page = new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto("/", wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    foreign = [url for url in asked if not url.startswith((live_server_url, "data:", "blob:"))]
    assert foreign == []
    assert_accessible(page)


def test_files_are_named_by_content_and_kept(live_server_url):
    _, _, body = _get(f"{live_server_url}/")
    page = body.decode()
    styles = [part.split('"')[0] for part in page.split('href="')[1:] if ".css" in part.split('"')[0]]
    assert styles
    for style in styles:
        _, headers, _ = _get(live_server_url + style)
        assert "immutable" in headers["Cache-Control"], style


def test_doctor_finds_nothing_wrong_in_the_demonstration(live_server_url, server_environment):
    """With the server of this very run: its worker beats, its appointments keep their time."""
    command = [sys.executable, "-m", "releve.cli.main", "doctor", "--json"]
    done = subprocess.run(command, env=server_environment, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert done.returncode == 0, [item for item in report if item["level"] == "error"]
    assert {item["code"] for item in report} >= {"occupation", "territory", "shift-guards", "worker"}
