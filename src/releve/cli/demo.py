"""`releve demo`: rebuild the demonstration."""

from __future__ import annotations

import click

from .output import print_json, progress, say, setup_django

DEFAULT_SEED = 85


@click.command()
@click.option("--seed", default=DEFAULT_SEED, show_default=True, help="Graine : même graine, mêmes données.")
@click.option("--json", "as_json", is_flag=True, help="Identités en JSON.")
def demo(seed: int, as_json: bool) -> None:
    """Reconstruit la démonstration (personnes fictives, lieux réels, six semaines autour d’aujourd’hui)."""
    setup_django()
    from releve.workflows import prepare

    with progress() as report:
        prepare.rebuild_demo(seed=seed, progress=report)
    if as_json:
        print_json(prepare.demo_identities())
    else:
        show_identities(prepare.demo_identities())


def show_identities(identities: list[dict[str, str]]) -> None:
    if not identities:
        return
    passwords = {identity["password"] for identity in identities}
    shared = passwords.pop() if len(passwords) == 1 else ""
    say(
        "\n[bold]Identités de démonstration[/bold]"
        + (f", mot de passe\u00a0: [bold]{shared}[/bold]" if shared else "")
    )
    width = max(len(i["label"]) for i in identities)
    for identity in identities:
        own = "" if shared else f"  {identity['password']}"
        say(f"  {identity['label']:<{width}}  {identity['email']}{own}")
