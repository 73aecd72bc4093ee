"""French dates, hours, distances, money, phones."""

from datetime import UTC, date, datetime, time

import pytest

from releve.web.ui import typography as t

NB = "\u00a0"


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("long", f"mardi 3{NB}mars"),
        ("full", f"mardi 3{NB}mars 2026"),
        ("short", f"mar.{NB}3{NB}mars"),
        ("numeric", "03/03/2026"),
        ("day", f"3{NB}mars 2026"),
        ("month", "mars 2026"),
        ("weekday", "mardi"),
    ],
)
def test_date_styles(style, expected):
    assert t.french_date(date(2026, 3, 3), style) == expected


def test_first_of_the_month():
    assert t.french_date(date(2026, 11, 1)) == f"dimanche 1er{NB}novembre"


def test_unknown_style_is_a_programming_error():
    with pytest.raises(ValueError, match="unknown date style"):
        t.french_date(date(2026, 3, 3), "american")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(time(14, 30), f"14{NB}h{NB}30"), (time(9), f"9{NB}h"), (time(0, 5), f"0{NB}h{NB}05")],
)
def test_hours(value, expected):
    assert t.french_time(value) == expected


def test_an_instant_is_shown_at_the_clock_of_the_place():
    instant = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert t.french_time(instant, "Indian/Reunion") == f"2{NB}h{NB}30"
    assert t.french_date(instant, "long", "Indian/Reunion") == f"jeudi 2{NB}juillet"
    assert t.french_date(instant, "long", "Europe/Paris") == f"jeudi 2{NB}juillet"
    assert t.french_date(instant, "long", "America/Martinique") == f"mercredi 1er{NB}juillet"


@pytest.mark.parametrize(
    ("day", "expected"),
    [(3, "aujourd’hui"), (4, "demain"), (5, f"jeudi 5{NB}mars"), (2, f"lundi 2{NB}mars")],
)
def test_relative_day(day, expected):
    assert t.relative_day(date(2026, 3, day), date(2026, 3, 3)) == expected


@pytest.mark.parametrize(
    ("km", "expected"),
    [(0, "sur place"), (0.8, f"800{NB}m"), (4.5, f"4,5{NB}km"), (4.02, f"4{NB}km"), (9.97, f"10{NB}km"),
     (12.4, f"12{NB}km"), (1234, f"1{NB}234{NB}km")],
)  # fmt: skip
def test_distances(km, expected):
    assert t.distance(km) == expected


@pytest.mark.parametrize(("cents", "expected"), [(20000, f"200{NB}€"), (2650, f"26,50{NB}€"), (0, f"0{NB}€")])
def test_euros(cents, expected):
    assert t.euros(cents) == expected


@pytest.mark.parametrize("written", ["0251000000", "+33251000000", "0033 2 51 00 00 00", "02.51.00.00.00"])
def test_phones(written):
    assert t.phone(written) == f"02{NB}51{NB}00{NB}00{NB}00"


def test_a_foreign_number_is_left_alone():
    assert t.phone("+44 20 7946 0000") == "+44 20 7946 0000"


def test_overseas_number():
    assert t.phone("+262262900000") == f"02{NB}62{NB}90{NB}00{NB}00"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Ouvert : oui !", f"Ouvert{NB}: oui{NB}!"),
        ("« Place de l’Église » à 100 m", f"«{NB}Place de l’Église{NB}» à 100{NB}m"),
        ("de 8 h 30 à 12 h", f"de 8{NB}h{NB}30 à 12{NB}h"),
        ("200 €", f"200{NB}€"),
        ("https://exemple.fr:8000", "https://exemple.fr:8000"),
    ],
)
def test_no_break(written, expected):
    assert t.no_break(written) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nieul-le-Dolent", "de Nieul-le-Dolent"),
        ("Aubigny", "d’Aubigny"),
        ("Héricourt", "d’Héricourt"),
        ("Le Mans", "du Mans"),
        ("Les Achards", "des Achards"),
        ("La Roche-sur-Yon", "de La Roche-sur-Yon"),
    ],
)
def test_of_place(name, expected):
    assert t.of_place(name) == expected


def test_joined():
    assert t.joined(["a"]) == "a"
    assert t.joined(["a", "b", "c"]) == "a, b et c"
    assert t.joined([]) == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cabinet de Nieul", "au Cabinet de Nieul"),
        ("Maison de santé", "à la Maison de santé"),
        ("Hôpital local", "à l’Hôpital local"),
        ("Consultations solidaires", "aux Consultations solidaires"),
        ("Le Mans", "au Mans"),
        ("Les Achards", "aux Achards"),
        ("Lassay", "à Lassay"),
    ],
)
def test_at_place(name, expected):
    assert t.at_place(name) == expected
