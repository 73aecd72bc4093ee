"""`releve territory whatif`, `site`, `run`: what would change, where to open, the whole country.

The JSON of each is described in docs/fr/scenarios.md and stays as it is; keys may be added.
"""

from __future__ import annotations

import time
from typing import Any

import click

from releve.kernel.french import NBSP, number

from .output import print_json, progress, say, setup_django

MODELLED = (
    "Statistiques officielles absentes\u00a0: l’accès d’aujourd’hui est modélisé à partir de la population. Lisez les "
    "différences, pas les niveaux."
)


def _split(text: str, default: float | None, option: str) -> tuple[str, float | None]:
    """`85161:1,5` gives the code and the number."""
    from releve.contexts.diagnosis.scenarios import as_number

    code, colon, amount = text.partition(":")
    if not colon:
        return code, default
    found = as_number(amount)
    if found is None:
        raise click.UsageError(
            f"{option} attend un code et un nombre, comme 85161:1. Reçu{NBSP}: «\u00a0{text}\u00a0»."
        )
    return code, found


@click.command()
@click.option(
    "--site", "sites", multiple=True, metavar="CODE[:JOURS]", help="Ouvrir un lieu dans une commune."
)
@click.option(
    "--days", type=float, default=None, help="Jours par semaine de chaque lieu sans «\u00a0:JOURS\u00a0»."
)
@click.option("--visits", type=float, default=None, help="Consultations par jour.")
@click.option("--remove", multiple=True, metavar="CODE[:NOMBRE]", help="Des médecins partent d’une commune.")
@click.option("--arrive", multiple=True, metavar="CODE[:NOMBRE]", help="Des médecins s’y installent.")
@click.option("--mobile", multiple=True, metavar="CODE:JOURS", help="Une halte de la tournée mobile.")
@click.option("--close", multiple=True, metavar="LIEU:JOURS", help="Un lieu de la plateforme ferme.")
@click.option("--territory", "code", metavar="CODE", help="Territoire observé (la première commune sinon).")
@click.option("--budget", type=float, default=None, help="Budget annuel, en euros.")
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def whatif(
    sites: tuple[str, ...],
    days: float | None,
    visits: float | None,
    remove: tuple[str, ...],
    arrive: tuple[str, ...],
    mobile: tuple[str, ...],
    close: tuple[str, ...],
    code: str | None,
    budget: float | None,
    as_json: bool,
) -> None:
    """Ce que changeraient une ouverture, un départ, une tournée : qui gagne, à quel coût."""
    setup_django()
    from releve.contexts.diagnosis.scenario_effects import compute
    from releve.contexts.diagnosis.scenario_json import result_to_dict
    from releve.contexts.diagnosis.scenarios import content_to_dict, read_content
    from releve.contexts.diagnosis.territories import resolve
    from releve.kernel import clock

    actions: list[dict[str, Any]] = []
    for text in sites:
        commune, amount = _split(text, days, "--site")
        if amount is None:
            raise click.UsageError("Donnez les jours par semaine du lieu\u00a0: --days 3, ou --site 85161:3.")
        actions.append({"kind": "site", "commune": commune, "days": amount, "visits": visits})
    for option, kind, texts in (
        ("--remove", "doctor_leaves", remove),
        ("--arrive", "doctor_arrives", arrive),
    ):
        for text in texts:
            commune, amount = _split(text, 1.0, option)
            actions.append({"kind": kind, "commune": commune, "doctors": amount})
    if mobile:
        stops = [_split(text, None, "--mobile") for text in mobile]
        actions.append(
            {"kind": "mobile", "visits": visits, "stops": [{"commune": c, "days": d} for c, d in stops]}
        )
    for text in close:
        slug, amount = _split(text, None, "--close")
        actions.append({"kind": "site_closes", "site": slug, "days": amount, "visits": visits})
    if not actions:
        raise click.UsageError("Dites ce qui change\u00a0: --site, --remove, --arrive, --mobile ou --close.")
    budget_cents = None if budget is None else budget * 100
    content = read_content({"version": 1, "actions": actions, "budget_cents": budget_cents})
    first = next((c for action in content.actions for c in action.communes), "")
    place = resolve(code or first or "85161")
    today = clock.local_day(clock.now(), "Europe/Paris")
    begun = time.perf_counter()
    result = compute(content, place, today=today)
    spent = round(1000 * (time.perf_counter() - begun))
    if as_json:
        print_json(
            {
                "territory": {"kind": place.kind.value, "code": place.code, "name": place.name},
                "content": content_to_dict(content),
                "result": result_to_dict(result),
                "milliseconds": spent,
            }
        )
        return
    if result.modelled:
        say(MODELLED)
    click.echo(result.summary)
    for change in result.changes:
        click.echo(f"  {change.words}{NBSP}: {number(change.consultations)} consultations par an")
    click.echo("")
    for figure in result.figures:
        shown = figure.missing if figure.value is None else number(float(figure.value), figure.decimals)
        if figure.value:
            click.echo(f"  {figure.label}{NBSP}: {shown} {figure.unit}".rstrip())
    for table in result.tables:
        _print_table(table)
    for note in result.notes:
        click.echo(f"- {note}")


