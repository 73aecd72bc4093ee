"""Indicators read the lower contexts' tables and keep none of their own yet."""
