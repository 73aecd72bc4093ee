"""The communes of France as rows: the filters, the order and the columns of the table and of its CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django import forms
from numpy.typing import NDArray

from releve.contexts.territory import queries as territory
from releve.contexts.territory.national import National
from releve.contexts.territory.rules import normalise_name

from . import layers
from .layers import LAYERS, ZONE_WORDS, ZONES, Facts, Shown

# Columns with a layer of the same key, in the order of the table.
LAYER_COLUMNS = (
    "population", "densite", "apl", "evolution", "evolution-recente", "zonage", "trajet", "zones-rouges",
    "un-jour-de-plus",
)  # fmt: skip
TEXT_COLUMNS = {"nom": "Commune", "departement": "Département", "epci": "Intercommunalité"}
SORTS = (*TEXT_COLUMNS, *LAYER_COLUMNS)
DEFAULT_SORT = "-population"
PER_PAGE = 50


class FilterForm(forms.Form):
    """Every filter is optional. `tri`: a column, with a minus sign for the largest first."""

    q = forms.CharField(label="Nom de la commune", required=False, max_length=80)
    departement = forms.ChoiceField(label="Département", required=False)
    epci = forms.ChoiceField(label="Intercommunalité", required=False)
    zonage = forms.ChoiceField(
        label="Zonage médecins",
        required=False,
        choices=[("", "tous"), *((zone, ZONE_WORDS[zone]) for zone in ZONES), ("inconnu", "inconnu")],
    )
    population_min = forms.IntegerField(
        label="Habitants, au moins", required=False, min_value=0, max_value=10_000_000
    )
    seuil = forms.DecimalField(
        label="APL inférieure à", required=False, min_value=0, max_value=100, max_digits=6, decimal_places=3,
        localize=True,
    )  # fmt: skip
    tri = forms.ChoiceField(
        label="Classer par", required=False, choices=[(sign + key, "") for key in SORTS for sign in ("", "-")]
    )
    couche = forms.ChoiceField(required=False, choices=[(key, "") for key in LAYERS])
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)

    def __init__(self, data: Any, *, departements: dict[str, str], epcis: dict[str, str]) -> None:
        super().__init__(data)
        self._choose("departement", "tous", [(code, f"{code} {name}") for code, name in departements.items()])
        self._choose("epci", "toutes", list(epcis.items()))

    def _choose(self, name: str, everything: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *choices]
        field.error_messages["invalid_choice"] = "« %(value)s » n’est pas dans la liste."


for _name, _text in (
    ("tri", "La table ne se classe pas par « %(value)s »."),
    ("couche", "Cette carte n’existe pas : « %(value)s »."),
    ("zonage", "« %(value)s » n’est pas un zonage."),
):
    FilterForm.base_fields[_name].error_messages["invalid_choice"] = _text


@dataclass(frozen=True)
class Names:
    """Names by code of départements and intercommunalities (two statements)."""

    departements: dict[str, str]
    epcis: dict[str, str]


def read_names() -> Names:
    return Names(territory.departement_names(), territory.epci_names())


@dataclass(frozen=True, eq=False)
class Table:
    """Communes chosen and ordered: `ranks` are places in the arrays of `country`."""

    country: National
    ranks: NDArray[np.int64]
    columns: dict[str, Shown]


_plain_names: tuple[National, NDArray[np.str_]] | None = None


def _searchable(country: National) -> NDArray[np.str_]:
    """Names without accents nor case, made once per reference."""
    global _plain_names
    known = _plain_names
    if known is None or known[0] is not country:
        known = _plain_names = (
            country,
            np.array([normalise_name(name) for name in country.names], dtype=str),
        )
    return known[1]


def build_table(filters: dict[str, Any], names: Names, *, today: date) -> Table:
    """The rows that `FilterForm.cleaned_data` asks for; an empty dictionary asks for all."""
    facts = Facts(today)
    country = facts.country
    columns = {key: layers.shown(key, today=today, facts=facts) for key in LAYER_COLUMNS}
    keep = np.ones(len(country), dtype=bool)
    if filters.get("departement"):
        keep &= country.departement == filters["departement"]
    if filters.get("epci"):
        keep &= country.epci == filters["epci"]
    if filters.get("zonage"):
        keep &= country.zoning == ("" if filters["zonage"] == "inconnu" else filters["zonage"])
    if filters.get("population_min"):
        keep &= country.population >= filters["population_min"]
    if filters.get("seuil") is not None:
        with np.errstate(invalid="ignore"):
            keep &= country.apl < float(filters["seuil"])
    words = normalise_name(filters.get("q") or "")
    if words:
        searchable = _searchable(country)
        keep &= (np.char.find(searchable, words) >= 0) | (country.codes == words.upper())
    ranks = np.flatnonzero(keep)
    return Table(
        country, ranks[_order(country, columns, names, ranks, filters.get("tri") or DEFAULT_SORT)], columns
    )


def _order(
    country: National, columns: dict[str, Shown], names: Names, ranks: NDArray[np.int64], sort: str
) -> NDArray[np.int64]:
    """Order of `ranks`: unknown values last whichever way, then by code."""
    falling, key = sort.startswith("-"), sort.removeprefix("-")
    if key in TEXT_COLUMNS:
        if key == "nom":
            texts = _searchable(country)[ranks]
        elif key == "departement":
            texts = country.departement[ranks]
        else:
            texts = np.array(
                [names.epcis.get(siren, "") for siren in country.epci[ranks].tolist()], dtype=str
            )
        _, order = np.unique(texts, return_inverse=True)
        values = np.where(texts == "", np.nan, order.astype(float))
    else:
        values = columns[key].values[ranks]
    return np.argsort(-values if falling else values, kind="stable")


@dataclass(frozen=True)
class Cell:
    key: str
    label: str
    text: str
    missing: str = ""
    number: bool = True


@dataclass(frozen=True)
class Row:
    code: str
    name: str
    departement: str
    epci: str
    cells: tuple[Cell, ...]


def rows_of(table: Table, ranks: Sequence[int], names: Names) -> list[Row]:
    """The rows of a page, in French."""
    country, found = table.country, []
    for rank in ranks:
        cells = []
        for key, result in table.columns.items():
            value = float(result.values[rank])
            layer = result.layer
            known = value == value
            cells.append(
                Cell(
                    key,
                    layer.short,
                    _short(layer, value) if known else "–",
                    "" if known else layer.missing,
                    not layer.is_category,
                )
            )
        departement = str(country.departement[rank])
        found.append(
            Row(
                str(country.codes[rank]),
                str(country.names[rank]),
                f"{names.departements.get(departement, '')} ({departement})" if departement else "",
                names.epcis.get(str(country.epci[rank]), ""),
                tuple(cells),
            )
        )
    return found


def _short(layer: layers.Layer, value: float) -> str:
    if layer.key == "zonage":
        return ZONES[int(value)]
    if layer.key == "zones-rouges":
        return ("oui", "à confirmer")[int(value)]
    return layers.said(layer, value)


def csv_header(table: Table) -> list[str]:
    titles = ["code", "commune", "code département", "département", "SIREN", "intercommunalité"]
    for result in table.columns.values():
        layer = result.layer
        titles.append(f"{layer.label} ({layer.unit})" if layer.unit else layer.label)
    return titles


def csv_rows(table: Table, names: Names) -> Any:
    """Rows of every commune of the table, numbers with a decimal comma, unknown values empty."""
    country = table.country
    columns = [_csv_texts(result, table.ranks) for result in table.columns.values()]
    for place, rank in enumerate(table.ranks.tolist()):
        departement, siren = str(country.departement[rank]), str(country.epci[rank])
        yield [
            str(country.codes[rank]),
            str(country.names[rank]),
            departement,
            names.departements.get(departement, ""),
            siren,
            names.epcis.get(siren, ""),
            *(column[place] for column in columns),
        ]


def _csv_texts(result: Shown, ranks: NDArray[np.int64]) -> list[str]:
    layer = result.layer
    values = result.values[ranks].tolist()
    if layer.is_category:
        return ["" if value != value else _short(layer, value) for value in values]
    decimals = layer.decimals
    return ["" if value != value else f"{value:.{decimals}f}".replace(".", ",") for value in values]
