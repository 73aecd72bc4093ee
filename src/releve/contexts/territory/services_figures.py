"""Import of the official statistics: each dataset is read and checked whole, then written in one transaction.

A second run with the same files does nothing. A file older than what is loaded is refused. Statistics stay when
their files are gone: only a newer import replaces them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from releve.kernel import audit, runs
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Invalid, Unavailable

from . import geometry
from .enums import CommuneKind
from .figure_rows import update_figures
from .figures import COLUMNS, RATE
from .mergers import Geography, add_whole_cities, gather, present_codes
from .models import (
    Commune,
    CommuneFigures,
    CommuneShape,
    Dataset,
    Departement,
    DepartementFigures,
    Epci,
    FormerCommune,
    RedZone,
)
from .sources import Manifest
from .sources import producers as producer_files
from .sources import statistics as files
from .sources.statistics import Statistics

# Part of every fingerprint: raise it when the same files must give other rows; the next run imports again.
FIGURES_VERSION = "1"
LISTED = 10
CONTOUR_SURFACES = "surfaces-contours"
Progress = Callable[[str, int, int], None]


@dataclass
class DatasetReport:
    """What the import of one file did. `unmatched`: codes that lead to no commune of today."""

    slug: str
    title: str
    vintage: str
    rows: int = 0
    unchanged: bool = False
    written: int = 0
    columns: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class StatisticsReport:
    """What an import of statistics did; `missing` and `refused` are French sentences for a person."""

    datasets: list[DatasetReport] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def unchanged(self) -> bool:
        return all(dataset.unchanged for dataset in self.datasets)


@dataclass
class _World:
    """What every dataset of one import needs: the communes of today and the people of the merged ones."""

    geography: Geography
    reference: str
    persons: dict[str, float]


def _silent(stage: str, done: int, total: int) -> None:
    """Progress for callers who show none."""


def import_statistics(
    *,
    now: datetime,
    data_dir: Path | None,
    force: bool = False,
    progress: Progress = _silent,
    by: Actor = SYSTEM,
) -> StatisticsReport:
    """Import every statistics file found in `data_dir`, after `import_reference`.

    A missing file is told, not refused; one older than what is loaded is left aside and told, unless `force`.
    Raises Invalid (`bad-reference-file`) at the first malformed file, of which nothing is then written, and
    Unavailable (`no-reference`) before the communes.
    """
    begun = time.perf_counter()
    world = _world()
    report = StatisticsReport()
    jobs: list[tuple[str, Callable[[], DatasetReport]]] = []
    if data_dir is not None:
        jobs = _jobs(data_dir, world, report, now=now, by=by, force=force)
    for done, (title, job) in enumerate(jobs):
        progress(f"Statistiques : {title}", done, len(jobs))
        try:
            report.datasets.append(job())
        except Invalid as error:
            if error.code != "older-vintage":
                raise
            report.refused.append(error.message)
    surfaces = _surfaces_from_contours(world, now=now, by=by)
    if surfaces is not None:
        report.datasets.append(surfaces)
    _tell_missing(report, data_dir)
    if any(not dataset.unchanged for dataset in report.datasets):
        _analyse(CommuneFigures, DepartementFigures, RedZone)
        run = runs.start_run(
            "import-statistics",
            now=now,
            code_version=f"statistics-import {FIGURES_VERSION}",
            vintages={dataset.slug: dataset.vintage for dataset in report.datasets},
        )
        summary = {d.slug: {"written": d.written, "unmatched": len(d.unmatched)} for d in report.datasets}
        runs.finish_run(run, now=now, result=summary)
    progress("Statistiques importées", len(jobs), len(jobs))
    report.seconds = time.perf_counter() - begun
    return report


def _jobs(
    folder: Path, world: _World, report: StatisticsReport, *, now: datetime, by: Actor, force: bool
) -> list[tuple[str, Callable[[], DatasetReport]]]:
    how: dict[str, Any] = {"now": now, "by": by, "force": force}
    jobs: list[tuple[str, Callable[[], DatasetReport]]] = []

    def is_there(file: str, title: str) -> bool:
        there = (folder / file).is_file()
        if not there:
            report.missing.append(f"{file} manque : {title[0].lower()}{title[1:]}.")
        return there

    for spec in files.COMMUNE_FILES:
        if is_there(spec.file, spec.title):
            manifest = spec.manifest(folder)
            read = partial(files.read_commune_file, spec, folder, manifest)
            jobs.append((spec.title, partial(_import_one, manifest, read, world, **how)))
    for slug, file, title, producer, vintage, columns in files.DEPARTEMENT_FILES:
        if is_there(file, title):
            manifest = files.file_manifest(slug, file, title, producer, vintage, folder)
            job = partial(_import_departements, manifest, folder / file, columns, world, **how)
            jobs.append((title, job))
    for slug, file, title, producer, vintage in files.OTHER_FILES:
        if is_there(file, title):
            manifest = files.file_manifest(slug, file, title, producer, vintage, folder)
            work = _import_red_zones if slug == "red-zones" else _import_parameters
            jobs.append((title, partial(work, manifest, folder / file, world, **how)))
    return jobs


def import_statistics_file(
    *,
    now: datetime,
    path: Path,
    kind: str | None = None,
    vintage: str | None = None,
    force: bool = False,
    progress: Progress = _silent,
    by: Actor = SYSTEM,
) -> StatisticsReport:
    """Import one file as its producer publishes it; its kind is recognised by its columns unless told.

    Kinds: `producers.KINDS`. Raises Invalid: `bad-reference-file` naming file, line and column,
    `unknown-file-kind`, `older-vintage` naming both; nothing is then written.
    """
    begun = time.perf_counter()
    world = _world()
    progress(f"Lecture de {path.name}", 0, 2)
    report = StatisticsReport()
    for statistics in producer_files.read_file(path, kind=kind, vintage=vintage, progress=progress):
        progress("Écriture", 1, 2)
        report.datasets.append(
            _import_one(
                statistics.manifest,
                partial(_already_read, statistics),
                world,
                now=now,
                by=by,
                force=force,
                chosen=True,
            )
        )
    _analyse(CommuneFigures)
    progress("Importé", 2, 2)
    report.seconds = time.perf_counter() - begun
    return report


def _already_read(statistics: Statistics) -> Statistics:
    return statistics


def _world() -> _World:
    rows = list(
        Commune.objects.filter(is_current=True)
        .order_by()
        .values_list("code", "kind", "parent_id", "population")
    )
    if not rows:
        raise Unavailable(
            "Aucune commune n’est chargée : les statistiques viennent après. Lancez « releve data import ».",
            code="no-reference",
        )
    geography = Geography(
        current=frozenset(row[0] for row in rows),
        former=dict(FormerCommune.objects.values_list("code", "commune_id")),
        parents={
            code: parent for code, kind, parent, _ in rows if kind == CommuneKind.ARRONDISSEMENT and parent
        },
        population={code: people for code, _, _, people in rows},
    )
    marks = Dataset.objects.filter(slug__in=("communes", "former-communes")).order_by("slug")
    reference = " ".join(marks.values_list("sha256", flat=True))
    return _World(geography, reference, _persons())


def _persons() -> dict[str, float]:
    known = Dataset.objects.filter(slug=files.PERSONS_FILE.slug).values_list("report", flat=True).first()
    return dict((known or {}).get("persons", {}))


def _fingerprint(manifest: Manifest, world: _World) -> dict[str, str]:
    return {
        "figures_version": FIGURES_VERSION,
        "sha256": manifest.sha256,
        "vintage": manifest.vintage,
        "reference": world.reference,
    }


def _known(manifest: Manifest, world: _World) -> Dataset | None:
    """The dataset as already imported from the very same file, for the same communes."""
    known = Dataset.objects.filter(slug=manifest.slug).first()
    if known is None:
        return None
    same = all(known.report.get(k) == v for k, v in _fingerprint(manifest, world).items())
    return known if same else None


def _refuse_older(manifest: Manifest, *, force: bool) -> None:
    loaded = Dataset.objects.filter(slug=manifest.slug).first()
    if loaded is not None and not force and files.is_older(manifest.vintage, loaded.vintage):
        raise _older(manifest, loaded.vintage)


def _older(manifest: Manifest, loaded: str) -> Invalid:
    return Invalid(
        f"{manifest.title} : le millésime {manifest.vintage} est plus ancien que celui déjà chargé ({loaded}). "
        "Rien n’a été importé ; « --force » l’impose.",
        code="older-vintage",
        details={"slug": manifest.slug, "vintage": manifest.vintage, "loaded": loaded},
    )


def _unchanged(known: Dataset) -> DatasetReport:
    return DatasetReport(
        known.slug,
        known.title,
        known.vintage,
        rows=known.rows,
        unchanged=True,
        columns=list(known.report.get("columns", ())),
    )


def _import_one(
    manifest: Manifest,
    read: Callable[[], Statistics],
    world: _World,
    *,
    now: datetime,
    by: Actor,
    force: bool,
    chosen: bool = False,
) -> DatasetReport:
    """Import a table of communes. `chosen`: a person asked for this very file, so it replaces an equal vintage."""
    known = _known(manifest, world)
    if known is not None:
        return _unchanged(known)
    _refuse_older(manifest, force=force)
    statistics = read()
    with transaction.atomic():
        return _write_communes(statistics, world, now=now, by=by, force=force, chosen=chosen)


def _columns_to_write(
    statistics: Statistics, *, force: bool, chosen: bool, report: DatasetReport
) -> dict[str, list[Any]]:
    """Leave out what another dataset already gives from a newer vintage (or as new, when nobody chose this file)."""
    manifest = statistics.manifest
    columns: dict[str, list[Any]] = dict(statistics.columns)
    if statistics.years:
        columns["apl"] = statistics.years[max(statistics.years)]
    owners = {
        column: dataset
        for dataset in Dataset.objects.exclude(slug=manifest.slug)
        for column in dataset.report.get("columns", ())
    }
    kept: dict[str, list[str]] = {}
    for column in list(columns):
        owner = owners.get(column)
        if owner is None or force:
            continue
        older = files.is_older(manifest.vintage, owner.vintage)
        if older or (not chosen and not files.is_older(owner.vintage, manifest.vintage)):
            del columns[column]
            kept.setdefault(f"{owner.title} ({owner.vintage})", []).append(COLUMNS[column].label)
    if not columns:
        raise _older(manifest, ", ".join(kept))
    for title, labels in kept.items():
        report.notes.append(f"Gardé de {title} : {', '.join(labels)}.")
    return columns


def _write_communes(
    statistics: Statistics, world: _World, *, now: datetime, by: Actor, force: bool, chosen: bool
) -> DatasetReport:
    manifest, geography = statistics.manifest, world.geography
    report = DatasetReport(manifest.slug, manifest.title, manifest.vintage, rows=len(statistics.codes))
    report.notes += statistics.notes
    columns = _columns_to_write(statistics, force=force, chosen=chosen, report=report)
    targets = present_codes(statistics.codes, statistics.hints, geography)
    report.unmatched = [code for code, to in zip(statistics.codes, targets, strict=True) if to is None]
    persons = _persons_of(statistics, targets)
    if persons is not None:
        world.persons = persons
    weights: list[float | None] = statistics.weights or [world.persons.get(c) for c in statistics.codes]

    values: dict[str, dict[str, Any]] = {}
    for column, given in columns.items():
        kind = COLUMNS[column].kind
        values[column] = gather(targets, given, weights, kind)
        add_whole_cities(values[column], kind, geography, partial=statistics.partial)
    if "apl" in values:
        _add_history(values, statistics, targets, weights, geography, keep=chosen)
    report.columns = sorted(values)
    report.written = update_figures(values)
    extra: dict[str, Any] = {"persons": persons} if persons is not None else {}
    dataset = _save(manifest, report, world, now=now, **extra)
    _record(dataset, report, now=now, by=by)
    return report


def _persons_of(statistics: Statistics, targets: list[str | None]) -> dict[str, float] | None:
    """People of the old communes that share a present one, when the file gives them."""
    people = statistics.columns.get("fiscal_persons")
    if statistics.manifest.slug != files.PERSONS_FILE.slug or people is None:
        return None
    members: dict[str, int] = {}
    for code in targets:
        if code is not None:
            members[code] = members.get(code, 0) + 1
    return {
        old: float(count)
        for old, to, count in zip(statistics.codes, targets, people, strict=True)
        if to is not None and members[to] > 1 and count is not None
    }


def _add_history(
    values: dict[str, dict[str, Any]],
    statistics: Statistics,
    targets: list[str | None],
    weights: list[float | None],
    geography: Geography,
    *,
    keep: bool,
) -> None:
    """APL of every year and the year of the present one. `keep`: years that this file does not have stay."""
    latest = max(statistics.years)
    history: dict[str, dict[str, float]] = {}
    if keep:
        present = CommuneFigures.objects.exclude(apl_history={}).values_list("commune_id", "apl_history")
        history = {code: dict(years) for code, years in present}
    for year, given in sorted(statistics.years.items()):
        found = gather(targets, given, weights, RATE)
        add_whole_cities(found, RATE, geography)
        for years in history.values():
            years.pop(str(year), None)
        for code, value in found.items():
            if value is not None:
                history.setdefault(code, {})[str(year)] = value
    values["apl_history"] = {code: dict(sorted(years.items())) for code, years in history.items()}
    values["apl_year"] = {code: latest for code, value in values["apl"].items() if value is not None}


def _save(
    manifest: Manifest, report: DatasetReport, world: _World, *, now: datetime, **extra: Any
) -> Dataset:
    mine = set(report.columns)
    for other in Dataset.objects.exclude(slug=manifest.slug):
        theirs = other.report.get("columns")
        if theirs and mine & set(theirs):
            other.report["columns"] = [column for column in theirs if column not in mine]
            other.save(update_fields=["report"])
    dataset, _ = Dataset.objects.update_or_create(
        slug=manifest.slug,
        defaults={
            "title": manifest.title,
            "producer": manifest.producer,
            "vintage": manifest.vintage,
            "licence": manifest.licence,
            "sha256": manifest.sha256,
            "rows": report.rows,
            "imported_at": now,
            "report": {
                **_fingerprint(manifest, world),
                "columns": report.columns,
                "written": report.written,
                "unmatched": {"count": len(report.unmatched), "first": report.unmatched[:LISTED]},
                "notes": report.notes,
                **extra,
            },
        },
    )
    return dataset


def _record(dataset: Dataset, report: DatasetReport, *, now: datetime, by: Actor) -> None:
    audit.record(
        by=by,
        action="territory.statistics-imported",
        target_kind="dataset",
        target_id=dataset.pk,
        now=now,
        slug=report.slug,
        changed=report.written,
    )


def _import_departements(
    manifest: Manifest,
    path: Path,
    columns: dict[str, str],
    world: _World,
    *,
    now: datetime,
    by: Actor,
    force: bool,
) -> DatasetReport:
    known = _known(manifest, world)
    if known is not None:
        return _unchanged(known)
    _refuse_older(manifest, force=force)
    rows = files.read_departement_file(path, columns)
    report = DatasetReport(
        manifest.slug, manifest.title, manifest.vintage, rows=len(rows), columns=sorted(columns)
    )
    with transaction.atomic():
        departements = set(Departement.objects.values_list("code", flat=True))
        report.unmatched = sorted(rows.keys() - departements)
        present = {row.departement_id: row for row in DepartementFigures.objects.all()}
        fresh = [
            DepartementFigures(departement_id=c) for c in sorted(rows.keys() & departements - present.keys())
        ]
        DepartementFigures.objects.bulk_create(fresh)
        present |= {row.departement_id: row for row in fresh}
        changed = []
        for code, row in present.items():
            given = rows.get(code, {})
            if any(getattr(row, name) != given.get(name) for name in columns):
                for name in columns:
                    setattr(row, name, given.get(name))
                changed.append(row)
        if changed:
            DepartementFigures.objects.bulk_update(changed, list(columns))
        report.written = len(changed)
        dataset = _save(manifest, report, world, now=now)
        _record(dataset, report, now=now, by=by)
    return report


def _import_red_zones(
    manifest: Manifest, path: Path, world: _World, *, now: datetime, by: Actor, force: bool
) -> DatasetReport:
    known = _known(manifest, world)
    if known is not None:
        return _unchanged(known)
    _refuse_older(manifest, force=force)
    rows = files.read_red_zones(path)
    report = DatasetReport(manifest.slug, manifest.title, manifest.vintage, rows=len(rows))
    with transaction.atomic():
        sirens = set(Epci.objects.values_list("siren", flat=True))
        report.unmatched = sorted(rows.keys() - sirens)
        dataset = _save(manifest, report, world, now=now)
        RedZone.objects.all().delete()
        RedZone.objects.bulk_create(
            [
                RedZone(epci_id=siren, reliability=reliability, origin=origin, source=dataset)
                for siren, (reliability, origin) in rows.items()
                if siren in sirens
            ]
        )
        report.written = len(rows) - len(report.unmatched)
        _record(dataset, report, now=now, by=by)
    return report


def _import_parameters(
    manifest: Manifest, path: Path, world: _World, *, now: datetime, by: Actor, force: bool
) -> DatasetReport:
    known = _known(manifest, world)
    if known is not None:
        return _unchanged(known)
    _refuse_older(manifest, force=force)
    found = files.read_apl_parameters(path)
    rows = sum(len(part) for part in found.values())
    report = DatasetReport(manifest.slug, manifest.title, manifest.vintage, rows=rows, written=rows)
    with transaction.atomic():
        dataset = _save(manifest, report, world, now=now, **found)
        _record(dataset, report, now=now, by=by)
    return report


def _surfaces_from_contours(world: _World, *, now: datetime, by: Actor) -> DatasetReport | None:
    """Surfaces of the light contours when no file gives any: density then exists without the data folder."""
    contours = Dataset.objects.filter(slug="contours").first()
    if contours is None:
        return None
    if any(
        "surface_km2" in d.report.get("columns", ()) for d in Dataset.objects.exclude(slug=CONTOUR_SURFACES)
    ):
        return None
    manifest = Manifest(
        CONTOUR_SURFACES,
        "Surface des communes, d’après leurs contours simplifiés",
        contours.producer,
        contours.vintage,
        contours.licence,
        contours.sha256,
    )
    known = _known(manifest, world)
    if known is not None:
        return _unchanged(known)
    codes, areas = [], []
    for code, text in CommuneShape.objects.order_by("commune_id").values_list("commune_id", "coordinates"):
        codes.append(code)
        areas.append(round(geometry.area_km2(json.loads(text)), 3))
    statistics = Statistics(manifest, codes, {"surface_km2": areas})
    with transaction.atomic():
        return _write_communes(statistics, world, now=now, by=by, force=False, chosen=False)


def _tell_missing(report: StatisticsReport, data_dir: Path | None) -> None:
    """What is not loaded, in words: without a folder, or without some of its files."""
    if data_dir is not None:
        return
    loaded = {
        column: f"{dataset.title} ({dataset.vintage})"
        for dataset in Dataset.objects.order_by("slug")
        for column in dataset.report.get("columns", ())
    }
    if "apl" in loaded:
        kept = ", ".join(sorted({title for column, title in loaded.items() if column != "surface_km2"}))
        report.missing.append(
            f"RELEVE_DATA_DIR n’est pas défini : les statistiques déjà importées restent ({kept})."
        )
        return
    report.missing.append(
        "RELEVE_DATA_DIR n’est pas défini : ni APL publiée, ni médecins, ni âges, ni revenus, ni temps "
        "d’accès aux urgences, ni zonage. L’offre de soins est modélisée d’après la population, et chaque "
        "page le dit."
    )


def _analyse(*tables: type[models.Model]) -> None:
    """Tell the query planner what was just written (see `services`)."""
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
