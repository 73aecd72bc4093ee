"""Secrets, cookies, hosts, headers; production refuses unsafe values (see safety.py)."""

import os
import secrets
from pathlib import Path

from releve.config import env

from .core import IS_PRODUCTION, RELEVE_BASE_URL, RELEVE_MODE, VAR_DIR


def _demo_secret(path: Path) -> str:
    """A random key made once for this copy, so that sessions survive a restart of the demonstration."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside, then named: a process that starts at the same moment reads a whole key, and the same.
    own = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(own, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(secrets.token_urlsafe(48))
    try:
        os.link(own, path)
    except FileExistsError:  # another process was faster
        pass
    finally:
        own.unlink()
    return path.read_text(encoding="utf-8").strip()


_given = env.read("RELEVE_SECRET_KEY")
SECRET_KEY_GIVEN = _given is not None
if _given:
    SECRET_KEY = _given
elif RELEVE_MODE == "test":
    SECRET_KEY = "tests-only-key"  # noqa: S105
elif IS_PRODUCTION:
    SECRET_KEY = ""  # refused in safety.py
else:
    SECRET_KEY = _demo_secret(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.read_list("RELEVE_SECRET_KEY_FALLBACKS", [])

ALLOWED_HOSTS = env.read_list(
    "RELEVE_ALLOWED_HOSTS", [] if IS_PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.read_list(
    "RELEVE_CSRF_TRUSTED_ORIGINS", [RELEVE_BASE_URL] if IS_PRODUCTION else []
)
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_PRODUCTION
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# A proxy in front ends TLS; trusted only when the operator says so, since the header can be forged.
if env.read_bool("RELEVE_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = IS_PRODUCTION and env.read_bool("RELEVE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.read_int("RELEVE_HSTS_SECONDS", 31_536_000, minimum=0) if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False

# Where maps may fetch their background; empty: only our own contours.
MAP_HOSTS = env.read_list("RELEVE_MAP_HOSTS", [])
CONTENT_SECURITY_POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    # The calendar and the map position things with style attributes; style sheets stay ours.
    "style-src-attr": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", *MAP_HOSTS],
    "font-src": ["'self'"],
    "connect-src": ["'self'", *MAP_HOSTS],
    "worker-src": ["'self'", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

# A form of ours is small; larger bodies are refused before they are read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
CSRF_FAILURE_VIEW = "releve.web.ui.errors.csrf_failure"
