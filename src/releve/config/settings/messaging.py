"""Mail and SMS: how outgoing messages leave (see docs/operate/messages.md)."""

from datetime import date
from decimal import Decimal, InvalidOperation
from email.utils import parseaddr

from releve.config import env

from .core import IS_PRODUCTION, RELEVE_MODE

_LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}

# "recorded": nothing leaves, the demonstration shows what would have. "real": SMTP and SMS gateway.
MESSAGES_LEAVE = env.read("RELEVE_MESSAGES", "real" if IS_PRODUCTION else "recorded")
if MESSAGES_LEAVE not in {"recorded", "real"}:
    raise env.SettingError(f"RELEVE_MESSAGES : « {MESSAGES_LEAVE} » inconnu (real ou recorded).")
if IS_PRODUCTION and MESSAGES_LEAVE == "recorded":
    raise env.SettingError(
        "RELEVE_MESSAGES=recorded est réservé à la démonstration : aucun message ne partirait."
    )

# Mails written by libraries (sign-in, invitations) go through the outbox like ours.
EMAIL_BACKEND = "releve.integrations.mail.backend.OutboxBackend"
DEFAULT_FROM_EMAIL: str = env.read("RELEVE_MAIL_FROM", "Relève <ne-pas-repondre@releve.example>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL or "")[1]:
    raise env.SettingError("RELEVE_MAIL_FROM : écrire une adresse, par exemple Relève <bonjour@exemple.fr>.")
MAIL_REPLY_TO: str = env.read("RELEVE_MAIL_REPLY_TO", "")

# No default in production: safety.py refuses to start without a mail server, even one on this machine.
EMAIL_HOST: str = env.read("RELEVE_SMTP_HOST", "" if IS_PRODUCTION else "127.0.0.1")
EMAIL_PORT = env.read_int("RELEVE_SMTP_PORT", 1025, minimum=1)
EMAIL_HOST_USER: str = env.read("RELEVE_SMTP_USER", "")
EMAIL_HOST_PASSWORD: str = env.read("RELEVE_SMTP_PASSWORD", "")
SMTP_SECURITY: str = env.read("RELEVE_SMTP_SECURITY", "none" if EMAIL_HOST in _LOCAL_HOSTS else "starttls")
if SMTP_SECURITY not in {"none", "starttls", "tls"}:
    raise env.SettingError(f"RELEVE_SMTP_SECURITY : « {SMTP_SECURITY} » inconnu (starttls, tls ou none).")
if IS_PRODUCTION and SMTP_SECURITY == "none" and EMAIL_HOST not in _LOCAL_HOSTS:
    raise env.SettingError(
        "RELEVE_SMTP_SECURITY=none enverrait les messages en clair : mettre starttls ou tls "
        "(none n'est accepté que vers cette machine)."
    )
EMAIL_TIMEOUT = env.read_int("RELEVE_SMTP_TIMEOUT", 10, minimum=1)  # seconds

# Gateway that turns our HTTP call into an SMS; empty: SMS wait until they are useless, `doctor` says so.
SMS_GATEWAY_URL: str = env.read("RELEVE_SMS_URL", "")
SMS_GATEWAY_TOKEN: str = env.read("RELEVE_SMS_TOKEN", "")
SMS_SENDER: str = env.read("RELEVE_SMS_SENDER", "Releve")
SMS_TIMEOUT = env.read_int("RELEVE_SMS_TIMEOUT", 10, minimum=1)  # seconds
if SMS_GATEWAY_URL:
    if not SMS_GATEWAY_URL.startswith(("http://", "https://")):
        raise env.SettingError("RELEVE_SMS_URL : écrire une adresse complète, https://…")
    if IS_PRODUCTION and SMS_GATEWAY_URL.startswith("http://"):
        _host = SMS_GATEWAY_URL.removeprefix("http://").split("/")[0].rsplit(":", 1)[0]
        if _host not in _LOCAL_HOSTS:
            raise env.SettingError(
                "RELEVE_SMS_URL : https est obligatoire, le numéro et le texte partiraient en clair."
            )
    if not SMS_GATEWAY_TOKEN:
        raise env.SettingError(
            "RELEVE_SMS_TOKEN est absent : la passerelle SMS refuserait tous les messages."
        )


def _read_prices() -> list[tuple[date, int]]:
    """`2026-01-01=0.05,2027-01-01=0.058`: euros for one part, from that day on -> thousandths of a euro."""
    prices = []
    for item in env.read_list("RELEVE_SMS_PRICES", ["2020-01-01=0.050"]):
        day, _, euros = item.partition("=")
        try:
            thousandths = Decimal(euros) * 1000
            if thousandths != int(thousandths) or thousandths < 0:
                raise ValueError(euros)
            prices.append((date.fromisoformat(day.strip()), int(thousandths)))
        except (ValueError, InvalidOperation) as error:
            raise env.SettingError(
                f"RELEVE_SMS_PRICES : « {item} » illisible ; écrire par exemple 2026-01-01=0.058 "
                "(euros par SMS à partir de ce jour, trois décimales au plus)."
            ) from error
    return prices


SMS_PRICES = _read_prices()

OUTBOX_ERASE_AFTER_DAYS = env.read_int("RELEVE_MESSAGES_KEEP_DAYS", 30, minimum=0)
AUDIT_KEEP_DAYS = env.read_int("RELEVE_JOURNAL_KEEP_DAYS", 365, minimum=180)
if RELEVE_MODE == "test":
    EMAIL_TIMEOUT = SMS_TIMEOUT = 2
