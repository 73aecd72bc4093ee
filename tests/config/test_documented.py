"""Every setting that the code reads is in docs/operate/settings.md, and the other way round."""

import re

from tests.architecture.source import PACKAGE, ROOT

READS = re.compile(r'\bread(?:_bool|_int|_list|_choice)?\(\s*"(RELEVE_\w+|DATABASE_URL)"')
# Folders that benchmarks read straight: they are not part of the platform.
IN_MEASURES = re.compile(r'"(RELEVE_BENCH_\w*DIR)"')


def _read_by_code() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    measures = (path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").glob("*.py"))
    return {name for text in texts for name in READS.findall(text)} | {
        name for text in measures for name in IN_MEASURES.findall(text)
    }


def _documented() -> set[str]:
    text = (ROOT / "docs" / "operate" / "settings.md").read_text(encoding="utf-8")
    return {
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([A-Z_]{6,})`", line.split("|")[1])
    }


def test_every_setting_is_documented():
    missing = sorted(_read_by_code() - _documented())
    assert not missing, f"à ajouter à docs/operate/settings.md : {missing}"


def test_nothing_documented_is_gone():
    gone = sorted(_documented() - _read_by_code())
    assert not gone, gone