def _print_table(table: Any) -> None:
    click.echo(f"\n{table.title}")
    rows = [
        [
            "" if value is None else value if isinstance(value, str) else number(value, table.decimals[k])
            for k, value in enumerate(row)
        ]
        for row in table.rows
    ]
    widths = [max(len(column), *(len(row[k]) for row in rows)) for k, column in enumerate(table.columns)]
    for row in [list(table.columns), *rows]:
        cells = [
            cell.ljust(width) if not k else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  " + "  ".join(cells).rstrip())


AIMS = ("people", "minimum", "priority", "travel")


@click.command()
@click.option("--epci", metavar="SIREN", help="Une intercommunalité.")
@click.option("--departement", metavar="CODE", help="Un département.")
@click.option("--territory", "code", metavar="CODE", help="Tout autre territoire (liste, périmètre…).")
@click.option("--days", type=float, required=True, help="Jours de médecin par semaine à répartir.")
@click.option(
    "--aim",
    type=click.Choice(AIMS),
    default="people",
    show_default=True,
    help="Habitants au-dessus du seuil, commune la moins bien servie, manques les plus fragiles, trajets.",
)
@click.option("--max-minutes", type=float, default=None, help="Trajet maximal.")
@click.option("--max-sites", type=int, default=None, help="Nombre de lieux au plus.")
@click.option(
    "--fair",
    is_flag=True,
    help="Au moins un jour dans chaque intercommunalité ayant une commune sous le seuil.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.5, 600),
    default=10.0,
    show_default=True,
    help="Temps de calcul.",
)
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def site(
    epci: str | None,
    departement: str | None,
    code: str | None,
    days: float,
    aim: str,
    max_minutes: float | None,
    max_sites: int | None,
    fair: bool,
    seconds: float,
    as_json: bool,
) -> None:
    """Où ouvrir dans un territoire, et combien de jours à chaque endroit, avec la preuve ou l’écart."""
    given = [value for value in (epci, departement, code) if value]
    if len(given) != 1:
        raise click.UsageError(
            "Indiquez un territoire\u00a0: --epci SIREN, --departement 85, ou --territory CODE."
        )
    setup_django()
    from releve.contexts.diagnosis import siting_plan
    from releve.contexts.diagnosis.territories import resolve
    from releve.kernel import clock

    question = siting_plan.Question(days, aim, max_minutes, max_sites, fair)
    today = clock.local_day(clock.now(), "Europe/Paris")
    plan = siting_plan.propose(resolve(given[0]), question, today=today, seconds=seconds)
    if as_json:
        print_json(siting_plan.plan_to_dict(plan))
        return
    if plan.modelled:
        say(MODELLED)
    decimals, unit = plan.decimals, siting_plan.AIM_UNITS[aim]
    click.echo(f"{plan.place.name}, {_days(days)} par semaine. {siting_plan.AIM_LABELS[aim]}.")
    for reason in plan.reasons:
        click.echo(f"  Impossible{NBSP}: {reason.message}")
    if plan.reasons:
        return
    for found in plan.sites:
        before = "" if found.before is None else f", accès {number(found.before, 2)}"
        after = "" if found.after is None else f" puis {number(found.after, 2)}"
        click.echo(f"  {found.name} ({found.code}){NBSP}: {_days(found.days)}{before}{after}")
    if plan.nothing_to_fill:
        click.echo("  Aucun lieu\u00a0: aucune commune à portée n’est sous le seuil.")
    elif not plan.sites:
        click.echo("  Aucun lieu\u00a0: ces jours ne suffisent pas à ce but.")
    click.echo(
        f"Avant{NBSP}: {number(plan.before, decimals)}. Après{NBSP}: {number(plan.objective, decimals)} {unit}."
    )
    if plan.is_proven:
        click.echo("Prouvé\u00a0: aucune autre répartition ne fait mieux dans ces limites.")
    else:
        click.echo(
            f"Meilleure trouvée en {number(plan.seconds, 1)} s. Borne{NBSP}: {number(plan.bound, decimals)} "
            f"(écart {number(100 * plan.gap, 1)}{NBSP}% du gain possible)."
        )
    for day in () if plan.nothing_to_fill else plan.further:
        click.echo(f"  {_days(day.days)} en tout{NBSP}: +{number(day.gain, decimals)}")


def _days(value: float) -> str:
    """« 1 jour », « 2,5 jours »."""
    return f"{number(value, 0 if float(value).is_integer() else 1)} {'jour' if value < 2 else 'jours'}"


@click.command("run")
@click.option(
    "--days",
    type=float,
    default=1.0,
    show_default=True,
    help="Jours par semaine ouverts dans chaque commune.",
)
@click.option(
    "--radius", type=float, default=20.0, show_default=True, help="Minutes de route autour de chaque commune."
)
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
def run_command(days: float, radius: float, as_json: bool) -> None:
    """Calcul national : accès modélisé, où un jour aiderait le plus, meilleur lieu à portée de chaque commune."""
    setup_django()
    from releve.kernel import clock
    from releve.workflows import territory_runs

    with progress() as report:
        found = territory_runs.run_national(
            days=days, radius_minutes=radius, now=clock.now(), progress=report
        )
    if as_json:
        print_json(found)
        return
    if found["modelled_baseline"]:
        say(MODELLED)
    click.echo(
        f"Calcul {found['run']}, {number(found['communes'])} communes, {number(found['seconds'], 1)} s."
    )
    if agreement := found["model_against_published"]:
        click.echo(
            f"Modèle et APL publiée{NBSP}: corrélation {number(agreement['correlation'], 2)}, erreur absolue moyenne "
            f"{number(agreement['mean_absolute_error'], 2)}."
        )
    click.echo(f"\nOù {_days(days)} par semaine aiderait le plus")
    for rank, row in enumerate(found["help_most"][:20], start=1):
        click.echo(
            f"  {rank:>2}. {row['name']} ({row['commune']}){NBSP}: {number(row['visits_to_people_below'])} consultations "
            "par an aux habitants sous le seuil"
        )
    places = found["best_place_in_radius"]
    click.echo(
        f"\n{number(places['communes_with_a_place'])} communes ont un lieu utile à moins de "
        f"{number(places['radius_minutes'])} minutes{NBSP}; {number(places['distinct_places'])} lieux différents."
    )
