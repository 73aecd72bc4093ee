"""Money as people read it."""

import pytest

from releve.kernel.money import format_euros, format_thousandths


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (20000, "200\u00a0€"),
        (1250, "12,50\u00a0€"),
        (5, "0,05\u00a0€"),
        (-1250, "−12,50\u00a0€"),
        (123456700, "1\u202f234\u202f567\u00a0€"),
    ],
)
def test_euros(cents, shown):
    assert format_euros(cents) == shown


@pytest.mark.parametrize(
    ("thousandths", "shown"),
    [
        (0, "0\u00a0€"),
        (50, "0,05\u00a0€"),
        (58, "0,058\u00a0€"),
        (1160, "1,16\u00a0€"),
        (1058, "1,058\u00a0€"),
    ],
)
def test_unit_prices(thousandths, shown):
    assert format_thousandths(thousandths) == shown
