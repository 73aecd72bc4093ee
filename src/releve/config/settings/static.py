"""Static files: our own, and the npm packages copied by `make setup` (no CDN).

Once `collectstatic` has run (set-up does it), files are served compressed, under names that carry a hash and can
be cached for ever. Before that (tests, a plain clone) they are served from where they are written.
"""

from contextlib import suppress
from pathlib import Path

from releve.config import env

from .core import DEBUG, RELEVE_MODE, VAR_DIR

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.read("RELEVE_STATIC_ROOT") or VAR_DIR / "static")
with suppress(OSError):  # a missing folder only makes WhiteNoise warn
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATIC_IS_COLLECTED = (
    RELEVE_MODE != "test" and not DEBUG and (STATIC_ROOT / "staticfiles.json").is_file()
) or env.read_bool("RELEVE_COLLECTING", False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_IS_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_IS_COLLECTED
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600 if STATIC_IS_COLLECTED else 0
