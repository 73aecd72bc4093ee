"""Costly computations: so many at a time, a few wait, the others are told to come back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from releve.kernel.costly import Turns
from releve.kernel.errors import Unavailable


def _hold(turns: Turns, inside: Event, leave: Event) -> str:
    with turns.turn():
        inside.set()
        leave.wait(10)
    return "done"


def test_one_at_a_time_and_the_next_waits_for_its_turn() -> None:
    turns, inside, leave = Turns(waiting=1, seconds=10), Event(), Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(_hold, turns, inside, leave)
        assert inside.wait(5)
        second_inside = Event()
        second = pool.submit(_hold, turns, second_inside, leave)
        assert not second_inside.wait(0.05)
        leave.set()
        assert (first.result(5), second.result(5)) == ("done", "done")


def test_too_long_at_the_door_is_told_in_french_with_a_delay() -> None:
    turns, inside, leave = Turns(waiting=1, seconds=0.02), Event(), Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_hold, turns, inside, leave)
        assert inside.wait(5)
        with pytest.raises(Unavailable, match="Recommencez dans quelques secondes") as refused, turns.turn():
            raise AssertionError("never here")
        assert (refused.value.code, refused.value.details) == ("busy", {"retry_after": 10})
        leave.set()
        assert first.result(5) == "done"
    with turns.turn():  # the place is free again, and so is the door
        pass


def test_nobody_waits_behind_a_full_door() -> None:
    turns, inside, leave = Turns(waiting=0, seconds=60), Event(), Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_hold, turns, inside, leave)
        assert inside.wait(5)
        with pytest.raises(Unavailable), turns.turn():
            raise AssertionError("never here")
        leave.set()
        first.result(5)


def test_a_failure_gives_the_place_back() -> None:
    turns = Turns(waiting=0)
    with pytest.raises(ZeroDivisionError), turns.turn():
        _ = 1 / 0
    with turns.turn():
        pass
