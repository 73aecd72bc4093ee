"""Tiles: what is written is what was drawn, read back by a reader written from the specification."""

from __future__ import annotations

import gzip
import json
import math
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from releve.contexts.territory import services_tiles, tiles, tiles_store
from releve.contexts.territory.services_tiles import build_tiles, tiles_expected
from releve.kernel.errors import Invalid
from releve.kernel.models import AuditEvent
from tests.factories.territory import make_commune, make_departement

from . import files
from .mvt import area, read_tile

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CODES = ["85001", "85002", "2A004"]


def square(lon: float, lat: float, half: float = 0.05) -> shapely.Polygon:
    return shapely.box(lon - half, lat - half, lon + half, lat + half)


def neighbours() -> np.ndarray:
    """Two communes with a winding common border, and one with a hole, far away."""
    border = [(0.5 + 0.01 * math.sin(k), 46 + k / 40) for k in range(41)]
    left = shapely.Polygon([(0, 46), *border, (0, 47)])
    right = shapely.Polygon([*border, (1, 47), (1, 46)])
    ring = square(9, 42, 0.4).difference(square(9, 42, 0.1))
    return np.array([left, right, ring], dtype=object)


def at_zoom(zoom: int) -> dict[tuple[int, int], dict]:
    shapes = tiles.to_mercator(neighbours())
    layer = tiles.commune_layer(shapes, CODES)
    return {(x, y): read_tile(tile) for x, y, tile in tiles.cut([layer], zoom)}


class TestFeatureId:
    @pytest.mark.parametrize("code", ["01001", "2A004", "2B366", "97502", "85161", "98735"])
    def test_it_turns_back_into_the_code(self, code):
        assert np.base_repr(tiles.feature_id(code), 36).rjust(5, "0") == code


class TestProjection:
    def test_known_points(self):
        points = tiles.to_mercator(np.array([shapely.Point(0, 0), shapely.Point(-180, 85.0511288)]))
        assert shapely.get_coordinates(points) == pytest.approx(np.array([[0.5, 0.5], [0, 0]]), abs=1e-9)


class TestCut:
    @pytest.mark.parametrize("zoom", range(tiles.MIN_ZOOM, tiles.MAX_ZOOM + 1))
    def test_every_tile_reads_back_with_rings_the_right_way(self, zoom):
        found = at_zoom(zoom)
        assert found
        for layers in found.values():
            layer = layers["communes"]
            assert (layer["version"], layer["extent"]) == (2, tiles.EXTENTS[zoom])
            for kind, rings in layer["features"].values():
                assert kind == 3
                assert area(rings[0]) > 0
                for ring in rings:
                    assert len(ring) >= 3
                    assert ring[0] != ring[-1]

    def test_a_hole_turns_the_other_way(self):
        layers = next(
            x for x in at_zoom(5).values() if tiles.feature_id("2A004") in x["communes"]["features"]
        )
        _, rings = layers["communes"]["features"][tiles.feature_id("2A004")]
        assert [area(ring) > 0 for ring in rings] == [True, False]

    def test_surfaces_add_up_over_the_tiles(self):
        zoom = 8
        shapes = tiles.to_mercator(neighbours())
        expected = shapely.area(shapes[2]) * 4**zoom
        total = 0.0
        for x, y, tile in tiles.cut([tiles.commune_layer(shapes, CODES)], zoom):
            drawn = read_tile(tile)["communes"]["features"].get(tiles.feature_id("2A004"))
            if drawn:
                rings = [shapely.Polygon(ring) for ring in drawn[1]]
                shape = rings[0].difference(shapely.union_all(rings[1:])) if len(rings) > 1 else rings[0]
                inside = shape.intersection(shapely.box(0, 0, tiles.EXTENTS[zoom], tiles.EXTENTS[zoom]))
                total += inside.area / tiles.EXTENTS[zoom] ** 2
            assert 0 <= x < 2**zoom
            assert 0 <= y < 2**zoom
        assert total == pytest.approx(expected, rel=0.01)

    def test_a_common_border_stays_common_when_simplified(self):
        simple = tiles.simplify_coverage(tiles.to_mercator(neighbours()), 6)
        assert shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(neighbours()).sum()
        assert simple[0].intersection(simple[1]).area == 0
        assert simple[0].union(simple[1]).area == pytest.approx(simple[0].area + simple[1].area)
        layer = tiles.commune_layer(simple, CODES)
        for _, _, tile in tiles.cut([layer], 6):
            features = read_tile(tile)["communes"]["features"]
            pair = [features.get(tiles.feature_id(code)) for code in CODES[:2]]
            if all(pair):
                left, right = ({point for ring in rings for point in ring} for _, rings in pair)
                assert len(left & right) >= 2

    def test_outlines_of_departements(self):
        shapes = tiles.to_mercator(neighbours())
        names, outlines = tiles.outlines_by_group(shapes, np.array(["85", "85", "2A"]))
        layer = tiles.departement_layer(outlines, [str(name) for name in names])
        for _, _, tile in tiles.cut([layer], 5):
            for kind, lines in read_tile(tile)["departements"]["features"].values():
                assert kind == 2
                assert all(len(line) >= 2 for line in lines)
        # The border between the two communes is inside the département.
        assert outlines[1].length < sum(shapely.length(shapes[:2]))

    def test_overlapping_contours_are_joined_all_the_same(self):
        shapes = np.array([square(0, 46), square(0.03, 46.02)], dtype=object)
        _, outlines = tiles.outlines_by_group(shapes, np.array(["85", "85"]))
        assert outlines[0].length > 0

    def test_a_speck_smaller_than_the_grid_is_left_out(self):
        speck = np.array([square(2, 46, 1e-7)], dtype=object)
        assert list(tiles.cut([tiles.commune_layer(tiles.to_mercator(speck), ["85001"])], 4)) == []

    def test_overseas_is_at_its_real_place(self):
        shapes = tiles.to_mercator(np.array([square(55.5, -21.1), square(-61.5, 16.2)], dtype=object))
        places = {(x, y) for x, y, _ in tiles.cut([tiles.commune_layer(shapes, ["97401", "97101"])], 4)}
        assert places == {(10, 8), (5, 7)}


