"""From what a person types to a territory: communes, intercommunalities, départements, saved perimeters, lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from releve.contexts.territory import queries as territory
from releve.contexts.territory.models import Departement, Epci
from releve.contexts.territory.rules import is_commune_code, normalise_name
from releve.kernel.errors import NotFound

from .enums import TerritoryKind
from .models import Perimeter

MAX_LIST = 80  # communes of a free list
MAX_CANDIDATES = 5
GROUP_PLACES = 3  # of a list of suggestions, kept for what is not a commune
_normalised = lru_cache(maxsize=4096)(normalise_name)


@dataclass(frozen=True)
class TerritoryHit:
    """A territory as a search result; `code` goes in the address of its diagnosis."""

    kind: TerritoryKind
    code: str
    name: str
    detail: str
    population: int | None = None
    former_name: str = ""

    @property
    def is_commune(self) -> bool:
        return self.kind == TerritoryKind.COMMUNE


@dataclass(frozen=True)
class Unmatched:
    """A line of a list that names no commune, or several: `candidates` are what it may mean."""

    text: str
    candidates: tuple[TerritoryHit, ...] = ()


@dataclass(frozen=True)
class CommuneList:
    """A list of communes as read: codes without repetition, and the lines to correct."""

    codes: tuple[str, ...]
    unmatched: tuple[Unmatched, ...] = ()


def _commune_hits(q: str, limit: int) -> list[TerritoryHit]:
    return [
        TerritoryHit(
            kind=TerritoryKind.COMMUNE,
            code=hit.code,
            name=hit.name,
            detail=" · ".join([*hit.postal_codes[:1], hit.departement_name]),
            population=hit.population,
            former_name=hit.former_name or "",
        )
        for hit in territory.search_communes(q, limit=limit)
    ]


def _rank(wanted: str, name: str) -> int | None:
    """0 the very name, 1 its beginning, 2 the beginning of a word, None elsewhere."""
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in name else None


def _group_hits(q: str) -> list[tuple[int, TerritoryHit]]:
    wanted = normalise_name(q)
    compact = q.replace(" ", "")
    if not wanted and not compact:
        return []
    found: list[tuple[int, TerritoryHit]] = []
    for code, name in Departement.objects.order_by("code").values_list("code", "name"):
        rank = 0 if compact.upper() == code else _rank(wanted, _normalised(name)) if wanted else None
        if rank is not None:
            found.append((rank, TerritoryHit(TerritoryKind.DEPARTEMENT, code, name, f"Département {code}")))
    for siren, name, population in Epci.objects.order_by("siren").values_list("siren", "name", "population"):
        rank = 0 if compact == siren else _rank(wanted, _normalised(name)) if wanted else None
        if rank is not None:
            hit = TerritoryHit(TerritoryKind.EPCI, siren, name, "Intercommunalité", population)
            found.append((rank, hit))
    for slug, name in Perimeter.objects.order_by("slug").values_list("slug", "name"):
        rank = _rank(wanted, _normalised(name)) if wanted else None
        if rank is not None:
            found.append(
                (rank, TerritoryHit(TerritoryKind.PERIMETER, f"p-{slug}", name, "Périmètre enregistré"))
            )
    found.sort(key=lambda item: (item[0], -(item[1].population or 0), item[1].name))
    return found


def search_territories(q: str, *, limit: int = 10) -> list[TerritoryHit]:
    """Territories of that name or code, best first; a few places are kept for what is not a commune.

    Never raises: an empty or meaningless `q` gives [].
    """
    groups = _group_hits(q)
    certain = [hit for rank, hit in groups if rank == 0]
    others = [hit for rank, hit in groups if rank != 0]
    kept = min(len(others), GROUP_PLACES)
    communes = _commune_hits(q, max(limit - len(certain) - kept, 1))
    wanted = normalise_name(q)
    exact = [hit for hit in communes if normalise_name(hit.name) == wanted]
    rest = [hit for hit in communes if hit not in exact]
    return (
        [*certain, *exact, *rest, *others][:limit]
        if not exact
        else [*exact, *certain, *rest, *others][:limit]
    )


def _hit_of_code(code: str) -> TerritoryHit | None:
    """The commune of a code; one that merged leads to the present one."""
    try:
        commune = territory.get_commune(code)
    except NotFound as error:
        replaced_by = error.details.get("replaced_by")
        if not replaced_by:
            return None
        commune = territory.get_commune(str(replaced_by))
    detail = commune.departement.name if commune.departement else ""
    return TerritoryHit(TerritoryKind.COMMUNE, commune.code, commune.name, detail, commune.population)


def read_commune_list(text: str) -> CommuneList:
    """Communes written one per line, or separated by commas or semicolons: codes Insee, names, or both.

    A name of several communes, or of none, is returned with what it may mean; nothing is guessed. « Nieul
    87510 » (name and postal code) is certain where the name alone is not.
    """
    codes: dict[str, None] = {}
    unmatched: list[Unmatched] = []
    for line in [part.strip() for part in re.split(r"[\n\r,;\t+]+", text) if part.strip()][: MAX_LIST + 1]:
        entry = line[:80]
        if is_commune_code(entry.upper()):
            hit = _hit_of_code(entry.upper())
            if hit is None:
                unmatched.append(Unmatched(entry, tuple(_commune_hits(entry, MAX_CANDIDATES))))
            else:
                codes[hit.code] = None
            continue
        candidates = _commune_hits(entry, MAX_CANDIDATES)
        wanted = normalise_name(entry)
        exact = [
            hit for hit in candidates if wanted in {normalise_name(hit.name), normalise_name(hit.former_name)}
        ]
        if len(candidates) == 1 or len(exact) == 1:
            codes[(exact or candidates)[0].code] = None
        else:
            unmatched.append(Unmatched(entry, tuple(candidates)))
    return CommuneList(tuple(codes), tuple(unmatched))
