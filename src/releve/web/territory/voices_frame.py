"""What the working pages about a place share: who may enter, the navigation, a file of lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.queries import has_capability
from releve.web.coordinator.territory import nav_items as territory_items


def frame(request: HttpRequest, current: str) -> dict[str, Any]:
    """Navigation of those who speak for a place; the coordination keeps its own items first."""
    if has_capability(request.user, Capability.TERRITORY_VIEW):
        items = territory_items(has_capability(request.user, Capability.ROSTER_MANAGE))
    else:
        items = [item for item in territory_items(False) if item["key"] in {"surveys", "perimeters"}]
    if has_capability(request.user, Capability.PRACTICE_CREATE):
        items.append(
            {
                "key": "parameters",
                "label": "Paramètres",
                "icon": "sliders2",
                "href": reverse("territory:parameters"),
            }
        )
    return {"nav_items": items, "nav_current": current}


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A file that a French spreadsheet opens as it is: UTF-8 with its mark, semicolons, no formula."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response, delimiter=";")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_safe(value) for value in row])
    return response


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
