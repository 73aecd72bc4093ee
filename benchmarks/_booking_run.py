"""The measured part of `releve bench booking`, run in a process of its own on a throw-away database."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from releve.contexts.booking import services  # noqa: E402
from releve.contexts.booking.models import Appointment, VisitReason  # noqa: E402
from releve.contexts.patients.rules import Contact, PatientIdentity  # noqa: E402
from releve.contexts.practices.models import Practice, Room, Site  # noqa: E402
from releve.contexts.practitioners.models import Practitioner  # noqa: E402
from releve.contexts.rostering.models import Shift  # noqa: E402
from releve.contexts.territory.models import Commune, Dataset  # noqa: E402
from releve.kernel.audit import SYSTEM  # noqa: E402

from . import _world  # noqa: E402

KEY = "bench"
VISIT_MINUTES = 15
HOURS = (7, 17)  # UTC: ten hours a day, forty visits
PER_DAY = (HOURS[1] - HOURS[0]) * 60 // VISIT_MINUTES
RAW_SECONDS = 2.0
_serial = itertools.count()


@dataclass
class Field:
    """The places of a run: doctors and days give distinct slots (doctor, start)."""

    site: Site
    reason: VisitReason
    slots: list[tuple[int, datetime]]
    next_slot: int = 0

    def take(self, count: int) -> list[tuple[int, datetime]]:
        taken = self.slots[self.next_slot : self.next_slot + count]
        if len(taken) < count:
            raise RuntimeError("pas assez d’horaires")
        self.next_slot += count
        return taken


def build(slots: int, doctors: int = 20) -> Field:
    now = datetime.now(UTC)
    dataset = Dataset.objects.create(
        slug="bench", title="", producer="", vintage="", licence="", sha256="", imported_at=now
    )
    commune = Commune.objects.create(
        code="85161",
        name="Nieul-le-Dolent",
        search_name="nieul le dolent",
        lat=46.57,
        lon=-1.5,
        source=dataset,
    )
    practice = Practice.objects.create(
        slug="bench", name="Mesure", status="open", booking_horizon_days=365, phone="+33251000000"
    )
    site = Site.objects.create(
        practice=practice,
        slug="bench",
        name="Mesure",
        kind="municipal",
        address="1 rue",
        postal_code="85430",
        commune=commune,
        lat=46.57,
        lon=-1.5,
    )
    services.create_default_reasons(practice_id=practice.pk, by=SYSTEM, now=now)
    services.create_api_client(name="bench", token=KEY, now=now)
    reason = VisitReason.objects.get(practice=practice, category="follow_up")
    team = [
        Practitioner.objects.create(
            family_name=f"Docteur {i}", given_name="A", status="titulaire", rhythm_minutes=15
        )
        for i in range(doctors)
    ]
    rooms = [Room.objects.create(site=site, name=f"Salle {i}") for i in range(doctors)]
    days = -(-slots // (PER_DAY * doctors))
    first = (now + timedelta(days=2)).date()
    shifts, found = [], []
    for day in (first + timedelta(days=d) for d in range(days)):
        start = datetime(day.year, day.month, day.day, HOURS[0], tzinfo=UTC)
        for doctor, room in zip(team, rooms, strict=True):
            shifts.append(
                Shift(
                    practice=practice,
                    site=site,
                    room=room,
                    practitioner=doctor,
                    status="confirmed",
                    day=day,
                    half_day="day",
                    starts_at=start,
                    ends_at=start + timedelta(hours=HOURS[1] - HOURS[0]),
                    created_at=now,
                    updated_at=now,
                )
            )
            found += [(doctor.pk, start + timedelta(minutes=VISIT_MINUTES * i)) for i in range(PER_DAY)]
    Shift.objects.bulk_create(shifts, batch_size=500)
    random.Random(7).shuffle(found)
    return Field(site, reason, found)


def someone() -> tuple[PatientIdentity, Contact]:
    number = next(_serial)
    letters = "".join("abcdefghij"[int(d)] for d in str(number))
    return (
        PatientIdentity(f"Patient {letters}", "Camille", date(1950, 1, 1) + timedelta(days=number % 20000)),
        Contact(phone=f"+3363998{number % 10000:04d}"),
    )


def book(place: Field, slot: tuple[int, datetime], now: datetime) -> None:
    identity, contact = someone()
    services.book_appointment(
        site_id=place.site.pk,
        reason_id=place.reason.pk,
        starts_at=slot[1],
        practitioner_id=slot[0],
        identity=identity,
        contact=contact,
        booked_by="desk",
        by=SYSTEM,
        now=now,
    )


def service_rate(place: Field, count: int) -> float:
    """Bookings per second of the service alone, one caller."""
    now = datetime.now(UTC)
    slots = place.take(count)
    started = time.perf_counter()
    for slot in slots:
        book(place, slot, now)
    return count / (time.perf_counter() - started)


def statements(place: Field) -> list[str]:
    now = datetime.now(UTC)
    with CaptureQueriesContext(connection) as captured:
        book(place, place.take(1)[0], now)
    return [q["sql"] for q in captured if not q["sql"].upper().startswith(("BEGIN", "COMMIT"))]


# Columns that must differ from one booking to the next; everything else is copied as it was written.
_FRESH = {
    "patients_patient": ("search_name",),
    "booking_appointment": ("public_id",),
    "booking_occupation": ("tick",),
    "kernel_auditevent": (),
    "kernel_outboxmessage": (),
}


def raw_plans(appointment: Appointment) -> list[tuple[str, list[int], list[int], list[list[Any]]]]:
    """The rows this booking wrote, table by table, with the statement that inserts such rows."""
    keys = {
        "patients_patient": ("id", [appointment.patient_id]),
        "booking_appointment": ("id", [appointment.pk]),
        "booking_occupation": ("appointment_id", [appointment.pk]),
        "kernel_auditevent": ("target_id", [appointment.pk]),
        "kernel_outboxmessage": ("target_id", [appointment.pk]),
    }
    plans = []
    for table, (key, values) in keys.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE {key} = %s", values)
            names = [c[0] for c in cursor.description]
            rows = [list(row) for row in cursor.fetchall()]
        keep = [i for i, name in enumerate(names) if name != "id"]
        fresh = [names.index(name) for name in _FRESH[table]]
        columns = ", ".join(f'"{names[i]}"' for i in keep)
        one = "(" + ", ".join(["%s"] * len(keep)) + ")"
        sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([one] * len(rows))}"
        plans.append((sql, keep, fresh, rows))
    return plans


def raw_rate(plans: list[tuple[str, list[int], list[int], list[list[Any]]]]) -> float:
    """Transactions per second that insert those rows with the bare driver, one commit each."""
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < RAW_SECONDS:
        number = next(_serial)
        with transaction.atomic(), connection.cursor() as cursor:
            for sql, keep, fresh, rows in plans:
                values = []
                for row in rows:
                    new = list(row)
                    for i in fresh:
                        new[i] = (
                            row[i] + 10_000_000 + number * 100 if isinstance(row[i], int) else f"x{number}"
                        )
                    values += [_plain(new[i]) for i in keep]
                cursor.execute(sql, values)
        done += 1
    return done / (time.perf_counter() - started)


def _plain(value: Any) -> Any:
    """JSON columns come back from PostgreSQL as objects."""
    return json.dumps(value) if isinstance(value, dict | list) else value


@dataclass
class Tally:
    holds: list[float] = field(default_factory=list)
    bookings: list[float] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    refused: int = 0
    other: dict[int, int] = field(default_factory=dict)


class Client:
    """One HTTP/1.1 connection kept open; just enough of the protocol for JSON with a length."""

    def __init__(self, port: int, number: int) -> None:
        self.port, self.number = port, number

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def post(self, path: str, body: dict[str, Any], key: str = "") -> tuple[int, dict[str, Any]]:
        data = json.dumps(body).encode()
        extra = f"Idempotency-Key: {key}\r\n" if key else ""
        self.writer.write(
            f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n{extra}"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        status = int(head[0].split()[1])
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        answer = await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.writer.close()
            await self.open()
        return status, json.loads(answer) if answer else {}


def wanted(place: Field, slot: tuple[int, datetime]) -> dict[str, Any]:
    return {
        "site": place.site.slug,
        "reason": place.reason.pk,
        "practitioner": slot[0],
        "starts_at": slot[1].isoformat(),
    }


def person() -> dict[str, Any]:
    identity, contact = someone()
    return {
        "patient": {
            "family_name": identity.family_name,
            "given_name": identity.given_name,
            "birth_date": identity.birth_date.isoformat() if identity.birth_date else None,
        },
        "contact": {"phone": contact.phone},
    }


async def book_over_http(client: Client, place: Field, slot: tuple[int, datetime], tally: Tally) -> None:
    """Two requests: hold, then book."""
    started = time.perf_counter()
    status, held = await client.post("/holds", wanted(place, slot))
    tally.holds.append(time.perf_counter() - started)
    if status != 201:
        if status == 409:
            tally.refused += 1
        else:
            tally.other[status] = tally.other.get(status, 0) + 1
        return
    status, booked = await client.post("/appointments", {"hold": held["hold"], **person()}, key=held["hold"])
    if status == 201:
        tally.confirmed.append(booked["id"])
        tally.bookings.append(time.perf_counter() - started)
    else:
        tally.other[status] = tally.other.get(status, 0) + 1


async def book_at_once(client: Client, place: Field, slot: tuple[int, datetime], tally: Tally) -> None:
    """One request: the time and the patient together."""
    started = time.perf_counter()
    status, booked = await client.post(
        "/appointments", {"slot": wanted(place, slot), **person()}, key=f"{slot[0]} {slot[1]} {client.number}"
    )
    if status == 201:
        tally.confirmed.append(booked["id"])
        tally.bookings.append(time.perf_counter() - started)
    elif status == 409:
        tally.refused += 1
    else:
        tally.other[status] = tally.other.get(status, 0) + 1


Way = Callable[[Client, Field, tuple[int, datetime], Tally], Coroutine[Any, Any, None]]


async def drive(
    port: int,
    clients: int,
    place: Field,
    work: list[Iterator[tuple[int, datetime]]],
    way: Way = book_over_http,
) -> tuple[Tally, float]:
    tally = Tally()
    connections = [Client(port, number) for number in range(clients)]
    for client in connections:
        await client.open()

    async def run(client: Client, slots: Iterator[tuple[int, datetime]]) -> None:
        for slot in slots:
            await way(client, place, slot, tally)

    started = time.perf_counter()
    await asyncio.gather(*(run(c, w) for c, w in zip(connections, work, strict=True)))
    elapsed = time.perf_counter() - started
    for client in connections:
        client.writer.close()
    return tally, elapsed


def chase(
    slots: list[tuple[int, datetime]], clients: int, chasers: int = 4
) -> list[Iterator[tuple[int, datetime]]]:
    """Every slot is wanted by `chasers` clients at about the same time: groups of clients walk the same list."""
    groups = max(1, clients // chasers)
    return [iter(slots[index % groups :: groups]) for index in range(clients)]


def double_bookings() -> int:
    """Pairs of live appointments of one practitioner, one room or one patient that overlap (read from the
    appointments themselves, not from the table that guards them)."""
    live = Appointment.objects.exclude(status="cancelled").filter(lane=0)
    found = 0
    for column in ("practitioner_id", "room_id", "patient_id"):
        rows = (
            live.exclude(**{column: None})
            .order_by(column, "starts_at")
            .values_list(column, "starts_at", "ends_at")
        )
        last: tuple[Any, Any] = (None, None)
        for owner, start, end in rows:
            found += owner == last[0] and start < last[1]
            last = (owner, end)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int)
    parser.add_argument("--slots", type=int)
    parser.add_argument("--runs", type=int)
    options = parser.parse_args()
    per_service = 400
    place = build(options.slots * (4 * options.runs) + per_service * (options.runs + 1) + 200)

    for slot in place.take(50):  # warm-up
        book(place, slot, datetime.now(UTC))
    sql = statements(place)
    plans = raw_plans(Appointment.objects.latest("pk"))
    raw, service = [], []
    for _ in range(options.runs):
        raw.append(raw_rate(plans))
        service.append(service_rate(place, per_service))
    # What the raw rate wrote belongs to nobody: it would confuse the count of double bookings.
    from releve.contexts.booking.models import Occupation

    Occupation.objects.filter(tick__gt=10_000_000).delete()
    Appointment.objects.filter(public_id__startswith="x").delete()

    names = ("race", "distinct", "race_at_once", "at_once")
    sums = {name: Tally() for name in names}
    rates: dict[str, list[float]] = {name: [] for name in names}
    connection.close()
    with _world.server() as port:
        for _ in range(options.runs):
            for name in names:
                slots = place.take(options.slots)
                if "race" in name:
                    work = chase(slots, options.clients)
                else:
                    work = [iter(slots[i :: options.clients]) for i in range(options.clients)]
                way = book_at_once if "at_once" in name else book_over_http
                tally, elapsed = asyncio.run(drive(port, options.clients, place, work, way))
                rates[name].append(len(tally.confirmed) / elapsed)
                _merge(sums[name], tally)
    race, distinct = sums["race"], sums["distinct"]
    confirmed_ids = [public_id for tally in sums.values() for public_id in tally.confirmed]
    kept = set(
        Appointment.objects.filter(status="booked", ends_at__gt=F("starts_at")).values_list(
            "public_id", flat=True
        )
    )
    print(
        json.dumps(
            {
                "benchmark": "booking",
                "database": connection.vendor,
                "machine": _world.machine(),
                "runs": options.runs,
                "http_race": {
                    "clients": options.clients,
                    "slots": options.slots * options.runs,
                    "attempts": len(race.holds),
                    "confirmed": len(race.confirmed),
                    "refused": race.refused,
                    "other_statuses": race.other,
                    "double_bookings": double_bookings(),
                    "lost_confirmations": len(set(confirmed_ids) - kept),
                    "confirmed_per_s": _world.median(rates["race"]),
                    "hold": _world.milliseconds(race.holds),
                    "booking": _world.milliseconds(race.bookings),
                },
                "http_race_one_request": {
                    "attempts": len(sums["race_at_once"].confirmed) + sums["race_at_once"].refused,
                    "confirmed": len(sums["race_at_once"].confirmed),
                    "refused": sums["race_at_once"].refused,
                    "other_statuses": sums["race_at_once"].other,
                    "confirmed_per_s": _world.median(rates["race_at_once"]),
                },
                "http_one_request": {
                    "requests_per_booking": 1,
                    "confirmed": len(sums["at_once"].confirmed),
                    "other_statuses": sums["at_once"].other,
                    "confirmed_per_s": _world.median(rates["at_once"]),
                    "booking": _world.milliseconds(sums["at_once"].bookings),
                },
                "http_distinct": {
                    "requests_per_booking": 2,
                    "confirmed": len(distinct.confirmed),
                    "other_statuses": distinct.other,
                    "confirmed_per_s": _world.median(rates["distinct"]),
                    "hold": _world.milliseconds(distinct.holds),
                    "booking": _world.milliseconds(distinct.bookings),
                },
                "service_per_s": _world.median(service),
                "raw_per_s": _world.median(raw),
                "service_over_raw": round(_world.median(service) / _world.median(raw), 3),
                "sql_per_booking": len(sql),
            }
        )
    )


def _merge(into: Tally, tally: Tally) -> None:
    into.holds += tally.holds
    into.bookings += tally.bookings
    into.confirmed += tally.confirmed
    into.refused += tally.refused
    for status, count in tally.other.items():
        into.other[status] = into.other.get(status, 0) + count


if __name__ == "__main__":
    main()
