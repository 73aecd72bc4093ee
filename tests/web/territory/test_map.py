"""The map of France: its page, and what it fetches."""

from __future__ import annotations

import gzip
import json
import re

import numpy as np
import pytest
from django.test import Client

from releve.contexts.diagnosis.queries import reads
from releve.contexts.territory import tiles_store
from releve.contexts.territory.models import RedZone
from releve.contexts.territory.national import national
from releve.web.territory import layers, map_data, map_frame
from releve.web.ui.tokens import contrast
from tests.factories.diagnosis import TODAY, make_figures, touch_statistics
from tests.factories.practices import make_practice, make_site
from tests.factories.territory import make_commune, make_dataset, make_departement, make_epci

pytestmark = pytest.mark.django_db
HISTORY = {"2015": 3.0, "2022": 2.4, "2023": 2.0}


@pytest.fixture
def communes():
    vendee = make_departement()
    near = make_epci("248500530", name="CC du Pays des Achards")
    nieul = make_commune("85161", departement=vendee, epci=near, population=2500)
    aubigny = make_commune(
        "85008",
        name="Aubigny-Les Clouzeaux",
        departement=vendee,
        epci=near,
        population=7000,
        lat=46.6,
        lon=-1.45,
    )
    far = make_commune(
        "2A004", name="Ajaccio", departement=make_departement("2A", name="Corse-du-Sud"), epci=make_epci("242010056"),
        population=None, lat=None, lon=None,
    )  # fmt: skip
    make_figures(nieul, apl=2.0, apl_year=2023, apl_history=HISTORY, zoning="ZAC", surface_km2=25.0)
    make_figures(aubigny, apl=4.25, apl_year=2023, apl_history={"2023": 4.25}, zoning="ZIP", surface_km2=70.0)
    make_dataset("communes")
    touch_statistics()
    return nieul, aubigny, far


@pytest.fixture
def tile_set(tmp_path, monkeypatch):
    monkeypatch.setattr(map_frame.prepare, "tiles_dir", lambda: tmp_path)
    writer = tiles_store.Writer(tmp_path, "abcdef012345")
    writer.add(5, 15, 11, gzip.compress(b"tile"))
    return writer.publish(boxes={"metropole": (-5, 41, 9.5, 51)}, vintage="paquet 1", seconds=1.0)


def open_site(commune, **fields):
    return make_site(make_practice(status="open"), commune=commune, lat=46.57, lon=-1.5, **fields)


class TestPage:
    def test_it_says_what_is_shown_and_from_where(self, client: Client, communes):
        page = client.get("/carte/").content.decode()
        assert "Accès aux médecins (APL)" in page
        assert "DREES" in page
        assert "moins de 1" in page
        assert "2,5 à 3,25" in page
        assert "/carte/tableau/?couche=apl" in page
        assert "La carte a besoin de JavaScript" in page

    @pytest.mark.parametrize("key", list(layers.LAYERS))
    def test_each_layer_has_its_page_and_its_values(self, client: Client, communes, key):
        open_site(communes[0])
        page = client.get(f"/carte/?couche={key}")
        assert page.status_code == 200
        assert f'value="{key}" selected' in page.content.decode()
        document = client.get(f"/carte/couches/{key}.json").json()
        assert len(document["values"]) == 3
        assert document["key"] == key
        assert document["source"]

    def test_a_layer_that_does_not_exist(self, client: Client, communes):
        answer = client.get("/carte/?couche=nimporte")
        assert answer.status_code == 404
        assert "Cette carte n’existe pas" in answer.content.decode()

    def test_a_territory_is_named_and_its_communes_handed_over(self, client: Client, communes):
        page = client.get("/carte/?territoire=248500530").content.decode()
        assert "CC du Pays des Achards" in page
        found = re.search(r'<script id="carte-territoire"[^>]*>(.*?)</script>', page)
        assert sorted(json.loads(found[1])) == ["85008", "85161"]

    @pytest.mark.parametrize("code", ["99999", "<script>", "85161'--", "a" * 500])
    def test_a_territory_that_does_not_exist(self, client: Client, communes, code):
        answer = client.get("/carte/", {"territoire": code})
        assert answer.status_code == 404
        assert "Territoire introuvable" in answer.content.decode()
        assert "<script>alert" not in answer.content.decode()

    def test_a_name_typed_without_javascript(self, client: Client, communes):
        page = client.get("/carte/?commune=nieul").content.decode()
        assert "Nieul-le-Dolent" in page
        assert "/territoires/85161/" in page
        assert "Aucune commune ne s’appelle" in client.get("/carte/?commune=zzzz").content.decode()

    def test_without_tiles_points_are_drawn(self, client: Client, communes, tmp_path, monkeypatch, settings):
        monkeypatch.setattr(map_frame.prepare, "tiles_dir", lambda: tmp_path)
        monkeypatch.setattr(map_frame.prepare, "contours_are_there", lambda: True)
        settings.MAP_TILES_IN_BACKGROUND = True
        assert "Les contours se préparent" in client.get("/carte/").content.decode()
        monkeypatch.setattr(map_frame.prepare, "contours_are_there", lambda: False)
        page = client.get("/carte/").content.decode()
        assert "Les contours des communes ne sont pas installés" in page
        assert 'data-tiles=""' in page

    def test_without_statistics_it_is_said(self, client: Client):
        make_commune()
        touch_statistics()
        page = client.get("/carte/").content.decode()
        assert "Chiffres officiels absents" in page
        assert "modélisé" in page

    def test_before_any_import(self, client: Client):
        assert client.get("/carte/").status_code == 200
        assert client.get("/carte/couches/apl.json").json()["values"] == []
        assert client.get("/carte/communes.json").json()["names"] == []

    def test_it_does_not_query_more_with_more_communes(
        self, client: Client, communes, django_assert_max_num_queries
    ):
        client.get("/carte/")
        with django_assert_max_num_queries(20):
            client.get("/carte/?territoire=85161")


