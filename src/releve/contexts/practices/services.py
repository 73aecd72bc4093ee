"""Writes: practices, their sites, rooms, equipment and closures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from releve.contexts.territory.models import Commune
from releve.kernel import audit
from releve.kernel.audit import Actor
from releve.kernel.clock import local_day
from releve.kernel.errors import Conflict, Invalid, NotFound

from . import rules
from .enums import EquipmentKind, PracticeStatus, SiteKind
from .models import Equipment, Practice, Room, Site, SiteClosure
from .queries import commune_of_place, free_slug, zone_of

_PRACTICE_TEXTS = {
    # field: (label, longest, several lines)
    "presentation": ("la présentation", 2000, True),
    "care_team_notice": ("l’information sur l’équipe médicale traitante", 2000, True),
}
_PRACTICE_FIELDS = frozenset(
    {
        "name",
        "phone",
        "email",
        "opened_on",
        "planned_end_on",
        "booking_horizon_days",
        "cancel_notice_hours",
        *_PRACTICE_TEXTS,
    }
)


@transaction.atomic
def create_practice(*, name: str, is_demo: bool = False, by: Actor, now: datetime, **fields: Any) -> Practice:
    """A practice in preparation, with a stable slug and the default notice on the care team.

    `fields`: phone, email, presentation, care_team_notice, opened_on, planned_end_on, booking_horizon_days,
    cancel_notice_hours. Raises Invalid on the faulty field.
    """
    practice = Practice(is_demo=is_demo, care_team_notice=rules.DEFAULT_CARE_TEAM_NOTICE)
    _set_practice_fields(practice, {**fields, "name": name})
    practice.slug = free_slug(Practice, practice.name)
    _stamp(practice, by, now, first=True)
    try:
        with transaction.atomic():
            practice.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("Un cabinet vient d’être créé sous ce nom. Réessayez.", code="slug-taken") from error
    _journal(by, "practice.created", "practice", practice.pk, practice.pk, now)
    return practice


@transaction.atomic
def save_practice(
    *, practice_id: int, expected_version: int | None = None, by: Actor, now: datetime, **fields: Any
) -> Practice:
    """Change a practice; the slug stays. Raises NotFound, Invalid on the faulty field, Conflict
    (`changed-since`)
    when somebody saved after the form was opened; `details` then has `who` and `at`."""
    practice = Practice.objects.select_for_update().filter(pk=practice_id).first()
    if practice is None:
        raise NotFound("Ce cabinet n’existe pas.")
    _refuse_stale(practice, expected_version)
    changed = _set_practice_fields(practice, fields)
    if changed:
        _stamp(practice, by, now)
        practice.save()
        _journal(by, "practice.changed", "practice", practice.pk, practice.pk, now, fields=changed)
    return practice


@transaction.atomic
def set_practice_status(*, practice_id: int, status: str, by: Actor, now: datetime) -> Practice:
    """Open, close or put back in preparation. What must hold before closing is the workflow's business."""
    practice = Practice.objects.select_for_update().filter(pk=practice_id).first()
    if practice is None:
        raise NotFound("Ce cabinet n’existe pas.")
    if status not in PracticeStatus.values:
        raise Invalid("Cet état n’existe pas.", code="status-unknown", field="status")
    if practice.status == status:
        return practice
    if status == PracticeStatus.OPEN:
        if not Site.objects.filter(practice=practice).exists():
            raise Invalid("Ajoutez au moins un lieu avant d’ouvrir le cabinet.", code="no-site")
        if practice.opened_on is None:
            practice.opened_on = local_day(now, _zone_of(practice))
    practice.status = status
    _stamp(practice, by, now)
    practice.save()
    _journal(by, f"practice.{status}", "practice", practice.pk, practice.pk, now)
    return practice


@transaction.atomic
def add_site(
    *, practice_id: int, name: str, kind: str, commune_code: str, by: Actor, now: datetime, **fields: Any
) -> Site:
    """A site at its commune's town hall unless `lat` and `lon` are given, in its département's time zone.

    `fields`: address, postal_code (default: the commune's first), lat, lon, time_zone, phone, finess, siret,
    directions, accessibility, step_free, secretariat, lodging, software, closed_weekdays,
    planned_end_on, is_public.
    Raises Invalid on the faulty field.
    """
    practice = Practice.objects.filter(pk=practice_id).first()
    if practice is None:
        raise NotFound("Ce cabinet n’existe pas.")
    commune = commune_of_place(commune_code)
    site = Site(practice=practice, kind=SiteKind.MUNICIPAL, commune=commune)
    _set_site_fields(
        site,
        {"postal_code": commune.postal_codes.split("|")[0], **fields, "name": name, "kind": kind},
        commune=commune,
    )
    site.slug = free_slug(Site, site.name, commune.name)
    _stamp(site, by, now, first=True)
    try:
        with transaction.atomic():
            site.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("Un lieu vient d’être créé sous ce nom. Réessayez.", code="slug-taken") from error
    _journal(by, "site.created", "site", site.pk, practice.pk, now)
    return site


