"""The index in memory against a plain reading of its rules, and its freshness after an import."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from releve.contexts.territory import queries, services
from releve.contexts.territory.commune_index import CommuneIndex, CommuneRow, FormerRow, rank_of
from releve.contexts.territory.rules import distance_km, is_commune_code, normalise_name

from . import files

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = ["saint", "sainte", "denis", "jean", "la", "le", "sur", "mer", "vieux", "bourg", "mont", "e", "nord"]


def _territory() -> tuple[list[CommuneRow], list[FormerRow]]:
    """600 communes and 150 former ones whose few words collide often; same populations, no population, no point."""
    rng = random.Random(85161)
    communes, former = [], []
    for index in range(600):
        code = f"2A{index:03d}" if index % 7 == 0 else f"{10 + index % 9}{index:03d}"
        name = "-".join(word.title() for word in rng.choices(WORDS, k=rng.randint(1, 4)))
        population = rng.choice([None, 90, 90, 120, rng.randint(100, 9_000)])
        lat, lon = (None, None) if index % 11 == 0 else (rng.uniform(44, 48), rng.uniform(-2, 5))
        postal = "|".join(
            sorted(
                {f"{rng.choice((1380, 8543, 2000))}{rng.randint(0, 9)}".zfill(5) for _ in range(index % 3)}
            )
        )
        kind = "ARM" if index % 50 == 0 else "COM"
        communes.append(
            CommuneRow(code, name, normalise_name(name), kind, population, lat, lon, postal, "85", None)
        )
    for index in range(150):
        name = "" if index % 10 == 0 else "-".join(rng.choices(WORDS, k=rng.randint(1, 3)))
        former.append(FormerRow(f"99{index:03d}", name, normalise_name(name), rng.choice(communes).code))
    return communes, former


COMMUNES, FORMER = _territory()
BY_CODE = {row.code: row for row in COMMUNES}
INDEX = CommuneIndex(COMMUNES, FORMER, departements={"85": "Vendée"}, intercommunalities={})


def _order(row: CommuneRow) -> tuple[bool, int, str]:
    return (row.population is None, -(row.population or 0), row.code)


def _plain_search(q: str, limit: int) -> list[tuple[str, str]]:
    """The rules of the search, row by row and without a thought for speed: (code, former name) pairs."""
    words = normalise_name(q).split()
    if not words or len(q) > 80:
        return []
    old = {row.code: row.commune_code for row in FORMER}
    word = words[0]
    if len(words) == 1 and word.isdigit():
        if len(word) > 5:
            return []
        rows = [row for row in COMMUNES if any(c.startswith(word) for c in row.postal_codes.split("|"))]
        codes = [row.code for row in sorted(rows, key=_order)][:limit]
        codes += [c for c in [word if word in BY_CODE else old.get(word)] if c and c not in codes]
        return [(code, "") for code in codes[:limit]]
    if len(words) == 1 and is_commune_code(word.upper()):
        code = word.upper() if word.upper() in BY_CODE else old.get(word.upper())
        return [(code, "")] if code else []
    postal = [w for w in words if len(w) == 5 and w.isdigit()]
    name = " ".join(w for w in words if w not in postal)
    within = set(BY_CODE)
    if postal and name:
        within = {row.code for row in COMMUNES if postal[0] in row.postal_codes.split("|")}
    name = name or " ".join(words)
    last = 2 if len(name) <= 2 else 3
    parts = name.split()

    def matches(row: CommuneRow) -> bool:
        if len(name) <= 2:
            return rank_of(row.search_name, name) <= last
        joined = row.search_name.replace(" ", "")
        any_order = len(parts) > 1 and all(len(p) > 1 and p in joined for p in parts)
        return "".join(parts) in joined or any_order

    rows = [row for row in COMMUNES if row.code in within and matches(row)]
    best = sorted((rank_of(row.search_name, name), *_order(row), row.code, "") for row in rows)[:limit]
    found = [(pair[0], pair[-2], pair[-1]) for pair in best]
    if len(found) < limit or found[-1][0] > 1:
        lines = sorted(
            (rank_of(row.search_name, name), *_order(BY_CODE[row.commune_code])[:2], row.code, row)
            for row in FORMER
            if row.commune_code in within and row.search_name and rank_of(row.search_name, name) <= last
        )
        known = {code for _, code, _ in found}
        for rank, *_, row in lines[: limit * 2]:
            if row.commune_code not in known:
                known.add(row.commune_code)
                found.append((rank, row.commune_code, row.name))
        found = sorted(found, key=lambda item: item[0])[:limit]
    if found and found[0][0] < 4:
        found = [item for item in found if item[0] < 4]
    return [(code, former) for _, code, former in found]


def _queries() -> list[str]:
    rng = random.Random(3)
    names = [row.search_name for row in COMMUNES] + [row.name for row in FORMER if row.name]
    texts = rng.sample(names, 80)
    texts += [
        (n := rng.choice(names))[(k := rng.randrange(len(n))) : k + rng.randint(1, 7)] for _ in range(120)
    ]
    texts += [" ".join(rng.choices(WORDS, k=rng.randint(2, 4))) for _ in range(80)]
    texts += ["".join(rng.choices(WORDS, k=2)) for _ in range(40)]
    texts += [f"{rng.choice(WORDS)} {rng.choice(('13800', '85431', '20005', '99999'))}" for _ in range(40)]
    texts += [rng.choice([*BY_CODE, "99001", "99010", "99149", "2a007", "2A999"]) for _ in range(40)]
    texts += ["1", "8", "01", "13", "8543", "85431", "20004", "138000", "85431 85432", "13800 st 85431"]
    texts += ["", " ", "\n", "\nsaint\n", "saint\ndenis", "%", "_", "\\", "\x00", "saint\x00", "\ud800", "²"]
    texts += [
        "😀" * 40,
        "é" * 100_000,
        "e " * 39,
        "a" * 80,
        "'; drop table--",
        "-1",
        "|",
        "saint|85431",
        "S/ Mer",
    ]
    return texts


@pytest.mark.parametrize("limit", [1, 3, 10, 50])
def test_the_index_answers_as_a_plain_reading_of_the_rules(limit: int) -> None:
    texts = _queries()
    assert len(texts) > 400
    differing = {}
    answered = 0
    for q in texts:
        found = [(hit.code, hit.former_name) for hit in INDEX.search(q, limit)]
        answered += bool(found)
        if found != _plain_search(q, limit):
            differing[q] = (found, _plain_search(q, limit))
    assert not differing
    assert answered > 250


@pytest.mark.parametrize(("limit", "max_km"), [(1, 100), (10, 100), (50, 30), (50, 20_000), (5, 0)])
def test_nearest_is_the_sorted_list_of_distances(limit: int, max_km: float) -> None:
    rng = random.Random(5)
    points = [(row.lat, row.lon, row.code) for row in COMMUNES if row.kind == "COM" and row.lat is not None]
    for _ in range(20):
        lat, lon = rng.uniform(43, 49), rng.uniform(-3, 6)
        distances = sorted((distance_km(lat, lon, y, x), code) for y, x, code in points if x is not None)
        expected = [(km, code) for km, code in distances if km <= max_km][:limit]
        hits = INDEX.nearest(lat, lon, limit=limit, max_km=max_km)
        assert [(hit.distance_km, hit.code) for hit in hits] == expected


def test_a_hit_gives_back_what_was_read() -> None:
    for number, row in enumerate(sorted(COMMUNES, key=_order)):
        hit = INDEX.hit(number)
        assert (hit.code, hit.name, hit.population, hit.lat, hit.lon) == (
            *(row.code, row.name, row.population),
            *(row.lat, row.lon),
        )
        assert "|".join(hit.postal_codes) == row.postal_codes
        assert (hit.departement_name, hit.epci_code, hit.epci_name) == ("Vendée", "", "")


def _import(folder: Path, communes: list[dict] | None = None) -> None:
    files.write_data_dir(folder / "data", communes)
    services.import_reference(
        now=NOW, data_dir=folder / "data", node_modules=folder / "none", cache_dir=folder / "none"
    )


@pytest.mark.django_db
def test_after_an_import_the_next_search_reads_the_new_reference(tmp_path: Path) -> None:
    _import(tmp_path)
    assert [hit.population for hit in queries.search_communes("epreuve")] == [800]
    changed = [dict(row) for row in files.COMMUNES]
    changed[1] |= {"population": 950, "name": "Nouvelle-Épreuve", "at": (45.0, 1.0)}
    _import(tmp_path, changed)
    (hit,) = queries.search_communes("nouvelle epreuve")
    assert (hit.population, hit.name) == (950, "Nouvelle-Épreuve")
    assert [hit.code for hit in queries.nearest_communes(45.0, 1.0, limit=1)] == ["85902"]


@pytest.mark.django_db
def test_a_keystroke_costs_one_small_statement(tmp_path: Path) -> None:
    _import(tmp_path)
    queries.search_communes("gr")
    for q in ("gra", "grandeville", "85990", "nulle part", "mer essai"):
        with CaptureQueriesContext(connection) as captured:
            queries.search_communes(q)
        assert len(captured) == 1
        assert "territory_dataset" in captured[0]["sql"]


@pytest.mark.django_db
def test_the_table_is_read_once_however_many_threads_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def slow_read() -> CommuneIndex:
        read.append(1)
        return INDEX

    # The threads have no database of their own in a test: only the choice between old and new is exercised.
    monkeypatch.setattr(queries, "_loaded", None)
    monkeypatch.setattr(queries, "_reference_key", lambda: (("communes", 1, "f" * 64, NOW),))
    monkeypatch.setattr(queries, "_load_index", slow_read)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: len(queries.search_communes("saint")), range(64)))
    assert len(read) == 1
    assert set(answers) == {10}
