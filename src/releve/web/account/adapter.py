"""How allauth behaves here: no sign-up, mails through the outbox, encrypted secrets, 429 as a page."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from releve.contexts.accounts import messages, queries
from releve.kernel import clock, outbox

from .errors import too_many_attempts


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "Ce compte a été fermé. Adressez-vous à la personne qui gère les accès.",
        "email_password_mismatch": "L’adresse mail ou le mot de passe est inexact. Vérifiez les deux.",
        "enter_current_password": "Ce n’est pas votre mot de passe actuel.",
        "incorrect_code": "Ce code est inexact ou n’est plus valable. Attendez le suivant, puis réessayez.",
        "incorrect_password": "Ce mot de passe est inexact.",
        "too_many_login_attempts": "Trop d’essais. Attendez quelques minutes, puis réessayez.",
        "rate_limited": "Trop d’essais. Attendez quelques minutes, puis réessayez.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(too_many_attempts(request)) from error

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account:profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the outbox, like every message. Never useful after the link it carries has expired."""
        now = clock.now()
        rendered = self.render_mail(
            template_prefix, email, {"request": self.request, "email": email, **context}
        )
        message = messages.notice_mail(
            to=email,
            subject=str(rendered.subject),
            body=str(rendered.body),
            kind=f"account-{template_prefix.rsplit('/', 1)[-1].replace('_', '-')}"[:48],
            useful_until=now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
        )
        outbox.enqueue([message], now=now)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "Ce code est inexact ou n’est plus valable. Attendez le suivant, puis réessayez.",
        "cannot_delete_authenticator": (
            "C’est votre seule protection : ajoutez d’abord une clé d’accès, puis retirez l’application."
        ),
        "cannot_generate_recovery_codes": "Ajoutez d’abord une clé d’accès ou une application de codes.",
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays where one is compulsory."""
        if queries.has_second_factor(authenticator.user, besides=authenticator.pk):
            return True
        return not queries.second_factor_compulsory(
            authenticator.user, required=settings.SECOND_FACTOR_REQUIRED, demo=settings.RELEVE_MODE == "demo"
        )

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        count = queries.count_factors(user, str(type))
        return "Ma clé d’accès" if count == 0 else f"Clé d’accès n° {count + 1}"


def _box() -> MultiFernet:
    """Encryption of the secrets of TOTP and recovery codes, under the secret key and its predecessors."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


def _fernet_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"releve.second-factor:" + secret.encode()).digest())