@transaction.atomic
def save_site(
    *, site_id: int, expected_version: int | None = None, by: Actor, now: datetime, **fields: Any
) -> Site:
    """Change a site (fields of `add_site`, plus `name`, `kind`, `commune_code`); the slug stays.

    Another commune without a point moves the site to that commune's town hall, and its time zone follows.
    Raises NotFound, Invalid on the faulty field, Conflict (`changed-since`).
    """
    site = Site.objects.select_for_update(of=("self",)).filter(pk=site_id).first()
    if site is None:
        raise NotFound("Ce lieu n’existe pas.")
    _refuse_stale(site, expected_version)
    code = fields.pop("commune_code", None)
    commune = commune_of_place(code if code is not None else site.commune_id)
    changed = _set_site_fields(site, fields, commune=commune)
    if changed:
        _stamp(site, by, now)
        site.save()
        _journal(by, "site.changed", "site", site.pk, site.practice_id, now, fields=changed)
    return site


@transaction.atomic
def add_room(*, site_id: int, name: str, by: Actor, now: datetime) -> Room:
    """A consulting room. Raises NotFound, Invalid, Conflict (`room-exists`)."""
    site = _site(site_id)
    room = Room(site=site, name=_room_name(name))
    _save_room(room)
    _journal(by, "room.created", "room", room.pk, site.practice_id, now)
    return room


@transaction.atomic
def rename_room(*, room_id: int, name: str, by: Actor, now: datetime) -> Room:
    """Raises NotFound, Invalid, Conflict (`room-exists`)."""
    room = _room(room_id)
    room.name = _room_name(name)
    _save_room(room)
    _journal(by, "room.renamed", "room", room.pk, room.site.practice_id, now)
    return room


@transaction.atomic
def remove_room(*, room_id: int, by: Actor, now: datetime) -> None:
    """Raises NotFound, Conflict (`room-used`) when shifts, even past, took place in it."""
    room = _room(room_id)
    try:
        with transaction.atomic():
            room.delete()
    except ProtectedError as error:
        raise Conflict(
            f"La salle « {room.name} » sert à des vacations : elle ne peut pas être supprimée. "
            "Vous pouvez la renommer, ou déplacer ces vacations dans une autre salle.",
            code="room-used",
        ) from error
    _journal(by, "room.removed", "room", room_id, room.site.practice_id, now)


@transaction.atomic
def set_equipment(*, site_id: int, kinds: Mapping[str, str], by: Actor, now: datetime) -> list[Equipment]:
    """Replace the site's equipment by `kinds`: kind -> precision. Raises NotFound, Invalid."""
    site = _site(site_id)
    wanted: dict[str, str] = {}
    for kind, note in kinds.items():
        if kind not in EquipmentKind.values:
            raise Invalid("Ce matériel n’est pas dans la liste.", code="equipment-unknown", field="equipment")
        wanted[kind] = rules.clean_text(note, field=f"note_{kind}", label="la précision", longest=120)
    current = {item.kind: item for item in Equipment.objects.filter(site=site)}
    if {kind: item.note for kind, item in current.items()} != wanted:
        Equipment.objects.filter(site=site).delete()
        Equipment.objects.bulk_create(
            [Equipment(site=site, kind=kind, note=note) for kind, note in wanted.items()]
        )
        _journal(by, "site.equipment", "site", site.pk, site.practice_id, now, kinds=sorted(wanted))
    return list(Equipment.objects.filter(site=site).order_by("pk"))


@transaction.atomic
def add_closure(
    *, site_id: int, first_day: date, last_day: date, reason: str = "", by: Actor, now: datetime
) -> SiteClosure:
    """Close a site from `first_day` to `last_day` included. Shifts already there are left: the roster
    shows them.

    Raises NotFound, Invalid, Conflict (`closure-overlaps`).
    """
    # The site's row is the lock: two overlapping closures typed at once come here one after the other.
    site = Site.objects.select_for_update(of=("self",)).filter(pk=site_id).first()
    if site is None:
        raise NotFound("Ce lieu n’existe pas.")
    rules.check_closure(first_day, last_day, today=local_day(now, site.time_zone))
    clash = SiteClosure.objects.filter(site=site, first_day__lte=last_day, last_day__gte=first_day).first()
    if clash is not None:
        raise Conflict(
            f"Ce lieu est déjà fermé du {clash.first_day:%d/%m/%Y} au {clash.last_day:%d/%m/%Y}.",
            code="closure-overlaps",
            field="first_day",
        )
    closure = SiteClosure.objects.create(
        site=site,
        first_day=first_day,
        last_day=last_day,
        reason=rules.clean_text(reason, field="reason", label="le motif", longest=120),
    )
    _journal(by, "site.closure_added", "site", site.pk, site.practice_id, now, closure=closure.pk)
    return closure


