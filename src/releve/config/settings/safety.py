"""What production refuses to start with. Pure: the facts come in, French sentences come out."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

MIN_SECRET_LENGTH = 40


@dataclass(frozen=True)
class Facts:
    mode: str
    debug: bool
    base_url: str
    secret_key: str
    secret_key_given: bool
    allowed_hosts: list[str]
    mail_host: str


def unsafe_settings(facts: Facts) -> list[str]:
    """Every reason to refuse, so that an operator mends them all at once; empty outside production."""
    if facts.mode != "production":
        return []
    problems = []
    if not facts.secret_key_given:
        problems.append(
            "RELEVE_SECRET_KEY est absent : donnez une valeur secrète et stable "
            "(ou RELEVE_SECRET_KEY_FILE, le chemin d’un fichier qui la contient)."
        )
    elif len(facts.secret_key) < MIN_SECRET_LENGTH or len(set(facts.secret_key)) < 10:
        problems.append(
            f"RELEVE_SECRET_KEY est trop faible : au moins {MIN_SECRET_LENGTH} caractères tirés au hasard."
        )
    if facts.debug:
        problems.append("RELEVE_DEBUG est actif : il montrerait le code et les données dans les erreurs.")
    if not facts.allowed_hosts:
        problems.append(
            "RELEVE_ALLOWED_HOSTS est vide : donnez le nom du site (par exemple releve.exemple.fr)."
        )
    if any(host == "*" or host.startswith(".") for host in facts.allowed_hosts):
        problems.append("RELEVE_ALLOWED_HOSTS contient un joker : donnez les noms exacts.")
    address = urlsplit(facts.base_url)
    if address.scheme != "https":
        problems.append(f"RELEVE_BASE_URL doit commencer par https:// (reçu : {facts.base_url}).")
    elif facts.allowed_hosts and address.hostname not in facts.allowed_hosts:
        problems.append(f"RELEVE_BASE_URL ({address.hostname}) n’est pas dans RELEVE_ALLOWED_HOSTS.")
    if not facts.mail_host:
        problems.append("RELEVE_SMTP_HOST est absent : aucun courriel ne partirait.")
    return problems
