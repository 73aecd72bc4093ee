"""Plain lines on standard error; no personal data is ever logged (see config/private_logs.py)."""

from releve.config import env

LOG_LEVEL = (env.read("RELEVE_LOG_LEVEL") or "WARNING").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise env.SettingError(f"RELEVE_LOG_LEVEL : « {LOG_LEVEL} » inconnu (DEBUG, INFO, WARNING, ERROR).")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "releve.config.private_logs.PrivateFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
