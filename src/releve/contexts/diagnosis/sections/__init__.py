"""The sections of a diagnosis, one module per question: facts in, `report.Section` out, no query."""
