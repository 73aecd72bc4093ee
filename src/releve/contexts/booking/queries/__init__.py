"""Reads of booking."""

from .appointments import (
    ActiveAppointment,
    active_appointments_of_shift,
    appointment_by_link,
    count_future_appointments,
    get_hold,
    list_reasons,
    patient_appointments,
)
from .desk import BoardColumn, BoardEntry, DayBoard, day_board
from .slots import SiteTimes, find_slots, next_times_near, practitioner_slots, sites_near

__all__ = [
    "ActiveAppointment",
    "BoardColumn",
    "BoardEntry",
    "DayBoard",
    "SiteTimes",
    "active_appointments_of_shift",
    "appointment_by_link",
    "count_future_appointments",
    "day_board",
    "find_slots",
    "get_hold",
    "list_reasons",
    "next_times_near",
    "patient_appointments",
    "practitioner_slots",
    "sites_near",
]
