"""Rostering: who sees which needs."""

from releve.config import env

# How far from home volunteers, replacements and retired doctors see the needs of practices they are not members of.
ROSTER_NEEDS_RADIUS_KM = env.read_int("RELEVE_NEEDS_RADIUS_KM", 60, minimum=1)
