"""Settings by topic. Every value that a deployment may change is read from the environment
(`NAME`, or `NAME_FILE` naming a file that holds it) through `releve.config.env`."""

from releve.config import env as _env

from . import safety as _safety
from .booking import *  # noqa: F403
from .core import *  # noqa: F403
from .database import *  # noqa: F403
from .i18n import *  # noqa: F403
from .logging import *  # noqa: F403
from .messaging import *  # noqa: F403
from .rostering import *  # noqa: F403
from .security import *  # noqa: F403
from .signin import *  # noqa: F403
from .static import *  # noqa: F403
from .work import *  # noqa: F403

_problems = _safety.unsafe_settings(
    _safety.Facts(
        mode=RELEVE_MODE,  # noqa: F405
        debug=DEBUG,  # noqa: F405
        base_url=RELEVE_BASE_URL,  # noqa: F405
        secret_key=SECRET_KEY,  # noqa: F405
        secret_key_given=SECRET_KEY_GIVEN,  # noqa: F405
        allowed_hosts=ALLOWED_HOSTS,  # noqa: F405
        mail_host=EMAIL_HOST,  # noqa: F405
    )
)
if _problems:
    raise _env.SettingError(
        "Réglages refusés en production :\n" + "\n".join(f"  - {problem}" for problem in _problems)
    )
