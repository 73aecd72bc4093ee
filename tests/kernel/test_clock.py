"""Local hours to instants, and the nights of the clock change."""

from datetime import UTC, date, datetime, time

import pytest

from releve.kernel import clock
from releve.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("day", "wall", "zone", "instant"),
    [
        (date(2026, 1, 15), time(14, 30), "Europe/Paris", datetime(2026, 1, 15, 13, 30, tzinfo=UTC)),
        (date(2026, 7, 15), time(14, 30), "Europe/Paris", datetime(2026, 7, 15, 12, 30, tzinfo=UTC)),
        (date(2026, 7, 15), time(14, 30), "Indian/Reunion", datetime(2026, 7, 15, 10, 30, tzinfo=UTC)),
        (date(2026, 7, 15), time(14, 30), "America/Cayenne", datetime(2026, 7, 15, 17, 30, tzinfo=UTC)),
        (date(2026, 3, 29), time(3, 0), "Europe/Paris", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_hours_are_local_to_the_site(day, wall, zone, instant):
    assert clock.local_instant(day, wall, zone) == instant


def test_an_hour_that_the_spring_night_skips_is_refused():
    with pytest.raises(Invalid) as refusal:
        clock.local_instant(date(2026, 3, 29), time(2, 30), "Europe/Paris")
    assert refusal.value.code == "impossible-time"
    assert "29/03/2026" in refusal.value.message


def test_an_hour_that_the_autumn_night_repeats_is_refused():
    with pytest.raises(Invalid) as refusal:
        clock.local_instant(date(2026, 10, 25), time(2, 30), "Europe/Paris")
    assert refusal.value.code == "ambiguous-time"


def test_the_same_instant_is_another_day_elsewhere():
    instant = datetime(2026, 3, 3, 22, 30, tzinfo=UTC)
    assert clock.local_day(instant, "Europe/Paris") == date(2026, 3, 3)
    assert clock.local_day(instant, "Indian/Reunion") == date(2026, 3, 4)


def test_now_is_aware():
    assert clock.now().tzinfo is UTC
