"""Territory data are public: any visitor, signed in or not, reaches every commune.

These functions give delivery the same road here as everywhere else, from a request's id to an object.
"""

from __future__ import annotations

from . import queries
from .models import Commune, Departement, Epci


def access_commune(user: object, code: str) -> Commune:
    """The commune of an INSEE code, for anybody. Raises NotFound (see `queries.get_commune`)."""
    return queries.get_commune(code)


def access_departement(user: object, code: str) -> Departement:
    """The département of a code, for anybody. Raises NotFound."""
    return queries.get_departement(code)


def access_epci(user: object, siren: str) -> Epci:
    """The EPCI of a SIREN, for anybody. Raises NotFound."""
    return queries.get_epci(siren)
