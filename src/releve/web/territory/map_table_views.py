"""The table of the communes, which says what the map shows, and its CSV file. Public data."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from releve.contexts.territory.national import National, national
from releve.kernel import clock
from releve.kernel.errors import Invalid

from . import layers, map_table
from .map_table import DEFAULT_SORT, LAYER_COLUMNS, PER_PAGE, TEXT_COLUMNS, FilterForm, Names
from .scenario_views import throttle

_CHUNK = 500
FILES_PER_ADDRESS, FILES_SECONDS = 60, 600


def _today() -> Any:
    return clock.local_day(clock.now(), settings.TIME_ZONE)


def _form(request: HttpRequest, names: Names) -> FilterForm:
    return FilterForm(request.GET, departements=names.departements, epcis=names.epcis)


def _near_epcis(country: National, names: Names, departement: str, chosen: str) -> list[tuple[str, str]]:
    """Of one département when it is chosen: a list of twelve hundred names helps nobody."""
    if not departement:
        return [(chosen, names.epcis[chosen])] if chosen in names.epcis else []
    here = {str(siren) for siren in set(country.epci[country.departement == departement].tolist()) if siren}
    return [(siren, name) for siren, name in names.epcis.items() if siren in here or siren == chosen]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Filters that make no sense answer 400 and say which; the table is then empty."""
    names = map_table.read_names()
    form = _form(request, names)
    valid = form.is_valid()
    filters = form.cleaned_data if valid else {}
    country = national()
    context: dict[str, Any] = {"form": form, "modelled": country.modelled, "valid": valid}
    sort = filters.get("tri") or DEFAULT_SORT
    if valid:
        table = map_table.build_table(filters, names, today=_today())
        paginator = Paginator(table.ranks, PER_PAGE)
        shown = paginator.get_page(filters.get("page") or 1)
        context |= {
            "page": shown,
            "rows": map_table.rows_of(table, [int(rank) for rank in shown.object_list], names),
            "total": len(table.ranks),
            "sources": _sources(table),
        }
    form._choose(
        "epci", "toutes", _near_epcis(country, names, filters.get("departement", ""), filters.get("epci", ""))
    )
    current = filters.get("couche") or layers.DEFAULT
    context |= {
        "columns": _columns(request, sort),
        "sort_label": _sort_label(sort),
        "sort": sort,
        "csv_query": _without(request, "page"),
        "layer": layers.LAYERS[current],
        "filtered": any(
            filters.get(name) not in (None, "")
            for name in ("q", "departement", "epci", "zonage", "population_min", "seuil")
        ),
    }
    return render(request, "territory/map_table.html", context, status=200 if valid else 400)


def _without(request: HttpRequest, *names: str, **changes: str) -> str:
    query = {key: value for key, value in request.GET.items() if key not in names and value}
    return urlencode({**query, **changes})


def _columns(request: HttpRequest, sort: str) -> list[dict[str, str]]:
    """Heads: their words, the link that sorts by them, and the present order for `aria-sort`."""
    labels = TEXT_COLUMNS | {key: layers.LAYERS[key].short for key in LAYER_COLUMNS}
    found = []
    for key, label in labels.items():
        order = "ascending" if sort == key else "descending" if sort == f"-{key}" else ""
        # Text begins at A, numbers at the largest.
        first = key if key in TEXT_COLUMNS else f"-{key}"
        other = f"-{key}" if first == key else key
        found.append(
            {
                "key": key,
                "label": label,
                "order": order,
                "number": "" if key in TEXT_COLUMNS or layers.LAYERS[key].is_category else "yes",
                "query": _without(request, "page", tri=other if sort == first else first),
            }
        )
    return found


def _sort_label(sort: str) -> str:
    key = sort.removeprefix("-")
    if key in TEXT_COLUMNS:
        return f"« {TEXT_COLUMNS[key]} », {'de Z à A' if sort.startswith('-') else 'de A à Z'}"
    order = "du plus grand au plus petit" if sort.startswith("-") else "du plus petit au plus grand"
    return f"« {layers.LAYERS[key].short} », {order}"


def _sources(table: map_table.Table) -> list[tuple[str, str, str, str]]:
    return [
        (result.layer.short, result.layer.nature, result.source, result.vintage)
        for result in table.columns.values()
        if result.known
    ]


class _Echo:
    """What `csv` writes to when each line is sent at once."""

    def write(self, value: str) -> str:
        return value


@require_safe
def download(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Every row of the table with these filters. Raises Invalid (400) when a filter makes no sense."""
    names = map_table.read_names()
    form = _form(request, names)
    if not form.is_valid():
        raise Invalid(" ".join(str(message) for errors in form.errors.values() for message in errors))
    throttle(request, "communes-csv", FILES_PER_ADDRESS, FILES_SECONDS)
    table = map_table.build_table(form.cleaned_data, names, today=_today())
    response = StreamingHttpResponse(_lines(table, names), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="communes.csv"'
    return response


def _lines(table: map_table.Table, names: Names) -> Iterator[str]:
    """A file that a French spreadsheet opens as it is: UTF-8 with its mark, semicolons. Some rows at a time."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + str(writer.writerow(map_table.csv_header(table)))
    waiting: list[str] = []
    for row in map_table.csv_rows(table, names):
        waiting.append(str(writer.writerow([_safe(value) for value in row])))
        if len(waiting) == _CHUNK:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def _safe(value: str) -> str:
    """A text that a spreadsheet would run as a formula is opened as text; a number keeps its sign."""
    if value[:1] in ("=", "+", "@", "\t", "\r") or (value[:1] == "-" and not value[1:2].isdigit()):
        return "'" + value
    return value
