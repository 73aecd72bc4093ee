"""Hard limits beyond the budget: which groups are in need, whether a plan keeps the limits, why none can."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .evaluation import nearest_open, need
from .problem import Checked, Floats, Ints
from .result import Reason


def groups_in_need(c: Checked) -> list[int]:
    """Groups with a known score below the threshold (all groups without a threshold) and a candidate that may open."""
    if c.candidate_group is None:
        return []
    have = set(c.candidate_group[c.most > 0].tolist())
    short = set(c.group.tolist()) if c.threshold is None else set(c.group[need(c) > 0].tolist())
    return sorted(have & short)


def group_days(c: Checked) -> int:
    """Steps that every group in need must receive."""
    if c.fairness is None or c.fairness.min_group_days <= 0:
        return 0
    return int(np.ceil(c.fairness.min_group_days / c.step - 1e-9))


def group_visits(c: Checked) -> tuple[Ints, Floats, sparse.csr_array]:
    """(groups, needed visits a year of each, (groups, n_c) visits gained per step): groups that miss visits and that
    some candidate reaches."""
    missing = c.demand * need(c)
    known = np.where(np.isnan(c.baseline), 0.0, c.demand)
    groups, inverse = np.unique(c.group, return_inverse=True)
    needed = np.bincount(inverse, weights=missing, minlength=len(groups))
    members = sparse.csr_array((known, (inverse, np.arange(c.n_points))), shape=(len(groups), c.n_points))
    columns = sparse.csr_array(members @ c.effects.T)
    usable = (needed > 0) & (columns @ (c.most > 0).astype(np.float64) > 0)
    return groups[usable], needed[usable], columns[np.flatnonzero(usable)]


def kept(c: Checked, steps: Ints) -> bool:
    """Whether a plan keeps every limit."""
    if int(steps.sum()) > c.budget or (steps < c.committed).any() or (steps > c.most).any():
        return False
    opened = steps > 0
    if (steps[opened] < c.least).any():
        return False
    if c.max_sites is not None and int(opened.sum()) > c.max_sites:
        return False
    least = group_days(c)
    if least and c.candidate_group is not None:
        for group in groups_in_need(c):
            if int(steps[c.candidate_group == group].sum()) < least:
                return False
    if c.fairness is not None and c.fairness.proportional_floor > 0:
        _, needed, columns = group_visits(c)
        if len(needed):
            gained = columns @ steps
            floor = c.fairness.proportional_floor * gained.sum() / needed.sum()
            if (gained / needed < floor * (1 - 1e-7) - 1e-12).any():
                return False
    return reached_share(c, steps) >= (c.min_reached_share or 0.0) - 1e-9


def reached_share(c: Checked, steps: Ints) -> float:
    """Share of the population within the maximum time of an open site (minutes are already limited to it)."""
    people = float(c.population.sum())
    if people <= 0:
        return 1.0
    return float(c.population[np.isfinite(nearest_open(c, steps))].sum()) / people


def impossible(c: Checked) -> list[Reason]:
    """Reasons known before solving for which no plan exists."""
    reasons = []
    first = np.maximum(c.committed, np.where(c.committed > 0, c.least, 0))
    spent = int(first.sum()) * c.step
    budget = c.budget * c.step
    if spent > budget:
        reasons.append(
            Reason(
                "committed_over_budget",
                f"Les jours déjà décidés ({_days(spent)}) dépassent le budget ({_days(budget)}).",
            )
        )
    if (first > c.most).any():
        reasons.append(
            Reason("committed_over_site", "Un lieu a plus de jours déjà décidés que son maximum n’en permet.")
        )
    sites = int((c.committed > 0).sum())
    if c.max_sites is not None and sites > c.max_sites:
        reasons.append(
            Reason(
                "committed_over_sites",
                f"{sites} lieux sont déjà décidés, le maximum est de {c.max_sites}.",
            )
        )
    least = group_days(c)
    if least and c.candidate_group is not None:
        groups = groups_in_need(c)
        wanted = len(groups) * max(least, c.least)
        if wanted > c.budget:
            reasons.append(
                Reason(
                    "groups_over_budget",
                    f"{len(groups)} groupes ont chacun droit à {_days(max(least, c.least) * c.step)}\u00a0: "
                    f"le budget de {_days(budget)} n’y suffit pas.",
                )
            )
        if c.max_sites is not None and len(groups) > c.max_sites:
            reasons.append(
                Reason(
                    "groups_over_sites",
                    f"{len(groups)} groupes ont droit à un lieu, le maximum est de {c.max_sites}.",
                )
            )
        for group in groups:
            inside = c.most[c.candidate_group == group]
            if int(inside[inside >= c.least].sum()) < least:
                reasons.append(
                    Reason(
                        "group_over_places",
                        f"Les lieux du groupe {group} ne peuvent pas accueillir {_days(least * c.step)}.",
                        group=group,
                    )
                )
    if c.min_reached_share:
        everything = np.where(c.most >= c.least, c.most, 0)
        share = reached_share(c, everything)
        if share < c.min_reached_share - 1e-9:
            reasons.append(
                Reason(
                    "reach_too_short",
                    f"Même en ouvrant tous les lieux, {_percent(share)} de la population est à portée "
                    f"(demandé\u00a0: {_percent(c.min_reached_share)}).",
                )
            )
    return reasons


def _days(value: float) -> str:
    written = f"{value:g}".replace(".", ",")
    return f"{written}\u00a0jour{'s' if value >= 2 else ''}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".replace(".", ",") + "\u00a0%"
