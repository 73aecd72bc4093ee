"""Files as their producers publish them: small ones, made here in the published shape."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from releve.contexts.territory import services, services_figures
from releve.contexts.territory.models import CommuneFigures, Dataset
from releve.contexts.territory.sources.producers import detect, tables
from releve.kernel.errors import Invalid

from . import figure_files, files

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

APL_HEADER = [
    "Code commune INSEE",
    "Commune",
    "APL aux médecins généralistes",
    "APL aux médecins généralistes de 65 ans ou moins",
    "Population standardisée 2022 pour la médecine générale",
    "Population totale 2022",
]
RPPS_HEADER = [
    "Type d'identifiant PP",
    "Identifiant PP",
    "Identification nationale PP",
    "Nom d'exercice",
    "Code profession",
    "Code savoir-faire",
    "Code mode exercice",
    "Code commune (coord. structure)",
]


def write_workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """The least of an xlsx file: inline texts and numbers."""
    kinds = "http://schemas.openxmlformats.org"
    names = list(sheets)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for n in range(1, len(names) + 1)
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{kinds}/package/2006/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/'
            f'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{overrides}</Types>',
        )
        relation = f"{kinds}/officeDocument/2006/relationships"
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{kinds}/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1))
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{kinds}/spreadsheetml/2006/main" xmlns:r="{relation}"><sheets>{listed}</sheets>'
            "</workbook>",
        )
        targets = "".join(
            f'<Relationship Id="rId{i}" Type="{relation}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(names) + 1)
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{kinds}/package/2006/relationships">{targets}</Relationships>',
        )
        for number, rows in enumerate(sheets.values(), 1):
            book.writestr(
                f"xl/worksheets/sheet{number}.xml", _sheet(rows, f"{kinds}/spreadsheetml/2006/main")
            )
    return path


def _sheet(rows: list[list[Any]], namespace: str) -> str:
    lines = []
    for row_number, row in enumerate(rows, 1):
        cells = ""
        for column, value in enumerate(row):
            place = f"{'ABCDEFGHIJ'[column]}{row_number}"
            if isinstance(value, int | float):
                cells += f'<c r="{place}"><v>{value}</v></c>'
            elif value is not None:
                cells += f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
        lines.append(f'<row r="{row_number}">{cells}</row>')
    return f'<worksheet xmlns="{namespace}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def apl_sheet(*rows: list[Any]) -> list[list[Any]]:
    title = [["Indicateur d'accessibilité potentielle localisée (APL) aux médecins généralistes"], [None]]
    units = [None, None, "En nombre de consultations/visites accessibles par habitant standardisé"]
    return [*title, ["Sources : SNIIR-AM"], APL_HEADER, units, *rows, ["Total", None, 3.0, 2.0, 100.0, 100.0]]


def apl_row(code: str, apl: float | None, people: float) -> list[Any]:
    return [code, "Commune", apl, 0.1, people, people]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """The reference, without statistics."""
    files.write_data_dir(tmp_path / "data")
    files.write_package(tmp_path / "node_modules")
    services.import_reference(
        now=NOW,
        data_dir=tmp_path / "data",
        node_modules=tmp_path / "node_modules",
        cache_dir=tmp_path / "no-cache",
    )
    return tmp_path


def run(path: Path, **options: Any) -> services_figures.StatisticsReport:
    return services_figures.import_statistics_file(now=NOW, path=path, **options)


def figures(code: str) -> CommuneFigures:
    return CommuneFigures.objects.get(pk=code)


def test_the_accessibility_workbook(world: Path) -> None:
    path = write_workbook(
        world / "apl.xlsx",
        {
            "Notice": [["Ce classeur présente l’APL"]],
            "APL 2023": apl_sheet(apl_row("85901", 2.0, 900.0), apl_row("85902", 1.5, 800.0)),
            "APL 2024": apl_sheet(
                apl_row("85901", 3.0, 900.0), apl_row("85999", 1.0, 300.0), apl_row("75991", None, 2000.0)
            ),
        },
    )
    assert detect(path) == "apl"
    report = run(path)
    assert [(d.slug, d.vintage) for d in report.datasets] == [("apl-drees", "2023 à 2024")]
    # 900 standardised inhabitants at 3.0 and 300 at 1.0
    assert figures("85901").apl == pytest.approx(2.5)
    assert figures("85901").apl_year == 2024
    assert figures("85901").apl_history == {"2023": 2.0, "2024": 2.5}
    assert figures("85902").apl is None
    assert figures("85902").apl_history == {"2023": 1.5}
    assert run(path).unchanged


def test_a_newer_workbook_keeps_the_earlier_years_and_an_older_one_is_refused(world: Path) -> None:
    folder = figure_files.write_statistics(world / "data")
    services_figures.import_statistics(now=NOW, data_dir=folder)
    newer = write_workbook(world / "apl24.xlsx", {"APL 2024": apl_sheet(apl_row("85901", 3.0, 900.0))})
    run(newer)
    assert figures("85901").apl == 3.0
    assert figures("85901").apl_history["2023"] == pytest.approx(2.5)
    # The folder's own file, of 2023, does not come back over it, and other columns stay its own.
    report = services_figures.import_statistics(now=NOW, data_dir=folder)
    assert report.unchanged
    assert "apl" not in Dataset.objects.get(slug="apl").report["columns"]
    older = write_workbook(world / "apl22.xlsx", {"APL 2022": apl_sheet(apl_row("85901", 9.0, 900.0))})
    with pytest.raises(Invalid) as caught:
        run(older)
    assert caught.value.code == "older-vintage"
    assert "2022" in caught.value.message
    assert "2024" in caught.value.message
    assert figures("85901").apl == 3.0
    run(older, force=True)
    assert figures("85901").apl == 9.0


def test_a_text_table_of_accessibility(world: Path) -> None:
    path = world / "apl_sages_femmes_2023.csv"
    path.write_text("Code commune INSEE;Commune;APL aux sages-femmes\n85901;Essai;12,5\n", encoding="cp1252")
    assert [d.slug for d in run(path).datasets] == ["apl-drees-midwives"]
    assert figures("85901").apl_midwives == 12.5


def rpps(path: Path, *rows: tuple[str, str, str, str, str]) -> Path:
    """(person, profession, skill, mode, commune) per activity."""
    lines = ["|".join(RPPS_HEADER)]
    for person, profession, skill, mode, commune in rows:
        lines.append(f'8|{person}|8{person}|L"HÔTE|{profession}|{skill}|{mode}|{commune}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_register_is_counted_and_no_name_is_kept(world: Path) -> None:
    path = rpps(
        world / "PS_LibreAcces_Personne_activite_202603010815.txt",
        ("1", "10", "SM54", "L", "85901"),
        ("1", "10", "SM54", "L", "85901"),  # the same person twice in the same commune
        ("2", "10", "SM53", "L", "85901"),
        ("2", "10", "SM53", "L", "85902"),  # and another shared between two
        ("3", "10", "SM54", "S", "85901"),  # salaried
        ("4", "10", "SM02", "L", "85901"),  # another specialty
        ("5", "60", "", "L", "85901"),  # a nurse
        ("6", "10", "SM54", "L", ""),  # nowhere
        ("7", "10", "SM54", "L", "75991"),
        ("8", "10", "SM54", "L", "75956"),
    )
    assert detect(path) == "rpps"
    report = run(path)
    assert report.datasets[0].vintage == "2026-03"
    found = figures("85901")
    assert (found.gp_estimate, found.gp_register, found.doctors_register) == (1.5, 3, 4)
    assert figures("85902").gp_estimate == 0.5
    assert figures("75991").gp_estimate == 1.0
    assert figures("75956").gp_estimate == 2.0
    assert "1 activités" in report.datasets[0].notes[0]
    assert "HÔTE" not in str(Dataset.objects.values_list("report", flat=True))


def test_a_register_without_date_asks_for_it(world: Path) -> None:
    path = rpps(world / "extraction.txt", ("1", "10", "SM54", "L", "85901"))
    with pytest.raises(Invalid) as caught:
        run(path)
    assert caught.value.code == "unknown-vintage"
    assert run(path, vintage="2026-02").datasets[0].vintage == "2026-02"


def test_ages_of_the_census(world: Path) -> None:
    path = world / "base-cc-evol-struct-pop-2021.csv"
    path.write_text(
        "CODGEO;P21_POP;P21_POP0014;P21_POP1529;P21_POP7589;P21_POP90P;P21_H65P;P21_F65P\n"
        "85901;1000;200;150;80;20;90;110\n85999;200;20;30;20;10;40;60\n85902;0;0;0;0;0;0;0\n",
        encoding="utf-8",
    )
    assert detect(path) == "ages"
    report = run(path)
    assert report.datasets[0].vintage == "2021"
    assert "deux tiers" in report.datasets[0].notes[0]
    found = figures("85901")
    # 1000 people (30, 50, 20, 10 %) and 200 (20, 30, 50, 15 %)
    assert found.share_under_25 == pytest.approx((30 * 1000 + 20 * 200) / 1200, abs=1e-3)
    assert found.share_65_plus == pytest.approx(25.0, abs=1e-3)
    assert found.share_75_plus == pytest.approx((10 * 1000 + 15 * 200) / 1200, abs=1e-3)
    assert figures("85902").share_under_25 is None


def test_detailed_ages_are_exact(world: Path) -> None:
    path = world / "TD_POP1B_2021.csv"
    path.write_text(
        "NIVGEO;CODGEO;SEXE;AGED100;NB\nCOM;85901;1;024;10\nCOM;85901;2;025;50\nCOM;85901;1;065;25\n"
        "COM;85901;2;075;15\n",
        encoding="utf-8",
    )
    run(path)
    found = figures("85901")
    assert (found.share_under_25, found.share_25_64, found.share_65_plus, found.share_75_plus) == (
        10,
        50,
        40,
        15,
    )


def test_secret_incomes_stay_missing(world: Path) -> None:
    path = world / "cc_filosofi_2021_COM.zip"
    text = (
        "CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;PIMP21;TP6021;D121;D921\n85901;400;900;21500;50;12,5;nd;s\n"
    )
    text += "85902;s;s;s;s;s;s;s\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta_cc_filosofi_2021_COM.csv", "COD_VAR;LIB_VAR\n" * 100)
        archive.writestr("cc_filosofi_2021_COM.csv", text)
    assert run(path).datasets[0].vintage == "2021"
    found = figures("85901")
    assert (found.median_income, found.poverty_rate, found.first_decile) == (21_500, 12.5, None)
    assert figures("85902").median_income is None


@pytest.mark.parametrize("header", ["AN;DEPCOM;TYPEQU;NB_EQUIP", "AN;DEPCOM;TYPEQU"])
def test_facilities_counted_by_row_or_by_number(world: Path, header: str) -> None:
    path = world / "bpe.csv"
    last = ";2" if header.endswith("NB_EQUIP") else ""
    one = ";1" if last else ""
    path.write_text(
        f"{header}\n2023;85901;D265{last}\n2023;85901;D265{one}\n2023;85902;A203{one}\n2023;75991;D265{one}\n",
        encoding="utf-8",
    )
    assert run(path).datasets[0].vintage == "2023"
    assert figures("85901").gp_facilities == (3 if last else 2)
    assert figures("85902").gp_facilities == 0
    assert figures("75956").gp_facilities == 1


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("CODGEO,NBMENFISC21\n", 1, "aucun fichier connu"),
        ("une phrase\n", 1, "aucun séparateur"),
        (
            "CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;TP6021\n85901;1;2;3;4\n85902,1,2,3,4\n",
            3,
            "1 valeurs au lieu de 5",
        ),
        ("CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;TP6021\n85901;1;2;beaucoup;4\n", 2, "MED21"),
        ("CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;TP6021\n85901;1;2;9999999;4\n", 2, "MED21"),
        ("CODGEO;NBMENFISC21;MED21;TP6021\n85901;1;2;4\n", 1, "NBPERSMENFISC21"),
        ("CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;TP6021\nVendée;1;2;3;4\n", 2, "CODGEO"),
        ("CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;TP6021\n", None, "aucune commune"),
    ],
)
def test_a_bad_table_says_where_and_nothing_is_imported(
    world: Path, text: str, line: int | None, words: str
) -> None:
    path = world / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        run(path)
    assert words in caught.value.message
    if line is not None:
        assert f"ligne {line}" in caught.value.message
    assert not CommuneFigures.objects.exists()
    assert not Dataset.objects.filter(slug="incomes-insee").exists()


def test_bad_workbooks_and_traps_are_refused(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = world / "apl.xlsx"
    broken.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(Invalid, match="illisible"):
        run(broken)
    bomb = world / "bombe.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cc.csv", "CODGEO;MED21\n" + "0" * 20_000_000)
    with pytest.raises(Invalid, match="démesur"):
        run(bomb)
    trap = world / "piege.xlsx"
    with zipfile.ZipFile(trap, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "0" * 20_000_000)
    with pytest.raises(Invalid, match="démesur"):
        run(trap)
    monkeypatch.setattr(tables, "MAX_FILE", 10)
    with pytest.raises(Invalid, match="démesur"):
        run(rpps(world / "gros_202603.txt", ("1", "10", "SM54", "L", "85901")))
    with pytest.raises(Invalid, match="n’existe pas"):
        run(world / "absent.csv")


def test_an_unknown_kind_is_refused(world: Path) -> None:
    with pytest.raises(Invalid, match="Types connus"):
        run(rpps(world / "a_202603.txt", ("1", "10", "SM54", "L", "85901")), kind="horoscope")


def test_a_bad_row_of_a_workbook_names_its_sheet_and_line(world: Path) -> None:
    path = write_workbook(world / "apl.xlsx", {"APL 2024": apl_sheet(apl_row("85901", 300.0, 900.0))})
    with pytest.raises(Invalid, match=r"feuille APL 2024, ligne 6, colonne .*APL aux médecins généralistes"):
        run(path)
    twice = apl_sheet(apl_row("85901", 3.0, 900.0), apl_row("85901", 3.0, 900.0))
    path = write_workbook(world / "apl2.xlsx", {"APL 2024": twice})
    with pytest.raises(Invalid, match=r"ligne 7.*deux fois"):
        run(path)
