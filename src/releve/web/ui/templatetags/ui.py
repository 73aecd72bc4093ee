"""Template tags of the component library: `{% load ui %}`. See /style/ for every component with its code."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from releve.contexts.accounts.enums import Capability
from releve.contexts.accounts.queries import has_capability
from releve.contexts.practices.access import practice_capabilities
from releve.kernel import clock
from releve.web.ui import icons, navigation, typography
from releve.web.ui.statuses import STATUS_LOOKS, StatusLook

register = template.Library()


# --- Icons and words -------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """`{% icon "calendar" %}`: decorative; give `label` when the icon stands alone."""
    aria = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return mark_safe(
        f'<svg class="rl-icon {conditional_escape(css)}" viewBox="0 0 16 16" fill="currentColor" width="1em" height="1em" '
        f'focusable="false" {aria}>{icons.inner_svg(name)}</svg>'
    )


@register.simple_tag
def fr_date(value: date | datetime | None, style: str = "long", tz: str = typography.PARIS) -> str:
    """`{% fr_date day "long" %}` → mardi 3 mars; styles in `typography.french_date`."""
    if not value:
        return ""
    day = typography.as_day(value, tz)
    return format_html(
        '<time datetime="{}">{}</time>', day.isoformat(), typography.french_date(day, style, tz)
    )


@register.simple_tag
def fr_time(value: datetime | time | None, tz: str = typography.PARIS) -> str:
    """`{% fr_time instant site.time_zone %}` → 14 h 30, at the site's clock."""
    if value is None:
        return ""
    machine = f"{value:%H:%M}"
    if isinstance(value, datetime) and value.tzinfo:
        machine = f"{value.astimezone(ZoneInfo(tz)):%H:%M}"
    return format_html(
        '<time class="rl-figures" datetime="{}">{}</time>', machine, typography.french_time(value, tz)
    )


@register.filter
def instant(value: datetime) -> str:
    """A UTC instant for an address: `2026-03-03T08:00:00Z` (no `+`, which an address turns into a space)."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@register.filter
def date_fr(value: date | datetime | None, style: str = "long") -> str:
    """The same as plain text, for titles and attributes."""
    return typography.french_date(value, style) if value else ""


@register.filter
def time_fr(value: datetime | time | None, tz: str = typography.PARIS) -> str:
    return typography.french_time(value, tz) if value is not None else ""


@register.simple_tag
def relative_day(value: date | datetime, tz: str = typography.PARIS, today: date | None = None) -> str:
    """aujourd’hui, demain, or the long date."""
    return typography.relative_day(value, today or clock.local_day(clock.now(), tz), tz)


@register.simple_tag(name="distance")
def distance_tag(km: float | None) -> str:
    return "" if km is None else typography.distance(km)


@register.filter
def minutes(value: int | None) -> str:
    """15 → 15 min, 90 → 1 h 30."""
    return "" if value is None else typography.duration(value)


@register.filter
def euros(cents: int | None) -> str:
    return "" if cents is None else typography.euros(cents)


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else typography.number(value, digits)


@register.filter
def phone_text(value: str | None) -> str:
    return typography.phone(value) if value else ""


@register.simple_tag(name="phone")
def phone_tag(value: str | None, css: str = "") -> str:
    """A number one can read aloud and touch to call."""
    if not value:
        return ""
    return format_html(
        '<a class="rl-phone {}" href="{}">{}</a>', css, typography.phone_link(value), typography.phone(value)
    )


@register.filter
def nbsp(value: str | None) -> str:
    """French no-break spaces in a text typed by a person."""
    return typography.no_break(str(value)) if value else ""


@register.filter
def joined(value: list[str]) -> str:
    return typography.joined([str(item) for item in value])


@register.filter
def of_place(name: str) -> str:
    """`{{ "Aubigny"|of_place }}` → d’Aubigny."""
    return typography.of_place(name)


@register.filter
def at_place(name: str) -> str:
    """`{{ "Cabinet de Nieul"|at_place }}` → au Cabinet de Nieul."""
    return typography.at_place(name)


# --- Page ------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """`light`, `dark`, or nothing (the system decides): the person's choice travels in a cookie."""
    request: HttpRequest | None = context.get("request")
    choice = request.COOKIES.get("releve-theme", "") if request else ""
    return choice if choice in {"light", "dark"} else ""


