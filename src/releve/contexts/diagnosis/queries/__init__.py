"""Reads of the diagnosis. `diagnose` is composed beside, in `diagnose.py`, from these rows and the solver."""

from ..diagnose import diagnose
from .knowledge import knowledge_in_force

__all__ = ["diagnose", "knowledge_in_force"]
