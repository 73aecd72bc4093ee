"""The tables of the document are those of the constants that the platform runs on."""

from __future__ import annotations

import json

from releve.contexts.diagnosis.calibration import FILE
from releve.contexts.diagnosis.calibration_tables import markdown_tables
from tests.architecture.source import ROOT


def test_the_document_says_the_figures_of_the_kept_constants() -> None:
    document = (ROOT / "docs" / "algorithms" / "accessibility.md").read_text(encoding="utf-8").splitlines()
    found = json.loads(FILE.read_text(encoding="utf-8"))
    missing = [line for line in markdown_tables(found) if line and line not in document]
    assert not missing, "« releve territory calibrate --markdown » and the document differ:\n" + "\n".join(
        missing
    )
