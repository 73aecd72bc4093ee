"""What a territory code names: a commune, an EPCI, a département, a saved perimeter, or communes one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from releve.contexts.territory.models import Commune, Departement, Epci
from releve.contexts.territory.queries import get_commune, get_departement, get_epci
from releve.contexts.territory.rules import is_commune_code
from releve.kernel.errors import Invalid, NotFound

from .enums import TerritoryKind
from .models import Perimeter
from .report import Place
from .text import curly, of_departement

MAX_COMMUNES: Final = 80
PERIMETER_PREFIX: Final = "p-"
_EPCI: Final = re.compile(r"\d{9}", re.ASCII)
_DEPARTEMENT: Final = re.compile(r"\d{2,3}|2[AB]", re.ASCII)
_SLUG: Final = re.compile(r"[a-z0-9_-]{1,60}", re.ASCII)
_SEPARATORS: Final = re.compile(r"[,+\s]+")


def resolve(code: str) -> Place:
    """The territory of a code.

    `85161` commune or municipal arrondissement; `248500530` EPCI; `85`, `2A`, `971` département; `p-pays-nord`
    saved perimeter; `85161,85029` (comma or plus sign) a list of at most 80 communes.
    Raises NotFound (`unknown-commune`, `former-commune` with details["replaced_by"], `unknown-epci`,
    `unknown-departement`, `unknown-perimeter`, `empty-territory`) or Invalid (`bad-territory`,
    `too-many-communes`).
    """
    code = code.strip()
    if code.lower().startswith(PERIMETER_PREFIX):
        return _perimeter(code.lower())
    parts = [part.upper() for part in _SEPARATORS.split(code) if part]
    if len(parts) > 1:
        return _list(parts)
    single = parts[0] if parts else ""
    if _EPCI.fullmatch(single):
        return _epci(single)
    if is_commune_code(single):
        return _commune(single)
    if _DEPARTEMENT.fullmatch(single):
        return _departement(single)
    raise Invalid(
        f"«\u00a0{_shown(code)}\u00a0» n’est ni un code de commune (85161), ni un SIREN d’intercommunalité (248500530), "
        "ni un département (85), ni une liste de communes (85161,85029).",
        code="bad-territory",
        field="code",
    )


def _shown(code: str) -> str:
    """What was asked, for a message: short, without what a terminal or a page could not show."""
    return "".join(c for c in code[:40] if c.isprintable())


def _context(departement: Departement | None, epci: Epci | None, *, kind: str = "Commune") -> str:
    parts = [f"{kind} {of_departement(departement.code, departement.name)}" if departement else kind]
    if epci is not None:
        parts.append(curly(epci.name))
    return ", ".join(parts)


def _commune(code: str) -> Place:
    row = get_commune(code)
    kind = "Arrondissement municipal" if row.parent_id else "Commune"
    return Place(
        TerritoryKind.COMMUNE,
        row.code,
        curly(row.name),
        (row.code,),
        _context(row.departement, row.epci, kind=kind),
        row.lat,
        row.lon,
    )


_Row = tuple[str, int | None, float | None, float | None]


def _centre(rows: Iterable[_Row]) -> tuple[float | None, float | None]:
    """Mean point weighted by inhabitants (each commune counts at least for one)."""
    placed = [
        (lat, lon, max(people or 0, 1)) for _, people, lat, lon in rows if lat is not None and lon is not None
    ]
    if not placed:
        return None, None
    lat, lon, weight = np.array(placed).T
    return float(np.average(lat, weights=weight)), float(np.average(lon, weights=weight))


def _place(kind: TerritoryKind, code: str, name: str, rows: Sequence[_Row], context: str) -> Place:
    if not rows:
        raise NotFound(f"Aucune commune n’est connue pour «\u00a0{name}\u00a0».", code="empty-territory")
    lat, lon = _centre(rows)
    return Place(kind, code, curly(name), tuple(row[0] for row in rows), context, lat, lon)


_FIELDS: Final = ("code", "population", "lat", "lon")


def _count(rows: Sequence[_Row]) -> str:
    return f"{len(rows)} commune{'s' if len(rows) > 1 else ''}"


def _epci(siren: str) -> Place:
    epci = get_epci(siren)
    communes = (
        Commune.objects.filter(epci_id=siren, is_current=True, kind="COM")
        .order_by("code")
        .values_list(*_FIELDS, "departement_id", "departement__name")
    )
    rows = list(communes)
    seen = {code: name for *_, code, name in rows if code}
    where = f" {of_departement(*next(iter(seen.items())))}" if len(seen) == 1 else ""
    return _place(
        TerritoryKind.EPCI,
        siren,
        epci.name,
        [row[:4] for row in rows],
        f"Intercommunalité{where}, {_count(rows)}",
    )


def _departement(code: str) -> Place:
    departement = get_departement(code)
    rows = list(
        Commune.objects.filter(departement_id=code, is_current=True, kind="COM")
        .order_by("code")
        .values_list(*_FIELDS)
    )
    context = f"Département, région {curly(departement.region.name)}, {_count(rows)}"
    return _place(TerritoryKind.DEPARTEMENT, code, departement.name, rows, context)


def _perimeter(code: str) -> Place:
    slug = code.removeprefix(PERIMETER_PREFIX)
    perimeter = Perimeter.objects.filter(slug=slug).first() if _SLUG.fullmatch(slug) else None
    if perimeter is None:
        raise NotFound(
            f"Aucun périmètre enregistré ne s’appelle «\u00a0{_shown(code)}\u00a0».", code="unknown-perimeter"
        )
    communes = perimeter.communes.filter(is_current=True).order_by("code")
    rows = _without_arrondissements(list(communes.values_list(*_FIELDS, "parent_id")))
    context = f"{perimeter.get_kind_display()}, {_count(rows)}"
    return _place(TerritoryKind.PERIMETER, code, perimeter.name, rows, context)


def _without_arrondissements(
    rows: list[tuple[str, int | None, float | None, float | None, str | None]],
) -> list[_Row]:
    """An arrondissement is left out when its commune is there: never both."""
    present = {row[0] for row in rows}
    return [(code, people, lat, lon) for code, people, lat, lon, parent in rows if parent not in present]


def _list(codes: list[str]) -> Place:
    unique = sorted(set(codes))
    if len(unique) > MAX_COMMUNES:
        raise Invalid(
            f"Une liste compte au plus {MAX_COMMUNES} communes ; celle-ci en a {len(unique)}.",
            code="too-many-communes",
            field="code",
        )
    found = list(
        Commune.objects.filter(pk__in=unique).order_by("code").values_list(*_FIELDS, "parent_id", "name")
    )
    if len(found) < len(unique):
        known = {row[0] for row in found}
        for code in unique:
            if code not in known:
                get_commune(code)  # raises, naming the commune that replaced it when one did
    if len(unique) == 1:
        return _commune(unique[0])
    names = [row[5] for row in found]
    rows = _without_arrondissements([row[:5] for row in found])
    shown = ", ".join(curly(name) for name in names[:3]) + ("…" if len(names) > 3 else "")
    return _place(
        TerritoryKind.LIST,
        ",".join(unique),
        f"{_count(rows)} : {shown}".replace(" :", "\u00a0:"),
        rows,
        "Liste de communes",
    )
