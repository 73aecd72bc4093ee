"""`releve up`: what `make run` calls. Prepares only what is missing, then serves."""

from __future__ import annotations

import click

from releve.kernel.errors import Unavailable

from .demo import DEFAULT_SEED, show_identities
from .output import progress, say, setup_django
from .serve import run_server, serving_options


@click.command()
@serving_options
@click.option("--prepare-only", is_flag=True, help="Préparer sans servir.")
def up(host: str, port: int, workers: int, threads: int, background: bool, prepare_only: bool) -> None:
    """Prépare la base, le territoire et la démonstration s’ils manquent, puis sert."""
    if prepare_only:
        _prepare()
        say("Prêt.")
        return
    raise SystemExit(
        run_server(
            host=host,
            port=port,
            workers=workers,
            threads=threads,
            background=background,
            prepare=_prepare_and_show,
        )
    )


def _prepare_and_show() -> None:
    _prepare()
    from django.conf import settings

    from releve.workflows import prepare

    if settings.IS_DEMO:
        show_identities(prepare.demo_identities())


def _prepare() -> None:
    setup_django()
    from django.conf import settings

    from releve.workflows import prepare

    if prepare.pending_migrations():
        say("Base de données\u00a0: mise à jour…")
        prepare.migrate()
    if not prepare.territory_is_loaded():
        say("Communes de France\u00a0: import (une seule fois)…")
        with progress() as report:
            found = prepare.import_territory(progress=report)
        for sentence in found["statistics"].missing:
            say(sentence)
    elif prepare.statistics_are_waiting():
        say("Statistiques officielles\u00a0: import (une seule fois)…")
        with progress() as report:
            prepare.import_statistics(progress=report)
    if not settings.IS_DEMO:
        return
    if not prepare.demo_is_built():
        say("Démonstration\u00a0: construction…")
        try:
            with progress() as report:
                prepare.rebuild_demo(seed=DEFAULT_SEED, progress=report)
        except Unavailable as error:
            say(error.message)
    elif prepare.demo_is_stale():
        say("La démonstration date de plus d’une semaine\u00a0: « make demo » la ramène à aujourd’hui.")