class TestTiles:
    def test_a_tile_is_sent_as_it_is_kept(self, client: Client, tile_set):
        answer = client.get("/carte/tuiles/abcdef012345/5/15/11.mvt")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
        assert answer["Content-Encoding"] == "gzip"
        assert "immutable" in answer["Cache-Control"]
        assert gzip.decompress(answer.content) == b"tile"

    def test_the_sea_is_empty(self, client: Client, tile_set):
        answer = client.get("/carte/tuiles/abcdef012345/5/0/0.mvt")
        assert (answer.status_code, answer.content) == (204, b"")

    @pytest.mark.parametrize(
        "address",
        ["000000000000/5/15/11", "abcdef012345/3/1/1", "abcdef012345/10/1/1", "..%2F..%2Fsecret_key/5/1/1",
         "abcdef012345/5/15/..%2F11", "abcdef012345/5/-1/11"],
    )  # fmt: skip
    def test_what_was_never_made(self, client: Client, tile_set, address):
        assert client.get(f"/carte/tuiles/{address}.mvt").status_code == 404

    def test_the_page_names_the_set_in_use(self, client: Client, communes, tile_set):
        assert (
            'data-tiles="/carte/tuiles/abcdef012345/{z}/{x}/{y}.mvt"'
            in client.get("/carte/").content.decode()
        )


