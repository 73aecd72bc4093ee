"""Who is orphaned when one doctor leaves, then two: patients, access here and in the neighbouring communes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from releve.kernel.french import NBSP, number

from .. import solver, text
from ..enums import Nature
from ..landscape import weighted_mean
from ..reach import nearest_supply
from ..report import Figure, Section, Table, Value
from .access import Baseline
from .care import WEEKS
from .facts import Facts
from .method import change_caution

MOST = 5  # departures shown
NEIGHBOURS = 8
NOTICEABLE = 0.05  # consultations a year and inhabitant
SEEN = 0.005  # shown with two decimals
NEAR_MINUTES = 20.0
LEAST_DOCTORS = 0.5


@dataclass(frozen=True)
class Leaving:
    """The commune whose doctors leave: inside the territory, or the nearest one that has any."""

    position: int
    doctors: float
    minutes: float | None = None  # None: inside


def who_leaves(facts: Facts) -> Leaving | None:
    """The commune of the territory with the most doctors, else the nearest with at least one, else None."""
    members, national = facts.members, facts.national
    inside = [int(rank) for rank in members.positions if rank >= 0 and np.isfinite(national.lat[rank])]
    if not inside:
        return None
    best = max(inside, key=lambda rank: (float(national.gp[rank]), -rank))
    if national.gp[best] >= LEAST_DOCTORS:
        return Leaving(best, float(national.gp[best]))
    largest = max(inside, key=lambda rank: (float(national.population[rank]), -rank))
    found = nearest_supply(national, national.gp, largest, at_least=1.0, max_minutes=NEAR_MINUTES)
    return Leaving(found[0], float(national.gp[found[0]]), found[1]) if found else None


def departures_section(facts: Facts, baseline: Baseline) -> Section:
    title = "Si des médecins partent"
    leaving = who_leaves(facts)
    if leaving is None:
        return Section(
            "departures",
            title,
            f"Aucun médecin n’est estimé ici ni à moins de {number(NEAR_MINUTES)}{NBSP}minutes{NBSP}: il n’y a pas de "
            "départ à simuler.",
        )
    national = facts.national
    each = solver.model().consultations_per_gp
    name = text.curly(str(national.names[leaving.position]))
    found = solver.change(
        [solver.Action(solver.REMOVE, each, commune_code=str(national.codes[leaving.position]))]
    )
    loss = np.zeros(len(national))
    loss[found.indices] = found.deltas
    patients = facts.parameters["patients_per_doctor"]
    most = int(min(MOST, max(1, math.floor(leaving.doctors + 0.5))))
    here = facts.members.positions
    rows: list[tuple[Value, ...]] = []
    after_one: float | None = None
    for count in range(1, most + 1):
        after = np.maximum(baseline.values + count * np.where(here >= 0, loss[here], 0.0), 0.0)
        mean = weighted_mean(after, facts.members.population)
        value = None if math.isnan(mean) else mean
        after_one = value if count == 1 else after_one
        touched = (count * loss <= -NOTICEABLE) & (national.population > 0)
        rows.append(
            (count, count * patients, count * each / WEEKS, value, float(national.population[touched].sum()))
        )
    table = Table(
        "departures",
        f"Départs {text.at_commune(name)}",
        (
            "Médecins qui partent",
            "Patients à retrouver un médecin",
            "Consultations en moins par semaine",
            "APL du territoire",
            "Habitants touchés",
        ),
        tuple(rows),
        (0, 0, 0, 2, 0),
        source="model",
        note=f"Habitants touchés{NBSP}: ceux des communes qui perdent au moins {number(NOTICEABLE, 2)} consultation par "
        "an et par habitant.",
    )
    figures = [
        Figure(
            "patients_per_doctor",
            "Patients suivis par médecin",
            patients,
            "patients",
            0,
            "parameters",
            Nature.ESTIMATED,
            note="Hypothèse nationale, à remplacer par la patientèle réelle du médecin qui part.",
        ),
        Figure(
            "apl_after_one_departure",
            "APL du territoire après un départ",
            after_one,
            "consultations par an et par habitant",
            2,
            "model",
            Nature.MODELLED,
            missing=facts.why_missing("apl") if after_one is None else "",
        ),
    ]
    return Section(
        "departures",
        title,
        _finding(facts, leaving, name, patients, baseline.value, after_one),
        tuple(figures),
        tables=(table, *_neighbours(facts, loss)),
        notes=(change_caution(),),
    )


def _neighbours(facts: Facts, loss: np.ndarray) -> tuple[Table, ...]:
    national = facts.national
    own = set(facts.members.positions.tolist()) if facts.is_commune else set()
    order = [
        rank for rank in np.argsort(loss, kind="stable")[: NEIGHBOURS + 1].tolist() if loss[rank] <= -SEEN
    ]
    kept = [rank for rank in order if rank not in own][:NEIGHBOURS]
    if not kept:
        return ()
    return (
        Table(
            "neighbours",
            "Communes qui perdent le plus quand un médecin part",
            ("Commune", "Habitants", "APL", "Perte"),
            tuple(
                (
                    text.curly(str(national.names[rank])),
                    float(national.population[rank]),
                    None if math.isnan(national.apl[rank]) else float(national.apl[rank]),
                    float(loss[rank]),
                )
                for rank in kept
            ),
            (0, 0, 2, 2),
            tuple(str(national.codes[rank]) for rank in kept),
            "model",
        ),
    )


def _finding(
    facts: Facts, leaving: Leaving, name: str, patients: float, before: float | None, after: float | None
) -> str:
    where = text.at_commune(name)
    if leaving.minutes is not None:
        where += f", à {number(leaving.minutes)}{NBSP}minutes"
    sentence = (
        f"Si un médecin part {where}, environ {number(patients)}{NBSP}patients devront en trouver un autre"
    )
    if before is not None and after is not None and round(before, 2) != round(after, 2):
        which = {"la commune": "de la commune", "le territoire": "du territoire"}.get(
            facts.noun, f"de {facts.noun}"
        )
        sentence += f"{NBSP}; l’APL {which} passerait de {number(before, 2)} à {number(after, 2)}"
    return sentence + "."
