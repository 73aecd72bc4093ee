"""What `releve doctor` runs: the checks of every context, and those that look across them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection

from releve.config import env
from releve.contexts.accounts.enums import Role
from releve.contexts.accounts.models import RoleAssignment, User
from releve.contexts.booking.enums import AppointmentStatus, ResourceKind
from releve.contexts.booking.models import Appointment, Hold, Occupation
from releve.contexts.rostering.enums import ShiftStatus
from releve.contexts.rostering.models import Shift
from releve.contexts.territory.models import Commune, Dataset
from releve.kernel import health
from releve.kernel.checks import Check, Finding, all_checks, check
from releve.kernel.models import OutboxMessage
from releve.workflows import diagnosis_document, prepare

TICK_SECONDS = 300


@dataclass(frozen=True)
class Result:
    code: str
    title: str
    level: str  # ok | warning | error
    findings: list[Finding]

    def as_dict(self) -> dict[str, Any]:
        found = [{"message": f.message, "remedy": f.remedy, "level": f.level} for f in self.findings]
        return {"code": self.code, "title": self.title, "level": self.level, "findings": found}


def examine(*, now: datetime, only: set[str] | None = None) -> list[Result]:
    """Run every check (or those named). A check that fails by itself is a finding, never a crash."""
    results: list[Result] = []
    database_ok = health.database_answers()
    for item in all_checks():
        if only and item.code not in only:
            continue
        if item.needs_database and not database_ok:
            continue
        results.append(_run(item, now))
    if not database_ok:
        lost = Finding(
            "La base de données ne répond pas.",
            "Vérifiez DATABASE_URL et que le serveur de base est démarré.",
        )
        results.append(Result("database", "La base de données répond", "error", [lost]))
    return results


def _run(item: Check, now: datetime) -> Result:
    try:
        findings = list(item.run(now))
    except DatabaseError as error:
        findings = [
            Finding(
                f"Contrôle impossible : {type(error).__name__}.",
                "Lancez « releve migrate », puis ce contrôle à nouveau.",
            )
        ]
    level = "ok"
    levels = {f.level for f in findings}
    if levels - {"info"}:
        level = "error" if "error" in levels else "warning"
    return Result(item.code, item.title, level, findings)


@check("settings-unknown", "Chaque variable RELEVE_* est connue", needs_database=False)
def no_unknown_setting(now: datetime) -> Iterator[Finding]:
    for name in sorted(os.environ):
        base = name.removesuffix("_FILE")
        if name.startswith("RELEVE_") and base not in env.KNOWN and name not in env.KNOWN | _SET_BY_TOOLS:
            yield Finding(
                f"{name} n’est lu par rien.",
                "Corrigez le nom (liste dans docs/operate/settings.md) ou retirez-le.",
                "warning",
            )


# Read by the command line or by test tools, not by the settings.
_SET_BY_TOOLS = {"RELEVE_HOST", "RELEVE_PORT", "RELEVE_WORKERS", "RELEVE_THREADS", "RELEVE_CHROMIUM"}


@check("static-files", "Les fichiers des pages sont en place", needs_database=False)
def vendor_files_present(now: datetime) -> Iterator[Finding]:
    for name in ("bootstrap/bootstrap.min.css", "htmx/htmx.min.js", "maplibre-gl/maplibre-gl-csp.js"):
        collected = (Path(settings.STATIC_ROOT) / "vendor" / name).exists()
        if not collected and finders.find(f"vendor/{name}") is None:
            yield Finding(f"Fichier absent : vendor/{name}.", "Lancez « make setup ».")
    if settings.IS_PRODUCTION and not settings.STATIC_IS_COLLECTED:
        yield Finding("Les fichiers statiques ne sont pas préparés.", "Lancez « releve static ».", "warning")


@check("pdf-libraries", "Les documents PDF peuvent s’écrire", needs_database=False)
def pdf_is_possible(now: datetime) -> Iterator[Finding]:
    if not diagnosis_document.is_pdf_possible():
        yield Finding(
            "Des bibliothèques du système manquent pour écrire les PDF.",
            f"Debian, Ubuntu\u00a0: apt install {diagnosis_document.SYSTEM_PACKAGES}.",
            "warning",
        )


@check("database-kind", "La base de données convient à l’usage", needs_database=False)
def database_fits(now: datetime) -> Iterator[Finding]:
    if settings.IS_PRODUCTION and settings.DATABASE_IS_SQLITE:
        yield Finding(
            "La production est sur SQLite : un seul serveur, pas de copie à chaud sur une autre machine.",
            "Convient à un cabinet isolé et sauvegardé ; au-delà, donnez DATABASE_URL=postgresql://…",
            "warning",
        )


@check("migrations", "Le schéma de la base est à jour")
def migrations_applied(now: datetime) -> Iterator[Finding]:
    for name in prepare.pending_migrations():
        yield Finding(f"Migration en attente : {name}.", "Lancez « releve migrate ».")


@check("shift-guards", "La base refuse elle-même deux vacations superposées")
def shift_guards_present(now: datetime) -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        wanted = {f"shift_{n}_free_{e}" for n in ("practitioner", "room") for e in ("insert", "update")}
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'rostering_shift'"
    else:
        wanted = {"shift_practitioner_free", "shift_room_free"}
        query = "SELECT conname FROM pg_constraint WHERE conrelid = 'rostering_shift'::regclass"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    for name in sorted(wanted - present):
        yield Finding(
            f"La garde {name} a disparu de la base.",
            "Rejouez la migration rostering.0002 (elle recrée les gardes), puis ce contrôle.",
        )


@check("occupation", "Le temps occupé correspond aux rendez-vous")
def occupation_agrees(now: datetime) -> Iterator[Finding]:
    """Every live future appointment occupies exactly its minutes; nothing cancelled or expired occupies any."""
    cancelled = Occupation.objects.filter(appointment__status=AppointmentStatus.CANCELLED)
    numbers = list(cancelled.values_list("appointment_id", flat=True).distinct()[:20])
    if numbers:
        yield Finding(
            f"Rendez-vous annulés qui occupent encore du temps : {_listed(numbers)}.",
            "Ce temps n’est plus proposé : signalez-le, puis libérez ces lignes d’occupation.",
        )
    live = Appointment.objects.filter(starts_at__gte=now, status=AppointmentStatus.BOOKED)
    taken: dict[int, set[int]] = {}
    rows = Occupation.objects.filter(appointment__in=live, resource_kind=ResourceKind.PRACTITIONER)
    for appointment_id, tick in rows.values_list("appointment_id", "tick").iterator(10_000):
        taken.setdefault(appointment_id, set()).add(tick)
    wrong = [
        pk
        for pk, start, end in live.values_list("pk", "starts_at", "ends_at").iterator(10_000)
        if taken.get(pk) != _ticks(start, end)
    ]
    if wrong:
        yield Finding(
            f"Rendez-vous dont le temps n’est pas gardé par la base : {_listed(wrong)}.",
            "Une double réservation y est possible : déplacez-les au même horaire depuis le secrétariat.",
        )
    stale = Hold.objects.filter(expires_at__lt=now - timedelta(hours=1)).count()
    if stale:
        yield Finding(
            f"{stale} réservations provisoires expirées depuis plus d’une heure n’ont pas été effacées.",
            "Le travail de fond ne tourne sans doute pas : lancez « releve worker ».",
            "warning",
        )


def _ticks(start: datetime, end: datetime) -> set[int]:
    return set(range(int(start.timestamp()) // TICK_SECONDS, -(-int(end.timestamp()) // TICK_SECONDS)))


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(str(n) for n in numbers[:10])
    return shown + ("…" if len(numbers) > 10 else "")


@check("shift-practitioner", "Chaque vacation prise a un praticien")
def taken_shifts_have_practitioner(now: datetime) -> Iterator[Finding]:
    taken = [ShiftStatus.PROPOSED, ShiftStatus.CONFIRMED, ShiftStatus.HELD]
    found = list(Shift.objects.filter(status__in=taken, practitioner=None).values_list("pk", flat=True)[:20])
    if found:
        yield Finding(
            f"Vacations prises sans praticien : {_listed(found)}.",
            "Remettez-les « à pourvoir » depuis le calendrier.",
        )


@check("territory", "Le territoire de référence est chargé, avec ses millésimes")
def territory_loaded(now: datetime) -> Iterator[Finding]:
    if not Commune.objects.exists():
        yield Finding("Aucune commune n’est chargée.", "Lancez « releve data import ».")
    for slug in Dataset.objects.filter(vintage="").values_list("slug", flat=True):
        yield Finding(f"Le jeu de données {slug} n’a pas de millésime.", "Rejouez « releve data import ».")


@check("school-calendar", "Les vacances scolaires couvrent les trois mois à venir")
def school_calendar_covers(now: datetime) -> Iterator[Finding]:
    from vacances_scolaires_france import SchoolHolidayDates, UnsupportedYearException

    dates = SchoolHolidayDates()
    for year in sorted({now.year, (now + timedelta(days=92)).year}):
        try:
            dates.holidays_for_year(year)
        except UnsupportedYearException:
            yield Finding(
                f"Le calendrier scolaire de {year} n’est pas connu : les vacances ne seront pas sautées.",
                "Mettez à jour le paquet vacances-scolaires-france, ou donnez RELEVE_DATA_DIR.",
                "warning",
            )


@check("worker", "Le travail de fond donne signe de vie")
def worker_alive(now: datetime) -> Iterator[Finding]:
    state = health.worker_state(now=now)
    if state != "ok":
        said = "n’a jamais tourné" if state == "absent" else "ne donne plus signe de vie"
        yield Finding(
            f"Le travail de fond {said} : aucun message ne part.",
            "Lancez « releve worker » (« releve serve » le lance aussi).",
            "error" if settings.IS_PRODUCTION else "warning",
        )


@check("outbox", "Les messages partent")
def outbox_flows(now: datetime) -> Iterator[Finding]:
    late = OutboxMessage.objects.filter(
        status=OutboxMessage.Status.PENDING, send_after__lt=now - timedelta(minutes=15), useful_until__gt=now
    ).count()
    if late:
        yield Finding(
            f"{late} messages attendent depuis plus d’un quart d’heure.",
            "Regardez leur dernière erreur, et si le travail de fond tourne.",
        )
    day = now - timedelta(days=1)
    failed = OutboxMessage.objects.filter(status=OutboxMessage.Status.FAILED, created_at__gt=day).count()
    if failed:
        yield Finding(
            f"{failed} messages n’ont pas pu partir depuis 24 heures.",
            "Vérifiez RELEVE_SMTP_* et RELEVE_SMS_*, et les adresses refusées.",
            "warning",
        )


@check("second-factor", "Le personnel a un second facteur")
def staff_have_second_factor(now: datetime) -> Iterator[Finding]:
    from allauth.mfa.models import Authenticator

    real = User.objects.filter(is_active=True, is_demo=False, assignments__isnull=False)
    lacking = real.exclude(pk__in=Authenticator.objects.values("user_id")).distinct().count()
    if lacking:
        yield Finding(
            f"{lacking} comptes actifs n’ont ni clé d’accès ni code à usage unique.",
            "Ils y seront obligés à la prochaine connexion ; rappelez-le-leur.",
            "error" if settings.IS_PRODUCTION else "warning",
        )
    if settings.IS_PRODUCTION and not RoleAssignment.objects.filter(role=Role.ADMINISTRATOR).exists():
        yield Finding(
            "Personne n’administre la plateforme.",
            'Lancez « releve admin adresse@exemple.fr --name "Prénom Nom" ».',
        )


@check("demonstration", "Aucune donnée de démonstration en production")
def no_demo_in_production(now: datetime) -> Iterator[Finding]:
    if prepare.demo_data_in_production():
        yield Finding(
            "Des comptes de démonstration, aux mots de passe publics, sont dans cette base.",
            "Repartez d’une base neuve : rien de fictif ne doit côtoyer de vrais patients.",
        )
