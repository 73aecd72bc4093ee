"""Charts as SVG: well formed, escaped, described, unknown values said, nothing outside the drawing."""

import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest

from releve.contexts.diagnosis import charts, drawing
from releve.contexts.diagnosis.report import Chart, Series

SVG = "{http://www.w3.org/2000/svg}"


def chart(kind="bars", *, series=None, **fields):
    series = series or (
        Series("Ici <b>", (("2015", 3.1), ("2019", None), ("2023", 2.14))),
        Series("Vendée", (("2015", 3.4), ("2019", 3.2), ("2023", 2.9))),
    )
    values = {"title": "L’accès & la baisse", "unit": "consultations", "decimals": 1, **fields}
    return Chart("essai", values.pop("title"), kind, values.pop("unit"), tuple(series), "apl", **values)


def drawn(text):
    return ElementTree.fromstring(text)


def words(root):
    return [item.text for item in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", ["line", "bars", "stacked"])
@pytest.mark.parametrize("width", [drawing.WIDE, drawing.NARROW, 520])
def test_is_well_formed_described_and_has_no_style(kind, width):
    text = charts.chart_svg(chart(kind, reference=2.5, reference_label="seuil"), width=width, uid="u")
    root = drawn(text)
    assert root.find(f"{SVG}title").text == "L’accès & la baisse"
    assert "2,1" in root.find(f"{SVG}desc").text
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == ("u-t", "u-d")
    assert root.get("role") == "img"
    assert "style=" not in text
    assert "Ici <b>" not in text


@pytest.mark.parametrize("kind", ["line", "bars", "stacked"])
@pytest.mark.parametrize("width", [drawing.WIDE, drawing.NARROW])
def test_marks_stay_in_the_drawing(kind, width):
    root = drawn(charts.chart_svg(chart(kind, reference=9.0, reference_label="repère"), width=width))
    height = float(root.get("height"))
    for rect in root.iter(f"{SVG}rect"):
        x, y = float(rect.get("x")), float(rect.get("y"))
        assert x >= -0.1
        assert y >= -0.1
        assert x + float(rect.get("width")) <= width + 0.1
        assert y + float(rect.get("height")) <= height + 0.1
    for point in " ".join(line.get("points") for line in root.iter(f"{SVG}polyline")).split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= width
        assert 0 <= y <= height


def test_an_unknown_value_is_said_and_breaks_the_line():
    table = charts.chart_table(chart("line"))
    assert table.rows[1] == ("2019", "non connu", "3,2")
    root = drawn(
        charts.chart_svg(
            chart(
                "line", series=[Series("Ici", (("1", 1.0), ("2", 2.0), ("3", None), ("4", 1.0), ("5", 2.0)))]
            )
        )
    )
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    assert "non connu" in words(drawn(charts.chart_svg(chart("bars"))))


@pytest.mark.parametrize("kind", ["line", "bars", "stacked", "other"])
@pytest.mark.parametrize(
    "series",
    [
        [Series("vide", ())],
        [Series("rien", (("a", None),))],
        [Series("zéro", (("a", 0.0), ("b", 0.0)))],
        [Series("nan", (("a", float("nan")), ("b", float("inf"))))],
        [Series("négatif", (("a", -3.0), ("b", 2.0)))],
    ],
)
def test_poor_data_still_draws(kind, series):
    text = charts.chart_svg(chart(kind, series=series))
    drawn(text)
    assert "nan" not in re.sub(r">[^<]*<", "><", text)
    assert "inf" not in re.sub(r">[^<]*<", "><", text)


def test_years_are_at_their_true_distance():
    root = drawn(
        charts.chart_svg(chart("line", series=[Series("Ici", (("2015", 1.0), ("2016", 1.0), ("2020", 1.0)))]))
    )
    points = next(root.iter(f"{SVG}polyline")).get("points").split()
    first, second, third = (float(point.split(",")[0]) for point in points)
    assert third - second == pytest.approx(4 * (second - first), abs=0.5)


def test_a_reference_is_written_once():
    text = " ".join(
        words(drawn(charts.chart_svg(chart("line", reference=2.5, reference_label="Seuil de 2,5"))))
    )
    assert text.count("2,5") == 1
    assert charts.reference_text(2.5, 2) == "2,5"
    assert charts.reference_text(3.0, 0) == "3"
    assert charts.reference_text(30.0, 0) == "30"


@pytest.mark.parametrize(
    ("top", "expected"),
    [(4.05, [0, 1, 2, 3, 4, 5]), (0, [0, 1]), (19, [0, 5, 10, 15, 20]), (0.3, [0, 0.1, 0.2, 0.3])],
)
def test_round_graduations(top, expected):
    assert drawing.nice_ticks(top) == pytest.approx(expected)


def test_labels_are_spread_in_their_order():
    placed = drawing.spread([10, 11, 12, 80], gap=15, low=0, high=100)
    assert placed == sorted(placed)
    assert all(b - a >= 15 - 1e-9 for a, b in itertools.pairwise(placed))
    assert max(drawing.spread([99, 100, 98], gap=15, low=0, high=100)) <= 100


@pytest.mark.parametrize("value", [0.0, 1.7, 2.5, 4.0, 9.0, None])
@pytest.mark.parametrize("width", [drawing.WIDE, drawing.NARROW])
def test_scale_of_access(value, width):
    marks = [("Vendée", 2.9), ("France", 3.3), ("Rien", None)]
    root = drawn(
        charts.scale_svg(value, "Nieul-le-Dolent", marks, reference=2.5, reference_label="seuil", width=width)
    )
    said = " ".join(words(root)).replace("\u00a0", " ")
    assert "seuil : 2,5" in said
    assert "Vendée 2,9" in said.replace("  ", " ")
    assert "Rien" not in said


def test_one_alternative_text_for_a_document():
    text = drawing.with_alternative(charts.chart_svg(chart("line")))
    root = drawn(text)
    assert root.find(f"{SVG}desc") is None
    assert root.find(f"{SVG}title").text.startswith("L’accès & la baisse. Ici <b>")


def test_identifiers_are_plain():
    assert drawing.svg_id("Les Achards (été) !") == "les-achards-ete"
    assert drawing.svg_id("…") == "graphique"
