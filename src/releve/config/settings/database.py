"""SQLite (WAL, immediate transactions) by default, PostgreSQL by DATABASE_URL."""

import dj_database_url

from releve.config import env

from .core import VAR_DIR

_url = env.read("DATABASE_URL")
if _url:
    try:
        _config = dj_database_url.parse(_url, conn_max_age=600, conn_health_checks=True)
    except (ValueError, KeyError) as error:
        raise env.SettingError(f"DATABASE_URL illisible : {error}") from error
else:
    _config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "releve.sqlite3")}
if _config["ENGINE"] == "django.db.backends.sqlite3":
    # Threads take turns to write instead of sleeping on the lock.
    _config["ENGINE"] = "releve.kernel.sqlite3"

if _config["ENGINE"].endswith("sqlite3"):
    try:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise env.SettingError(
            f"RELEVE_VAR_DIR : {VAR_DIR} ne peut pas être créé : {error.strerror}."
        ) from error
    # FULL: a confirmed appointment survives a power cut, not only a killed process.
    _config.setdefault("OPTIONS", {}).update(
        {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
            ),
        }
    )
    _config["CONN_MAX_AGE"] = None
    _config.setdefault("TEST", {"NAME": str(VAR_DIR / "test.sqlite3")})

if _config["ENGINE"].endswith("postgresql"):
    # A database that does not answer is known in seconds, not after the system's minutes.
    _config.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

DATABASES = {"default": _config}
DATABASE_IS_SQLITE = _config["ENGINE"].endswith("sqlite3")
