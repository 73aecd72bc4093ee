"""What a scenario holds and how it is read: changes of supply, the limits on each, what is said when one is impossible.

Pure: no query, no clock. `read_content` turns untrusted JSON into a `Content` or refuses it naming the faulty change.
"""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from releve.kernel.errors import Invalid, Reason
from releve.kernel.french import NBSP, number

from .report import Figure, Table
from .wording import clean

VERSION: Final = 1
MAX_ACTIONS: Final = 20
MAX_STOPS: Final = 10
MAX_KNOWLEDGE: Final = 20
MAX_BYTES: Final = 20_000
MAX_NAME: Final = 120
MAX_LABEL: Final = 80
MAX_DAYS: Final = 7.0
DAY_STEP: Final = 0.5
MIN_VISITS, MAX_VISITS = 1, 60
MAX_DOCTORS: Final = 50.0
MAX_BUDGET_CENTS: Final = 10_000_000_000
WORST_CASE: Final = "Écrivez un nombre de jours comme 3 ou 2,5."


class ActionKind(enum.StrEnum):
    """A change of supply that a scenario may hold."""

    SITE = "site"
    DOCTOR_LEAVES = "doctor_leaves"
    DOCTOR_ARRIVES = "doctor_arrives"
    MOBILE = "mobile"
    SITE_CLOSES = "site_closes"


KIND_WORDS: Final[dict[ActionKind, str]] = {
    ActionKind.SITE: "Ouvrir un lieu",
    ActionKind.DOCTOR_LEAVES: "Un médecin part",
    ActionKind.DOCTOR_ARRIVES: "Un médecin s’installe",
    ActionKind.MOBILE: "Tournée mobile",
    ActionKind.SITE_CLOSES: "Fermer un lieu de la plateforme",
}


@dataclass(frozen=True)
class Stop:
    """A halt of a mobile practice: a commune (INSEE code), days a week."""

    commune: str
    days: float


@dataclass(frozen=True)
class Action:
    """One change. Which fields count depends on `kind`; `visits` None: the parameter in force."""

    kind: ActionKind
    commune: str = ""
    days: float = 0.0
    visits: float | None = None
    doctors: float = 0.0
    site: str = ""
    label: str = ""
    lat: float | None = None
    lon: float | None = None
    stops: tuple[Stop, ...] = ()

    @property
    def communes(self) -> tuple[str, ...]:
        """INSEE codes that the change names."""
        if self.kind == ActionKind.MOBILE:
            return tuple(stop.commune for stop in self.stops)
        return (self.commune,) if self.commune else ()

    @property
    def weekly_days(self) -> float:
        return sum(stop.days for stop in self.stops) if self.kind == ActionKind.MOBILE else self.days


@dataclass(frozen=True)
class Content:
    """`budget_cents`: yearly budget typed by the person, None to cost each day by the dated parameters."""

    actions: tuple[Action, ...] = ()
    local_knowledge: tuple[int, ...] = ()
    budget_cents: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.actions and not self.local_knowledge


@dataclass(frozen=True)
class Change:
    """A change as it was computed: what it is in words, where, consultations a year (negative: lost)."""

    kind: str
    words: str
    communes: tuple[str, ...]
    consultations: float
    unallocated: float = 0.0


@dataclass(frozen=True)
class ScenarioResult:
    """What follows from a scenario, ready to be shown, stored and compared.

    `communes`: INSEE code -> (access before or None, access after or None, minutes by road to the nearest added site
    or None), every commune whose access changes. `threshold`: the one in force that day.
    """

    as_of: str
    modelled: bool
    threshold: float
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    changes: tuple[Change, ...]
    communes: dict[str, tuple[float | None, float | None, float | None]]
    summary: str = ""
    notes: tuple[str, ...] = ()
    vintages: dict[str, str] = field(default_factory=dict)

    def figure(self, key: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.key == key), None)

    def table(self, key: str) -> Table | None:
        return next((table for table in self.tables if table.key == key), None)


# --- Reading --------------------------------------------------------------------------------------------------


