"""The WSGI application as `releve serve` loads it, once, before its processes are forked: with every route imported and
the communes in memory.

Each takes about half a second, which the first visitor of each process would otherwise wait for.
"""

from __future__ import annotations

from .wsgi import application

__all__ = ["application"]


def _warm_up() -> None:
    """Nothing here may prevent the server from starting: without a database yet, the first search builds the index."""
    from django.db import DatabaseError, connections
    from django.urls import get_resolver

    from releve.contexts.territory.queries import search_communes

    get_resolver().url_patterns  # noqa: B018 - importing is the point
    try:
        search_communes("a", limit=1)
    except DatabaseError:
        pass
    finally:
        # A connection must not be shared by forked processes.
        connections.close_all()


_warm_up()
