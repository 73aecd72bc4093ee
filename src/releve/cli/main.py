"""The `releve` command. Sub-commands are loaded when called, so that each starts fast.

Exit codes: 0 done, 1 `doctor` found something or a bench missed its invariant, 2 refused (one French line says why).
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from releve.config.env import SettingError
from releve.kernel.errors import DomainError

# name -> module:attribute, help line
COMMANDS: dict[str, tuple[str, str]] = {
    "admin": ("releve.cli.admin:admin", "Donne l’administration de la plateforme à une première personne."),
    "bench": ("releve.cli.bench:bench", "Mesure la plateforme (réservation, recherche de créneaux…)."),
    "data": ("releve.cli.data:data", "Données de référence : communes, EPCI, calendriers."),
    "demo": ("releve.cli.demo:demo", "Reconstruit la démonstration."),
    "diagnose": (
        "releve.cli.diagnose:diagnose",
        "Diagnostic d’un territoire : accès aux médecins, besoin, fragilité.",
    ),
    "doctor": (
        "releve.cli.doctor:doctor",
        "Cherche et explique toute incohérence ou configuration manquante.",
    ),
    "migrate": ("releve.cli.data:migrate", "Met la base de données à jour."),
    "serve": ("releve.cli.serve:serve", "Sert le site et le travail de fond."),
    "static": ("releve.cli.data:static", "Prépare les fichiers statiques (noms à empreinte, compression)."),
    "territory": (
        "releve.cli.territory:territory",
        "Accessibilité : calage du modèle, effets d’une ouverture.",
    ),
    "up": ("releve.cli.up:up", "Prépare ce qui manque (base, communes, démonstration), puis sert."),
    "worker": ("releve.cli.serve:worker", "Fait le travail de fond seul (messages, tâches)."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module_name, attribute = COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(module_name), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commandes"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Relève : ouvrir, pourvoir et faire vivre un cabinet médical temporaire."""


def _lacks_tables(error: Exception) -> bool:
    """A database that was never prepared, or not since this version: its tables or columns are missing."""
    from django.db import DatabaseError

    text = str(error)
    return isinstance(error, DatabaseError) and ("no such " in text or "does not exist" in text)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: every expected failure is one clear line on standard error, never a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "releve.config.settings")
    try:
        sys.exit(cli.main(arguments, prog_name="releve", standalone_mode=False) or 0)
    except DomainError as error:
        lines = [f"Refusé\u00a0: {error.message}", *(f"  - {reason.message}" for reason in error.reasons)]
        click.echo("\n".join(lines), err=True)
        sys.exit(2)
    except SettingError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Exception as error:
        if not _lacks_tables(error):
            raise
        click.echo("La base de données n’est pas à jour\u00a0: lancez « releve migrate ».", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrompu.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