@transaction.atomic
def remove_closure(*, closure_id: int, by: Actor, now: datetime) -> None:
    """Raises NotFound."""
    closure = SiteClosure.objects.select_related("site").filter(pk=closure_id).first()
    if closure is None:
        raise NotFound("Cette fermeture n’existe pas.")
    closure.delete()
    _journal(
        by, "site.closure_removed", "site", closure.site_id, closure.site.practice_id, now, closure=closure_id
    )


def _set_practice_fields(practice: Practice, fields: Mapping[str, Any]) -> list[str]:
    unknown = set(fields) - _PRACTICE_FIELDS
    if unknown:
        raise TypeError(f"unknown practice fields: {sorted(unknown)}")
    values = dict(fields)
    for name, (label, longest, lines) in _PRACTICE_TEXTS.items():
        if name in values:
            values[name] = rules.clean_text(
                values[name], field=name, label=label, longest=longest, lines=lines
            )
    if "name" in values:
        values["name"] = rules.clean_text(
            values["name"], field="name", label="le nom du cabinet", longest=120, required=True
        )
    if "phone" in values:
        values["phone"] = rules.clean_phone(values["phone"])
    if "email" in values:
        values["email"] = rules.clean_email(values["email"])
    for name, bounds, unit in (
        ("booking_horizon_days", rules.HORIZON_DAYS, "jours"),
        ("cancel_notice_hours", rules.CANCEL_HOURS, "heures"),
    ):
        if name in values:
            rules.check_number(values[name], bounds, field=name, unit=unit)
    rules.check_period(
        values.get("opened_on", practice.opened_on), values.get("planned_end_on", practice.planned_end_on)
    )
    changed = sorted(name for name, value in values.items() if getattr(practice, name) != value)
    for name in changed:
        setattr(practice, name, values[name])
    return changed


def _set_site_fields(site: Site, fields: Mapping[str, Any], *, commune: Commune) -> list[str]:
    """Set checked `fields` on `site`, unsaved; the names of those that changed.

    Point and time zone: as typed, else the commune's for a new place or a moved one, else unchanged.
    """
    values = rules.clean_site_values(fields, departement_code=commune.departement_id)
    moved = site.pk is None or site.commune_id != commune.pk
    if values.get("lat") is None:
        values.pop("lat", None)
        values.pop("lon", None)
        if moved:
            if commune.lat is None or commune.lon is None:
                raise Invalid(
                    "La position de cette commune est inconnue : indiquez la latitude et la longitude.",
                    code="point-missing",
                    field="lat",
                )
            values["lat"], values["lon"] = commune.lat, commune.lon
    if not values.get("time_zone"):
        values.pop("time_zone", None)
        if moved:
            values["time_zone"] = commune.departement.time_zone if commune.departement else "Europe/Paris"
    changed = sorted(name for name, value in values.items() if getattr(site, name) != value)
    if site.commune_id != commune.pk:
        changed.append("commune")
    for name, value in values.items():
        setattr(site, name, value)
    site.commune = commune
    return changed


def _refuse_stale(row: Practice | Site, expected_version: int | None) -> None:
    if expected_version is None or expected_version == row.version:
        return
    who = row.changed_by.full_name if row.changed_by is not None else "Une autre personne"
    when = ""
    if row.updated_at is not None:
        at = row.updated_at.astimezone(ZoneInfo(_zone_of(row)))
        when = f" le {at:%d/%m/%Y} à {at:%H} h {at:%M}"
    raise Conflict(
        f"{who} a enregistré des changements{when}, après l’ouverture de cette page. Rien n’a été écrasé : "
        "votre saisie est gardée ci-dessous, comparez-la puis enregistrez à nouveau.",
        code="changed-since",
        details={"who": who, "at": row.updated_at, "version": row.version},
    )


def _stamp(row: Practice | Site, by: Actor, now: datetime, *, first: bool = False) -> None:
    row.version = 1 if first else row.version + 1
    row.updated_at = now
    row.changed_by_id = by.id if by.kind == "user" else None


def _zone_of(row: Practice | Site) -> str:
    if isinstance(row, Site):
        return row.time_zone
    return zone_of(row.pk)


def _site(site_id: int) -> Site:
    site = Site.objects.filter(pk=site_id).first()
    if site is None:
        raise NotFound("Ce lieu n’existe pas.")
    return site


def _room(room_id: int) -> Room:
    room = Room.objects.select_related("site").filter(pk=room_id).first()
    if room is None:
        raise NotFound("Cette salle n’existe pas.")
    return room


def _room_name(name: str) -> str:
    return rules.clean_text(name, field="name", label="le nom de la salle", longest=60, required=True)


def _save_room(room: Room) -> None:
    try:
        with transaction.atomic():
            room.save()
    except IntegrityError as error:
        raise Conflict("Ce lieu a déjà une salle de ce nom.", code="room-exists", field="name") from error


def _journal(
    by: Actor, action: str, kind: str, target_id: int, practice_id: int, now: datetime, **details: Any
) -> None:
    audit.record(
        by=by,
        action=action,
        target_kind=kind,
        target_id=target_id,
        practice_id=practice_id,
        now=now,
        **details,
    )
