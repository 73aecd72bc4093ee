"""French words around names and figures: « au Mans », « dans le Doubs », « 3 médecins », « 14 % ». Pure."""

from __future__ import annotations

from typing import Final

from releve.kernel.french import NBSP, number

from .enums import TerritoryKind

# Beginnings said without the breath: « d’Héricourt », « d’Hyères ». Others keep it: « de Haguenau », « de Honfleur ».
_MUTE_H: Final = ("hé", "hy", "hen", "her", "hes", "hir")
_VOWELS: Final = "aàâäeéèêëiîïoôöœuùûüyÿæ"

# How each département is said: article of « dans … » and « de … ». « en »: en Vendée, de Vendée.
_EN: Final = (
    "21",
    "22",
    "2A",
    "2B",
    "70",
    "71",
    "74",
    "76",
    "77",
    "85",
    "93",
    "971",
    "972",
    "973",
    "987",
    "988",
)
_LE: Final = (
    *(
        "14",
        "15",
        "18",
        "25",
        "29",
        "30",
        "32",
        "39",
        "41",
        "45",
        "46",
        "47",
        "49",
        "56",
        "59",
        "62",
        "63",
        "67",
    ),
    *("68", "69", "81", "82", "83", "84", "90", "94", "95"),
)
_LES: Final = (*("04", "05", "06", "08", "13", "40", "64", "65", "66", "78", "79", "88", "92", "984"),)
_ELIDED: Final = (
    "01",
    "02",
    "03",
    "07",
    "09",
    "10",
    "11",
    "12",
    "27",
    "28",
    "31",
    "34",
    "35",
    "36",
    "37",
    "38",
)
_ELIDED_MORE: Final = ("60", "61", "89", "91")
_AT: Final = ("75", "974", "975", "976", "977", "978", "986", "989")


def curly(text: str) -> str:
    """The typographic apostrophe everywhere; straight double quotes around a part of a name go."""
    return text.replace("'", "’").replace('"', "").strip()


def _elides(word: str) -> bool:
    """Whether « de » becomes « d’ » before `word`."""
    low = word.lower()
    if low[:1] in _VOWELS:
        return not low.startswith(("ya", "ye", "yo", "yu", "yi", "oui"))
    return low.startswith(_MUTE_H)


def at_commune(name: str) -> str:
    """`à Nieul-le-Dolent`, `au Mans`, `aux Sables-d’Olonne`, `à La Rochelle`."""
    name = curly(name)
    if name.startswith("Le "):
        return f"au {name[3:]}"
    if name.startswith("Les "):
        return f"aux {name[4:]}"
    return f"à {name}"


def of_commune(name: str) -> str:
    """`de Nieul-le-Dolent`, `du Mans`, `des Sables-d’Olonne`, `d’Angers`, `de L’Épine`."""
    name = curly(name)
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    return f"d’{name}" if _elides(name) else f"de {name}"


def in_departement(code: str, name: str) -> str:
    """`en Vendée`, `dans le Doubs`, `dans l’Ain`, `dans les Landes`, `à Paris`, `dans la Sarthe`."""
    name = curly(name)
    if code in _EN:
        return f"en {name}"
    if code in _AT:
        return f"à {name}"
    return f"dans {_article(code)}{name}"


def of_departement(code: str, name: str) -> str:
    """`de Vendée`, `du Doubs`, `de l’Ain`, `des Landes`, `de Paris`, `de la Sarthe`."""
    name = curly(name)
    if code in _EN or code in _AT:
        return of_commune(name)
    article = _article(code)
    return {"le ": f"du {name}", "les ": f"des {name}"}.get(article, f"de {article}{name}")


def the_departement(code: str, name: str) -> str:
    """`la Vendée`, `le Doubs`, `l’Ain`, `Paris`."""
    name = curly(name)
    if code in _AT:
        return name
    if code in _EN and _elides(name):
        return f"l’{name}"
    return f"{_article(code)}{name}"


