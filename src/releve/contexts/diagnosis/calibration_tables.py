"""The tables of docs/algorithms/accessibility.md, from what `solver_calibration.calibrate` found. Pure."""

from __future__ import annotations

import math
from typing import Any

_BAR = "|"


def markdown_tables(found: dict[str, Any]) -> list[str]:
    """Lines of Markdown, in English as the document: constants, decays, errors by density, other years, change."""
    lines = [*_constants(found), "", *_decays(found)]
    validations = found["validations"]
    for key in ("held_out", "held_out_2017"):
        if key in validations:
            lines += ["", *_errors(validations[key])]
    lines += ["", *_years(found)]
    if "change" in validations:
        lines += ["", *_change(validations["change"])]
    return lines


def _row(*cells: Any) -> str:
    return f"{_BAR} " + f" {_BAR} ".join(str(cell) for cell in cells) + f" {_BAR}"


def _head(*names: str) -> list[str]:
    return [_row(*names), _BAR + f"---{_BAR}" * len(names)]


def _number(value: float | None, decimals: int = 2, *, sign: bool = False) -> str:
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:{'+' if sign else ''},.{decimals}f}"
    return text.replace("-0.00", "+0.00") if sign and round(value, decimals) == 0 else text


def _constants(found: dict[str, Any]) -> list[str]:
    spread = sorted(found["by_departement"].values())
    rows = [
        ("consultations a year of a doctor", _number(found["consultations_per_gp"], 0)),
        ("tied to counted doctors in the level model", _number(found["attached"], 0)),
        ("by département, 10th to 90th percentile", f"{_at(spread, 0.1)} to {_at(spread, 0.9)}"),
        ("spread everywhere, per standardised inhabitant", _number(found["background"])),
        ("strength of age", f"{found['age_strength']:g}"),
        ("time inside a commune, share of its radius", f"{found['self_share']:g}"),
    ]
    if found.get("in_2017"):
        rows.insert(
            1, ("the same, counts and APL of 2017", _number(found["in_2017"]["consultations_per_gp"], 0))
        )
    return [*_head("constant", "value"), *(_row(*row) for row in rows)]


def _at(values: list[float], share: float) -> str:
    return _number(values[round(share * (len(values) - 1))], 0) if values else ""


def decay_name(decay: dict[str, Any]) -> str:
    """A decay in words: its weights, bounds and smoothing."""
    kind = decay["kind"]
    if kind == "Linear":
        return f"linear from {decay['flat']:g} to {decay['end']:g} min"
    if kind == "Gaussian":
        return f"Gaussian, sigma {decay['sigma']:g} min, to {decay['end']:g} min"
    weights = ", ".join(f"{w:.2g}" for w in decay["weights"])
    bounds = ", ".join(f"{b:g}" for b in decay["bounds"])
    ending = f", smoothed by {decay['sigma']:g} min" if kind == "SmoothedSteps" else ""
    return f"{weights} at {bounds} min{ending}"


def _decays(found: dict[str, Any]) -> list[str]:
    year = found["apl_year"]
    then = {decay_name(t["decay"]): t for t in (found.get("in_2017") or {}).get("trials", [])}
    names = ["decay", f"APL {year} held out: r, mean absolute error"]
    if then:
        names.append("APL 2017 held out")
    lines = _head(*names)
    for trial in sorted(found["trials"], key=lambda t: float(t["held_out_mae"])):
        name = decay_name(trial["decay"])
        shown = f"**{name}**" if trial["decay"] == found["decay"] else name
        cells = [shown, f"{trial['held_out_r']:.3f}, {trial['held_out_mae']:.3f}"]
        if then:
            cells.append(f"{then[name]['held_out_r']:.3f}, {then[name]['held_out_mae']:.3f}")
        lines.append(_row(*cells))
    return lines


def _density(row: dict[str, Any], *, whole: bool) -> str:
    if whole:
        return "all"
    if row["high"] is None:
        return f"{row['low']:,.0f} and over"
    return f"under {row['high']:,.0f}" if row["low"] == 0 else f"{row['low']:,.0f} to {row['high']:,.0f}"


def _errors(validation: dict[str, Any]) -> list[str]:
    names = ("inhabitants per km²", "communes", "r", "r, weighted", "mean absolute error", "bias")
    lines = _head(*names, "50 %", "75 %", "80 %", "90 %", "95 %", "naive")
    for row in (validation["overall"], *validation["by_density"]):
        lines.append(
            _row(
                _density(row, whole=row is validation["overall"]),
                f"{row['communes']:,}",
                _number(row["r"]),
                _number(row["weighted_r"]),
                _number(row["mae"]),
                _number(row["bias"], sign=True),
                *(_number(row["quantiles"][q]) for q in ("0.5", "0.75", "0.8", "0.9", "0.95")),
                _number(row["mae_of_mean"]),
            )
        )
    return lines


def _years(found: dict[str, Any]) -> list[str]:
    year = found["apl_year"]
    lines = _head(
        "fitted on", "judged on", "communes", "r", "r, weighted", "mean absolute error", "bias", "naive"
    )
    for key, validation in found["validations"].items():
        if key == "independent":
            names = ("APL and counts of 2017", f"APL {year}")
        elif key == "year_2017":
            names = (f"APL {year}", "APL and counts of 2017")
        elif key.startswith("year_"):
            names = (f"APL {year}", f"APL {key.removeprefix('year_')}, the same counts")
        else:
            continue
        row = validation["overall"]
        lines.append(
            _row(
                *names,
                f"{row['communes']:,}",
                _number(row["r"]),
                _number(row["weighted_r"]),
                _number(row["mae"]),
                _number(row["bias"], sign=True),
                _number(row["mae_of_mean"]),
            )
        )
    return lines


def _change(validation: dict[str, Any]) -> list[str]:
    lines = _head("inhabitants per km²", "communes", "r", "r, weighted", "mean absolute error", "naive")
    for row in (validation["overall"], *validation["by_density"]):
        lines.append(
            _row(
                _density(row, whole=row is validation["overall"]),
                f"{row['communes']:,}",
                _number(row["r"]),
                _number(row["weighted_r"]),
                _number(row["mae"]),
                _number(row["mae_of_mean"]),
            )
        )
    return lines
