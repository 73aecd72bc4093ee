"""The WSGI application as `releve serve` loads it: once, before its processes are forked, with every route imported.

Also gunicorn's hooks. `on_starting`: this import takes seconds, `releve up` spends them preparing the database, and not
a connection is accepted before it says that the database is ready. `post_worker_init`: each process builds its index of
communes and imports what few pages need in the background (half a second), so that neither the start nor the first
visitor waits for it.
"""

from __future__ import annotations

import os
import sys
from threading import Thread
from typing import Any

from django.urls import get_resolver

from .env import READY_PIPE, SettingError

try:
    from .wsgi import application
except SettingError:
    if READY_PIPE in os.environ:  # the parent meets the same, and says it in one line
        sys.exit(2)
    raise

__all__ = ["application", "on_starting", "post_worker_init"]

get_resolver().url_patterns  # noqa: B018 - importing is the point


def on_starting(server: Any) -> None:
    """Called by gunicorn once, before it listens. A parent that goes away without a word ends it."""
    pipe = os.environ.pop(READY_PIPE, "")
    if not pipe:
        return
    with os.fdopen(int(pipe), "rb") as ready:
        if not ready.read(1):
            sys.exit(0)


def post_worker_init(worker: Any) -> None:
    """Called by gunicorn in each new process."""
    Thread(target=_warm_up, daemon=True).start()


def _warm_up() -> None:
    _build_index()
    import holidays  # noqa: F401 - importing is the point
    import icalendar  # noqa: F401


def _build_index() -> None:
    """Nothing here may stop the server: without a database yet, the first search builds the index.

    The model of accessibility comes after: the first scenario of a process then answers as fast as the next ones.
    """
    from django.db import DatabaseError, connections

    from releve.contexts.diagnosis import solver
    from releve.contexts.territory.queries import search_communes
    from releve.kernel.errors import DomainError

    try:
        search_communes("a", limit=1)
        solver.model()
    except (DatabaseError, DomainError):
        pass
    finally:
        connections.close_all()
