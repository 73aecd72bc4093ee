"""Shared fixtures: a fixed clock and small worlds. A test asks for what it needs; nothing is created behind its back."""

from hypothesis import settings

# A busy machine is not a failure: properties are about answers, not about time.
settings.register_profile("releve", deadline=None)
settings.load_profile("releve")
