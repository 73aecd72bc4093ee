"""JSON API: find a commune, its sites, free slots; hold, book, read, cancel.

Reading is open to all. A partner's key (`Authorization: Bearer ...`) books without a confirmation code, the partner
vouching for the contact; without a key, a code sent to the patient confirms.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Router, Status

from releve.contexts.booking import queries as booking
from releve.contexts.booking import services as booking_services
from releve.contexts.booking.enums import BookedBy
from releve.contexts.booking.links import manage_token
from releve.contexts.booking.messages import manage_url
from releve.contexts.patients.rules import Contact, PatientIdentity
from releve.contexts.practices import queries as practices
from releve.contexts.territory import queries as territory
from releve.kernel import clock
from releve.kernel.audit import PATIENT, Actor
from releve.kernel.errors import Invalid, NotFound
from releve.kernel.phones import can_receive_sms

from . import problems, territories
from .keys import ApiKey, caller
from .openapi import DescribedAPI
from .schemas import (
    AppointmentIn,
    AppointmentOut,
    CodeIn,
    CodeSentOut,
    CommunesOut,
    HoldIn,
    HoldOut,
    ProblemOut,
    SiteDetailOut,
    SitesOut,
    SlotIn,
    SlotsOut,
)
from .throttles import PublicThrottle, count_code, count_hold

MAX_DAYS = 62
MAX_BODY_BYTES = 16_384

api = DescribedAPI(
    title="Relève",
    version="1",
    description="Trouver une consultation et la réserver. Les erreurs suivent la RFC 9457 (problem details).",
    urls_namespace="api-v1",
    docs_url=None,
)
problems.install(api)
router = Router()

ERRORS = {422: ProblemOut, 404: ProblemOut, 409: ProblemOut, 410: ProblemOut, 429: ProblemOut}


def _site_fields(site: Any) -> dict[str, Any]:
    return {
        "slug": site.slug,
        "name": site.name,
        "practice": site.practice.name,
        "kind": site.kind,
        "address": site.address,
        "postal_code": site.postal_code,
        "commune_code": site.commune_id,
        "commune": site.commune.name,
        "lat": site.lat,
        "lon": site.lon,
        "time_zone": site.time_zone,
        "phone": site.phone or site.practice.phone,
    }


def _slot(slot: Any, site_slug: str, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "site": site_slug,
        "reason": slot.reason_id,
        "practitioner": slot.practitioner_id,
        "starts_at": slot.starts_at.astimezone(zone),
        "ends_at": slot.ends_at.astimezone(zone),
        "adjacent": slot.adjacent,
    }


def _audience(request: HttpRequest) -> str:
    return "partner" if caller(request) else "public"


def _actor(request: HttpRequest) -> Actor:
    key = caller(request)
    return Actor("api", key.client_id) if key else PATIENT


@router.get("/communes", response={200: CommunesOut, **ERRORS}, summary="Chercher une commune")
def search_communes(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=80)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """Par nom, partie de nom, code postal ou code Insee ; accents, traits d’union et « St » indifférents."""
    return {"query": q, "communes": territory.search_communes(q, limit=limit)}


@router.get("/sites", response={200: SitesOut, **ERRORS}, summary="Lieux près d’une commune")
def sites_near_commune(
    request: HttpRequest,
    commune: Annotated[str, Query(min_length=5, max_length=5)],
    radius_km: Annotated[float, Query(gt=0, le=100)] = 40,
    days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 28,
    limit: Annotated[int, Query(ge=1, le=25)] = 12,
) -> dict[str, Any]:
    """Lieux de consultation par distance, avec leurs prochains horaires libres."""
    place = territory.get_commune(commune)
    if place.lat is None or place.lon is None:
        raise NotFound("La position de cette commune n’est pas connue.", code="no-position")
    found = booking.next_times_near(
        lat=place.lat,
        lon=place.lon,
        now=clock.now(),
        radius_km=radius_km,
        days=days,
        max_sites=limit,
        audience=_audience(request),
    )
    sites = []
    for times in found:
        zone = ZoneInfo(times.site.time_zone)
        sites.append(
            {
                **_site_fields(times.site),
                "distance_km": round(times.distance_km, 1),
                "reason": times.reason_id,
                "next_slots": [_slot(slot, times.site.slug, zone) for slot in times.slots],
            }
        )
    return {"commune": commune, "sites": sites}


@router.get("/sites/{slug}", response={200: SiteDetailOut, **ERRORS}, summary="Un lieu et ses motifs")
def site_detail(request: HttpRequest, slug: str) -> dict[str, Any]:
    site = practices.get_public_site(slug)
    reasons = booking.list_reasons(site.practice_id, audience=_audience(request))
    return {
        **_site_fields(site),
        "reasons": [
            {
                "id": r.pk,
                "label": r.label,
                "category": r.category,
                "duration_minutes": r.duration_minutes,
                "patient_rule": r.patient_rule,
                "bookable_by": r.bookable_by,
                "instructions": r.instructions,
            }
            for r in reasons
        ],
        "care_team_notice": site.practice.care_team_notice,
        "accessibility": site.accessibility,
        "directions": site.directions,
    }


@router.get("/slots", response={200: SlotsOut, **ERRORS}, summary="Horaires libres d’un lieu")
def free_slots(
    request: HttpRequest,
    site: Annotated[str, Query(max_length=80)],
    reason: int,
    first_day: Annotated[date | None, Query(alias="from")] = None,
    days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 7,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> dict[str, Any]:
    """Débuts réservables pour un motif, dans l’ordre ; `adjacent` : ne laisse pas de temps perdu."""
    place = practices.get_public_site(site)
    now = clock.now()
    today = clock.local_day(now, place.time_zone)
    if first_day is not None and first_day < today:
        raise Invalid("La date demandée est passée.", code="past", field="from")
    slots = booking.find_slots(
        site_id=place.pk,
        reason_id=reason,
        first_day=first_day or today,
        days=days,
        now=now,
        audience=_audience(request),
        limit=limit,
    )
    zone = ZoneInfo(place.time_zone)
    return {"site": place.slug, "reason": reason, "slots": [_slot(slot, place.slug, zone) for slot in slots]}


@router.post(
    "/holds",
    response={201: HoldOut, **ERRORS},
    summary="Retenir un horaire dix minutes",
    throttle=[PublicThrottle("30/m")],
)
def place_hold(request: HttpRequest, payload: HoldIn) -> Status[Any]:
    site_id, zone_name = _place_of(request, payload)
    now = clock.now()
    count_hold(request, now)
    zone = ZoneInfo(zone_name)
    try:
        placed = booking_services.place_hold(
            site_id=site_id,
            reason_id=payload.reason,
            starts_at=payload.starts_at,
            practitioner_id=payload.practitioner,
            audience=_audience(request),
            by=_actor(request),
            now=now,
        )
    except booking_services.SlotTaken as refusal:
        refusal.details["alternatives"] = _alternatives(request, payload, now)
        raise
    hold = placed.hold
    return Status(
        201,
        {
            "hold": placed.token,
            "site": payload.site,
            "reason": hold.reason_id,
            "practitioner": hold.practitioner.public_name,
            "starts_at": hold.starts_at.astimezone(zone),
            "ends_at": hold.ends_at.astimezone(zone),
            "expires_at": hold.expires_at,
        },
    )


def _place_of(request: HttpRequest, wanted: SlotIn) -> tuple[int, str]:
    """(site, its time zone), when the caller may book there."""
    site_id, practice_id, zone_name = practices.find_public_site(wanted.site)
    _check_client(request, practice_id)
    if wanted.starts_at.tzinfo is None:
        raise Invalid(
            "Indiquez le décalage horaire (exemple : 2026-03-04T09:00:00+01:00).", field="starts_at"
        )
    return site_id, zone_name


def _alternatives(request: HttpRequest, wanted: SlotIn, now: datetime) -> list[dict[str, Any]]:
    """Free times of the same place and reason, from the day wanted."""
    site_id, _, zone_name = practices.find_public_site(wanted.site)
    fresh = booking.find_slots(
        site_id=site_id,
        reason_id=wanted.reason,
        first_day=clock.local_day(wanted.starts_at, zone_name),
        days=7,
        now=now,
        audience=_audience(request),
        limit=5,
    )
    return [_slot(slot, wanted.site, ZoneInfo(zone_name)) for slot in fresh]


@router.delete("/holds/{token}", response={204: None}, summary="Rendre un horaire retenu")
def release_hold(request: HttpRequest, token: str) -> Status[None]:
    booking_services.release_hold(token=token, by=_actor(request), now=clock.now())
    return Status(204, None)


@router.post(
    "/appointments",
    response={201: AppointmentOut, 202: CodeSentOut, **ERRORS},
    summary="Prendre le rendez-vous",
    throttle=[PublicThrottle("10/m")],
)
def book(
    request: HttpRequest,
    payload: AppointmentIn,
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200)],
) -> Status[Any]:
    """Avec une clé de partenaire : 201, le rendez-vous est pris, sur un horaire retenu (`hold`) ou directement (`slot`).
    Sans clé : `hold` seulement, 202, un code part vers le patient et `POST /holds/{hold}/confirm` termine. Rejouer la
    même `Idempotency-Key` rend la même réponse sans rien refaire."""
    now = clock.now()
    if (payload.hold is None) == (payload.slot is None):
        raise Invalid(
            "Donnez l’horaire retenu (`hold`) ou l’horaire voulu (`slot`), l’un des deux.",
            code="hold-or-slot",
            field="hold",
        )
    key = caller(request)
    by = _actor(request)
    identity = PatientIdentity(**payload.patient.model_dump())
    contact = Contact(**payload.contact.model_dump())
    booked_by = BookedBy.API if key else (BookedBy.RELATIVE if contact.name else BookedBy.PATIENT)

    fresh: list[Any] = []

    def act() -> tuple[int, dict[str, Any]]:
        if key is None:
            token = payload.hold
            if token is None:
                raise Invalid(
                    "Sans clé de partenaire, retenez d’abord l’horaire (`POST /holds`).",
                    code="hold-needed",
                    field="hold",
                )
            held = booking_services.save_hold_identity(
                token=token, identity=identity, contact=contact, booked_by=booked_by, by=by, now=now
            )
            known = held.draft["contact"]
            # A landline receives no SMS: the mail, when there is one.
            channel = "sms" if can_receive_sms(known["phone"]) or not known["email"] else "mail"
            count_code(known["phone" if channel == "sms" else "email"], now)
            hold = booking_services.send_code(token=token, channel=channel, by=by, now=now)
            return 202, {"channel": channel, "expires_at": hold.expires_at.isoformat()}
        if payload.slot is not None:
            site_id, _ = _place_of(request, payload.slot)
            confirmed = booking_services.book_appointment(
                site_id=site_id,
                reason_id=payload.slot.reason,
                starts_at=payload.slot.starts_at,
                practitioner_id=payload.slot.practitioner,
                identity=identity,
                contact=contact,
                booked_by=booked_by,
                audience="partner",
                by=by,
                now=now,
            )
        else:
            confirmed = booking_services.book_hold(
                token=payload.hold or "",
                identity=identity,
                contact=contact,
                booked_by=booked_by,
                practice_ids=key.practice_ids,
                by=by,
                now=now,
            )
        fresh.append(confirmed.appointment)
        return 201, {"id": confirmed.appointment.public_id}

    try:
        answer = booking_services.answer_once(
            scope=f"client:{key.client_id}" if key else "public",
            key=idempotency_key,
            request=payload.model_dump_json(exclude_none=True),
            now=now,
            action=act,
        )
    except booking_services.SlotTaken as refusal:
        if payload.slot is not None:
            refusal.details["alternatives"] = _alternatives(request, payload.slot, now)
        raise
    if answer.status == 202:
        return Status(
            202,
            {
                "status": "code-sent",
                "channel": answer.body["channel"],
                "hold": payload.hold,
                "expires_at": answer.body["expires_at"],
            },
        )
    return Status(
        201, _appointment(fresh[0] if fresh else booking.appointment_by_public_id(answer.body["id"]))
    )


@router.post(
    "/holds/{token}/confirm",
    response={201: AppointmentOut, **ERRORS},
    summary="Confirmer avec le code reçu",
    throttle=[PublicThrottle("20/m")],
)
def confirm(request: HttpRequest, token: str, payload: CodeIn) -> Status[Any]:
    confirmed = booking_services.confirm_hold(
        token=token, code=payload.code, by=_actor(request), now=clock.now()
    )
    return Status(201, _appointment(confirmed.appointment))


@router.get("/appointments/{token}", response={200: AppointmentOut, **ERRORS}, summary="Lire un rendez-vous")
def read_appointment(request: HttpRequest, token: str) -> dict[str, Any]:
    """Par le jeton du lien (`manage_token`). Ni le nom du patient ni son contact ne sont rendus."""
    return _appointment(booking.appointment_by_link(token))


@router.delete(
    "/appointments/{token}", response={200: AppointmentOut, **ERRORS}, summary="Annuler un rendez-vous"
)
def cancel_appointment(request: HttpRequest, token: str) -> dict[str, Any]:
    booking_services.cancel_by_link(token=token, by=_actor(request), now=clock.now())
    return _appointment(booking.appointment_by_link(token))


def _appointment(appointment: Any) -> dict[str, Any]:
    zone = ZoneInfo(appointment.site.time_zone)
    token = manage_token(appointment.public_id, appointment.link_version)
    return {
        "id": appointment.public_id,
        "status": appointment.status,
        "site": appointment.site.slug,
        "reason": appointment.reason.label,
        "practitioner": appointment.practitioner.public_name,
        "starts_at": appointment.starts_at.astimezone(zone),
        "ends_at": appointment.ends_at.astimezone(zone),
        "instructions": appointment.reason.instructions,
        "care_team_notice": appointment.practice.care_team_notice,
        "manage_token": token,
        "manage_url": manage_url(appointment),
    }


def _check_client(request: HttpRequest, practice_id: int) -> None:
    """A key limited to some practices does not reach the others."""
    key = caller(request)
    if key is not None and key.practice_ids and practice_id not in key.practice_ids:
        raise NotFound("Ce lieu n’existe pas, ou cette clé n’y donne pas accès.")


api.add_router("", router, auth=[ApiKey()])
api.add_router("/territories", territories.router, auth=[ApiKey()])


def refuse_large_body(request: HttpRequest) -> HttpResponse | None:
    """413 before anything is parsed."""
    try:
        too_large = int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES
    except ValueError:
        too_large = True
    if too_large:
        return problems.problem(
            413, code="too-large", detail=f"La requête dépasse {MAX_BODY_BYTES // 1024} Kio."
        )
    return None
