"""Settings by topic. Every value that a deployment may change is read from the environment
(`NAME`, or `NAME_FILE` naming a file that holds it) through `releve.config.env`."""

from .core import *  # noqa: F403
from .database import *  # noqa: F403
from .i18n import *  # noqa: F403
from .logging import *  # noqa: F403
from .messaging import *  # noqa: F403
from .security import *  # noqa: F403
from .signin import *  # noqa: F403
from .static import *  # noqa: F403
from .work import *  # noqa: F403
