"""Reads of booking."""

from .appointments import (
    ActiveAppointment,
    ClientKey,
    active_appointments_of_shift,
    api_client_by_token,
    appointment_by_link,
    appointment_by_public_id,
    count_future_appointments,
    get_hold,
    list_reasons,
    patient_appointments,
)
from .audience import who_is_received
from .desk import BoardColumn, BoardEntry, DayBoard, day_board
from .reasons import all_reasons, get_reason
from .slots import SiteTimes, find_slots, next_times_near, practitioner_slots, sites_near

__all__ = [
    "ActiveAppointment",
    "BoardColumn",
    "BoardEntry",
    "ClientKey",
    "DayBoard",
    "SiteTimes",
    "active_appointments_of_shift",
    "all_reasons",
    "api_client_by_token",
    "appointment_by_link",
    "appointment_by_public_id",
    "count_future_appointments",
    "day_board",
    "find_slots",
    "get_hold",
    "get_reason",
    "list_reasons",
    "next_times_near",
    "patient_appointments",
    "practitioner_slots",
    "sites_near",
    "who_is_received",
]
