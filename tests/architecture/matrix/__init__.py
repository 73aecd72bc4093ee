"""Rows of the access matrix, one file per URL namespace."""
