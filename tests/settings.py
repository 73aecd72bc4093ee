"""Settings of the tests: Django's silences become failures, and nothing slow that proves nothing.

Chosen by `--ds` in pyproject.toml, so that it wins over an exported DJANGO_SETTINGS_MODULE.
"""

import os
import sys

os.environ["RELEVE_MODE"] = "test"

from releve.config.settings import *  # noqa: F403
from releve.config.settings import DATABASES, TEMPLATES

# Otherwise every test client lists all static files (thousands of icons) before its first request.
WHITENOISE_AUTOREFRESH = True
# Half a minute of computing, in a process that would not see the test's database.
MAP_TILES_IN_BACKGROUND = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class UndefinedTemplateVariable(str):
    """Django prints nothing for an undefined variable; in our own templates that is a failure.

    Allowed: `{{ x|default:"..." }}`, which says what to do without. The engine asks whether this value is empty
    when it meets an undefined variable, which is where the failure is raised.
    """

    def __bool__(self) -> bool:
        frame = sys._getframe(1)
        expression = frame.f_locals.get("self")
        if frame.f_code.co_name != "resolve" or not hasattr(expression, "filters"):
            return False
        if any(function.__name__ in {"default", "default_if_none"} for function, _ in expression.filters):
            return False
        template = getattr(frame.f_locals["context"].render_context, "template", None)
        origin = str(getattr(getattr(template, "origin", None), "name", ""))
        if f"{os.sep}releve{os.sep}" in origin and "site-packages" not in origin:
            raise AssertionError(f"variable de gabarit non définie : « {expression.token} » dans {origin}")
        return False


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedTemplateVariable()

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Throwaway data: no need to wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
