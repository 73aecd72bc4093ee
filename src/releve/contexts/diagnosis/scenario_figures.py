"""The figures, tables and sentences of a scenario from its effects: who gains, from where, at what cost, how sure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from releve.contexts.territory.national import National
from releve.engines.accessibility import (
    APL_STEPS,
    Decay,
    Linear,
    SmoothedSteps,
    SupplyChange,
    scenario_effect,
)
from releve.kernel.french import NBSP, number

from . import parameters, solver, text
from .enums import Nature
from .report import Comparison, Figure, Place, Table
from .scenario_effects import Effects, Planned, nearest_doctor
from .scenarios import Change, Content, ScenarioResult

Floats = NDArray[np.float64]

NET_GAIN: Final = 0.05  # consultations a year from which a change is felt: one visit in twenty years of life
MOST_HELPED: Final = 12
BANDS: Final = ((0.0, 10.0, "0 à 10 min"), (10.0, 15.0, "10 à 15 min"), (15.0, 20.0, "15 à 20 min"))
UNIT: Final = "consultations par an et par habitant"
PEOPLE: Final = "habitants"
# Other ways for distance to count that explain published figures nearly as well (docs/algorithms/accessibility.md).
ALTERNATIVES: Final[tuple[Decay, ...]] = (
    APL_STEPS,
    SmoothedSteps(APL_STEPS.bounds, APL_STEPS.step_weights, 4.0),
    Linear(20.0, flat=5.0),
)
COST_KEYS: Final = (
    "indemnity_day_cents",
    "doctor_day_cost_cents",
    "cost_day_room_cents",
    "cost_day_secretary_cents",
)


class _View:
    """The arrays that every figure reads: before and after, in the communes concerned and in the territory."""

    def __init__(self, place: Place, effects: Effects, threshold: float) -> None:
        made = solver.model()
        self.country: National = made.country
        self.made = made
        self.threshold = threshold
        self.indices = effects.indices
        self.before = made.baseline[effects.indices]
        self.deltas = effects.deltas
        # An access never goes below zero, even when more doctors leave than the estimate counts.
        self.after = np.maximum(self.before + effects.deltas, 0.0)
        self.population = self.country.population[effects.indices]
        self.demand = made.demand[effects.indices]
        self.minutes = effects.minutes
        codes = [self._commune(code) for code in place.commune_codes]
        self.members = np.unique(np.array([c for c in codes if c is not None], dtype=np.int64))
        self.inside = np.isin(effects.indices, self.members)

    def _commune(self, code: str) -> int | None:
        if code in self.country.index:
            return self.country.index[code]
        # Arrondissements of Paris, Lyon and Marseille count in their commune.
        parent = {"75": "75056", "69": "69123", "13": "13055"}.get(code[:2], "")
        return self.country.index.get(parent)

    def whole(
        self, deltas: Floats | None = None, indices: NDArray[np.integer] | None = None
    ) -> tuple[Floats, Floats]:
        """(before, after) of every commune of the territory."""
        rows = self.indices if indices is None else indices
        added = np.zeros(len(self.country))
        added[rows] = self.deltas if deltas is None else deltas
        before = self.made.baseline[self.members]
        return before, np.maximum(before + added[self.members], 0.0)


def assemble(
    content: Content,
    place: Place,
    planned: Sequence[Planned],
    effects: Effects,
    values: dict[str, float],
    *,
    today: date,
) -> ScenarioResult:
    view = _View(place, effects, values["apl_threshold"])
    changes = tuple(
        Change(
            item.kind,
            item.words,
            tuple(move.commune for move in item.moves),
            sum(move.consultations for move in item.moves),
            lost,
        )
        for item, lost in zip(planned, effects.per_change, strict=True)
    )
    ranges = _ranges(view, planned)
    figures = [
        *_supply(changes, effects),
        *_people(view, ranges),
        *_nearness(view, planned),
        *_territory(view, place, values, ranges),
        *_cost(content, planned, changes, values),
    ]
    codes = view.country.codes[view.indices].tolist()
    communes = {
        code: (_rounded(before), _rounded(after), _rounded(minute, 1))
        for code, before, after, minute in zip(
            codes, view.before.tolist(), view.after.tolist(), view.minutes.tolist(), strict=True
        )
    }
    notes = [note for item in planned for note in item.warnings]
    notes += _notes(view, planned, effects)
    tables = tuple(
        table for table in (_bands(view), _most_helped(view), _most_hurt(view)) if table is not None
    )
    return ScenarioResult(
        as_of=today.isoformat(),
        modelled=view.made.baseline_is_modelled,
        threshold=view.threshold,
        figures=tuple(figures),
        tables=tables,
        changes=changes,
        communes=communes,
        summary=_summary(view, place, changes, figures),
        notes=tuple(dict.fromkeys(notes)),
        vintages=dict(view.country.vintages),
    )


def _rounded(value: float, digits: int = 3) -> float | None:
    return round(value, digits) if math.isfinite(value) else None


def _figure(key: str, label: str, value: float | None, unit: str, decimals: int = 0, **more: Any) -> Figure:
    found = None if value is None or not math.isfinite(value) else float(value)
    if found is None and "missing" not in more:
        more["missing"] = "Non connu ici."
    more.setdefault("nature", Nature.MODELLED)
    more.setdefault("source", "model")
    return Figure(key, label, found, unit, decimals, **more)


# --- Figures ---------------------------------------------------------------------------------------------------


def _supply(changes: Sequence[Change], effects: Effects) -> list[Figure]:
    added = sum(max(change.consultations, 0.0) for change in changes)
    lost = sum(max(-change.consultations, 0.0) for change in changes)
    estimate: dict[str, Any] = {"nature": Nature.ESTIMATED, "source": "parameters"}
    found = [
        _figure("consultations_added", "Consultations ajoutées", added, "par an", **estimate),
        _figure("consultations_lost", "Consultations perdues", lost, "par an", **estimate),
    ]
    if abs(effects.unallocated) > 0.5:
        found.append(
            _figure(
                "unallocated",
                "Consultations que personne ne peut atteindre",
                abs(effects.unallocated),
                "par an",
                note="Aucun habitant à portée de route de ce lieu.",
            )
        )
    return found


def _people(view: _View, ranges: dict[str, tuple[float, float]]) -> list[Figure]:
    known = np.isfinite(view.before)
    below, above = view.before < view.threshold, view.after >= view.threshold
    limit = number(view.threshold, 1)
    return [
        _figure(
            "people_gaining",
            "Habitants dont l’accès progresse",
            float(view.population[view.deltas >= NET_GAIN].sum()),
            PEOPLE,
            note=f"D’au moins {number(NET_GAIN, 2)} consultation par an.",
        ),
        _figure(
            "people_losing",
            "Habitants dont l’accès recule",
            float(view.population[view.deltas <= -NET_GAIN].sum()),
            PEOPLE,
            note=f"D’au moins {number(NET_GAIN, 2)} consultation par an.",
        ),
        _figure(
            "people_passing_above",
            f"Habitants qui passent au-dessus du seuil de {limit}",
            float(view.population[known & below & above].sum()),
            PEOPLE,
            note=_range_words(ranges.get("above")),
        ),
        _figure(
            "people_passing_below",
            f"Habitants qui passent sous le seuil de {limit}",
            float(view.population[known & ~below & ~above].sum()),
            PEOPLE,
            note=_range_words(ranges.get("below")),
        ),
    ]


def _range_words(found: tuple[float, float] | None, decimals: int = 0) -> str:
    """« De 3 000 à 6 000 selon la façon de compter la distance. »"""
    if found is None or round(found[0], decimals) == round(found[1], decimals):
        return ""
    low, high = (number(value, decimals) for value in found)
    return f"De {low} à {high} selon la façon de compter la distance."


def _nearness(view: _View, planned: Sequence[Planned]) -> list[Figure]:
    if view.country.gp_is_modelled or not len(view.indices):
        return []
    within = float(view.made.decay.reach)
    doctors = view.country.gp
    now = nearest_doctor(view.country, view.indices, doctors, within=within)
    later_doctors = doctors
    moved = [pair for item in planned for pair in item.doctors_by_commune]
    if moved:
        later_doctors = doctors.copy()
        for code, count in moved:
            later_doctors[view.country.index[code]] += count
        later = nearest_doctor(view.country, view.indices, later_doctors, within=within)
    else:
        later = now
    later = np.fmin(later, view.minutes)
    nearer, further = later < now - 1.0, later > now + 1.0
    return [
        _figure(
            "people_nearer",
            "Habitants qui auront une consultation plus près qu’aujourd’hui",
            float(view.population[nearer].sum()),
            PEOPLE,
            note="D’au moins une minute de route.",
        ),
        _figure(
            "people_further",
            "Habitants qui auront le premier médecin plus loin",
            float(view.population[further].sum()),
            PEOPLE,
            note="D’au moins une minute de route.",
        ),
    ]


def _mean(values: Floats, weights: Floats) -> float:
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else math.nan


def _territory(
    view: _View, place: Place, values: dict[str, float], ranges: dict[str, tuple[float, float]]
) -> list[Figure]:
    before, after = view.whole()
    people, demand = view.country.population[view.members], view.made.demand[view.members]
    nature = Nature.MODELLED if view.made.baseline_is_modelled else Nature.PUBLISHED
    year = "" if view.made.baseline_is_modelled else str(view.country.apl_year or "")
    where = text.in_place(place.kind, place.code, place.name)
    gained = float((demand * (after - np.where(np.isfinite(before), before, 0.0)))[np.isfinite(after)].sum())
    under_before = float(people[before < view.threshold].sum())
    under_after = float(people[after < view.threshold].sum())
    each = values["consultations_per_inhabitant"]
    lacking = np.where(np.isfinite(before), np.maximum(each - before, 0.0) * demand, 0.0)
    rise = np.where(
        np.isfinite(before), np.clip(after - before, 0.0, np.maximum(each - before, 0.0)) * demand, 0.0
    )
    covered = 100 * float(rise.sum()) / float(lacking.sum()) if lacking.sum() > 0 else None
    mean_before, mean_after = _mean(before, people), _mean(after, people)
    low_high = ranges.get("mean")
    margin = max(abs(low_high[0] - mean_after), abs(low_high[1] - mean_after)) if low_high else None
    return [
        _figure(
            "apl_before", f"Accès aujourd’hui {where}", mean_before, UNIT, 2, nature=nature, vintage=year,
            source="model" if view.made.baseline_is_modelled else "apl",
            missing="Aucune APL connue dans ce territoire.",
        ),
        _figure(
            "apl_after", f"Accès avec ce scénario {where}", mean_after, UNIT, 2,
            comparisons=(Comparison("aujourd’hui", _rounded(mean_before, 4)),) if math.isfinite(mean_before) else (),
            note=_range_words(low_high, 2), margin=margin if margin and margin >= 0.005 else None,
            missing="Aucune APL connue dans ce territoire.",
        ),
        _figure(
            "visits_gained", f"Consultations de plus ou de moins {where}", gained, "par an",
            note=_share_words(gained, view),
        ),
        _figure(
            "visits_per_inhabitant", f"Soit par habitant {where}",
            gained / float(people.sum()) if people.sum() > 0 else None, "consultations par an", 2,
        ),
        _figure(
            "people_under_after", f"Habitants sous le seuil {where} avec ce scénario", under_after, PEOPLE,
            comparisons=(Comparison("aujourd’hui", under_before),),
        ),
        _figure(
            "need_covered", f"Part du manque couverte {where}", covered, "%", 1,
            note=f"Le manque{NBSP}: ce qui sépare chaque commune de {number(each, 2)} {UNIT}. Les voisins viennent aussi.",
            missing="Aucun manque à couvrir ici." if lacking.sum() <= 0 else "",
        ),
    ]  # fmt: skip


def _share_words(gained: float, view: _View) -> str:
    total = float((view.demand * view.deltas).sum())
    if abs(total) < 0.5 or gained * total < 0:
        return ""
    return f"{number(100 * gained / total)}{NBSP}% de ce qui est ajouté ou perdu{NBSP}; le reste va aux communes voisines."


def _cost(
    content: Content, planned: Sequence[Planned], changes: Sequence[Change], values: dict[str, float]
) -> list[Figure]:
    days = sum(max(item.paid_days, 0.0) for item in planned)
    funded = sum(
        change.consultations
        for item, change in zip(planned, changes, strict=True)
        if item.paid_days > 0 and change.consultations > 0
    )
    if content.budget_cents is not None:
        yearly = float(content.budget_cents) / 100
        funded = funded or sum(max(change.consultations, 0.0) for change in changes)
        note, nature = "Budget saisi.", Nature.LOCAL
    elif days > 0:
        per_day = sum(values[key] for key in COST_KEYS) / 100
        yearly = days * values["weeks_per_year"] * per_day
        shown = ", ".join(
            f"{_COST_WORDS[key]} {number(values[key] / 100)}{NBSP}€" for key in COST_KEYS if values[key] > 0
        )
        note, nature = f"{number(per_day)}{NBSP}€ par jour{NBSP}: {shown}. Hors honoraires.", Nature.ESTIMATED
    else:
        return []
    return [
        _figure(
            "yearly_cost", "Coût pour la collectivité", yearly, "€ par an",
            nature=nature, source="parameters", note=note,
        ),
        _figure(
            "cost_per_consultation", "Soit par consultation ajoutée", yearly / funded if funded > 0 else None, "€", 2,
            nature=nature, source="parameters", missing="Aucune consultation ajoutée.",
        ),
    ]  # fmt: skip


_COST_WORDS: Final = {
    "indemnity_day_cents": "indemnité",
    "doctor_day_cost_cents": "médecin",
    "cost_day_room_cents": "local",
    "cost_day_secretary_cents": "secrétariat",
}


# --- Tables ----------------------------------------------------------------------------------------------------


def _bands(view: _View) -> Table | None:
    if not np.isfinite(view.minutes).any():
        return None
    rows = []
    who = "Qui gagne et qui perd" if bool((view.deltas < -1e-9).any()) else "Qui gagne"
    last = float(view.made.decay.reach)
    for low, high, label in (*BANDS, (20.0, math.inf, f"20 à {number(last)} min")):
        chosen = (view.minutes <= high) & ((view.minutes > low) if low else (view.minutes >= 0))
        people = float(view.population[chosen].sum())
        if low >= 20 and not people:
            continue
        gain = _mean(view.deltas[chosen], view.population[chosen]) if chosen.any() else math.nan
        rows.append((label, int(chosen.sum()), people, None if math.isnan(gain) else gain))
    return Table(
        "bands",
        f"{who}, selon le temps de route jusqu’au lieu ajouté le plus proche",
        ("Temps de route", "Communes", "Habitants", "Consultations de plus par an et par habitant"),
        tuple(rows),
        (0, 0, 0, 2),
        source="model",
    )


def _rows(view: _View, order: NDArray[np.integer]) -> tuple[tuple[object, ...], ...]:
    country = view.country
    return tuple(
        (
            text.curly(str(country.names[view.indices[k]])),
            float(view.population[k]),
            _rounded(float(view.before[k])),
            _rounded(float(view.after[k])),
            _rounded(float(view.deltas[k])),
            _rounded(float(view.minutes[k]), 1),
        )
        for k in order.tolist()
    )


_COLUMNS: Final = ("Commune", "Habitants", "Accès aujourd’hui", "Avec le scénario", "Différence", "Minutes")


def _ranked(view: _View, key: str, title: str, order: NDArray[np.integer]) -> Table:
    return Table(
        key,
        title,
        _COLUMNS,
        _rows(view, order),  # type: ignore[arg-type]
        (0, 0, 2, 2, 2, 0),
        tuple(view.country.codes[view.indices[order]].tolist()),
        "model",
        f"Accès en {UNIT}. Minutes{NBSP}: par la route, jusqu’au lieu ajouté le plus proche.",
    )


def _most_helped(view: _View) -> Table | None:
    order = np.lexsort((view.indices, -view.deltas))[:MOST_HELPED]
    order = order[view.deltas[order] > 1e-9]
    return _ranked(view, "most_helped", "Les communes qui gagnent le plus", order) if len(order) else None


def _most_hurt(view: _View) -> Table | None:
    order = np.lexsort((view.indices, view.deltas))[:MOST_HELPED]
    order = order[view.deltas[order] < -1e-9]
    return _ranked(view, "most_hurt", "Les communes qui perdent le plus", order) if len(order) else None


# --- How sure --------------------------------------------------------------------------------------------------


def _ranges(view: _View, planned: Sequence[Planned]) -> dict[str, tuple[float, float]]:
    """Lowest and highest of the main figures over the ways of counting distance that the data do not tell apart."""
    country, made = view.country, view.made
    spots = []
    for item in planned:
        for move in item.moves:
            rank = country.index[move.commune]
            lat = float(country.lat[rank]) if move.lat is None else move.lat
            lon = float(country.lon[rank]) if move.lon is None else move.lon
            if move.consultations and math.isfinite(lat) and math.isfinite(lon):
                spots.append(
                    SupplyChange(
                        lon,
                        lat,
                        float(country.road_factor[rank]),
                        move.consultations,
                        int(country.land_group[rank]),
                        rank,
                    )
                )
    if not spots:
        return {}
    found: dict[str, list[float]] = {"above": [], "below": [], "mean": []}
    people = country.population
    for decay in (None, *ALTERNATIVES):
        if decay is None:
            indices, deltas = view.indices, view.deltas
        else:
            indices, deltas = scenario_effect(
                spots, country.lon, country.lat, country.road_factor, made.demand, decay,
                group=country.land_group, self_minutes=made.self_minutes,
            )  # fmt: skip
        before = made.baseline[indices]
        after = before + deltas
        up = (before < view.threshold) & (after >= view.threshold)
        down = (before >= view.threshold) & (after < view.threshold)
        found["above"].append(float(people[indices[up]].sum()))
        found["below"].append(float(people[indices[down]].sum()))
        found["mean"].append(_mean(view.whole(deltas, indices)[1], people[view.members]))
    return {
        key: (min(numbers), max(numbers))
        for key, numbers in found.items()
        if all(map(math.isfinite, numbers))
    }


def _notes(view: _View, planned: Sequence[Planned], effects: Effects) -> list[str]:
    notes = []
    if view.made.baseline_is_modelled:
        notes.append(
            "Aucune APL publiée n’est chargée sur cette installation\u00a0: l’accès d’aujourd’hui est lui-même modélisé à "
            "partir de la population. Les différences sont plus sûres que les niveaux."
        )
    elif len(view.indices):
        margins = [view.made.margin(int(rank)) for rank in view.members[:50].tolist()]
        notes.append(
            f"Point de départ{NBSP}: l’APL publiée ({view.country.apl_year}). Le modèle ne donne que les "
            f"différences{NBSP}; pour un niveau, il se trompe de moins de "
            f"{number(sum(margins) / len(margins), 1) if margins else '1'} dans 8 communes sur 10."
        )
    balance = float((view.demand * view.deltas).sum())
    offered = sum(move.consultations for item in planned for move in item.moves)
    if planned and abs(offered) > 0.5:
        notes.append(
            f"Bilan{NBSP}: {number(offered)} consultations par an en jeu, {number(balance)} réparties entre les habitants"
            + (
                f", {number(abs(effects.unallocated))} hors de portée."
                if abs(effects.unallocated) > 0.5
                else "."
            )
        )
    if bool(np.any(view.before + view.deltas < -1e-9)):
        notes.append(
            "Là où il part plus de médecins que l’estimation n’en compte, l’accès est arrêté à zéro."
        )
    unknown = int((~np.isfinite(view.before)).sum())
    if unknown:
        notes.append(
            f"{text.capital(text.many(unknown, 'commune', 'communes'))} sans APL publiée{NBSP}: comptées pour la distance, "
            "pas pour le seuil."
        )
    return notes


def _summary(view: _View, place: Place, changes: Sequence[Change], figures: Sequence[Figure]) -> str:
    """Two or three sentences a mayor could read aloud."""
    if not changes:
        return "Ce scénario ne change rien encore\u00a0: ajoutez un lieu ou un départ."
    known = {figure.key: figure.value for figure in figures}
    limit = number(view.threshold, 1)
    sentences = []
    added, lost = float(known["consultations_added"] or 0), float(known["consultations_lost"] or 0)
    if added:
        sentences.append(f"Ce scénario ajoute {number(added)} consultations par an.")
    if lost:
        sentences.append(
            f"{'Il en retire' if added else 'Ce scénario retire'} {number(lost)}{'' if added else ' consultations par an'}."
        )
    gaining, losing = float(known["people_gaining"] or 0), float(known["people_losing"] or 0)
    if gaining:
        sentences.append(f"L’accès progresse pour {text.inhabitants(gaining)}.")
    if losing:
        sentences.append(f"Il recule pour {text.inhabitants(losing)}.")
    before, after = known.get("apl_before"), known.get("apl_after")
    if isinstance(before, float) and isinstance(after, float):
        where = text.in_place(place.kind, place.code, place.name)
        moved = (
            "ne bouge pas"
            if abs(after - before) < 0.005
            else f"passe de {number(before, 2)} à {number(after, 2)}"
        )
        unit = "" if abs(after - before) < 0.005 else f" {UNIT}"
        sentences.append(f"{text.capital(where)}, l’accès {moved}{unit}.")
    above, below = float(known["people_passing_above"] or 0), float(known["people_passing_below"] or 0)
    if above:
        who = text.capital(text.inhabitants(above))
        sentences.append(f"{who} {'passe' if above < 2 else 'passent'} au-dessus du seuil de {limit}.")
    if below:
        who = text.capital(text.inhabitants(below))
        sentences.append(f"{who} {'passe' if below < 2 else 'passent'} sous le seuil de {limit}.")
    return " ".join(sentences)


def parameter_words(today: date) -> list[tuple[str, str, str]]:
    """(label, value in words, origin) of the parameters a scenario rests on, for its page."""
    keys = ("visits_per_day", "weeks_per_year", "apl_threshold", "consultations_per_inhabitant", *COST_KEYS)
    found = []
    for row in parameters.in_force(today):
        if row.key in keys:
            cents = row.spec.unit == "centimes"
            shown = (
                f"{number(row.value / 100)}{NBSP}€"
                if cents
                else f"{number(row.value, row.spec.decimals)}{NBSP}{row.spec.unit}"
            )
            found.append((row.spec.label, shown, row.origin))
    return found
