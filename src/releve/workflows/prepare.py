"""Bring a database to the state in which the platform can serve: schema, reference territory, demonstration."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from releve.contexts.accounts.models import User
from releve.contexts.territory.models import Commune, Dataset
from releve.kernel import clock
from releve.kernel.errors import Unavailable
from releve.kernel.models import Run

Progress = Callable[..., None]
DEMO_RUN = "demo"
# Past this age its six weeks no longer surround today well.
DEMO_STALE_AFTER = timedelta(days=7)


def pending_migrations() -> list[str]:
    """Names `app.migration` that the database has not had yet. Raises Unavailable when it does not answer."""
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise Unavailable(
            "La base de données ne répond pas : vérifiez DATABASE_URL et que le serveur est démarré."
        ) from error
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def territory_is_loaded() -> bool:
    return Commune.objects.exists()


def import_territory(*, force: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Communes, EPCI, départements, régions, the outlines of communes, then the statistics of RELEVE_DATA_DIR.

    `force`: statistics older than those loaded replace them.
    """
    from releve.contexts.territory import services

    shown = progress or (lambda *_: None)
    cache_dir = settings.PROJECT_DIR / "var" / "cache"
    reference = services.import_reference(
        now=clock.now(),
        data_dir=settings.RELEVE_DATA_DIR,
        node_modules=settings.PROJECT_DIR / "node_modules",
        cache_dir=cache_dir,
        progress=shown,
    )
    try:
        shapes: Any = services.import_shapes(now=clock.now(), cache_dir=cache_dir, progress=shown)
    except Unavailable as error:
        # Outlines only make maps nicer: their absence is said, and stops nothing.
        shown(error.message)
        shapes = None
    statistics = import_statistics(force=force, progress=shown)
    return {"reference": reference, "shapes": shapes, "statistics": statistics}


def statistics_are_waiting() -> bool:
    """True when RELEVE_DATA_DIR has the published accessibility and no statistics were ever imported from it."""
    folder = settings.RELEVE_DATA_DIR
    if folder is None or not (folder / "apl_communes.parquet").is_file():
        return False
    return not Dataset.objects.filter(slug="apl").exists()


def import_statistics(*, force: bool = False, progress: Progress | None = None) -> Any:
    """The official statistics of RELEVE_DATA_DIR alone: the communes are there already."""
    from releve.contexts.territory import services_figures

    return services_figures.import_statistics(
        now=clock.now(),
        data_dir=settings.RELEVE_DATA_DIR,
        force=force,
        progress=progress or (lambda *_: None),
    )


def import_statistics_file(
    path: Path,
    *,
    kind: str | None = None,
    vintage: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Any:
    """One file of official statistics as its producer publishes it."""
    from releve.contexts.territory import services_figures

    return services_figures.import_statistics_file(
        now=clock.now(),
        path=path,
        kind=kind,
        vintage=vintage,
        force=force,
        progress=progress or (lambda *_: None),
    )


def tiles_dir() -> Path:
    return Path(settings.VAR_DIR) / "tiles"


def _cache_dir() -> Path:
    return Path(settings.PROJECT_DIR) / "var" / "cache"


def contours_are_there() -> bool:
    """Whether the package that the tiles are made from is in the cache."""
    from releve.contexts.territory import sources

    return sources.find_wheel(_cache_dir()) is not None


def tiles_are_missing() -> bool:
    """True when the package of contours is there, and the map of France is not that of the present communes."""
    from releve.contexts.territory import services_tiles, tiles_store

    if not territory_is_loaded():
        return False
    expected = services_tiles.tiles_expected(_cache_dir())
    known = tiles_store.current(tiles_dir())
    return bool(expected) and (known is None or known.fingerprint != expected)


def build_tiles(*, progress: Progress | None = None) -> Any:
    """The tiles of the map of France, when their contours are there. Half a minute of one processor."""
    from releve.contexts.territory import services_tiles

    return services_tiles.build_tiles(
        cache_dir=_cache_dir(), folder=tiles_dir(), now=clock.now(), progress=progress or (lambda *_: None)
    )


def demo_is_built() -> bool:
    """True once a whole construction ended; one that was interrupted is started again."""
    return Run.objects.filter(kind=DEMO_RUN, status="done").exists()


def demo_is_stale() -> bool:
    last = Run.objects.filter(kind=DEMO_RUN, status="done").order_by("-started_at").first()
    return last is not None and clock.now() - last.started_at > DEMO_STALE_AFTER


def demo_data_in_production() -> bool:
    return bool(settings.IS_PRODUCTION) and User.objects.filter(is_demo=True).exists()


def rebuild_demo(*, seed: int, progress: Progress | None = None) -> None:
    """Build the demonstration anew. Refused in production, where fictional patients have no place."""
    if settings.IS_PRODUCTION:
        raise Unavailable("La démonstration ne se construit pas en production (RELEVE_MODE=production).")
    workflow = _demo_workflow()
    if workflow is None:
        raise Unavailable("La démonstration n’est pas dans cette version.")
    run = Run.objects.create(
        kind=DEMO_RUN, started_at=clock.now(), code_version="", seed=seed, status="running"
    )
    workflow.build_demo(seed=seed, progress=progress)
    # The construction may have emptied the table of runs.
    run.status, run.finished_at = "done", clock.now()
    Run.objects.filter(kind=DEMO_RUN).exclude(pk=run.pk).delete()
    run.save(force_update=Run.objects.filter(pk=run.pk).exists())


def demo_identities() -> list[dict[str, str]]:
    """Who can sign in to the demonstration: label, email, password (public, fictional)."""
    workflow = _demo_workflow()
    return list(workflow.demo_identities()) if workflow is not None else []


def _demo_workflow() -> Any:
    try:
        return importlib.import_module("releve.workflows.demo")
    except ModuleNotFoundError as error:
        if error.name != "releve.workflows.demo":
            raise
        return None
