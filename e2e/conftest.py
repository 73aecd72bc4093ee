"""Real-browser journeys: the real server (`releve up`: gunicorn and worker) on a fresh database with the demonstration.

    def test_something(page, live_server_url):            # a wide screen
    def test_phone(new_page, live_server_url):
        page = new_page(width=360, height=740, javascript_enabled=False)

`assert_accessible(page)` fails on any serious or critical axe finding.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
START_SECONDS = 240
ANSWER_SECONDS = 15


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])


@pytest.fixture(scope="session")
def server_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the server is started with; a `releve` command run with it meets the same database."""
    return {
        **os.environ,
        "RELEVE_VAR_DIR": str(tmp_path_factory.mktemp("var")),
        "RELEVE_MODE": "demo",
        "DJANGO_SETTINGS_MODULE": "releve.config.settings",
    }


@pytest.fixture(scope="session")
def live_server_url(server_environment: dict[str, str]) -> Iterator[str]:
    """Address of a served demonstration. `RELEVE_E2E_URL` uses one that already runs."""
    given = os.environ.get("RELEVE_E2E_URL")
    if given:
        yield given.rstrip("/")
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    env = {**server_environment, "RELEVE_BASE_URL": url}
    # Compressed files under hashed names, as in real service (page weight is measured).
    subprocess.run([sys.executable, "-m", "releve.cli.main", "static"], env=env, cwd=ROOT, check=True)
    log = Path(env["RELEVE_VAR_DIR"]) / "server.log"
    command = [sys.executable, "-m", "releve.cli.main", "up", "--port", str(port)]
    with log.open("w", encoding="utf-8") as stream:
        server = subprocess.Popen(command, env=env, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                if server.poll() is not None:
                    pytest.fail(f"le serveur s’est arrêté (code {server.returncode}) :\n{_tail(log)}")
                try:
                    with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
                        if answer.status == 200:
                            break
                except (urllib.error.URLError, OSError):
                    pass
                if time.monotonic() > deadline:
                    pytest.fail(f"le serveur ne répond pas après {START_SECONDS} s :\n{_tail(log)}")
                time.sleep(0.2)
            yield url
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("RELEVE_CHROMIUM") or next((p for n in names if (p := shutil.which(n))), None)
    if not path:
        pytest.fail("Aucun Chromium : installez-le, ou donnez son chemin dans RELEVE_CHROMIUM.")
    expect.set_options(timeout=ANSWER_SECONDS * 1000)  # a busy machine answers late, and well
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


@pytest.fixture
def new_context(browser: Browser, live_server_url: str) -> Iterator[Callable[..., BrowserContext]]:
    """Contexts of their own (cookies apart): two people in one test. Options are those of Playwright."""
    opened: list[BrowserContext] = []

    def make(*, width: int = 1280, height: int = 900, **options: Any) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server_url,
            viewport={"width": width, "height": height},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            # Without it a page slides to what it shows: a place read meanwhile is no longer there when it is pressed.
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(ANSWER_SECONDS * 1000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def new_page(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Pages; at the end of the test, a page that raised a script error or broke the content policy fails it."""
    complaints: list[str] = []

    def make(**options: Any) -> Page:
        page = new_context(**options).new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url} : {error}"))
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url} : {message.text}")
                if "Content Security Policy" in message.text
                else None
            ),
        )
        return page

    yield make
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """Runs axe-core in the page; works where the content policy forbids foreign scripts."""
    source = AXE.read_text(encoding="utf-8")

    def check(page: Page) -> None:
        # Evaluated by the debugging protocol, which the page's own policy does not govern.
        page.evaluate(f"() => {{ {source}; return true }}")
        found = page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => `${v.impact} ${v.id} : ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`)"
        )
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check
