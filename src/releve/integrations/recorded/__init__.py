"""Demonstration: nothing leaves the machine; the row marked as sent is what the page of messages shows."""

from __future__ import annotations

from releve.kernel.outbox import Outgoing


class RecordedTransport:
    """Accepts every message and sends none."""

    def send(self, message: Outgoing) -> None:
        """Nothing to do: the outbox itself is the record."""

    def close(self) -> None:
        """Nothing is open."""
