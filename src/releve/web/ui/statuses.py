"""How each state of the domain looks: tone, shape, word. The one place where states get a colour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StatusLook:
    """`tone`: neutral, sky, leaf, straw, brick, pine, apricot."""

    tone: str
    icon: str
    label: str


STATUS_LOOKS: dict[str, StatusLook] = {
    # Shifts
    "open": StatusLook("apricot", "exclamation-diamond-fill", "À pourvoir"),
    "proposed": StatusLook("straw", "hourglass-split", "Proposée"),
    "confirmed": StatusLook("leaf", "check-circle-fill", "Confirmée"),
    "held": StatusLook("pine", "check2-all", "Tenue"),
    "cancelled": StatusLook("neutral", "x-circle", "Annulée"),
    # Appointments
    "booked": StatusLook("sky", "calendar-check", "Prévu"),
    "arrived": StatusLook("straw", "person-fill", "En attente"),
    "in_progress": StatusLook("pine", "door-open-fill", "Avec le médecin"),
    "fulfilled": StatusLook("leaf", "check-circle-fill", "Vu"),
    "noshow": StatusLook("brick", "person-x-fill", "Absent"),
    "left": StatusLook("neutral", "box-arrow-right", "Parti sans être vu"),
    # Availability
    "available": StatusLook("leaf", "check-circle-fill", "Disponible"),
    "if_needed": StatusLook("straw", "circle-half", "Si besoin"),
    "unavailable": StatusLook("neutral", "dash-circle", "Indisponible"),
    # Answers to a field survey
    "pending": StatusLook("straw", "hourglass-split", "À relire"),
    "kept": StatusLook("leaf", "check-circle-fill", "Gardée"),
    "rejected": StatusLook("neutral", "x-circle", "Écartée"),
    # Practices
    "preparing": StatusLook("straw", "hourglass-split", "En préparation"),
    "practice_open": StatusLook("leaf", "door-open-fill", "Ouvert"),
    "closed": StatusLook("neutral", "door-closed-fill", "Fermé"),
    # Tones by name
    "info": StatusLook("sky", "info-circle-fill", "Information"),
    "attention": StatusLook("straw", "exclamation-triangle-fill", "Attention"),
    "done": StatusLook("leaf", "check-circle-fill", "Fait"),
    "danger": StatusLook("brick", "exclamation-octagon-fill", "Danger"),
    "demo": StatusLook("apricot", "flag-fill", "Démonstration"),
    # How a figure of a diagnosis was obtained
    "published": StatusLook("leaf", "patch-check-fill", "Publié"),
    "estimated": StatusLook("straw", "circle-half", "Estimé"),
    "modelled": StatusLook("sky", "bounding-box-circles", "Modélisé"),
    "local": StatusLook("apricot", "house-fill", "Connaissance locale"),
}
