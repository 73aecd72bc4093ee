"""The diagnosis of a territory small enough to check every figure by hand."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import date

import pytest

from releve.contexts.diagnosis import queries
from releve.contexts.diagnosis.enums import Nature, RespondentKind
from releve.contexts.diagnosis.models import Survey, SurveyResponse
from releve.contexts.territory.models import CommuneFigures
from releve.kernel.errors import Invalid
from tests.factories.diagnosis import (
    TODAY,
    make_figures,
    make_knowledge,
    make_parameter,
    make_perimeter,
    make_red_zone,
    make_territory,
)
from tests.factories.practices import make_site
from tests.factories.territory import make_commune, make_epci

pytestmark = pytest.mark.django_db
KEYS = [
    *("population", "access", "doctors", "need", "departures", "emergency", "income", "zoning"),
    *("vulnerability", "comparables", "method"),
]
PER_DAY = 22 * 46 / 52


def diagnose(code, **more):
    return queries.diagnose(code, today=TODAY, **more)


def value(report, key):
    figure = report.figure(key)
    assert figure is not None, key
    return figure.value


@pytest.fixture
def world():
    return make_territory()


def test_sections_come_in_order(world):
    assert [section.key for section in diagnose("85161").sections] == KEYS


def test_published_access_of_a_commune(world):
    report = diagnose("85161")
    apl = report.figure("apl")
    assert (apl.value, apl.vintage, apl.nature, apl.source) == (1.731, "2023", Nature.PUBLISHED, "apl")
    source = next(source for source in report.sources if source.slug == "apl")
    assert (source.producer, source.licence) == ("DREES", "Licence Ouverte 2.0 (Etalab)")
    vendee = (2000 * 1.731 + 1000 * 3 + 10_000 * 4 + 500 * 2) / 13_500
    france = (vendee * 13_500 + 3000 * 4.289) / 16_500
    assert value(report, "apl_departement") == pytest.approx(vendee)
    assert value(report, "apl_france") == pytest.approx(france)
    assert [c.label for c in apl.comparisons] == ["Vendée", "France"]
    assert value(report, "apl_change") == pytest.approx(1.731 - 1.93)
    assert value(report, "apl_rank") == "4e sur 4"
    assert value(report, "apl_percentile") == pytest.approx(90)  # four of five above, and half of itself


def test_history_chart_has_the_threshold_and_the_three_lines(world):
    chart = next(c for s in diagnose("85161").sections for c in s.charts if c.key == "apl_history")
    assert [series.label for series in chart.series] == ["Nieul-le-Dolent", "Vendée", "France"]
    assert chart.series[0].points == (("2015", 1.93), ("2022", 2.033), ("2023", 1.731))
    assert chart.reference == 2.5
    assert chart.title == "L’accès a baissé de 0,2 entre 2015 et 2023"


def test_doctors_by_road_and_not_across_the_sea(world):
    """Le Girouard is at 9,8 minutes, the town at 28,7; the island has no road whatever its distance."""
    report = diagnose("85161")
    assert [value(report, f"gp_{m}") for m in (15, 20, 30)] == [1, 1, 9]
    assert value(report, "gp_here") == 0
    assert report.figure("gp_15").nature == Nature.ESTIMATED
    island = diagnose("85113")
    assert [value(island, key) for key in ("gp_here", "gp_15", "gp_30")] == [2, 2, 2]


def test_doctors_of_a_group_are_a_mean_for_its_inhabitants(world):
    """2 000 people reach 1, 1, 9 doctors; 1 000 people reach their own and, at 22 minutes, those of the town."""
    report = diagnose("248500530")
    assert value(report, "gp_here") == 1
    assert value(report, "gp_20") == pytest.approx(1)
    assert value(report, "gp_30") == pytest.approx(9)


def test_need_and_days(world):
    report = diagnose("85161")
    wanted, accessible = 2000 * 3.75 / 52, 2000 * 1.731 / 52
    assert value(report, "people_under_threshold") == 2000
    assert value(report, "consultations_needed_week") == pytest.approx(wanted)
    assert value(report, "consultations_accessible_week") == pytest.approx(accessible)
    assert value(report, "consultations_gap_week") == pytest.approx(wanted - accessible)
    assert value(report, "days_for_gap") == pytest.approx((wanted - accessible) / PER_DAY)
    table = next(t for t in report.section("need").tables if t.key == "days")
    assert [row[0] for row in table.rows] == [1, 2, 3, 4, 5, 6]
    assert table.rows[1][1] == pytest.approx(2 * PER_DAY)
    assert table.rows[1][2] == pytest.approx(100 * 2 * PER_DAY / (wanted - accessible))
    gains = [row[3] - 1.731 for row in table.rows]
    assert gains[0] > 0
    assert gains == pytest.approx([gains[0] * days for days in range(1, 7)])


def test_need_of_a_place_that_lacks_nothing(world):
    report = diagnose("25462")
    assert value(report, "consultations_gap_week") == 0
    assert "dépasse" in report.section("need").finding
    assert value(report, "people_under_threshold") == 0


def test_parameters_of_the_day_are_used(world):
    make_parameter("apl_threshold", 1.5, date(2026, 1, 1))
    make_parameter("visits_per_day", 11, date(2026, 1, 1))
    report = diagnose("85161")
    assert value(report, "people_under_threshold") == 0
    assert report.parameters["apl_threshold"]["value"] == 1.5
    assert report.parameters["apl_threshold"]["origin"] == "Arrêté d’essai"
    assert report.section("need").tables[0].rows[0][1] == pytest.approx(PER_DAY / 2)
    assert value(queries.diagnose("85161", today=date(2025, 12, 1)), "people_under_threshold") == 2000


def test_groups_are_means_weighted_by_inhabitants(world):
    report = diagnose("248500530")
    assert value(report, "population") == 3000
    assert value(report, "apl") == pytest.approx((2 * 1.731 + 3.0) / 3)
    assert value(report, "people_under_threshold") == 2000
    assert value(report, "emergency_minutes") == pytest.approx(25)
    assert value(report, "people_far_from_emergency") == 1000
    income = report.figure("median_income")
    assert (income.value, income.nature) == (22_000, Nature.ESTIMATED)
    assert "connue pour 1 sur 2" in income.note
    zones = report.section("zoning").tables[0]
    assert [(row[0], row[1]) for row in zones.rows] == [
        ("Zone d’intervention prioritaire", 1000),
        ("Zone d’action complémentaire", 2000),
    ]


def test_the_same_communes_give_the_same_whatever_their_name(world):
    make_perimeter("achards", world.nieul, world.girouard)
    keys = ["population", "apl", "gp_here", "gp_20", "people_under_threshold", "emergency_minutes"]
    by_epci, by_list, by_perimeter = (diagnose(c) for c in ("248500530", "85161,85099", "p-achards"))
    for key in keys:
        assert value(by_epci, key) == value(by_list, key) == value(by_perimeter, key)
    assert by_perimeter.place.context == "CPTS, 2 communes"


def test_departement_is_not_compared_with_itself(world):
    report = diagnose("85")
    assert report.figure("apl_departement") is None
    assert [c.label for c in report.figure("apl").comparisons] == ["France"]
    assert report.summary[0].startswith("En Vendée vivent 13\u00a0500\u00a0habitants")


def test_secret_and_missing_values_stay_missing_and_say_why(world):
    income = diagnose("85099").figure("median_income")
    assert income.value is None
    assert "Secret statistique" in income.missing
    island = diagnose("85113")
    assert island.figure("emergency_minutes").value is None
    assert "îles" in island.figure("emergency_minutes").missing
    assert island.figure("zoning").value is None
    assert island.figure("share_65_plus").missing


def test_a_commune_without_any_statistic_nor_point(world):
    make_commune("98735", name="Papeete", population=26_000, lat=None, lon=None, epci=make_epci())
    report = diagnose("98735")
    assert value(report, "apl") is None
    assert value(report, "gp_15") is None
    assert value(report, "vulnerability_index") is None
    assert report.section("departures").finding.startswith("Aucun médecin")
    assert all(report.summary)


def test_a_village_without_inhabitants(world):
    make_commune("55039", name="Beaumont-en-Verdunois", population=None, lat=49.2, lon=5.4, epci=None)
    report = diagnose("55039")
    assert value(report, "population") is None
    assert report.summary[0] == "La population de Beaumont-en-Verdunois n’est pas connue."


def test_a_department_of_one_commune_and_its_arrondissements():
    world = make_territory()
    paris = make_commune("75056", name="Paris", population=3000, lat=48.85, lon=2.35, departement=None)
    first = make_commune(
        "75101",
        name="Paris 1er Arrondissement",
        kind="ARM",
        parent=paris,
        population=1000,
        lat=48.86,
        lon=2.34,
    )
    make_commune("75102", name="Paris 2e Arrondissement", kind="ARM", parent=paris, population=2000)
    make_figures(paris, apl=5.0, gp_estimate=10.0)
    make_figures(first, apl=6.5, zoning="HZ", median_income=35_000.0)
    make_figures(first.parent.arrondissements.get(pk="75102"), zoning="ZAC")
    report = diagnose("75101")
    assert value(report, "apl") == 6.5
    assert value(report, "population") == 1000
    assert value(report, "gp_here") is None  # not known below the commune
    assert value(report, "gp_15") == 10
    assert report.figure("apl_rank") is None
    whole = diagnose("75056")
    assert whole.section("zoning").tables[0].rows == (
        ("Zone d’action complémentaire", 2000.0, pytest.approx(200 / 3)),
        ("Hors zonage", 1000.0, pytest.approx(100 / 3)),
    )
    assert diagnose("75101,85161").figure("population").value == 3000
    assert diagnose("75056,75101").figure("population").value == 3000
    assert world.nieul.population == 2000


def test_vulnerability_is_an_estimate_and_says_so(world):
    report = diagnose("85161")
    section = report.section("vulnerability")
    index = report.figure("vulnerability_index")
    assert index.nature == Nature.ESTIMATED
    assert "pas la liste officielle" in index.note
    assert any("pas la liste officielle" in note for note in section.notes)
    # access: the lowest of five; doctors of 55 and over: four of five at 40 %; emergency: 21 is third of four;
    # income: the lowest of three; the mean prevalence is known for Vendée alone
    assert value(report, "fragility_access") == pytest.approx(90)
    assert value(report, "fragility_young_doctors") == pytest.approx(40)
    assert value(report, "fragility_ald") == pytest.approx(50)
    assert value(report, "fragility_emergency") == pytest.approx(62.5)
    assert value(report, "fragility_income") == pytest.approx(100 - 100 / 6)
    assert index.value == pytest.approx((90 + 40 + 50 + 62.5 + 100 - 100 / 6) / 5)
    table = section.tables[0]
    assert any("par département" in str(row[1]) for row in table.rows)


def test_weights_are_adjustable(world):
    only_access = {"access": 1, "young_doctors": 0, "ald": 0, "emergency": 0, "income": 0}
    assert value(diagnose("85161", weights=only_access), "vulnerability_index") == pytest.approx(90)
    # a criterion left out keeps its parameter
    assert value(diagnose("85161", weights={}), "vulnerability_index") == value(
        diagnose("85161"), "vulnerability_index"
    )


@pytest.mark.parametrize(
    "weights",
    [
        {"age": 1},
        {"access": -1},
        {"access": float("nan")},
        {"access": 101},
        dict.fromkeys(("access", "young_doctors", "ald", "emergency", "income"), 0),
    ],
)
def test_impossible_weights(world, weights):
    with pytest.raises(Invalid):
        diagnose("85161", weights=weights)


def test_red_zone_is_a_partial_list(world):
    red = diagnose("85161").figure("red_zone")
    assert red.value == "Non connu"
    make_red_zone(world.epci)
    listed = diagnose("85161")
    assert listed.figure("red_zone").value == "Oui\u00a0: CC du Pays des Achards"
    assert "Journal local" in listed.figure("red_zone").note
    elsewhere = diagnose("25462")
    assert elsewhere.figure("red_zone").value == "Non connu"
    assert "ne dit rien" in elsewhere.figure("red_zone").note


def test_departures_of_the_nearest_doctors_when_there_is_none_here(world):
    section = diagnose("85161").section("departures")
    assert section.finding.startswith(
        "Si un médecin part au Girouard, à 10\u00a0minutes, environ 1\u00a0200\u00a0patients"
    )
    assert section.tables[0].rows[0][:2] == (1, 1200)


def test_departures_one_by_one(world):
    report = diagnose("85191")
    table = report.section("departures").tables[0]
    assert [row[0] for row in table.rows] == [1, 2, 3, 4, 5]  # eight doctors, five shown
    access = [row[3] for row in table.rows]
    assert access == sorted(access, reverse=True)
    losses = [4.0 - a for a in access]
    assert losses == pytest.approx([losses[0] * n for n in range(1, 6)])
    assert report.figure("apl_after_one_departure").nature == Nature.MODELLED


def test_comparables_are_documented_and_platform_sites(world):
    section = diagnose("85161").section("comparables")
    table = section.tables[0]
    assert [row[0] for row in table.rows] == [
        "Pontarlier"
    ]  # the only other documented place of this small country
    assert table.links == ("25462",)
    assert "1\u00a0000 patients" in table.rows[0][5]
    assert any("Déjà ici" in note and "2\u00a0000 patients" in note for note in section.notes)
    make_site(commune=world.town)
    table = diagnose("85161").section("comparables").tables[0]
    assert {row[0] for row in table.rows} == {"Pontarlier", "La Roche-sur-Yon"}


def test_local_knowledge_is_shown_beside_and_changes_nothing(world):
    before = diagnose("85161")
    assert before.section("local") is None
    make_knowledge(world.nieul, note="départ à la retraite")
    make_knowledge(world.nieul, starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 30))  # over
    make_knowledge(world.town)  # elsewhere
    after = diagnose("85161")
    rows = after.section("local").tables[0].rows
    assert [row[1] for row in rows] == ["Départ d’un médecin\u00a0: départ à la retraite"]
    assert rows[0][2:] == ("31\u00a0décembre 2026", "", "à venir", "Secrétariat de la mairie")
    assert "départ d’un médecin, à partir du 31/12/2026" in after.summary[-1]
    for key in ("apl", "gp_here", "consultations_gap_week"):
        assert value(before, key) == value(after, key)


def test_answers_of_the_survey_of_that_very_place(world):
    survey = Survey.objects.create(
        token="t",
        territory_kind="commune",
        territory_code="85161",
        title="Enquête",
        opens_on=TODAY,
        closes_on=TODAY,
        created_at="2026-01-01T00:00:00Z",
    )
    for rank, (status, words) in enumerate((("kept", "Trois mois d’attente."), ("pending", "à relire"))):
        SurveyResponse.objects.create(
            survey=survey,
            respondent=RespondentKind.NURSE,
            comment=words,
            status=status,
            form_digest=str(rank),
            received_on=TODAY,
        )
    section = diagnose("85161").section("survey")
    assert section.finding == "2\u00a0réponses à l’enquête, le 2\u00a0mars 2026."
    assert "à relire" not in json.dumps([asdict(table) for table in section.tables], ensure_ascii=False)
    assert diagnose("85191").section("survey") is None


# --- Without statistics ---------------------------------------------------------------------------------------


def test_without_statistics_the_supply_is_modelled_and_everything_says_so():
    make_territory(statistics=False)
    report = diagnose("85161")
    assert report.modelled
    assert "modélisée" in report.warnings[0]
    apl = report.figure("apl")
    assert apl.nature == Nature.MODELLED
    assert apl.source == "model"
    assert apl.value is not None
    assert apl.margin > 0
    assert report.figure("gp_15").nature == Nature.MODELLED
    for key in ("median_income", "emergency_minutes", "zoning", "share_65_plus"):
        figure = report.figure(key)
        assert figure.value is None
        assert "pas chargées" in figure.missing
    assert report.figure("vulnerability_index").value is None
    assert [section.key for section in report.sections] == KEYS
    assert "calcul" in report.summary[1]
    assert report.figure("apl_france") is None


# --- Quality of the whole -------------------------------------------------------------------------------------

PLACES = ["85161", "85191", "85113", "248500530", "85", "85161,85099", "25462"]
_BAD = [
    (re.compile(r"'"), "apostrophe droite"),
    (re.compile(r" [:;!?»%€]"), "espace sécable avant une ponctuation double ou une unité"),
    (re.compile(r"« "), "espace sécable après un guillemet"),
    (re.compile(r"\d (?:min|km|minutes|€)\b"), "espace sécable avant une unité"),
    (re.compile(r"\d \d{3}\b"), "espace sécable dans un nombre"),
    (re.compile(r"  |\.\.|,\."), "ponctuation"),
    (re.compile(r"\bNone\b|\bnan\b|\{|\}"), "valeur nue"),
    (re.compile(r"\b(?:de|à) (?:Le|Les) [A-Z]"), "article non contracté"),
]


def sentences(report):
    """Every text of the report that our code writes (titles of datasets are the producers')."""
    yield from report.summary
    yield from report.warnings
    for section in report.sections:
        yield section.title
        yield section.finding
        yield from section.notes
        for figure in section.figures:
            yield from (figure.label, figure.unit, figure.missing, figure.note)
        for chart in section.charts:
            yield from (chart.title, chart.note, chart.reference_label)
        for table in section.tables:
            yield from (table.title, table.note, *table.columns)
            if table.key != "sources":
                yield from (cell for row in table.rows for cell in row if isinstance(cell, str))


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("code", PLACES)
def test_typography(code, statistics):
    make_territory(statistics=statistics)
    found = [
        f"{what} : {sentence}"
        for sentence in sentences(diagnose(code))
        for pattern, what in _BAD
        if pattern.search(sentence)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", PLACES)
def test_summary_can_be_read_aloud(world, code):
    summary = diagnose(code).summary
    assert 3 <= len(summary) <= 5
    for paragraph in summary:
        assert paragraph[0].isupper()
        assert paragraph.endswith(".")
        assert len(paragraph) < 500


def test_every_figure_has_a_source_or_says_why_it_is_missing(world):
    for code in PLACES:
        report = diagnose(code)
        known = {source.slug for source in report.sources}
        for section in report.sections:
            for figure in section.figures:
                assert figure.source in known | {"model"}, figure.key
                assert (figure.value is None) == bool(figure.missing), figure.key


def test_the_number_of_statements_does_not_grow_with_the_territory(world, django_assert_max_num_queries):
    counts = []
    for code in ("85161", "248500530", "85"):
        diagnose(code)
        with django_assert_max_num_queries(60) as found:
            diagnose(code)
        counts.append(len(found))
    assert max(counts) - min(counts) <= 2, counts
    for rank in range(30):
        make_commune(
            f"85{300 + rank}", name=f"Commune {rank}", population=100, lat=46.5, lon=-1.4 + rank / 100
        )
        CommuneFigures.objects.create(commune_id=f"85{300 + rank}", apl=2.0)
    diagnose("85")
    with django_assert_max_num_queries(60) as found:
        diagnose("85")
    assert len(found) == counts[2]


def test_a_modelled_access_near_the_threshold_does_not_take_sides():
    make_territory(statistics=False)
    report = diagnose("85161")
    apl = report.figure("apl")
    make_parameter("apl_threshold", round(apl.value + apl.margin / 2, 2), date(2026, 1, 1))
    assert "pour dire de quel côté" in diagnose("85161").section("access").finding
    make_parameter("apl_threshold", round(apl.value + apl.margin * 2, 2), date(2026, 2, 1))
    assert "sous le seuil" in diagnose("85161").section("access").finding
    assert "sans tenir compte de sa marge" in report.figure("people_under_threshold").note
