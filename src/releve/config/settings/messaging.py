"""Mail and SMS: how outgoing messages leave (see releve.integrations)."""

from releve.config import env

DEFAULT_FROM_EMAIL = env.read("RELEVE_MAIL_FROM", "Relève <ne-pas-repondre@releve.example>")
EMAIL_HOST = env.read("RELEVE_SMTP_HOST", "127.0.0.1")
EMAIL_PORT = env.read_int("RELEVE_SMTP_PORT", 1025)
