"""The PDF: accessible, of a few pages, with own fonts and no network; refused clearly when it cannot be written."""

import builtins
import re
import zlib
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from releve.kernel.costly import Turns
from releve.kernel.errors import Unavailable
from releve.web.territory import diagnosis_views
from releve.workflows import diagnosis_document as document
from releve.workflows import doctor
from tests.factories.territory import make_commune

from .sample_report import modelled_report, sample_report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget():
    document._documents.clear()


def everything(pdf):
    """The bytes of a PDF with its compressed streams opened."""
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(parts)


def test_an_accessible_document_of_a_few_pages():
    pdf = document.render_pdf(sample_report())
    assert pdf.startswith(b"%PDF-1.7")
    said = everything(pdf)
    assert b"/MarkInfo" in said
    assert b"/StructTreeRoot" in said
    assert b"pdfuaid:part" in said or b"pdfuaid" in said
    assert re.search(rb"/Lang\s*\(fr\)", said)
    assert b"/Outlines" in said
    assert b"/DisplayDocTitle true" in said
    assert "Diagnostic de territoire".encode("utf-16-be") in said or b"Diagnostic de territoire" in said
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", said)) <= 6
    assert b"Atkinson" in said
    assert b"Fraunces" in said
    assert len(pdf) < 500_000


def test_every_drawing_has_an_alternative():
    said = everything(document.render_pdf(sample_report()))
    assert said.count(b"/Alt") >= 3


def test_what_is_printed():
    html = document.render_html(sample_report()).replace("\u00a0", " ")
    assert '<html lang="fr">' in html
    assert "établi le 23 novembre 2026" in html
    assert f"Relève {document.code_version()}" in html
    assert "&lt;Pontarlier&gt;" in html
    assert "La carte manque" in html  # no contour in this test
    assert "style=" not in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")


def test_warnings_are_printed():
    assert "ne sont pas chargées" in document.render_html(modelled_report())


def test_the_same_report_is_written_once(monkeypatch):
    written = []
    monkeypatch.setattr(document, "_write", lambda html: written.append(html) or b"%PDF-")
    document.render_pdf(sample_report())
    document.render_pdf(sample_report())
    assert len(written) == 1
    document.render_pdf(modelled_report())
    assert len(written) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/x.woff2", "http://127.0.0.1/x.svg", "file:///etc/passwd", "static:../../settings.py",
        "static:../../../etc/x.css", "static:vendor/fonts/absent.woff2", "data:text/css,x", "static:ui/releve.js",
    ],
)  # fmt: skip
def test_nothing_but_our_files_is_loaded(url):
    with pytest.raises(ValueError, match=r"refused|no such file"):
        document._OwnFiles().fetch(url)


def test_fonts_are_ours():
    found = document._OwnFiles().fetch("static:vendor/fonts/fraunces-latin-wght-normal.woff2")
    assert found.read()[:4] == b"wOF2"


def test_without_system_libraries_the_page_says_what_to_install(client, monkeypatch):
    make_commune("85161")
    loaded = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return loaded(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert not document.is_pdf_possible()
    with pytest.raises(Unavailable) as refused:
        document._load_weasyprint()
    assert refused.value.code == "pdf-unavailable"
    response = client.get(reverse("territory:diagnosis-pdf", args=["85161"]))
    assert response.status_code == 503
    assert "libpango" in response.content.decode()
    assert "CSV" in response.content.decode()


def test_served_as_a_file_with_a_name(client, monkeypatch):
    make_commune("85161")
    monkeypatch.setattr(diagnosis_views.diagnoses, "diagnose", lambda code, **_: sample_report())
    response = client.get(reverse("territory:diagnosis-pdf", args=["85161"]))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="diagnostic-nieul-le-dolent-2026-11-23.pdf"'
    assert response.content.startswith(b"%PDF")


def test_many_documents_from_one_address_wait(client, monkeypatch):
    make_commune("85161")
    monkeypatch.setattr(diagnosis_views, "DOCUMENTS_PER_ADDRESS", 2)
    monkeypatch.setattr(document, "render_pdf", lambda report: b"%PDF-")
    address = reverse("territory:diagnosis-pdf", args=["85161"])
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(reverse("territory:diagnosis", args=["85161"])).status_code == 200


def test_when_others_are_being_written(monkeypatch):
    monkeypatch.setattr(document, "writing", Turns(waiting=0))
    with document.writing.turn(), pytest.raises(Unavailable) as refused:
        document.render_pdf(sample_report())
    assert refused.value.code == "busy"


def test_doctor_warns_without_system_libraries(monkeypatch):
    monkeypatch.setattr(document, "is_pdf_possible", lambda: False)
    found = list(doctor.pdf_is_possible(datetime(2026, 11, 23, tzinfo=UTC)))
    assert found[0].level == "warning"
    assert "libpango" in found[0].remedy