class TestVarints:
    @given(st.lists(st.integers(0, 2**40), min_size=1, max_size=60))
    def test_they_read_back(self, numbers):
        data, at, found = tiles._varints(np.array(numbers, dtype=np.int64)), 0, []
        while at < len(data):
            value = shift = 0
            while True:
                value |= (data[at] & 0x7F) << shift
                at, shift = at + 1, shift + 7
                if data[at - 1] < 0x80:
                    break
            found.append(value)
        assert found == numbers


class TestStore:
    def test_nothing_yet(self, tmp_path):
        assert tiles_store.current(tmp_path / "none") is None

    def test_a_broken_pointer_is_no_set(self, tmp_path):
        (tmp_path / "current.json").write_text("{", encoding="utf-8")
        assert tiles_store.current(tmp_path) is None

    def test_a_set_appears_whole_and_older_ones_go(self, tmp_path):
        for name in ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"):
            writer = tiles_store.Writer(tmp_path, name)
            writer.add(5, 1, 2, name.encode())
            assert not tiles_store.has_set(tmp_path, name)
            known = writer.publish(boxes={"metropole": (0, 1, 2, 3)}, vintage="v", seconds=1.0)
            assert known.fingerprint == name
        assert tiles_store.current(tmp_path).boxes["metropole"] == (0, 1, 2, 3)
        assert tiles_store.read_tile(tmp_path, "cccccccccccc", 5, 1, 2) == b"cccccccccccc"
        assert tiles_store.has_set(tmp_path, "bbbbbbbbbbbb")
        assert not tiles_store.has_set(tmp_path, "aaaaaaaaaaaa")

    @pytest.mark.parametrize(
        ("fingerprint", "z", "x", "y"),
        [
            ("..", 5, 1, 1), ("cccccccccccc", 5, -1, 1), ("cccccccccccc", 5, 32, 1), ("cccccccccccc", 99, 0, 0),
            ("CCCCCCCCCCCC", 5, 1, 1), ("cccccccccccc", 5, 1, 3),
        ],
    )  # fmt: skip
    def test_what_cannot_be_a_tile_is_never_read(self, tmp_path, fingerprint, z, x, y):
        (tmp_path / "cccccccccccc" / "5" / "1").mkdir(parents=True)
        assert tiles_store.read_tile(tmp_path, fingerprint, z, x, y) is None

    def test_one_builder_at_a_time(self, tmp_path):
        with tiles_store.only_builder(tmp_path) as first, tiles_store.only_builder(tmp_path) as second:
            assert (first, second) == (True, False)


