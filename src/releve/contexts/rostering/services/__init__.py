"""Writes of the roster. Every function is keyword-only, atomic, and takes who acts (`by`) and when (`now`).

Delivery changes a shift that may hold appointments through `releve.workflows.shift_changes`: this context
stands below booking and cannot see them.
"""

from .availability import set_availability
from .edition import cancel_shift, create_shift, edit_shift, mark_held, reopen_shift
from .feeds import create_feed, note_feed_read, revoke_feed
from .generation import GenerationReport, SkipReason, generate_shifts, preview_generation
from .guards import lock_shift
from .staffing import (
    PairResult,
    accept_proposal,
    assign_many,
    assign_practitioner,
    decline_proposal,
    release_shift,
    take_shift,
)
from .templates import delete_template_line, save_template_line

__all__ = [
    "GenerationReport",
    "PairResult",
    "SkipReason",
    "accept_proposal",
    "assign_many",
    "assign_practitioner",
    "cancel_shift",
    "create_feed",
    "create_shift",
    "decline_proposal",
    "delete_template_line",
    "edit_shift",
    "generate_shifts",
    "lock_shift",
    "mark_held",
    "note_feed_read",
    "preview_generation",
    "release_shift",
    "reopen_shift",
    "revoke_feed",
    "save_template_line",
    "set_availability",
    "take_shift",
]
