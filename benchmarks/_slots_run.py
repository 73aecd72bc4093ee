"""The measured part of `releve bench slots`, run in a process of its own on a throw-away database."""

from __future__ import annotations

import argparse
import gc
import http.client
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from releve.contexts.booking import queries, services  # noqa: E402
from releve.contexts.booking.models import VisitReason  # noqa: E402
from releve.contexts.patients.models import Patient  # noqa: E402
from releve.contexts.practices.models import Practice, Site  # noqa: E402
from releve.contexts.practitioners.models import Practitioner  # noqa: E402
from releve.contexts.rostering.models import Shift  # noqa: E402
from releve.contexts.territory.models import Commune, Dataset, Departement, Region  # noqa: E402
from releve.kernel.audit import SYSTEM  # noqa: E402

from . import _world  # noqa: E402

ZONES, SITES_PER_ZONE, DAYS = 151, 5, 65
DOCTORS = 2  # per site, each with two shifts a day
STARTS = (7, 13)  # UTC hours of the two shifts, two hours each
VISITS = 4  # of thirty minutes in a shift
PATIENTS = 40  # per site
RNG = random.Random(20260302)


def build(scale: float) -> tuple[list[Site], list[str], datetime]:
    """The country. Returns sites, the RPPS numbers, and the first morning."""
    now = datetime.now(UTC)
    first = (now + timedelta(days=1)).date()
    dataset = Dataset.objects.create(
        slug="bench", title="", producer="", vintage="", licence="", sha256="", imported_at=now
    )
    region = Region.objects.create(code="99", name="Mesure", source=dataset)
    departement = Departement.objects.create(code="99", name="Mesure", region=region, source=dataset)
    communes, practices, sites, team, patients = [], [], [], [], []
    for zone in range(max(1, round(ZONES * scale))):
        # A zone is about thirty kilometres across, somewhere in mainland France.
        lat, lon = RNG.uniform(43.0, 50.0), RNG.uniform(-1.0, 6.5)
        practices.append(
            Practice(slug=f"zone-{zone}", name=f"Zone {zone}", status="open", booking_horizon_days=92)
        )
        for k in range(SITES_PER_ZONE):
            number = zone * SITES_PER_ZONE + k
            point = {"lat": lat + RNG.uniform(-0.14, 0.14), "lon": lon + RNG.uniform(-0.2, 0.2)}
            communes.append(
                Commune(
                    code=f"{number:05d}",
                    name=f"Commune {number}",
                    search_name=f"commune {number}",
                    departement=departement,
                    source=dataset,
                    **point,
                )
            )
            sites.append(
                Site(
                    practice=practices[-1],
                    slug=f"lieu-{number}",
                    name=f"Lieu {number}",
                    kind="municipal",
                    address="1 place",
                    postal_code="99000",
                    commune_id=f"{number:05d}",
                    **point,
                )
            )
            team += [
                Practitioner(
                    family_name=f"Docteur {number}-{d}",
                    given_name="A",
                    status="volunteer",
                    rpps=f"8{number:05d}{d:05d}",
                    rhythm_minutes=15,
                )
                for d in range(DOCTORS)
            ]
            patients += [
                Patient(
                    practice=practices[-1],
                    family_name=f"P{number}",
                    given_name=f"N{i}",
                    birth_date=date(1960, 1, 1),
                    search_name=f"p{number} n{i}",
                )
                for i in range(PATIENTS)
            ]
    Practice.objects.bulk_create(practices)
    Commune.objects.bulk_create(communes, batch_size=500)
    Site.objects.bulk_create(sites, batch_size=500)
    Practitioner.objects.bulk_create(team, batch_size=500)
    Patient.objects.bulk_create(patients, batch_size=1000)
    for practice in practices:
        services.create_default_reasons(practice_id=practice.pk, by=SYSTEM, now=now)
    with _loading():
        _insert_shifts(sites, team, first, now)
        _book_half(now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sites, [p.rpps or "" for p in team], datetime(first.year, first.month, first.day, tzinfo=UTC)


def _insert_shifts(sites: list[Site], team: list[Practitioner], first: date, now: datetime) -> None:
    rows: list[Shift] = []
    for day in (first + timedelta(days=i) for i in range(DAYS)):
        for number, site in enumerate(sites):
            for d in range(DOCTORS):
                for hour in STARTS:
                    start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
                    rows.append(
                        Shift(
                            practice_id=site.practice_id,
                            site=site,
                            practitioner=team[number * DOCTORS + d],
                            status="confirmed",
                            day=day,
                            half_day="morning",
                            starts_at=start,
                            ends_at=start + timedelta(minutes=30 * VISITS),
                            created_at=now,
                            updated_at=now,
                        )
                    )
        if len(rows) > 20_000:
            Shift.objects.bulk_create(rows, batch_size=2000)
            rows = []
    Shift.objects.bulk_create(rows, batch_size=2000)


def _book_half(now: datetime) -> None:
    """Half of the visits of every shift are taken, pseudo-randomly, by statements that stay inside the database."""
    postgres = connection.vendor == "postgresql"
    plus = (
        (lambda column, minutes: f"{column} + ({minutes}) * interval '1 minute'")
        if postgres
        else (
            lambda column, minutes: (
                f"strftime('%Y-%m-%d %H:%M:%S', {column}, '+' || ({minutes}) || ' minutes')"
            )
        )
    )
    ticks = (
        "(extract(epoch from a.starts_at)::bigint / 300)"
        if postgres
        else "(CAST(strftime('%s', a.starts_at) AS INTEGER) / 300)"
    )
    series = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            series.format(last=VISITS - 1)
            + f"""
            INSERT INTO booking_appointment (
                public_id, practice_id, site_id, shift_id, practitioner_id, room_id, reason_id, patient_id,
                starts_at, ends_at, status, lane, overbook_reason, booked_by, contact_name, contact_phone,
                contact_email, desk_note, link_version, sequence, created_at, updated_at, cancelled_by, cancel_reason
            )
            SELECT 'b' || s.id || '.' || n.i, s.practice_id, s.site_id, s.id, s.practitioner_id, NULL,
                r.first,
                p.first + ((s.site_id - 1) %% {SITES_PER_ZONE}) * {PATIENTS} + (s.practitioner_id %% {DOCTORS}) * 20
                    + (s.id * {VISITS} + n.i) %% 20,
                {plus("s.starts_at", "n.i * 30")}, {plus("s.starts_at", "n.i * 30 + 30")},
                'booked', 0, '', 'desk', '', '', '', '', 1, 0, %s, %s, '', ''
            FROM rostering_shift s
            JOIN (SELECT practice_id, MIN(id) AS first FROM booking_visitreason GROUP BY practice_id) r
                ON r.practice_id = s.practice_id
            JOIN (SELECT practice_id, MIN(id) AS first FROM patients_patient GROUP BY practice_id) p
                ON p.practice_id = s.practice_id
            CROSS JOIN n
            WHERE (s.id * 7919 + n.i * 104729) %% 4 < 2
            """,
            [connection.ops.adapt_datetimefield_value(now)] * 2,
        )
        for kind, column in ((1, "practitioner_id"), (3, "patient_id")):
            cursor.execute(
                series.format(last=5)
                + f"""
                INSERT INTO booking_occupation (resource_kind, resource_id, lane, tick, hold_id, appointment_id)
                SELECT {kind}, a.{column}, 0, {ticks} + n.i, NULL, a.id
                FROM booking_appointment a CROSS JOIN n
                """
            )