def _article(code: str) -> str:
    if code in _LE:
        return "le "
    if code in _LES:
        return "les "
    return "l’" if code in _ELIDED or code in _ELIDED_MORE else "la "


_GROUP_WORDS: Final = ("CC ", "CA ", "CU ", "Communauté", "Métropole", "Eurométropole")


def _epci(name: str) -> str:
    """With its article: `la CC du Pays des Achards`, `l’Eurométropole de Strasbourg`, `Nantes Métropole`."""
    name = curly(name)
    if not name.startswith(_GROUP_WORDS):
        return name
    return f"l’{name}" if name.startswith("Euro") else f"la {name}"


def in_place(kind: str, code: str, name: str) -> str:
    """Where, as in « … vivent 2 571 habitants »."""
    if kind == TerritoryKind.COMMUNE:
        return at_commune(name)
    if kind == TerritoryKind.DEPARTEMENT:
        return in_departement(code, name)
    if kind == TerritoryKind.EPCI:
        with_article = _epci(name)
        return f"dans {with_article}" if with_article[:2] in ("la", "l’") else f"à {with_article}"
    if kind == TerritoryKind.PERIMETER:
        return f"dans le périmètre «{NBSP}{curly(name)}{NBSP}»"
    return "dans ces communes"


def of_place(kind: str, code: str, name: str) -> str:
    """Of what, as in « les habitants … »."""
    if kind == TerritoryKind.COMMUNE:
        return of_commune(name)
    if kind == TerritoryKind.DEPARTEMENT:
        return of_departement(code, name)
    if kind == TerritoryKind.EPCI:
        with_article = _epci(name)
        return f"de {with_article}" if with_article[:2] in ("la", "l’") else of_commune(with_article)
    if kind == TerritoryKind.PERIMETER:
        return f"du périmètre «{NBSP}{curly(name)}{NBSP}»"
    return "de ces communes"


def capital(text: str) -> str:
    """The first letter in capital, the others untouched."""
    return text[:1].upper() + text[1:]


def joined(items: list[str]) -> str:
    """`a, b et c`."""
    return "".join(items) if len(items) < 2 else f"{', '.join(items[:-1])} et {items[-1]}"


def many(value: float, singular: str, plural: str, *, decimals: int = 0) -> str:
    """`aucun médecin`, `1 médecin`, `1,5 médecin`, `3 médecins`: in French, plural begins at two.

    `singular` carries its gender for zero: pass `aucune|visite` for a feminine word.
    """
    none, _, one = singular.rpartition("|")
    shown = round(abs(value), decimals)
    if shown == 0:
        return f"{none or 'aucun'} {one}"
    return f"{number(value, decimals)}{NBSP}{one if shown < 2 else plural}"


def inhabitants(value: float) -> str:
    """`aucun habitant`, `1 habitant`, `2 571 habitants`; from a million on, `1,2 million d’habitants`."""
    if value >= 1_000_000:
        millions = round(value / 1_000_000, 1)
        return f"{number(millions, 1)}{NBSP}{'million' if millions < 2 else 'millions'} d’habitants"
    return many(value, "habitant", "habitants")


def about(value: float) -> float:
    """Rounded as one says it: by tens beyond a hundred, by hundreds beyond two thousand."""
    step = 1 if value < 100 else 10 if value < 2000 else 100
    return round(value / step) * step


def percent(value: float, decimals: int = 0) -> str:
    """`14 %`: `value` is already in percent."""
    return f"{number(value, decimals)}{NBSP}%"


def amount(value: float | int | str | None, unit: str, decimals: int) -> str:
    """A figure with its unit, as shown in a list; an em dash when it is not known."""
    if value is None:
        return "—"
    shown = value if isinstance(value, str) else number(float(value), decimals)
    if not unit:
        return shown
    return f"{shown}{NBSP}{unit}"
