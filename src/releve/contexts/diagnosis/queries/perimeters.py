"""Reads of saved groups of communes: all of them, with how many communes each holds."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from releve.kernel.errors import NotFound

from ..models import Perimeter


def list_perimeters() -> QuerySet[Perimeter]:
    """By name, with `commune_count` and their author."""
    return (
        Perimeter.objects.annotate(commune_count=Count("communes"))
        .select_related("created_by")
        .order_by("name", "pk")
    )


def get_perimeter(slug: str) -> Perimeter:
    """A saved group, for anybody. NotFound."""
    found = Perimeter.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("Ce périmètre n’existe pas, ou a été supprimé.", code="unknown-perimeter")
    return found


def communes_of(perimeter: Perimeter) -> list[tuple[str, str]]:
    """(code, name) of its communes, by name."""
    return list(perimeter.communes.order_by("search_name", "code").values_list("code", "name"))