@register.simple_tag
def is_demo() -> bool:
    return bool(settings.IS_DEMO)


@register.simple_tag
def route(name: str, *args: Any, **kwargs: Any) -> str:
    """Like `{% url %}`, empty when the route is not installed: navigation between audiences stays optional."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: Any) -> str:
    """The present query string with some parameters changed (None removes): links of filters and pages."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


# --- Forms -----------------------------------------------------------------------------------------------------


def _widget_class(widget: forms.Widget) -> str:
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


@register.inclusion_tag("ui/partials/field.html")
def field(bound: BoundField, label: str = "", help: str = "", css: str = "", look: str = "", prefix: str = "",
          suffix: str = "", optional: bool = True) -> dict[str, Any]:  # fmt: skip
    """One field: label, help, control, error. `look="cards"` turns radio buttons into choice cards,
    `look="switch"` a checkbox into a switch. Fields that are not required say « facultatif »."""
    widget = bound.field.widget
    is_group = isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
    is_check = isinstance(widget, forms.CheckboxInput) and not is_group
    help_text = help or bound.help_text
    described = []
    if bound.auto_id and help_text:
        described.append(f"{bound.id_for_label or bound.auto_id}_helptext")
    if bound.auto_id and bound.errors:
        described.append(f"{bound.id_for_label or bound.auto_id}_error")
    attrs: dict[str, str | bool] = {
        "class": f"{_widget_class(widget)} {'is-invalid' if bound.errors else ''} {widget.attrs.get('class', '')}".strip()
    }
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "id": bound.id_for_label or bound.auto_id,
        "label": label or bound.label,
        "help": help_text,
        "control": "" if is_group else bound.as_widget(attrs=attrs),
        "is_group": is_group,
        "is_check": is_check,
        "multiple": isinstance(widget, forms.CheckboxSelectMultiple),
        "hidden": bound.is_hidden,
        "look": look,
        "css": css,
        "prefix": prefix,
        "suffix": suffix,
        "described": " ".join(described),
        "show_optional": optional and not bound.field.required and not is_check,
    }


