"""`releve territory`: the accessibility model and what is computed with it."""

from __future__ import annotations

from typing import Any

import click

from .output import print_json, progress, say, setup_django
from .territory_scenarios import run_command, site, whatif


@click.group()
def territory() -> None:
    """Accessibilité du territoire : calage du modèle, effets d’une ouverture."""


for _command in (whatif, site, run_command):
    territory.add_command(_command)


@territory.command("calibrate")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
@click.option("--markdown", is_flag=True, help="Les tables de docs/algorithms/accessibility.md.")
@click.option("--write", is_flag=True, help="Garder les constantes dans le code (data/calibration.json).")
def calibrate_command(as_json: bool, markdown: bool, write: bool) -> None:
    """Cale le modèle sur l’APL publiée et mesure son erreur sur ce qu’il n’a pas vu (une minute)."""
    setup_django()
    from releve.contexts.diagnosis import solver_calibration

    with progress() as report:
        found = solver_calibration.calibrate(progress=report)
    if write:
        say(f"Constantes écrites dans {solver_calibration.write_constants(found).name}.")
    if as_json:
        print_json(found)
    elif markdown:
        from releve.contexts.diagnosis.calibration_tables import markdown_tables

        click.echo("\n".join(markdown_tables(found)))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    decay = ", ".join(f"{k} {v}" for k, v in found["decay"].items())
    click.echo(f"APL {found['apl_year']}, {found['communes']} communes. Décroissance\u00a0: {decay}.")
    click.echo(
        f"Consultations par médecin et par an\u00a0: {found['consultations_per_gp']:.0f} "
        f"({found['attached']:.0f} avec un fond de {found['background']:.2f} par habitant). "
        f"Poids de l’âge\u00a0: {found['age_strength']:g}. Temps interne\u00a0: {found['self_share']:g}."
    )
    if found["trials"]:
        click.echo(
            "\nDécroissances essayées (communes mises de côté)\u00a0: corrélation, erreur absolue moyenne"
        )
        for trial in found["trials"]:
            name = ", ".join(str(v) for v in trial["decay"].values())
            click.echo(f"  {trial['held_out_r']:.3f}  {trial['held_out_mae']:.3f}  {name}")
    for validation in found["validations"].values():
        click.echo(f"\n{validation['title']}")
        click.echo(
            "  hab./km²      communes    hab. (M)     r  r pond.   EAM  EAM pond.   biais"
            "   50 %   80 %   90 %  EAM naïve"
        )
        for row in (validation["overall"], *validation["by_density"]):
            click.echo(_line(row, whole=row is validation["overall"]))


def _line(row: dict[str, Any], *, whole: bool) -> str:
    if whole:
        name = "toutes"
    elif row["high"] is None:
        name = f"{row['low']:g} et plus"
    else:
        name = f"{row['low']:g} à {row['high']:g}"
    found = {
        key: (float("nan") if value is None else value) for key, value in row.items() if key != "quantiles"
    }
    quantiles = {key: (float("nan") if value is None else value) for key, value in row["quantiles"].items()}
    return (
        f"  {name:<12} {found['communes']:>9} {found['population'] / 1e6:>11.1f} {found['r']:>5.2f} "
        f"{found['weighted_r']:>8.2f} {found['mae']:>5.2f} {found['weighted_mae']:>10.2f} {found['bias']:>+7.2f} "
        f"{quantiles['0.5']:>6.2f} {quantiles['0.8']:>6.2f} {quantiles['0.9']:>6.2f} {found['mae_of_mean']:>10.2f}"
    )
