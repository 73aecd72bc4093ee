"""`releve doctor`: what is wrong, why it matters, what to do."""

from __future__ import annotations

import click

from .output import print_json, setup_django


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON.")
@click.option("--only", multiple=True, metavar="CODE", help="Ne passer que ce contrôle (répétable).")
def doctor(as_json: bool, only: tuple[str, ...]) -> None:
    """Cherche et explique toute incohérence ou configuration manquante (code 1 s’il y en a)."""
    setup_django()
    from releve.kernel import clock
    from releve.workflows.doctor import examine

    report = examine(now=clock.now(), only=set(only))
    if as_json:
        print_json([result.as_dict() for result in report])
    else:
        for result in report:
            mark = {"ok": "✓", "warning": "!", "error": "✗"}[result.level]
            click.echo(f"{mark} {result.title}")
            for finding in result.findings:
                click.echo(f"    {finding.message}")
                click.echo(f"    → {finding.remedy}")
        errors = sum(1 for result in report if result.level == "error")
        warnings = sum(1 for result in report if result.level == "warning")
        click.echo(f"\n{len(report)} contrôles, {errors} en erreur, {warnings} à surveiller.")
    raise SystemExit(1 if any(result.level == "error" for result in report) else 0)
