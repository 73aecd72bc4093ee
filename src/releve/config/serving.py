"""The WSGI application as `releve serve` loads it: once, before its processes are forked, with every route imported.

Also gunicorn's hook: each process builds its index of communes in the background (half a second), so that neither the
start nor the first visitor waits for it.
"""

from __future__ import annotations

from threading import Thread
from typing import Any

from django.urls import get_resolver

from .wsgi import application

__all__ = ["application", "post_worker_init"]

get_resolver().url_patterns  # noqa: B018 - importing is the point


def post_worker_init(worker: Any) -> None:
    """Called by gunicorn in each new process."""
    Thread(target=_build_index, daemon=True).start()


def _build_index() -> None:
    """Nothing here may stop the server: without a database yet, the first search builds the index."""
    from django.db import DatabaseError, connections

    from releve.contexts.territory.queries import search_communes

    try:
        search_communes("a", limit=1)
    except DatabaseError:
        pass
    finally:
        connections.close_all()
