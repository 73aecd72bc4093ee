"""Booking: limits that protect the offer from hoarding."""

from releve.config import env

# Visits to come that one patient may hold online in one practice; the desk has no limit.
BOOKING_MAX_FUTURE_PER_PATIENT = env.read_int("RELEVE_BOOKING_MAX_FUTURE", 3, minimum=1)
