"""The WSGI application as `releve serve` loads it: once, before its processes are forked, with the communes in memory.

The index of communes takes about half a second to build; here it is built once, and the processes share its memory.
"""

from __future__ import annotations

from .wsgi import application

__all__ = ["application"]


def _warm_up() -> None:
    """Nothing here may prevent the server from starting: without a database yet, the first search builds the index."""
    from django.db import DatabaseError, connections

    from releve.contexts.territory.queries import search_communes

    try:
        search_communes("a", limit=1)
    except DatabaseError:
        pass
    finally:
        # A connection must not be shared by forked processes.
        connections.close_all()


_warm_up()
