"""Which communes a road joins: the groups between which the road-time model has no meaning. Pure.

Group 0 is the French mainland; Corsica, each overseas territory and each island without a bridge have their
own. A commune reached only by river or by air (Guyane) is alone in its group. Written by hand from the maps of
IGN and the ferry lines; ferries are left out: their hours, not their minutes, decide whether one can consult.
"""

from __future__ import annotations

from typing import Final

MAINLAND: Final = 0

# Communes by island; several communes of an island share its roads.
_ISLANDS: Final[tuple[tuple[str, ...], ...]] = (
    ("85113",),  # L'Île-d'Yeu
    ("56009", "56114", "56152", "56241"),  # Belle-Île
    ("56069",),  # Groix
    ("56085",),  # Hœdic
    ("56086",),  # Houat
    ("56087",),  # Île-aux-Moines
    ("56088",),  # Île-d'Arz
    ("29082",),  # Île-de-Batz
    ("29083",),  # Île-de-Sein
    ("29084",),  # Île-Molène
    ("29155",),  # Ouessant
    ("22016",),  # Bréhat
    ("17004",),  # Île-d'Aix
    ("97110",),  # La Désirade
    ("97108", "97112", "97126"),  # Marie-Galante
    ("97130",),  # Terre-de-Bas
    ("97131",),  # Terre-de-Haut
    ("97608", "97615"),  # Petite-Terre, Mayotte
    # Guyane, without a road to the coast
    ("97314",),  # Ouanary
    ("97352",),  # Saül
    ("97353",),  # Maripasoula
    ("97356",),  # Camopi
    ("97357",),  # Grand-Santi
    ("97358",),  # Saint-Élie
    ("97362",),  # Papaichton
    ("97501",),  # Miquelon-Langlade
    ("97502",),  # Saint-Pierre
)
_TERRITORIES: Final = (
    "2A",
    "971",
    "972",
    "973",
    "974",
    "975",
    "976",
    "977",
    "978",
    "984",
    "986",
    "987",
    "988",
)

_GROUP_OF: Final = {code: 100 + rank for rank, island in enumerate(_ISLANDS) for code in island}


def land_group(commune_code: str) -> int:
    """The number of the road network of a commune: 0 on the mainland, equal numbers are joined by road."""
    own = _GROUP_OF.get(commune_code)
    if own is not None:
        return own
    if commune_code[:2] in ("2A", "2B"):
        return 1
    if commune_code[:2] not in ("97", "98"):
        return MAINLAND
    territory = commune_code[:3]
    if territory in ("986", "987", "988", "989"):
        # Scattered islands, whose roads nobody described: each commune alone.
        return 1000 + int(commune_code)
    return 1 + _TERRITORIES.index(territory) if territory in _TERRITORIES else 1000 + int(commune_code)
