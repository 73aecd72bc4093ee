"""Secrets, cookies, hosts, headers; production refuses unsafe values."""

from releve.config import env

from .core import IS_PRODUCTION

SECRET_KEY = env.read("RELEVE_SECRET_KEY") or "demo-only-insecure-key"
ALLOWED_HOSTS = env.read_list("RELEVE_ALLOWED_HOSTS", [] if IS_PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.read_list("RELEVE_CSRF_TRUSTED_ORIGINS", [])
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = IS_PRODUCTION
CSRF_COOKIE_SECURE = IS_PRODUCTION
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