_LOADED = ("rostering_shift", "booking_appointment", "booking_occupation")


@contextmanager
def _loading() -> Iterator[None]:
    """On PostgreSQL, load the large tables without their constraints and indexes, then put them all back.

    Checking five million rows one by one takes minutes, building the same index once takes seconds. The database that is
    measured has every constraint of the real one: putting one back checks all the rows.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET jit = off")
        cursor.execute(
            "SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', c.conrelid::regclass::text, c.conname), "
            "format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', c.conrelid::regclass::text, c.conname, "
            "pg_get_constraintdef(c.oid)) FROM pg_constraint c "
            "WHERE c.conrelid::regclass::text = ANY(%s) AND c.contype IN ('u', 'x', 'f') ORDER BY c.contype DESC",
            [list(_LOADED)],
        )
        constraints = cursor.fetchall()
        for drop, _ in constraints:
            cursor.execute(drop)
        cursor.execute(
            "SELECT format('DROP INDEX %%I', i.indexrelid::regclass::text), pg_get_indexdef(i.indexrelid) "
            "FROM pg_index i WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary",
            [list(_LOADED)],
        )
        indexes = cursor.fetchall()
        for drop, _ in indexes:
            cursor.execute(drop)
    yield
    with connection.cursor() as cursor:
        for _, create in (*indexes, *constraints):
            cursor.execute(create)


def timed(count: int, call: Callable[[int], Any], warm_up: int = 5) -> dict[str, float]:
    """p50 and p99 of `count` calls, in milliseconds."""
    for index in range(warm_up):
        call(index)
    durations = []
    gc.collect()
    for index in range(count):
        started = time.perf_counter()
        call(index)
        durations.append(time.perf_counter() - started)
    return _world.milliseconds(durations)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float)
    parser.add_argument("--queries", type=int)
    options = parser.parse_args()
    started = time.perf_counter()
    sites, rpps, first = build(options.scale)
    built = round(time.perf_counter() - started, 1)
    now = datetime.now(UTC)
    chosen = [RNG.choice(sites) for _ in range(options.queries)]
    teams = [RNG.sample(rpps, min(25, len(rpps))) for _ in range(options.queries)]
    reason = dict(VisitReason.objects.filter(category="first_visit").values_list("practice_id", "pk"))

    def near(index: int) -> None:
        site = chosen[index % len(chosen)]
        found = queries.next_times_near(lat=site.lat, lon=site.lon, now=now)
        if not any(times.slots for times in found):
            raise RuntimeError("aucun horaire trouvé : la mesure ne vaut rien")

    def practitioners(index: int) -> None:
        queries.practitioner_slots(
            rpps_list=teams[index % len(teams)], starts=first, ends=first + timedelta(days=3), now=now
        )

    def week(index: int) -> None:
        site = chosen[index % len(chosen)]
        queries.find_slots(
            site_id=site.pk, reason_id=reason[site.practice_id], first_day=first.date(), days=7, now=now
        )

    timings = {
        "service: sites near, next times": timed(options.queries, near),
        "service: 25 practitioners, 3 days": timed(options.queries, practitioners),
        "service: one site, 7 days": timed(options.queries, week),
    }
    with _world.server() as port:
        http_connection = http.client.HTTPConnection("127.0.0.1", port)

        def get(path: str) -> None:
            http_connection.request("GET", path)
            response = http_connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{path} : {response.status}")

        def near_http(index: int) -> None:
            get(f"/api/v1/sites?commune={chosen[index % len(chosen)].commune_id}")

        def page_http(index: int) -> None:
            get(f"/pres-de-chez-vous/?commune={chosen[index % len(chosen)].commune_id}")

        def week_http(index: int) -> None:
            site = chosen[index % len(chosen)]
            get(f"/api/v1/slots?site={site.slug}&reason={reason[site.practice_id]}&days=7")

        timings["http: API sites near, next times"] = timed(options.queries, near_http)
        timings["http: page « près de chez vous »"] = timed(options.queries, page_http)
        timings["http: API one site, 7 days"] = timed(options.queries, week_http)
    with connection.cursor() as cursor:
        size = {}
        for name, table in (
            ("sites", "practices_site"),
            ("shifts", "rostering_shift"),
            ("appointments", "booking_appointment"),
            ("occupations", "booking_occupation"),
        ):
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            size[name] = cursor.fetchone()[0]
    size["visits_worth_of_time"] = size["shifts"] * VISITS
    print(
        json.dumps(
            {
                "benchmark": "slots",
                "database": connection.vendor,
                "machine": _world.machine(),
                "size": size,
                "build_s": built,
                "queries": options.queries,
                "timings": timings,
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
