"""The palette reaches WCAG AA for every pair the components use, in both themes."""

import pytest

from releve.web.ui import tokens


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("pair", tokens.PAIRS, ids=lambda p: f"{p.front}-on-{p.back}")
def test_contrast(pair, theme):
    palette = tokens.palettes()[theme]
    ratio = tokens.contrast(palette[pair.front], palette[pair.back])
    assert ratio >= pair.minimum, f"{pair.front} sur {pair.back} ({theme}) : {ratio:.2f}"


def test_the_two_dark_blocks_are_the_same():
    palettes = tokens.palettes()
    assert palettes["dark"] == palettes["dark-system"]


def test_both_themes_name_the_same_tokens():
    palettes = tokens.palettes()
    assert palettes["light"].keys() == palettes["dark"].keys()


def test_contrast_of_known_colours():
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
