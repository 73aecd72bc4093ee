"""What is given: sites, dated needs, practitioners, what is already decided."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidProblem

if TYPE_CHECKING:
    from .columns import Columns

Bools = NDArray[np.bool_]
Ints = NDArray[Any]
Floats = NDArray[Any]


class Half(enum.IntFlag):
    """Half-days of one date, in the local time of the site."""

    MORNING = 1
    AFTERNOON = 2
    DAY = 3


class Assignment(NamedTuple):
    """One practitioner in one seat of one need, by their identifiers."""

    practitioner: str
    need: str


class Published(NamedTuple):
    """An assignment already announced. `cost`: what changing it costs, at least 1."""

    practitioner: str
    need: str
    cost: int = 1


@dataclass(frozen=True)
class Site:
    """rooms: practitioners at the same time, None = no limit. week_minimum: shifts wanted at least in every calendar
    week that has needs. priority: 1 or more, weight of the site in its minimum and in fairness."""

    id: str
    rooms: int | None = None
    week_minimum: int = 0
    priority: int = 1
    lodging: bool = False


@dataclass(frozen=True)
class Need:
    """A dated shift. `wished` seats, of which `minimum` come before everything else.

    priority: 1 or more; a missing seat costs `priority` for each half-day. accepts: statuses that may come, empty =
    all. skills: all are needed. rest_after: whole days without any shift after this one (an on-call duty).
    """

    id: str
    site: str
    day: dt.date
    halves: Half = Half.DAY
    kind: str = "consultation"
    priority: int = 1
    minimum: int = 0
    wished: int = 1
    accepts: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    rest_after: int = 0


@dataclass(frozen=True)
class Practitioner:
    """papers_from, papers_until: both days included, None = no limit; papers: False when there are none at all.

    monthly_cap: days in a calendar month, None = no limit; used_days: days already held in the first month of the
    horizon. max_days_week: dates with a shift in a calendar week. max_consecutive_days: dates in a row.
    max_minutes: longest way from home, one way. fixed_weekdays: the only weekdays (0 = Monday); fixed_site: the only
    site. supervisors: one of them must be reachable when this practitioner works; empty = none needed.
    lodging_beyond: minutes from home above which a night there is wanted (needed when lodging_required).
    recent: shifts lately held, for fairness. avoids_alone: would rather not be the only practitioner of the place.
    """

    id: str
    status: str = "volunteer"
    skills: frozenset[str] = frozenset()
    papers: bool = True
    papers_from: dt.date | None = None
    papers_until: dt.date | None = None
    monthly_cap: float | None = None
    used_days: float = 0.0
    max_days_week: int | None = None
    max_consecutive_days: int | None = None
    max_minutes: float = 60.0
    fixed_weekdays: frozenset[int] | None = None
    fixed_site: str | None = None
    supervisors: tuple[str, ...] = ()
    lodging_beyond: float | None = None
    lodging_required: bool = False
    last_resort: bool = False
    recent: int = 0
    avoids_alone: bool = False


@dataclass(frozen=True, eq=False)
class Problem:
    """A period to staff.

    first_day, days: the horizon, both ends included. availability: (practitioners, days, 2) morning and afternoon.
    home_minutes: (practitioners, sites) one way; inf = cannot be reached. site_minutes: (sites, sites).
    reachable: (practitioners, days, 2), when a supervisor who holds no shift can be reached; None = whenever available.
    preferences: (practitioner, site) -> -3 (rather not) to 3 (wished). history: (practitioner, site) -> shifts held
    there lately. pinned: kept whatever it costs, even against a rule (the result says which). published: announced;
    to be changed as little as possible.
    """

    first_day: dt.date
    days: int
    sites: tuple[Site, ...]
    needs: tuple[Need, ...]
    practitioners: tuple[Practitioner, ...]
    availability: Bools
    home_minutes: Floats
    site_minutes: Floats
    reachable: Bools | None = None
    preferences: Mapping[tuple[str, str], int] = field(default_factory=dict)
    history: Mapping[tuple[str, str], int] = field(default_factory=dict)
    pinned: tuple[Assignment, ...] = ()
    published: tuple[Published, ...] = ()

    def __post_init__(self) -> None:
        people, sites = len(self.practitioners), len(self.sites)
        if self.days < 1:
            raise InvalidProblem("The horizon has no day.")
        for name, array, shape in (
            ("availability", self.availability, (people, self.days, 2)),
            ("home_minutes", self.home_minutes, (people, sites)),
            ("site_minutes", self.site_minutes, (sites, sites)),
            ("reachable", self.reachable, (people, self.days, 2)),
        ):
            if array is not None and np.shape(array) != shape:
                raise InvalidProblem(f"{name} has the shape {np.shape(array)}, not {shape}.")
        for name in ("home_minutes", "site_minutes"):
            array = getattr(self, name)
            if np.isnan(array).any() or (array < 0).any():
                raise InvalidProblem(f"{name} holds a negative or undefined number of minutes.")
        _unique("site", self.sites)
        _unique("need", self.needs)
        _unique("practitioner", self.practitioners)
        last = self.first_day + dt.timedelta(days=self.days - 1)
        for need in self.needs:
            if need.site not in self.site_index:
                raise InvalidProblem(f"Need {need.id}: unknown site {need.site}.")
            if not self.first_day <= need.day <= last:
                raise InvalidProblem(f"Need {need.id}: {need.day} is outside the horizon.")
            if not 0 <= need.minimum <= need.wished or need.priority < 1 or need.rest_after < 0:
                raise InvalidProblem(f"Need {need.id}: minimum, wished, priority or rest out of range.")
            if need.halves not in (Half.MORNING, Half.AFTERNOON, Half.DAY):
                raise InvalidProblem(f"Need {need.id}: no half-day.")
        for site in self.sites:
            if site.priority < 1 or site.week_minimum < 0 or (site.rooms is not None and site.rooms < 0):
                raise InvalidProblem(f"Site {site.id}: priority, minimum or rooms out of range.")
        for person in self.practitioners:
            if person.fixed_site is not None and person.fixed_site not in self.site_index:
                raise InvalidProblem(f"Practitioner {person.id}: unknown site {person.fixed_site}.")
            if any(other not in self.practitioner_index for other in person.supervisors):
                raise InvalidProblem(f"Practitioner {person.id}: unknown supervisor.")
            limits = (person.monthly_cap, person.max_days_week, person.max_consecutive_days, person.used_days)
            if any(limit is not None and limit < 0 for limit in limits) or person.recent < 0:
                raise InvalidProblem(f"Practitioner {person.id}: a negative limit.")
        for fixed in self.pinned:
            self.indices(fixed.practitioner, fixed.need)
        for announced in self.published:
            self.indices(announced.practitioner, announced.need)
        if len(set(self.pinned)) != len(self.pinned):
            raise InvalidProblem("The same assignment is pinned twice.")
        if len({(a.practitioner, a.need) for a in self.published}) != len(self.published):
            raise InvalidProblem("The same assignment is published twice.")
        if any(published.cost < 1 for published in self.published):
            raise InvalidProblem("A published assignment that costs nothing to change.")

    @cached_property
    def site_index(self) -> dict[str, int]:
        return {site.id: i for i, site in enumerate(self.sites)}

    @cached_property
    def need_index(self) -> dict[str, int]:
        return {need.id: i for i, need in enumerate(self.needs)}

    @cached_property
    def practitioner_index(self) -> dict[str, int]:
        return {person.id: i for i, person in enumerate(self.practitioners)}

    @cached_property
    def columns(self) -> Columns:
        """The same as arrays, made once."""
        from .columns import Columns

        return Columns.of(self)

    def indices(self, practitioner: str, need: str) -> tuple[int, int]:
        """(row of the practitioner, row of the need); InvalidProblem when one is unknown."""
        try:
            return self.practitioner_index[practitioner], self.need_index[need]
        except KeyError as unknown:
            raise InvalidProblem(f"Unknown identifier {unknown}.") from None


def _unique(what: str, rows: tuple[Any, ...]) -> None:
    if len({row.id for row in rows}) != len(rows):
        raise InvalidProblem(f"Two rows have the same {what} identifier.")