class TestLayers:
    def test_values_follow_codes(self, client: Client, communes):
        document = client.get("/carte/couches/apl.json").json()
        assert document["codes"] == {"2A": [4], "85": [8, 153]}
        assert document["values"] == [None, 4.25, 2.0]
        assert document["breaks"] == [1.0, 1.75, 2.5, 3.25, 4.0]

    def test_codes_are_packed_and_come_back(self):
        codes = ["01001", "01002", "2A004", "2B366", "85161", "97101", "97411", "98735"]
        packed = map_data.pack_codes(codes)
        back = []
        for prefix, gaps in sorted(packed.items()):
            back += [f"{prefix}{n:0{5 - len(prefix)}d}" for n in np.cumsum(gaps)]
        assert back == codes

    def test_changes_need_both_years(self, communes):
        result = layers.shown("evolution", today=TODAY)
        assert result.layer.label == "Évolution de l’accès, 2015-2023"
        assert result.values[2] == pytest.approx(-1.0)
        assert np.isnan(result.values[1])
        assert layers.shown("evolution-recente", today=TODAY).values[2] == pytest.approx(-0.4)

    def test_categories(self, communes):
        assert layers.shown("zonage", today=TODAY).values[1:].tolist() == [0, 1]
        rows = layers.legend(layers.shown("zonage", today=TODAY))
        assert [(row.label, row.count) for row in rows][:2] == [
            ("Zone d’intervention prioritaire", 1),
            ("Zone d’action complémentaire", 1),
        ]

    def test_red_zones(self, communes):
        RedZone.objects.create(
            epci_id="248500530", reliability="presse", origin="Ouest-France", source=make_dataset()
        )
        assert len(reads.red_zones()) == 1
        assert layers.shown("zones-rouges", today=TODAY).values[1:].tolist() == [0, 0]
        RedZone.objects.update(reliability="a confirmer")
        assert layers.shown("zones-rouges", today=TODAY).values[1:].tolist() == [1, 1]

    def test_minutes_follow_the_sites(self, communes):
        assert layers.shown("trajet", today=TODAY).known == 0
        open_site(communes[0])
        minutes = layers.shown("trajet", today=TODAY).values
        assert minutes[2] < minutes[1] < 30
        assert np.isnan(minutes[0])

    def test_one_more_day_helps_where_access_is_low(self, communes):
        effect = layers.shown("un-jour-de-plus", today=TODAY).values
        assert effect[2] > 0
        assert np.isnan(effect[0])

    def test_the_classes_of_the_legend_count_every_commune(self, communes):
        for key in layers.LAYERS:
            result = layers.shown(key, today=TODAY)
            assert sum(row.count for row in layers.legend(result)) == result.known, key

    def test_words_of_bounds(self, communes):
        words = [row.label for row in layers.legend(layers.shown("evolution", today=TODAY))]
        assert words[0] == "moins de −1"
        assert words[2] == "−0,5 à −0,1"
        assert words[-1] == "+1 et plus"

    def test_a_second_visit_costs_nothing(self, client: Client, communes):
        first = client.get("/carte/couches/apl.json", headers={"accept-encoding": "gzip"})
        assert first["Content-Encoding"] == "gzip"
        assert json.loads(gzip.decompress(first.content))["key"] == "apl"
        again = client.get("/carte/couches/apl.json", headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_new_figures_give_another_tag(self, client: Client, communes):
        before = client.get("/carte/couches/apl.json")["ETag"]
        communes[0].figures.apl = 3.3
        communes[0].figures.save()
        touch_statistics()
        assert client.get("/carte/couches/apl.json")["ETag"] != before

    def test_an_unknown_layer(self, client: Client):
        assert client.get("/carte/couches/nimporte.json").status_code == 404


class TestIndex:
    def test_names_and_points(self, client: Client, communes):
        document = client.get(f"/carte/communes.json?v={map_frame.index_stamp(national())}")
        assert "immutable" in document["Cache-Control"]
        values = document.json()
        assert values["names"] == ["Ajaccio", "Aubigny-Les Clouzeaux", "Nieul-le-Dolent"]
        assert values["lon"][0] is None
        assert sum(values["lon"][1:]) == -1508
        assert values["population"] == [0, 7000, 2500]

    def test_an_old_address_is_not_kept_for_ever(self, client: Client, communes):
        assert "immutable" not in client.get("/carte/communes.json?v=old")["Cache-Control"]


class TestSites:
    def test_open_public_places_only(self, client: Client, communes):
        site = open_site(communes[0], name="Maison de santé")
        make_site(make_practice(status="preparing"), commune=communes[1])
        found = client.get("/carte/lieux.json").json()
        assert [(row["name"], row["slug"]) for row in found] == [("Maison de santé", site.slug)]
        assert "Nieul-le-Dolent" in found[0]["lines"][0]


class TestColours:
    """Ramps are read in the style sheet: every class of every layer has a colour in both themes."""

    css = (map_frame.__file__).rsplit("/", 1)[0] + "/static/territory/map.css"

    def ramps(self):
        with open(self.css, encoding="utf-8") as stream:
            text = stream.read()
        blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", text)
        found = [dict(re.findall(r"--rl-ramp-([a-z]+-\d):\s*(#[0-9A-F]{6})", body)) for _, body in blocks]
        return [block for block in found if block]

    def test_each_class_has_its_colour_in_every_theme(self, communes):
        light, system, dark = self.ramps()
        assert system == dark
        assert light.keys() == dark.keys()
        for key in layers.LAYERS:
            layer = layers.shown(key, today=TODAY).layer
            count = len(layer.words) or len(layer.breaks) + 1
            assert {f"{layer.ramp}-{k}" for k in range(count)} <= light.keys(), key

    def test_neighbouring_classes_are_told_apart(self):
        for theme in self.ramps():
            for name, colour in theme.items():
                ramp, rank = name.rsplit("-", 1)
                following = theme.get(f"{ramp}-{int(rank) + 1}")
                if following:
                    assert contrast(colour, following) > 1.2, (name, colour, following)


def test_the_arrays_are_those_of_the_country(communes):
    assert national().codes.tolist() == ["2A004", "85008", "85161"]
