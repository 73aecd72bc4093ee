"""Shared fixtures: a fixed clock and small worlds. A test asks for what it needs; nothing is created behind its back."""
