"""French words around names and figures."""

import pytest

from releve.contexts.diagnosis import text
from releve.contexts.diagnosis.enums import TerritoryKind

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("name", "where", "whose"),
    [
        ("Nieul-le-Dolent", "à Nieul-le-Dolent", "de Nieul-le-Dolent"),
        ("Le Mans", "au Mans", "du Mans"),
        ("Les Sables-d'Olonne", "aux Sables-d’Olonne", "des Sables-d’Olonne"),
        ("La Rochelle", "à La Rochelle", "de La Rochelle"),
        ("L'Épine", "à L’Épine", "de L’Épine"),
        ("Angers", "à Angers", "d’Angers"),
        ("Évry", "à Évry", "d’Évry"),
        ("Héricourt", "à Héricourt", "d’Héricourt"),
        ("Haguenau", "à Haguenau", "de Haguenau"),
        ("Honfleur", "à Honfleur", "de Honfleur"),
        ("Hyères", "à Hyères", "d’Hyères"),
        ("Yerres", "à Yerres", "de Yerres"),
        ("Yvetot", "à Yvetot", "d’Yvetot"),
        ("Œuilly", "à Œuilly", "d’Œuilly"),
    ],
)
def test_communes(name, where, whose):
    assert text.at_commune(name) == where
    assert text.of_commune(name) == whose


@pytest.mark.parametrize(
    ("code", "name", "where", "whose"),
    [
        ("85", "Vendée", "en Vendée", "de Vendée"),
        ("25", "Doubs", "dans le Doubs", "du Doubs"),
        ("72", "Sarthe", "dans la Sarthe", "de la Sarthe"),
        ("01", "Ain", "dans l’Ain", "de l’Ain"),
        ("34", "Hérault", "dans l’Hérault", "de l’Hérault"),
        ("40", "Landes", "dans les Landes", "des Landes"),
        ("21", "Côte-d'Or", "en Côte-d’Or", "de Côte-d’Or"),
        ("35", "Ille-et-Vilaine", "dans l’Ille-et-Vilaine", "de l’Ille-et-Vilaine"),
        ("75", "Paris", "à Paris", "de Paris"),
        ("974", "La Réunion", "à La Réunion", "de La Réunion"),
        ("971", "Guadeloupe", "en Guadeloupe", "de Guadeloupe"),
        ("2A", "Corse-du-Sud", "en Corse-du-Sud", "de Corse-du-Sud"),
    ],
)
def test_departements(code, name, where, whose):
    assert text.in_departement(code, name) == where
    assert text.of_departement(code, name) == whose


@pytest.mark.parametrize(
    ("name", "where", "whose"),
    [
        ("CC du Pays des Achards", "dans la CC du Pays des Achards", "de la CC du Pays des Achards"),
        ("Métropole de Lyon", "dans la Métropole de Lyon", "de la Métropole de Lyon"),
        (
            "Eurométropole de Strasbourg",
            "dans l’Eurométropole de Strasbourg",
            "de l’Eurométropole de Strasbourg",
        ),
        ("Nantes Métropole", "à Nantes Métropole", "de Nantes Métropole"),
        ("Orléans Métropole", "à Orléans Métropole", "d’Orléans Métropole"),
    ],
)
def test_intercommunalities(name, where, whose):
    assert text.in_place(TerritoryKind.EPCI, "1", name) == where
    assert text.of_place(TerritoryKind.EPCI, "1", name) == whose


def test_lists_and_perimeters():
    assert text.in_place(TerritoryKind.LIST, "", "") == "dans ces communes"
    assert text.of_place(TerritoryKind.PERIMETER, "p-a", "Bocage") == f"du périmètre «{NBSP}Bocage{NBSP}»"


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0, 0, "aucun médecin"),
        (0.04, 1, "aucun médecin"),
        (1, 0, f"1{NBSP}médecin"),
        (1.9, 1, f"1,9{NBSP}médecin"),
        (2, 0, f"2{NBSP}médecins"),
        (1234, 0, f"1{NBSP}234{NBSP}médecins"),
    ],
)
def test_plural_begins_at_two(value, decimals, expected):
    assert text.many(value, "médecin", "médecins", decimals=decimals) == expected


def test_feminine_zero():
    assert text.many(0, "aucune|consultation", "consultations") == "aucune consultation"


def test_inhabitants_in_millions():
    assert text.inhabitants(2571) == f"2{NBSP}571{NBSP}habitants"
    assert text.inhabitants(1) == f"1{NBSP}habitant"
    assert text.inhabitants(1_250_000) == f"1,2{NBSP}million d’habitants"
    assert text.inhabitants(2_103_778) == f"2,1{NBSP}millions d’habitants"


@pytest.mark.parametrize(("value", "said"), [(0.4, 0), (31.2, 31), (101, 100), (596, 600), (10_871, 10_900)])
def test_said_roundly(value, said):
    assert text.about(value) == said


def test_amounts():
    assert text.amount(None, "min", 0) == "—"
    assert text.amount("ZIP", "", 0) == "ZIP"
    assert text.amount(1234.56, "€", 1) == f"1{NBSP}234,6{NBSP}€"
