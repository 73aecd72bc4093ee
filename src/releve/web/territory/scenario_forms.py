"""The form of the scenario builder: rows typed by a person to a content, and back, with what is wrong beside each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.datastructures import MultiValueDict

from releve.contexts.diagnosis.scenarios import (
    KIND_WORDS,
    MAX_ACTIONS,
    MAX_STOPS,
    ActionKind,
    Content,
    as_number,
    read_content,
)
from releve.contexts.territory.queries import search_communes
from releve.contexts.territory.rules import is_commune_code, normalise_name
from releve.kernel.errors import Invalid
from releve.kernel.french import NBSP, number

MAX_TEXT = 120
_CODE = re.compile(r"\(([0-9][0-9AB][0-9]{3})\)\s*$")
_ROW = re.compile(r"r(\d{1,3})-kind", re.ASCII)
DEFAULT_DAYS = "3"
WITH_COMMUNE = {ActionKind.SITE, ActionKind.DOCTOR_LEAVES, ActionKind.DOCTOR_ARRIVES}


# What a form sends: `QueryDict`, or a `MultiValueDict` of JSON.
Posted = MultiValueDict[str, Any]


@dataclass
class StopRow:
    rank: int
    commune: str = ""
    days: str = ""


@dataclass
class Row:
    """One change as typed. `rank` names its fields: `r<rank>-days`. `errors`: by field, `row` for the whole."""

    rank: int
    kind: ActionKind
    commune: str = ""
    days: str = ""
    visits: str = ""
    doctors: str = "1"
    site: str = ""
    label: str = ""
    stops: list[StopRow] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    is_new: bool = False

    @property
    def prefix(self) -> str:
        return f"r{self.rank}"

    @property
    def words(self) -> str:
        return KIND_WORDS[self.kind]

    @property
    def shown_stops(self) -> list[dict[str, Any]]:
        """The halts typed, then blank ones: two at least, one more than those filled."""
        most = min(MAX_STOPS, max(2, len(self.stops) + 1))
        rows = [*self.stops, *(StopRow(rank) for rank in range(len(self.stops), most))]
        return [
            {
                "field": f"{self.prefix}-s{stop.rank}-commune",
                "days_field": f"{self.prefix}-s{stop.rank}-days",
                "label": f"Halte{NBSP}{stop.rank + 1}",
                "commune": stop.commune,
                "days": stop.days,
                "fresh": self.is_new and stop.rank == 0,
            }
            for stop in rows
        ]

    @property
    def is_blank(self) -> bool:
        if self.kind == ActionKind.MOBILE:
            return not any(stop.commune for stop in self.stops)
        return not (self.site if self.kind == ActionKind.SITE_CLOSES else self.commune)


@dataclass
class BuilderForm:
    """Everything typed. `content` is set once it could be read; `errors` are those of no row in particular."""

    territory: str
    rows: list[Row] = field(default_factory=list)
    knowledge: list[int] = field(default_factory=list)
    budget: str = ""
    name: str = ""
    version: str = ""
    errors: list[str] = field(default_factory=list)
    content: Content | None = None

    @property
    def messages(self) -> list[tuple[str, str]]:
        """(identifier of the field or "", sentence) of everything that is wrong, in the order of the page."""
        found = [("", message) for message in self.errors]
        for row in self.rows:
            found += [(f"{row.prefix}-{name}", message) for name, message in row.errors.items()]
        return found

    @property
    def is_valid(self) -> bool:
        return not self.messages

    @property
    def may_add(self) -> bool:
        return len(self.rows) < MAX_ACTIONS


def _typed(data: Posted, name: str, most: int = MAX_TEXT) -> str:
    value = data.get(name, "")
    return " ".join(str(value).replace("\x00", " ").split())[:most] if value is not None else ""


def read_form(data: Posted) -> BuilderForm:
    """What was sent, not yet checked. Raises Invalid for more rows than a scenario may hold."""
    rows: list[Row] = []
    ranks = sorted({int(found[1]) for name in _names(data) if (found := _ROW.fullmatch(name))})
    if len(ranks) > MAX_ACTIONS + 1:
        raise Invalid(
            f"Un scénario compte au plus {MAX_ACTIONS} changements.", code="too-many-actions", field="actions"
        )
    for rank in ranks:
        kind = _typed(data, f"r{rank}-kind")
        if kind not in set(ActionKind):
            continue
        row = Row(len(rows), ActionKind(kind))
        for name in ("commune", "days", "visits", "doctors", "site", "label"):
            setattr(row, name, _typed(data, f"r{rank}-{name}"))
        for stop in range(MAX_STOPS):
            commune, days = (
                _typed(data, f"r{rank}-s{stop}-commune"),
                _typed(data, f"r{rank}-s{stop}-days", 10),
            )
            if commune:
                row.stops.append(StopRow(len(row.stops), commune, days))
        rows.append(row)
    knowledge = [
        int(str(pk)) for pk in data.getlist("knowledge") if str(pk).isascii() and str(pk).isdecimal()
    ]
    return BuilderForm(
        territory=_typed(data, "territoire", 400),
        rows=rows,
        knowledge=[pk for pk in knowledge if pk < 2**53][:20],
        budget=_typed(data, "budget", 20),
        name=_typed(data, "name", 200),
        version=_typed(data, "version", 10),
    )


def _names(data: Any) -> Sequence[str]:
    return list(data.keys())[:2000]


def add_row(form: BuilderForm, kind: str, commune: str = "") -> None:
    """One more row, after the others; nothing for an unknown kind or a full form."""
    if kind not in set(ActionKind) or not form.may_add:
        return
    row = Row(len(form.rows), ActionKind(kind), commune=commune, is_new=not commune)
    if kind in (ActionKind.SITE, ActionKind.SITE_CLOSES):
        row.days = DEFAULT_DAYS if kind == ActionKind.SITE else ""
    form.rows.append(row)


def remove_row(form: BuilderForm, rank: str) -> None:
    kept = [row for row in form.rows if str(row.rank) != rank]
    for place, row in enumerate(kept):
        row.rank = place
    form.rows = kept


def commune_label(code: str, name: str) -> str:
    return f"{name.replace(chr(39), '’')} ({code})"


def find_commune(text: str) -> str:
    """Code of the commune that a text means: « Nieul-le-Dolent (85161) », a code, a name. Raises Invalid."""
    if found := _CODE.search(text.upper()):
        return found[1]
    if is_commune_code(text.upper()):
        return text.upper()
    hits = search_communes(text, limit=6)
    exact = [hit for hit in hits if normalise_name(hit.name) == normalise_name(text)]
    if len(exact) == 1 or len(hits) == 1:
        return (exact or hits)[0].code
    if not hits:
        raise Invalid(f"Aucune commune ne s’appelle «\u00a0{text}\u00a0».", code="unknown-commune")
    names = "\u00a0; ".join(f"{hit.name} ({hit.code}), {hit.departement_name}" for hit in hits[:5])
    raise Invalid(
        f"Plusieurs communes répondent à «\u00a0{text}\u00a0»\u00a0: {names}. Écrivez le code entre parenthèses.",
        code="ambiguous-commune",
    )


def check(form: BuilderForm) -> Content | None:
    """Fill `form.content`, or the errors beside each row. Blank rows count for nothing."""
    rows = [row for row in form.rows if not row.is_blank]
    actions = [_raw(row) for row in rows]
    if not form.is_valid:
        return None
    budget: float | None = None
    if form.budget:
        euros = as_number(form.budget.replace("€", "").replace(" ", ""))
        if euros is None:
            form.errors.append("Le budget annuel est un montant en euros, par exemple 60\u00a0000.")
            return None
        budget = euros * 100
    raw = {"version": 1, "actions": actions, "local_knowledge": form.knowledge, "budget_cents": budget}
    try:
        form.content = read_content(raw)
    except Invalid as error:
        place_errors(form, error)
    return form.content


def place_errors(form: BuilderForm, error: Invalid) -> None:
    """Put each reason of a refusal beside its row (`details["fields"]`), the others above the form."""
    rows = [row for row in form.rows if not row.is_blank]
    reasons = [reason.message for reason in error.reasons] or [error.message]
    fields = error.details.get("fields") or [error.field or ""]
    for message, where in zip(reasons, [*fields, *[""] * len(reasons)], strict=False):
        parts = str(where).split(".")
        if parts[0] == "actions" and len(parts) > 2 and parts[1].isdecimal() and int(parts[1]) < len(rows):
            row = rows[int(parts[1])]
            name = f"s{parts[3]}-{parts[4]}" if parts[2] == "stops" and len(parts) > 4 else parts[2]
            # The row is before one's eyes: the words after the colon are enough.
            short = message.split(f"{NBSP}: ", 1)[-1]
            row.errors[name] = short[:1].upper() + short[1:]
        else:
            form.errors.append(message)


def _raw(row: Row) -> dict[str, Any]:
    def code(text: str, name: str) -> str:
        try:
            return find_commune(text)
        except Invalid as error:
            row.errors[name] = error.message
            return ""

    raw: dict[str, Any] = {"kind": row.kind.value, "label": row.label}
    if row.kind in WITH_COMMUNE:
        raw["commune"] = code(row.commune, "commune")
    if row.kind in (ActionKind.SITE, ActionKind.SITE_CLOSES):
        raw["days"] = row.days
    if row.kind in (ActionKind.DOCTOR_LEAVES, ActionKind.DOCTOR_ARRIVES):
        raw["doctors"] = row.doctors or "1"
    if row.kind in (ActionKind.SITE, ActionKind.SITE_CLOSES, ActionKind.MOBILE) and row.visits:
        raw["visits"] = row.visits
    if row.kind == ActionKind.SITE_CLOSES:
        raw["site"] = row.site
    if row.kind == ActionKind.MOBILE:
        raw["stops"] = [
            {"commune": code(stop.commune, f"s{stop.rank}-commune"), "days": stop.days} for stop in row.stops
        ]
    return raw


def form_of(
    content: Content, territory: str, *, names: dict[str, str], name: str = "", version: int | None = None
) -> BuilderForm:
    """The form that gives this content. `names`: of the communes, by code."""

    def label(code: str) -> str:
        return commune_label(code, names.get(code, code))

    rows = []
    for rank, action in enumerate(content.actions):
        rows.append(
            Row(
                rank,
                action.kind,
                commune=label(action.commune) if action.commune else "",
                days=_shown(action.days) if action.days else "",
                visits=_shown(action.visits) if action.visits is not None else "",
                doctors=_shown(action.doctors) if action.doctors else "1",
                site=action.site,
                label=action.label,
                stops=[
                    StopRow(k, label(stop.commune), _shown(stop.days)) for k, stop in enumerate(action.stops)
                ],
            )
        )
    budget = "" if content.budget_cents is None else number(content.budget_cents / 100)
    return BuilderForm(
        territory=territory,
        rows=rows,
        knowledge=list(content.local_knowledge),
        budget=budget,
        name=name,
        version="" if version is None else str(version),
    )


def _shown(value: float) -> str:
    """As an `<input type="number">` takes it: a dot, no needless zero."""
    return f"{value:g}"
