"""An identifier printed in an address or a hidden field must come back as it is, whatever its size."""

from django.template import engines


def test_identifiers_and_years_are_not_cut_by_a_thousand_separator():
    template = engines["django"].from_string("{{ pk }} {{ year }}")
    assert template.render({"pk": 1_234_567, "year": 2026}) == "1234567 2026"