class _Refusals:
    """Every impossible thing of a content, so that a person corrects them in one go."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []
        self.fields: list[str] = []

    def add(self, code: str, message: str, field: str) -> None:
        self.reasons.append(Reason(code, message))
        self.fields.append(field)

    def raise_if_any(self) -> None:
        if self.reasons:
            first = self.reasons[0]
            raise Invalid(
                first.message,
                code=first.code,
                reasons=self.reasons if len(self.reasons) > 1 else [],
                field=self.fields[0],
                details={"fields": self.fields},
            )


def action_words(rank: int, kind: str, name: str = "") -> str:
    """How a change is called in a message: « Changement 2 (Un médecin part, Nieul-le-Dolent) »."""
    word = KIND_WORDS[ActionKind(kind)] if kind in set(ActionKind) else ""
    inside = ", ".join(part for part in (word, name) if part)
    return f"Changement{NBSP}{rank + 1}" + (f" ({inside})" if inside else "")


def as_number(value: Any) -> float | None:
    """A finite number of JSON or of a form (« 2,5 »), None when it is not one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = (
            value.strip().replace(",", ".").replace("\u00a0", "").replace("\u202f", "").replace("\u2212", "-")
        )
        try:
            value = float(text)
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _days(raw: Any, where: str, field: str, refused: _Refusals) -> float:
    found = as_number(raw)
    if found is None:
        refused.add("bad-days", f"{where}{NBSP}: {WORST_CASE}", field)
    elif found < 0:
        refused.add("negative-days", f"{where}{NBSP}: le nombre de jours ne peut pas être négatif.", field)
    elif found == 0:
        refused.add("no-days", f"{where}{NBSP}: il faut au moins une demi-journée par semaine.", field)
    elif found > MAX_DAYS:
        refused.add(
            "too-many-days", f"{where}{NBSP}: une semaine compte sept jours au plus, pas {_n(found)}.", field
        )
    elif abs(found / DAY_STEP - round(found / DAY_STEP)) > 1e-9:
        refused.add("day-step", f"{where}{NBSP}: les jours se comptent par demi-journées (0,5).", field)
    else:
        return found
    return 0.0


def _n(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 1)


def _visits(raw: Any, where: str, field: str, refused: _Refusals) -> float | None:
    if raw in (None, ""):
        return None
    found = as_number(raw)
    if found is None or not MIN_VISITS <= found <= MAX_VISITS:
        refused.add(
            "bad-visits",
            f"{where}{NBSP}: un médecin reçoit de {MIN_VISITS} à {MAX_VISITS} patients par jour.",
            field,
        )
        return None
    return found


def _doctors(raw: Any, where: str, field: str, refused: _Refusals) -> float:
    found = as_number(raw)
    if found is None or not 0 < found <= MAX_DOCTORS:
        refused.add(
            "bad-doctors",
            f"{where}{NBSP}: le nombre de médecins va de 0,5 à {_n(MAX_DOCTORS)} (0,5 pour un mi-temps).",
            field,
        )
        return 0.0
    return found


def _text(raw: Any, most: int) -> str:
    return clean(raw)[:most] if isinstance(raw, str) else ""


def _coordinates(
    raw: Mapping[str, Any], where: str, field: str, refused: _Refusals
) -> tuple[float | None, float | None]:
    if raw.get("lat") in (None, "") and raw.get("lon") in (None, ""):
        return None, None
    lat, lon = as_number(raw.get("lat")), as_number(raw.get("lon"))
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        refused.add("bad-point", f"{where}{NBSP}: cette position n’existe pas.", field)
        return None, None
    return lat, lon


def _commune(raw: Any, where: str, field: str, refused: _Refusals) -> str:
    code = _text(raw, 20).upper()
    if len(code) != 5 or not isinstance(raw, str) or not code.isascii() or not code.isalnum():
        refused.add("no-commune", f"{where}{NBSP}: choisissez une commune dans la liste proposée.", field)
        return ""
    return code


def _stops(raw: Any, where: str, field: str, refused: _Refusals) -> tuple[Stop, ...]:
    if not isinstance(raw, list) or not raw:
        refused.add("no-stops", f"{where}{NBSP}: une tournée a au moins une halte.", field)
        return ()
    if len(raw) > MAX_STOPS:
        refused.add("too-many-stops", f"{where}{NBSP}: une tournée compte au plus {MAX_STOPS} haltes.", field)
        return ()
    stops = []
    for rank, item in enumerate(raw):
        here = f"{where}, halte{NBSP}{rank + 1}"
        item = item if isinstance(item, dict) else {}
        stops.append(
            Stop(
                _commune(item.get("commune"), here, f"{field}.{rank}.commune", refused),
                _days(item.get("days"), here, f"{field}.{rank}.days", refused),
            )
        )
    total = sum(stop.days for stop in stops)
    if total > MAX_DAYS:
        refused.add(
            "too-many-days",
            f"{where}{NBSP}: la tournée dure {_n(total)} jours, une semaine en a sept.",
            field,
        )
    return tuple(stops)


