"""A few sentences that a mayor can read aloud, written from the figures of the report."""

from __future__ import annotations

from dataclasses import replace

from .report import Report
from .sections.facts import Facts


def write_summary(facts: Facts, report: Report) -> Report:
    """The report with its summary: the findings that answer who, how much, how far, what for."""
    keys = ("population", "access", "need")
    found = [section.finding for section in report.sections if section.key in keys and section.finding]
    return replace(report, summary=tuple(found))
