"""Reads of the diagnosis. `diagnose` is composed beside, in `diagnose.py`, from these rows and the solver."""

from ..diagnose import diagnose

__all__ = ["diagnose"]
