"""The server listens once the database is ready, and not before; whatever happens meanwhile, nothing is left behind."""

import os
import sys
import time
from pathlib import Path

import pytest

from releve.cli import serve
from releve.config.env import READY_PIPE, SettingError

# Stands for gunicorn: it imports, then waits to be told, and leaves a mark once told.
WAITS = """
import sys
from releve.config.serving import on_starting
open(sys.argv[1] + ".imported", "w").close()
on_starting(None)
open(sys.argv[1], "w").close()
"""


def _command(mark):
    return [sys.executable, "-c", WAITS, str(mark)]


@pytest.fixture
def serving_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("RELEVE_MODE", "test")
    monkeypatch.setenv("RELEVE_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "releve.config.settings")


@pytest.mark.usefixtures("serving_environment")
def test_the_server_waits_for_the_database(tmp_path):
    mark = tmp_path / "told"
    seen = []

    def prepare():
        deadline = time.monotonic() + 60
        while not Path(f"{mark}.imported").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)  # a server that does not wait has gone on by then
        seen.append(mark.exists())

    child = serve._start_when_ready(_command(mark), prepare)
    assert child.wait(60) == 0
    assert seen == [False]
    assert mark.exists()


@pytest.mark.usefixtures("serving_environment")
def test_a_database_that_cannot_be_prepared_stops_the_server(tmp_path):
    mark, started = tmp_path / "told", []
    begin = serve._start

    def start(*arguments, **options):
        started.append(begin(*arguments, **options))
        return started[0]

    def refuse():
        raise SettingError("base illisible")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serve, "_start", start)
        with pytest.raises(SettingError, match="base illisible"):
            serve._start_when_ready(_command(mark), refuse)
    assert started[0].poll() is not None
    assert not mark.exists()


def test_a_server_whose_parent_is_gone_ends(monkeypatch):
    from releve.config.serving import on_starting

    there, here = os.pipe()
    os.close(here)
    monkeypatch.setenv(READY_PIPE, str(there))
    with pytest.raises(SystemExit):
        on_starting(None)


def test_without_a_parent_nothing_is_waited_for(monkeypatch):
    from releve.config.serving import on_starting

    monkeypatch.delenv(READY_PIPE, raising=False)
    on_starting(None)
