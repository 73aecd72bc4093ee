"""Reads: a practice's sites with what they hold, a room or a closure of a site, communes of a place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice

from django.db import connection
from django.db.models import QuerySet

from releve.contexts.territory.models import Commune
from releve.kernel.errors import Invalid, NotFound

from . import rules
from .enums import PracticeStatus
from .models import Equipment, Practice, Room, Site, SiteClosure


def get_practice(practice_id: int) -> Practice:
    """The practice, without any check of the reader. NotFound."""
    practice = Practice.objects.select_related("changed_by").filter(pk=practice_id).first()
    if practice is None:
        raise NotFound("Ce cabinet n’existe pas.")
    return practice


def get_site(site_id: int) -> Site:
    """The site with its practice and commune, without any check of the reader. NotFound."""
    site = (
        Site.objects.select_related("practice", "commune__departement", "changed_by")
        .filter(pk=site_id)
        .first()
    )
    if site is None:
        raise NotFound("Ce lieu n’existe pas.")
    return site


def get_public_site(slug: str) -> Site:
    """A site anybody may see, with its practice, commune and equipment. NotFound when hidden or unknown."""
    site = (
        Site.objects.select_related("practice", "commune__departement")
        .prefetch_related("equipment")
        .filter(slug=slug, is_public=True)
        .first()
    )
    if site is None:
        raise NotFound("Ce lieu de consultation n’existe pas, ou n’est plus montré au public.")
    return site


def find_public_site(slug: str) -> tuple[int, int, str]:
    """(site, practice, time zone) of a public site: what a program needs to book there. NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, l.practice_id, l.time_zone FROM practices_site l "
            "JOIN practices_practice p ON p.id = l.practice_id "
            "WHERE l.slug = %s AND l.is_public AND p.status <> %s",
            [slug, PracticeStatus.PREPARING.value],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Ce lieu n’existe pas.")
    return row[0], row[1], row[2]


def list_sites(practice_id: int) -> QuerySet[Site]:
    """The practice's sites by name, with commune, rooms and equipment (three statements whatever their
    number)."""
    return (
        Site.objects.filter(practice_id=practice_id)
        .select_related("commune")
        .prefetch_related("rooms", "equipment")
        .order_by("name", "pk")
    )


def public_sites(practice_ids: Iterable[int]) -> QuerySet[Site]:
    """Sites that anybody may see of these practices, when open, by name (one statement)."""
    return (
        Site.objects.filter(
            practice_id__in=list(practice_ids), practice__status=PracticeStatus.OPEN, is_public=True
        )
        .select_related("practice", "commune")
        .order_by("name", "pk")
    )


def open_sites() -> QuerySet[Site]:
    """Every site that anybody may see of a practice that is open, with commune and equipment, by commune (two
    statements)."""
    return (
        Site.objects.filter(practice__status=PracticeStatus.OPEN, is_public=True)
        .select_related("practice", "commune")
        .prefetch_related("equipment")
        .order_by("commune_id", "name", "pk")
    )


def get_room(site: Site, room_id: int) -> Room:
    """A room of this very site. NotFound."""
    room = Room.objects.filter(site=site, pk=room_id).first()
    if room is None:
        raise NotFound("Cette salle n’existe pas dans ce lieu.")
    return room


def list_closures(site_id: int, *, since: date) -> QuerySet[SiteClosure]:
    """Closures ending on `since` or later, by date."""
    return SiteClosure.objects.filter(site_id=site_id, last_day__gte=since).order_by("first_day", "pk")


def get_closure(site: Site, closure_id: int) -> SiteClosure:
    """A closure of this very site. NotFound."""
    closure = SiteClosure.objects.filter(site=site, pk=closure_id).first()
    if closure is None:
        raise NotFound("Cette fermeture n’existe pas dans ce lieu.")
    return closure


def closed_on(site: Site, day: date) -> str | None:
    """Why the site is closed that day (a sentence), None when it is open."""
    if day.weekday() in site.closed_weekdays:
        return f"Ce lieu est fermé le {rules.WEEKDAYS[day.weekday()]}."
    closure = SiteClosure.objects.filter(site=site, first_day__lte=day, last_day__gte=day).first()
    if closure is not None:
        why = f" ({closure.reason})" if closure.reason else ""
        return f"Ce lieu est fermé du {closure.first_day:%d/%m/%Y} au {closure.last_day:%d/%m/%Y}{why}."
    if site.planned_end_on is not None and day > site.planned_end_on:
        return f"Ce lieu doit fermer définitivement le {site.planned_end_on:%d/%m/%Y}."
    return None


def commune_of_place(code: str, *, field: str = "commune") -> Commune:
    """The commune of this INSEE code, with its département. Raises Invalid on `field`."""
    commune = Commune.objects.select_related("departement").filter(pk=(code or "").strip().upper()).first()
    if commune is None:
        raise Invalid(
            "Cette commune est inconnue : choisissez-la dans la liste proposée.",
            code="commune-unknown",
            field=field,
        )
    return commune


def free_slug(model: type[Practice] | type[Site], name: str, *precisions: str) -> str:
    """The first slug nobody has taken. Two creations at once are told apart by the unique constraint."""
    taken = set(
        model.objects.filter(slug__startswith=next(iter(rules.slug_candidates(name)))[:20]).values_list(
            "slug", flat=True
        )
    )
    return next(s for s in islice(rules.slug_candidates(name, *precisions), 10_000) if s not in taken)


def zone_of(practice_id: int) -> str:
    """Time zone of the practice's first site; Paris before there is one."""
    zone = Site.objects.filter(practice_id=practice_id).order_by("pk").values_list("time_zone", flat=True)
    return zone.first() or "Europe/Paris"


def list_rooms(site_id: int) -> QuerySet[Room]:
    return Room.objects.filter(site_id=site_id).order_by("name", "pk")


def list_equipment(site_id: int) -> QuerySet[Equipment]:
    return Equipment.objects.filter(site_id=site_id).order_by("pk")
