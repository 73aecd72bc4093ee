"""The diagnosis as a document to print: an accessible PDF (PDF/UA-1), a few A4 pages, own fonts, no network."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from releve.contexts.diagnosis.drawing import svg_id, with_alternative
from releve.contexts.diagnosis.headline import access_scale, headline_figures, threshold
from releve.contexts.diagnosis.locator import MapPoint, locator_svg
from releve.contexts.diagnosis.queries.outlines import outlines_around
from releve.contexts.diagnosis.report import Report
from releve.contexts.territory.national import national
from releve.kernel.costly import Turns
from releve.kernel.errors import Unavailable

TEMPLATE = "territory/diagnosis_pdf.html"
STYLES = ("territory/diagnosis_pdf.css",)
# All that the document may load: files of ours, by these endings. Anything else is refused, the network first.
SERVED_ENDINGS = {".woff2": "font/woff2", ".css": "text/css", ".svg": "image/svg+xml"}
KEPT_DOCUMENTS = 8
MAP_MARGIN_KM = 7.0
SYSTEM_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

_documents: OrderedDict[str, bytes] = OrderedDict()
_keeping = Lock()
# One document at a time in a process: it takes the whole of a core for two or three seconds.
writing = Turns(at_once=1, waiting=2, seconds=12.0)


def code_version() -> str:
    """Version of the software, printed on the document."""
    try:
        return version("releve")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "inconnue"


def file_name(report: Report) -> str:
    """`diagnostic-nieul-le-dolent-2026-11-23.pdf`."""
    return f"diagnostic-{svg_id(report.place.name)[:60]}-{report.as_of}.pdf"


def render_pdf(report: Report) -> bytes:
    """The document of a report. The same report gives the same pages, kept for the next reader.

    Raises Unavailable when the system libraries that write PDF are missing (says which packages to install), and
    (`busy`) when too many documents are being written.
    """
    key = hashlib.sha256(f"{code_version()}\n{report!r}".encode()).hexdigest()
    if (known := _known(key)) is not None:
        return known
    with writing.turn():
        # Somebody may have asked for the same one meanwhile.
        if (known := _known(key)) is not None:
            return known
        content = _write(render_html(report))
    with _keeping:
        _documents[key] = content
        while len(_documents) > KEPT_DOCUMENTS:
            _documents.popitem(last=False)
    return content


def _known(key: str) -> bytes | None:
    with _keeping:
        if key in _documents:
            _documents.move_to_end(key)
        return _documents.get(key)


def render_html(report: Report) -> str:
    """What is printed, before it is laid out in pages."""
    return render_to_string(
        TEMPLATE,
        {
            "report": report,
            "place": report.place,
            "headline": headline_figures(report),
            "scale": mark_safe(with_alternative(access_scale(report, width=600))),
            "threshold": threshold(report),
            "threshold_setting": report.parameters.get("apl_threshold"),
            "map": mark_safe(with_alternative(territory_map(report))),
            "has_doctors": not national().gp_is_modelled,
            "day": date.fromisoformat(report.as_of),
            "version": code_version(),
        },
    )


def territory_map(report: Report, *, width: float = 640, height: float = 235) -> str:
    """Where the territory is, with its neighbours and their doctors; "" when contours are not loaded."""
    place = report.place
    return locator_svg(
        outlines_around(place.commune_codes, margin_km=MAP_MARGIN_KM, shape=width / height),
        codes=set(place.commune_codes),
        name=place.name,
        points=_doctors(),
        width=width,
        height=height,
        around_km=MAP_MARGIN_KM,
    )


def _doctors() -> list[MapPoint]:
    """General practitioners by commune; none when their number is itself modelled."""
    known = national()
    if known.gp_is_modelled:
        return []
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((known.gp > 0) & np.isfinite(known.lat))
    return [
        MapPoint(float(known.lat[i]), float(known.lon[i]), str(known.names[i]), float(known.gp[i]))
        for i in rows
    ]


# --- Layout ---------------------------------------------------------------------------------------------------


class _OwnFiles:
    """What a document may load: our static files named `static:path`. The network does not exist here."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        from weasyprint.urls import URLFetcherResponse

        name = url.removeprefix("static:")
        kind = SERVED_ENDINGS.get(Path(name).suffix)
        if name == url or kind is None:
            raise ValueError(f"refused: {url[:80]}")
        try:
            path = finders.find(name)
        except SuspiciousFileOperation:
            path = None
        if not path:
            raise ValueError(f"no such file: {name[:80]}")
        return URLFetcherResponse(url, body=Path(path).read_bytes(), headers={"Content-Type": kind})

    def __call__(self, url: str) -> Any:
        return self.fetch(url)


def _load_weasyprint() -> Any:
    """The library, loaded when first needed: it takes half a second and system libraries."""
    try:
        import weasyprint
    except OSError as error:  # Pango or HarfBuzz is not on this machine
        raise Unavailable(
            "Ce serveur ne sait pas encore écrire de PDF\u00a0: il lui manque des bibliothèques du système "
            f"(Debian, Ubuntu\u00a0: apt install {SYSTEM_PACKAGES}). La page du diagnostic s’imprime telle quelle "
            "depuis votre navigateur, et les chiffres se téléchargent en CSV.",
            code="pdf-unavailable",
        ) from error
    return weasyprint


def _write(html: str) -> bytes:
    weasyprint = _load_weasyprint()
    from weasyprint.text.fonts import FontConfiguration

    fetcher, fonts = _OwnFiles(), FontConfiguration()
    styles = []
    for name in STYLES:
        path = finders.find(name)
        if not path:
            raise Unavailable(
                "La feuille de style du document est introuvable (releve static).", code="pdf-style"
            )
        styles.append(
            weasyprint.CSS(
                string=Path(path).read_text("utf-8"),
                font_config=fonts,
                url_fetcher=fetcher,
                base_url="static:",
            )
        )
    document = weasyprint.HTML(string=html, base_url="static:", url_fetcher=fetcher)
    content: bytes = document.write_pdf(stylesheets=styles, font_config=fonts, pdf_variant="pdf/ua-1")
    return content


def is_pdf_possible() -> bool:
    """Whether this machine has what it takes to write a PDF."""
    try:
        _load_weasyprint()
    except Unavailable:
        return False
    return True