@register.inclusion_tag("ui/partials/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """Summary at the top of a refused form, with a link to each faulty field; takes the focus."""
    fields = [form[name] for name in form.errors if name in form.fields]
    return {"form": form, "fields": fields}


# --- Components ------------------------------------------------------------------------------------------------


@register.inclusion_tag("ui/partials/status_chip.html")
def status_chip(kind: str, label: str = "") -> dict[str, Any]:
    """`{% status_chip "confirmed" %}`: word, shape and colour. Unknown kinds are neutral, never an error."""
    look = STATUS_LOOKS.get(str(kind), StatusLook("neutral", "circle", str(kind)))
    return {"tone": look.tone, "icon_name": look.icon, "label": label or look.label}


@register.inclusion_tag("ui/partials/empty_state.html")
def empty_state(
    title: str, text: str = "", icon: str = "inbox", href: str = "", action: str = ""
) -> dict[str, Any]:
    """Nothing here yet: says why, and the next step."""
    return {"title": title, "text": text, "icon_name": icon, "href": href, "action": action}


@register.inclusion_tag("ui/partials/steps.html")
def steps(labels: str, current: int) -> dict[str, Any]:
    """`{% steps "Motif|Horaire|Vous|Code" 2 %}`: where one stands in a short path."""
    names = labels.split("|")
    return {
        "steps": [
            {
                "number": i,
                "label": name,
                "state": "done" if i < current else "current" if i == current else "todo",
            }
            for i, name in enumerate(names, start=1)
        ],
        "current": current,
        "total": len(names),
        "current_label": names[current - 1],
    }


@register.inclusion_tag("ui/partials/figure.html")
def figure(value: Any, label: str, comparison: str = "", tone: str = "") -> dict[str, Any]:
    """A large number with what it is compared to."""
    if isinstance(value, (int, float)):
        value = typography.number(value)
    return {"value": value, "label": label, "comparison": comparison, "tone": tone}


@register.inclusion_tag("ui/partials/breadcrumbs.html")
def breadcrumbs(*parts: str) -> dict[str, Any]:
    """`{% breadcrumbs "Accueil" "/" "Lieux" "" %}`: pairs of label and address, the last without address."""
    return {"items": [{"label": parts[i], "href": parts[i + 1]} for i in range(0, len(parts) - 1, 2)]}


@register.inclusion_tag("ui/partials/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Any, noun: str = "résultats") -> dict[str, Any]:
    """Links between the pages of a Django `Page`, keeping the filters."""
    return {"page": page, "noun": noun, "request": context["request"]}


@register.inclusion_tag("ui/partials/bars.html")
def bars(rows: list[tuple[str, float]], caption: str, unit: str = "", title: str = "") -> dict[str, Any]:
    """Horizontal bars in SVG with the same figures as a table beneath. `rows`: (label, value)."""
    top = max((value for _, value in rows), default=0) or 1
    step = 34
    return {
        "rows": [
            {"label": label, "value": typography.number(value, 0 if float(value).is_integer() else 1),
             "width": round(460 * value / top, 1), "y": i * step, "text_x": round(150 + 460 * value / top, 1)}
            for i, (label, value) in enumerate(rows)
        ],
        "height": max(step, len(rows) * step),
        "caption": caption,
        "unit": unit,
        "title": title,
    }  # fmt: skip


@register.inclusion_tag("ui/partials/sparkline.html")
def sparkline(values: list[float], label: str) -> dict[str, Any]:
    """A small line; `label` says what it shows, in words."""
    low, high = min(values, default=0), max(values, default=0)
    span = (high - low) or 1
    points = [
        (round(2 + 96 * i / max(1, len(values) - 1), 1), round(22 - 20 * (v - low) / span, 1))
        for i, v in enumerate(values)
    ]
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last": points[-1] if points else None,
        "label": label,
    }


@register.inclusion_tag("ui/partials/date_header.html")
def date_header(
    day: date, today: date | None = None, previous: str = "", following: str = "", today_href: str = ""
) -> dict[str, Any]:
    """Large date with links to the day before, today, the day after."""
    return {
        "day": day,
        "is_today": day == today,
        "previous": previous,
        "following": following,
        "today_href": today_href,
    }


class _BlockNode(template.Node):
    """A component around other markup: renders a partial with `body` and the tag's keyword arguments."""

    def __init__(
        self, partial: str, nodelist: template.NodeList, kwargs: dict[str, template.base.FilterExpression]
    ):
        self.partial, self.nodelist, self.kwargs = partial, nodelist, kwargs

    def render(self, context: template.Context) -> SafeString:
        values = {key: expression.resolve(context) for key, expression in self.kwargs.items()}
        values["body"] = self.nodelist.render(context)
        return context.template.engine.get_template(self.partial).render(context.new(values))  # type: ignore[union-attr]


def _block_tag(name: str, partial: str) -> None:
    def compile_tag(parser: template.base.Parser, token: template.base.Token) -> _BlockNode:
        bits = token.split_contents()[1:]
        kwargs = template.base.token_kwargs(bits, parser)
        if bits:
            raise template.TemplateSyntaxError(f"{name}: unexpected {bits!r}")
        nodelist = parser.parse((f"end{name}",))
        parser.delete_first_token()
        return _BlockNode(partial, nodelist, kwargs)

    register.tag(name, compile_tag)


_block_tag("notice", "ui/partials/notice.html")
_block_tag("dialog", "ui/partials/dialog.html")


@register.inclusion_tag("ui/partials/workspace_nav.html", takes_context=True)
def workspace_nav(context: template.Context, practice: Any = None, current: str = "") -> dict[str, Any]:
    """Navigation of a practice: only what the person's roles open (or the keys a view names in `nav_allowed`)."""
    slug = getattr(practice, "slug", "") or ""
    allowed = context.get("nav_allowed")
    user = context.get("user")
    if slug and allowed is None and user is not None and user.is_authenticated:
        allowed = navigation.allowed_keys(practice_capabilities(user, practice))
    items = navigation.practice_items(slug, allowed) if slug else []
    return {"items": items, "current": current}


@register.simple_tag(takes_context=True)
def may(context: template.Context, capability: str) -> bool:
    """`{% may "desk_view" as may_see_day %}`: the person signed in holds it somewhere; links nowhere else."""
    user = context.get("user")
    return bool(user and user.is_authenticated and has_capability(user, Capability(capability)))


@register.simple_tag
def booking_href(site_slug: str) -> str:
    """Where an appointment is taken at a place."""
    return f"{reverse('public:site', args=[site_slug])}rendez-vous/"
