"""Writers of one SQLite database take turns, between threads and between processes, and a dead one gives its turn back."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from releve.kernel.sqlite3.base import _Turn

HOLDER = """
import sys, time
from releve.kernel.sqlite3.base import _Turn
assert _Turn(sys.argv[1]).take(5)
print("taken", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "base.sqlite3-turn")


def test_threads_of_a_process_take_turns(path):
    turn = _Turn(path)
    assert turn.take(1)
    refused = []
    thread = threading.Thread(target=lambda: refused.append(turn.take(0.05)))
    thread.start()
    thread.join()
    assert refused == [False]
    turn.give()
    assert turn.take(1)
    turn.give()


def test_processes_take_turns_and_a_killed_one_gives_its_own_back(path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        turn = _Turn(path)
        assert not turn.take(0.05)
        holder.kill()
        holder.wait()
        assert turn.take(5)
        turn.give()
    finally:
        holder.kill()
        holder.wait()


def test_a_forked_process_does_not_share_its_parent_s_turn(path):
    turn = _Turn(path)
    assert turn.take(1)
    turn.give()
    held = turn._file
    turn.forget()
    assert held is not None
    assert turn._file is None
    assert turn.take(1)
    turn.give()


def test_without_a_place_for_the_file_sqlite_s_own_lock_is_enough(tmp_path):
    turn = _Turn(str(tmp_path / "missing" / "turn"))
    assert turn.take(1)
    turn.give()
