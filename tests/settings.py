"""Settings of the tests: Django's silences become failures, and nothing slow that proves nothing.

Chosen by `--ds` in pyproject.toml, so that it wins over an exported DJANGO_SETTINGS_MODULE.
"""

import os
import sys

os.environ["RELEVE_MODE"] = "test"

from releve.config.settings import *  # noqa: E402, F403
from releve.config.settings import DATABASES, TEMPLATES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class UndefinedTemplateVariable(str):
    """Django prints nothing for an undefined variable; in our own templates that is a failure."""

    def __contains__(self, item: object) -> bool:
        return item == "%s"

    def __mod__(self, variable: object) -> str:
        context = sys._getframe(1).f_locals.get("context")
        template = getattr(getattr(context, "render_context", None), "template", None)
        origin = str(getattr(getattr(template, "origin", None), "name", ""))
        if f"releve{os.sep}" in origin and "site-packages" not in origin:
            raise AssertionError(f"variable de gabarit non définie : « {variable} » dans {origin}")
        return ""


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedTemplateVariable("%s")

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Throwaway data: no need to wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
