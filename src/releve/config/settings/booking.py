"""Booking: limits that protect the offer from hoarding."""

from releve.config import env

# Visits to come that one patient may hold online in one practice; the desk has no limit.
BOOKING_MAX_FUTURE_PER_PATIENT = env.read_int("RELEVE_BOOKING_MAX_FUTURE", 3, minimum=1)

# Anonymous visitors: times held from one address, and codes sent to one phone or mailbox, in the window below. Wide
# enough for a village behind one telephone operator, narrow enough to stop a program from emptying a practice.
BOOKING_HOLDS_PER_ADDRESS = env.read_int("RELEVE_BOOKING_HOLDS_PER_ADDRESS", 60, minimum=1)
BOOKING_CODES_PER_CONTACT = env.read_int("RELEVE_BOOKING_CODES_PER_CONTACT", 6, minimum=1)
BOOKING_RATE_MINUTES = env.read_int("RELEVE_BOOKING_RATE_MINUTES", 60, minimum=1)