def _action(raw: Any, rank: int, refused: _Refusals) -> Action | None:
    field = f"actions.{rank}"
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in set(ActionKind):
        refused.add(
            "unknown-kind", f"{action_words(rank, '')}{NBSP}: ce changement n’est pas connu.", f"{field}.kind"
        )
        return None
    where = action_words(rank, kind, _text(raw.get("label"), MAX_LABEL) or _text(raw.get("commune"), 5))
    values: dict[str, Any] = {"kind": ActionKind(kind), "label": _text(raw.get("label"), MAX_LABEL)}
    if kind == ActionKind.MOBILE:
        values["stops"] = _stops(raw.get("stops"), where, f"{field}.stops", refused)
    elif kind == ActionKind.SITE_CLOSES:
        values["site"] = _text(raw.get("site"), 80)
        if not values["site"]:
            refused.add("no-site", f"{where}{NBSP}: choisissez le lieu qui ferme.", f"{field}.site")
    else:
        values["commune"] = _commune(raw.get("commune"), where, f"{field}.commune", refused)
    if kind in (ActionKind.SITE, ActionKind.SITE_CLOSES):
        values["days"] = _days(raw.get("days"), where, f"{field}.days", refused)
    if kind in (ActionKind.SITE, ActionKind.SITE_CLOSES, ActionKind.MOBILE):
        values["visits"] = _visits(raw.get("visits"), where, f"{field}.visits", refused)
    if kind == ActionKind.SITE:
        values["lat"], values["lon"] = _coordinates(raw, where, f"{field}.lat", refused)
    if kind in (ActionKind.DOCTOR_LEAVES, ActionKind.DOCTOR_ARRIVES):
        values["doctors"] = _doctors(raw.get("doctors", 1), where, f"{field}.doctors", refused)
    return Action(**values)


def read_content(raw: Any) -> Content:
    """The content of a scenario, from JSON text or already decoded.

    Raises Invalid; when several things are impossible `reasons` holds a sentence for each; `details["fields"]` says
    where each is (`actions.0.days`). Communes and sites are only checked for their shape: whether they exist is for
    the query.
    """
    if isinstance(raw, str | bytes):
        if len(raw) > MAX_BYTES:
            raise Invalid("Ce scénario est trop long pour être lu.", code="too-large", field="content")
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            raise Invalid("Ce scénario est illisible.", code="unreadable", field="content") from None
    if not isinstance(raw, dict) or raw.get("version", VERSION) != VERSION:
        raise Invalid("Ce scénario n’a pas la forme attendue.", code="unreadable", field="content")
    actions = raw.get("actions", [])
    if not isinstance(actions, list):
        raise Invalid("Ce scénario n’a pas la forme attendue.", code="unreadable", field="actions")
    if len(actions) > MAX_ACTIONS:
        raise Invalid(
            f"Un scénario compte au plus {MAX_ACTIONS} changements\u00a0; celui-ci en a {len(actions)}.",
            code="too-many-actions",
            field="actions",
        )
    refused = _Refusals()
    read = [_action(item, rank, refused) for rank, item in enumerate(actions)]
    knowledge = raw.get("local_knowledge", [])
    if (
        not isinstance(knowledge, list)
        or len(knowledge) > MAX_KNOWLEDGE
        or not all(
            isinstance(item, int) and not isinstance(item, bool) and 0 < item < 2**53 for item in knowledge
        )
    ):
        refused.add("bad-knowledge", "Les informations locales cochées sont illisibles.", "local_knowledge")
        knowledge = []
    budget = raw.get("budget_cents")
    cents = None if budget in (None, "") else as_number(budget)
    if budget not in (None, "") and (cents is None or not 0 <= cents <= MAX_BUDGET_CENTS):
        refused.add("bad-budget", "Le budget annuel est un montant positif en euros.", "budget_cents")
        cents = None
    refused.raise_if_any()
    return Content(
        tuple(action for action in read if action is not None),
        tuple(dict.fromkeys(knowledge)),
        None if cents is None else round(cents),
    )


def check_name(name: Any) -> str:
    """The name of a scenario, spaces tidied. Raises Invalid when empty or too long."""
    found = _text(name, 10_000)
    if not found:
        raise Invalid("Donnez un nom à ce scénario.", code="no-name", field="name")
    if len(found) > MAX_NAME:
        raise Invalid(f"Le nom compte au plus {MAX_NAME} caractères.", code="long-name", field="name")
    return found


def content_to_dict(content: Content) -> dict[str, Any]:
    """JSON form of a content, as `read_content` reads it; only the fields that count for each kind."""
    actions = []
    for action in content.actions:
        item: dict[str, Any] = {"kind": action.kind.value}
        if action.commune:
            item["commune"] = action.commune
        if action.lat is not None and action.lon is not None:
            item |= {"lat": action.lat, "lon": action.lon}
        if action.kind in (ActionKind.SITE, ActionKind.SITE_CLOSES):
            item["days"] = action.days
        if action.visits is not None:
            item["visits"] = action.visits
        if action.kind in (ActionKind.DOCTOR_LEAVES, ActionKind.DOCTOR_ARRIVES):
            item["doctors"] = action.doctors
        if action.stops:
            item["stops"] = [{"commune": stop.commune, "days": stop.days} for stop in action.stops]
        if action.site:
            item["site"] = action.site
        if action.label:
            item["label"] = action.label
        actions.append(item)
    found: dict[str, Any] = {
        "version": VERSION,
        "actions": actions,
        "local_knowledge": list(content.local_knowledge),
    }
    if content.budget_cents is not None:
        found["budget_cents"] = content.budget_cents
    return found
