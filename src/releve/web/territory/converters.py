"""The code of a territory in an address: a commune, an EPCI, a département, a perimeter, a list of communes."""

from __future__ import annotations

from django.urls import register_converter


class TerritoryCode:
    """Any text that may be a code; whether it names something is for `contexts.diagnosis.territories` to say."""

    regex = "[0-9ABab,+a-z-]{2,400}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TerritoryCode, "territory_code")
