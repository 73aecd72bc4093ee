"""`releve diagnose`: the diagnosis of a territory, for a terminal, a program, a spreadsheet or paper."""

from __future__ import annotations

import csv
import io
import textwrap
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from releve.kernel.french import NBSP, long_date

from .output import print_json, say, setup_django

if TYPE_CHECKING:
    from releve.contexts.diagnosis.report import Figure, Report, Table

WIDTH = 96
TABLE_ROWS = 12


@click.command()
@click.argument("code", required=False)
@click.option("--epci", metavar="SIREN", help="Une intercommunalité, par son SIREN.")
@click.option(
    "--list", "communes", metavar="CODES", help="Des communes, par leurs codes séparés par des virgules."
)
@click.option("--json", "as_json", is_flag=True, help="Diagnostic entier en JSON.")
@click.option(
    "--csv",
    "csv_file",
    metavar="FICHIER",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Écrit tous les chiffres dans un tableur (CSV, point-virgule).",
)
@click.option(
    "--pdf",
    "pdf_file",
    metavar="FICHIER",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Écrit le document à imprimer.",
)
def diagnose(
    code: str | None,
    epci: str | None,
    communes: str | None,
    as_json: bool,
    csv_file: Path | None,
    pdf_file: Path | None,
) -> None:
    """Diagnostic d’un territoire : commune (85161), département (85), intercommunalité, liste, périmètre (p-…)."""
    given = [value for value in (code, epci, communes) if value]
    if len(given) != 1:
        raise click.UsageError(
            f"Indiquez un territoire{NBSP}: un code, ou --epci SIREN, ou --list 85161,85029."
        )
    setup_django()
    from releve.contexts.diagnosis import queries, report_json
    from releve.kernel import clock

    report = queries.diagnose(given[0], today=clock.local_day(clock.now(), "Europe/Paris"))
    if csv_file is not None:
        _write(csv_file, _csv_bytes(report_json.to_csv_rows(report)))
    if pdf_file is not None:
        from releve.workflows import diagnosis_document

        _write(pdf_file, diagnosis_document.render_pdf(report))
    if as_json:
        print_json(report_json.to_dict(report))
    elif csv_file is None and pdf_file is None:
        click.echo(readable(report))


def _csv_bytes(rows: list[list[str]]) -> bytes:
    """For a French spreadsheet: UTF-8 with its mark, semicolons."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"Impossible d’écrire {path}{NBSP}: {error.strerror}.") from error
    say(f"Écrit{NBSP}: {path} ({len(content) // 1024 + 1} Kio).")


def readable(report: Report) -> str:
    """The report as plain text of at most 96 columns."""
    place = report.place
    lines = [
        place.name,
        "=" * len(place.name),
        place.context,
        f"Diagnostic du {long_date(date.fromisoformat(report.as_of), year=True)}",
        "",
    ]
    for warning in report.warnings:
        lines += [_wrap(f"! {warning}", "  "), ""]
    for paragraph in report.summary:
        lines += [_wrap(paragraph), ""]
    for section in report.sections:
        if section.key == "method":
            continue
        lines += [section.title, "-" * len(section.title), _wrap(section.finding)]
        lines += [line for figure in section.figures for line in _figure(figure)]
        for table in section.tables:
            lines += ["", *_table(table)]
        lines += [_wrap(f"* {note}", "  ") for note in section.notes]
        lines.append("")
    lines += ["Sources", "-------"]
    for source in report.sources:
        told = ", ".join(part for part in (source.producer, source.vintage, source.licence) if part)
        lines.append(_wrap(f"{source.title} ({told})" if told else source.title, "  "))
    return "\n".join(lines)


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _figure(figure: Figure) -> list[str]:
    from releve.contexts.diagnosis.text import amount

    shown = amount(figure.value, figure.unit, figure.decimals)
    if figure.value is None:
        shown = f"non connu. {figure.missing}"
    elif figure.margin is not None:
        shown += f" (± {amount(figure.margin, '', figure.decimals)})"
    said = [
        f"{c.label} {amount(c.value, '', figure.decimals)}" for c in figure.comparisons if c.value is not None
    ]
    nature = (
        "" if figure.nature == "published" or figure.value is None else f" [{figure.nature.label.lower()}]"
    )
    beside = f" ({', '.join(said)})" if said else ""
    return [_wrap(f"  {figure.label}{NBSP}: {shown}{beside}{nature}", "    ")]


def _lowered(text: str) -> str:
    """The first letter small, but for abbreviations (APL)."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _table(table: Table) -> list[str]:
    from releve.contexts.diagnosis.text import amount

    decimals = (*table.decimals, *([0] * len(table.columns)))
    rows = [
        [amount(cell, "", decimals[rank]) for rank, cell in enumerate(row)] for row in table.rows[:TABLE_ROWS]
    ]
    lines = [f"  {table.title}"]
    widths = [
        max(len(column), *(len(row[rank]) for row in rows)) if rows else len(column)
        for rank, column in enumerate(table.columns)
    ]
    if sum(widths) + 2 * len(widths) + 2 > WIDTH:  # too wide for columns: one line per row
        lines += [
            _wrap(
                "  - "
                + f"{NBSP}; ".join(
                    cell if not rank else f"{_lowered(table.columns[rank])}{NBSP}: {cell}"
                    for rank, cell in enumerate(row)
                    if cell != "—"
                ),
                "    ",
            )
            for row in rows
        ]
    else:
        for row in [list(table.columns), *rows]:
            cells = [
                cell.ljust(width) if not rank else cell.rjust(width)
                for rank, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  " + "  ".join(cells).rstrip())
    if len(table.rows) > TABLE_ROWS:
        lines.append(f"  … et {len(table.rows) - TABLE_ROWS} autres lignes")
    return lines
