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
    reason_suits,
)
from .audience import who_is_received
from .desk import BoardColumn, BoardEntry, DayBoard, day_board
from .offers import DayOffers, TimeOffer, offers_by_day
from .reasons import all_reasons, get_reason
from .referrals import Referral, patient_initials, referrals_of
from .slots import SiteTimes, find_slots, next_times_near, practitioner_slots, sites_near

__all__ = [
    "ActiveAppointment",
    "BoardColumn",
    "BoardEntry",
    "ClientKey",
    "DayBoard",
    "DayOffers",
    "Referral",
    "SiteTimes",
    "TimeOffer",
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
    "offers_by_day",
    "patient_appointments",
    "patient_initials",
    "practitioner_slots",
    "reason_suits",
    "referrals_of",
    "sites_near",
    "who_is_received",
]
