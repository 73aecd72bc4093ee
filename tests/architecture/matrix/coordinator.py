"""The territory: for the coordination and the administration; only the coordination publishes needs."""

from tests.architecture.access_matrix import Row, signed_in

SEEN = signed_in(403, coordinator=200, administrator=200)

ROWS = [
    Row("coordinator:dashboard", SEEN),
    Row("coordinator:coverage_csv", SEEN),
    Row("coordinator:needs_csv", SEEN),
    Row("coordinator:need_new", signed_in(403, coordinator=200)),
]
