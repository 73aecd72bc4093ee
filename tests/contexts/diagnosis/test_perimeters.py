"""Saved groups of communes: read from a list or a file line by line, kept whole or not at all."""

from __future__ import annotations

import pytest

from releve.contexts.diagnosis import perimeter_list, services_perimeters
from releve.contexts.diagnosis.models import Perimeter
from releve.contexts.diagnosis.perimeter_list import match_communes, read_csv, read_pasted
from releve.contexts.diagnosis.territories import resolve
from releve.kernel.audit import SYSTEM
from releve.kernel.errors import Conflict, Invalid
from releve.kernel.models import AuditEvent
from tests.factories.territory import make_commune, make_departement, make_former_commune
from tests.factories.voices import NOW, make_saved_perimeter, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def communes():
    nieul = make_commune()
    make_commune("85191", name="La Roche-sur-Yon")
    make_commune("01004", name="Ambérieu-en-Bugey", departement=make_departement("01", name="Ain"))
    make_former_commune("85999", nieul, name="Ancienne")


def texts(entries):
    return [entry.text for entry in entries]


def wrong(entries, **options):
    with pytest.raises(Invalid) as error:
        match_communes(entries, **options)
    return [reason.message for reason in error.value.reasons] or [error.value.message]


# --- Reading --------------------------------------------------------------------------------------------------


def test_a_pasted_list_by_lines_commas_or_semicolons():
    entries = read_pasted("85161\r\n\n nieul le dolent ; 85191,01004\t\n")
    assert texts(entries) == ["85161", "nieul le dolent", "85191", "01004"]
    assert [entry.where for entry in entries] == ["Ligne 1", "Ligne 3", "Ligne 3", "Ligne 3"]
    assert match_communes(entries) == ["85161", "85191", "01004"]


def test_a_name_is_read_without_its_accents():
    assert match_communes(read_pasted("Amberieu en Bugey\nLA ROCHE SUR YON")) == ["01004", "85191"]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_file_with_any_usual_separator(separator):
    rows = [("nom", "Code INSEE", "pop"), ("Nieul", "85161", "2"), ("", "", ""), ("La Roche", "85191", "3")]
    content = "\r\n".join(separator.join(row) for row in rows).encode("utf-8-sig")
    entries = read_csv(content)
    assert match_communes(entries, field="file") == ["85161", "85191"]
    assert entries[0].where == "Ligne 2, colonne 2 («\u00a0Code INSEE\u00a0»)"


def test_a_file_of_windows_and_a_single_column():
    assert texts(read_csv("code\n85161\n85191\n".encode("cp1252"))) == ["85161", "85191"]
    assert texts(read_csv("libellé;codgeo\nAmbérieu;01004\n".encode("cp1252"))) == ["01004"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"\n \n", "vide"),
        (b"\x00\x01PK", "pas un texte"),
        (
            b"nom;population\nNieul;2500\n",
            "Ligne 1.*aucune colonne.*«\u00a0nom\u00a0», «\u00a0population\u00a0»",
        ),
        (b"code insee de la commune:nom\n85161:Nieul\n", "Aucun séparateur"),
        (b"code;nom\n85161;Nieul\n85191,La Roche\n", "Ligne 3.*1 colonne au lieu de 2"),
        (b"code;nom\n85161;Nieul;trop\n", "Ligne 2.*3 colonnes au lieu de 2"),
        (b"x" * (perimeter_list.MAX_FILE_BYTES + 1), "trop lourd"),
    ],
)
def test_a_file_that_is_not_a_list(content, said):
    with pytest.raises(Invalid, match=said) as error:
        read_csv(content)
    assert error.value.field == "file"


def test_each_wrong_line_is_told():
    said = wrong(read_pasted("85161\n85999\n1004\nXyzzy\n99999"))
    assert len(said) == 4
    assert said[0].startswith("Ligne 2\u00a0: ")
    assert "Nieul-le-Dolent (85161)" in said[0] or "85161" in said[0]
    assert "01004" in said[1]
    assert "aucune commune" in said[2]
    assert said[3].startswith("Ligne 5")


def test_an_ambiguous_name_lists_its_communes():
    make_commune("87105", name="Nieul", departement=make_departement("87", name="Haute-Vienne"))
    make_commune("17264", name="Nieul", departement=make_departement("17", name="Charente-Maritime"))
    said = wrong(read_pasted("Nieul"))
    assert "87105" in said[0]
    assert "17264" in said[0]


def test_too_many_lines_are_summed_up():
    said = wrong(read_pasted("\n".join(f"Xyzzy {number}" for number in range(30))))
    assert len(said) == perimeter_list.MAX_TOLD + 1
    assert "10 autres" in said[-1]


def test_an_empty_or_endless_list():
    assert "une commune au moins" in wrong([])[0]
    assert "au plus" in wrong(read_pasted("85161\n" * 601))[0]


# --- Saving ---------------------------------------------------------------------------------------------------


def test_a_group_has_its_own_diagnosis_address():
    first = make_saved_perimeter("CPTS du Pays des Achards", ["85161", "85191", "85161"])
    assert first.slug == "cpts-du-pays-des-achards"
    place = resolve("p-cpts-du-pays-des-achards")
    assert (place.name, place.commune_codes) == ("CPTS du Pays des Achards", ("85161", "85191"))
    again = make_saved_perimeter("CPTS du Pays des Achards", ["85161"])
    assert again.slug == "cpts-du-pays-des-achards-2"
    assert make_saved_perimeter("___ ???", ["85161"]).slug == "perimetre"
    assert AuditEvent.objects.filter(action="perimeter.saved").count() == 3


def test_changing_keeps_the_address():
    made = make_saved_perimeter("Nord", ["85161"])
    services_perimeters.change_perimeter(
        perimeter_id=made.pk, name="Sud", kind="list", codes=["85191", "01004"], by=SYSTEM, now=NOW
    )
    made.refresh_from_db()
    assert (made.slug, made.name, made.kind) == ("nord", "Sud", "list")
    assert resolve("p-nord").commune_codes == ("01004", "85191")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "ab"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"kind": "ville"}, "kind"),
        ({"codes": []}, "communes"),
    ],
)
def test_nothing_half_saved(fields, field):
    values = {"name": "Nord", "kind": "cpts", "codes": ["85161"], "by": SYSTEM, "now": NOW}
    with pytest.raises(Invalid) as error:
        services_perimeters.save_perimeter(**{**values, **fields})
    assert error.value.field == field
    assert not Perimeter.objects.exists()


def test_what_is_used_is_not_deleted():
    made = make_saved_perimeter("Nord", ["85161"])
    survey = make_survey("p-nord")
    with pytest.raises(Conflict, match="une enquête"):
        services_perimeters.delete_perimeter(perimeter_id=made.pk, by=SYSTEM, now=NOW)
    survey.delete()
    services_perimeters.delete_perimeter(perimeter_id=made.pk, by=SYSTEM, now=NOW)
    assert not Perimeter.objects.exists()
    assert AuditEvent.objects.filter(action="perimeter.deleted").count() == 1
