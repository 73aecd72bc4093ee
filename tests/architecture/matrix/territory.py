"""The territory: diagnosis, map and scenarios are public data; knowledge and moderation belong to the place."""

from tests.architecture.access_matrix import Row

ROWS: list[Row] = []
