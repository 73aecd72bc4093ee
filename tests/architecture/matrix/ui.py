"""Health, and what the component library serves."""

from tests.architecture.access_matrix import Row, everyone

ROWS = [
    Row("ui:healthz", everyone()),
    Row("ui:style", everyone()),
]