@pytest.mark.django_db
class TestBuild:
    @pytest.fixture
    def places(self, tmp_path):
        vendee = make_departement()
        make_commune("85901", name="Saint-Essai-sur-Mer", departement=vendee)
        make_commune("85902", name="L'Île-d'Épreuve", departement=vendee)
        files.write_wheel(tmp_path / "cache")
        return {"cache_dir": tmp_path / "cache", "folder": tmp_path / "tiles"}

    def test_it_writes_then_does_nothing(self, places):
        first = build_tiles(now=NOW, **places)
        assert first.status == "built"
        known = tiles_store.current(places["folder"])
        assert known.fingerprint == tiles_expected(places["cache_dir"]) == first.tile_set.fingerprint
        written = sorted((places["folder"] / known.fingerprint).rglob("*.gz"))
        assert len(written) == known.tiles > 0
        assert known.bytes == sum(path.stat().st_size for path in written)
        features = [read_tile(gzip.decompress(path.read_bytes()))["communes"]["features"] for path in written]
        assert {code for tile in features for code in tile} == {
            tiles.feature_id(c) for c in ("85901", "85902")
        }
        assert known.boxes["metropole"] == pytest.approx((-1.63, 46.57, -1.47, 46.73))
        assert known.boxes["85"] == known.boxes["metropole"]
        assert AuditEvent.objects.get().action == "territory.tiles-built"
        before = [path.stat().st_mtime_ns for path in written]
        assert build_tiles(now=NOW, **places).status == "unchanged"
        assert [path.stat().st_mtime_ns for path in written] == before

    def test_the_same_contours_give_the_same_bytes(self, places, tmp_path):
        build_tiles(now=NOW, **places)
        build_tiles(now=NOW, cache_dir=places["cache_dir"], folder=tmp_path / "again")
        first = sorted(p.read_bytes() for p in places["folder"].rglob("*.gz"))
        assert first == sorted(p.read_bytes() for p in (tmp_path / "again").rglob("*.gz"))

    def test_another_commune_gives_another_set(self, places):
        build_tiles(now=NOW, **places)
        before = tiles_expected(places["cache_dir"])
        make_commune("75956", name="Grandeville", departement=make_departement("75", name="Paris"))
        assert tiles_expected(places["cache_dir"]) != before
        assert build_tiles(now=NOW, **places).status == "built"

    def test_without_the_package(self, places, tmp_path):
        report = build_tiles(now=NOW, cache_dir=tmp_path / "empty", folder=places["folder"])
        assert (report.status, report.tile_set) == ("no-contours", None)
        assert tiles_expected(tmp_path / "empty") == ""

    def test_while_another_process_is_at_it(self, places):
        with tiles_store.only_builder(places["folder"]):
            assert build_tiles(now=NOW, **places).status == "busy"

    def test_a_bad_contour_leaves_the_tiles_in_use(self, places):
        build_tiles(now=NOW, **places)
        known = tiles_store.current(places["folder"])
        row = {"code": "85901", "type": "COM", "geometry": "0106", "mairie_localisation": "\\N"}
        files.write_wheel(places["cache_dir"], [row])
        with pytest.raises(Invalid, match="contours illisibles"):
            build_tiles(now=NOW, **places)
        assert tiles_store.current(places["folder"]) == known
        assert [p.name for p in places["folder"].iterdir() if p.is_dir()] == [known.fingerprint]

    def test_a_failure_half_way_leaves_nothing(self, places, monkeypatch):
        def broken(*_, **__):
            raise RuntimeError("disque plein")

        monkeypatch.setattr(services_tiles.gzip, "compress", broken)
        with pytest.raises(RuntimeError):
            build_tiles(now=NOW, **places)
        assert tiles_store.current(places["folder"]) is None
        assert not [p for p in places["folder"].iterdir() if p.is_dir()]

    def test_the_pointer_is_small_and_plain(self, places):
        build_tiles(now=NOW, **places)
        values = json.loads((places["folder"] / "current.json").read_text(encoding="utf-8"))
        assert {"fingerprint", "tiles", "bytes", "largest", "boxes", "vintage", "seconds"} == set(values)
