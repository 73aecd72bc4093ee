"""Writes of booking."""

from .appointments import (
    Booking,
    book_appointment,
    cancel_appointment,
    cancel_by_link,
    check_patient_may_change,
    move_appointment,
    rehome_shift_appointments,
    set_appointment_status,
)
from .claims import SlotTaken
from .clients import Answer, answer_once, create_api_client, purge_answers, revoke_api_client
from .holds import (
    MAX_CODE_ATTEMPTS,
    MAX_CODES_SENT,
    PlacedHold,
    book_hold,
    confirm_hold,
    place_hold,
    purge_expired_holds,
    release_hold,
    release_shift_holds,
    save_hold_identity,
    send_code,
)
from .reasons import create_default_reasons, save_visit_reason

__all__ = [
    "MAX_CODES_SENT",
    "MAX_CODE_ATTEMPTS",
    "Answer",
    "Booking",
    "PlacedHold",
    "SlotTaken",
    "answer_once",
    "book_appointment",
    "book_hold",
    "cancel_appointment",
    "cancel_by_link",
    "check_patient_may_change",
    "confirm_hold",
    "create_api_client",
    "create_default_reasons",
    "move_appointment",
    "place_hold",
    "purge_answers",
    "purge_expired_holds",
    "rehome_shift_appointments",
    "release_hold",
    "release_shift_holds",
    "revoke_api_client",
    "save_hold_identity",
    "save_visit_reason",
    "send_code",
    "set_appointment_status",
]
