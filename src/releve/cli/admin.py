"""`releve admin`: the first administrator, whom nobody can invite yet."""

from __future__ import annotations

import click

from .output import say, setup_django


@click.command()
@click.argument("email")
@click.option("--name", required=True, help="Prénom et nom.")
def admin(email: str, name: str) -> None:
    """Donne l’administration de la plateforme à EMAIL (le compte est créé s’il n’existe pas)."""
    setup_django()
    from django.conf import settings
    from django.urls import reverse

    from releve.kernel import clock
    from releve.kernel.audit import SYSTEM
    from releve.workflows.appoint_administrator import appoint_administrator

    user = appoint_administrator(email=email, full_name=name, by=SYSTEM, now=clock.now())
    say(
        f"{user.email} administre la plateforme. Pour choisir son mot de passe, puis protéger son compte\u00a0:"
    )
    say(f"  {settings.RELEVE_BASE_URL}{reverse('account_reset_password')}")
