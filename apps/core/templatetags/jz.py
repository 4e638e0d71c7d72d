"""Template tags of the product: icons, numbers, dates, and the parts that forms are made of.

Each shape that must look the same everywhere (a masked phone, a deadline light, a date) has its
one place here (ux.md §8, §9).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.core import clock, icons, phones
from apps.core.access import rule_of

register = template.Library()

NOT_APPLICABLE = "—"


# ---- icons and small shapes ---------------------------------------------------------------
@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """Draw an icon: ``{% icon "home" %}``, ``{% icon "home" "ic-lg" %}``; an unknown name raises."""
    return icons.draw(name, extra_class)


LIGHTS = frozenset("gyrn")


@register.simple_tag
def light(kind: str, text: str, extra_class: str = "") -> SafeString:
    """Draw a deadline light, shape + words + colour: ``{% light "y" "剩 2 个工作日" "box" %}``.

    ``kind``: g (in time), y (soon due), r (overdue), n (not counted). Lights mean deadlines only.
    """
    if kind not in LIGHTS:
        raise template.TemplateSyntaxError(f"light: unknown kind {kind!r}")
    names = f"light {kind} {extra_class}".strip()
    return format_html('<span class="{}"><i></i>{}</span>', names, text)


@register.inclusion_tag("components/tag.html")
def tag(text: str, kind: str = "") -> dict[str, str]:
    """Draw a label: ``{% tag "启用" "ok" %}``; kinds: ok, warn, bad, info, line, t1…t4 or none."""
    return {"text": text, "kind": kind}


# ---- numbers, phones, dates ---------------------------------------------------------------
@register.filter
def phone(value: str | None) -> str:
    """Mask a phone number: ``138****1234``, ``022-8***5678``."""
    return phones.mask(value or "")


@register.filter
def thousands(value: Any) -> str:
    """Group an integer's digits: 1286 → 1,286; None → —; other things stay as they are."""
    if value is None or value == "":
        return NOT_APPLICABLE
    try:
        return f"{int(value):,}"
    except (TypeError, ValueError):
        return str(value)


@register.filter
def percent(value: Any) -> str:
    """Write a ratio with one decimal: 0.9642 → 96.4%; None → — (nothing to divide by)."""
    if value is None or value == "":
        return NOT_APPLICABLE
    try:
        share = Decimal(str(value)) * 100
    except InvalidOperation:
        return str(value)
    return f"{share.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}%"


def _date_of(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return (clock.local(value) if timezone.is_aware(value) else value).date()
    return value


def _day_text(on: date, today: date) -> str:
    text = f"{on.month}月{on.day}日"
    return text if on.year == today.year else f"{on.year}年{text}"


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day: 3月19日, in another year 2025年3月19日; nothing for nothing."""
    return _day_text(_date_of(value), clock.today()) if value else ""


@register.filter
def full_day(value: date | datetime | None) -> str:
    """Write a day with its year and weekday: 2026年3月19日 星期四."""
    if not value:
        return ""
    on = _date_of(value)
    return f"{on.year}年{on.month}月{on.day}日 星期{'一二三四五六日'[on.weekday()]}"


@register.filter
def moment(value: datetime | None) -> str:
    """Write an instant: 3月19日 17:30; 今天 or 昨天 within two days; the year when it is another."""
    if not value:
        return ""
    local = clock.local(value) if timezone.is_aware(value) else value
    today = clock.today()
    near = {today: "今天", today - timedelta(days=1): "昨天"}
    return f"{near.get(local.date()) or _day_text(local.date(), today)} {local:%H:%M}"


@register.filter
def duration(value: timedelta | float | None) -> str:
    """Write a length of time (timedelta or seconds): 40 秒, 12 分, 1 时 52 分, 3 天 4 时."""
    if value is None or value == "":
        return NOT_APPLICABLE
    total = round(value.total_seconds() if isinstance(value, timedelta) else value)
    total = max(total, 0)
    steps = ((86400, "天"), (3600, "时"), (60, "分"), (1, "秒"))
    for (size, name), (smaller, next_name) in pairwise((*steps, (1, ""))):
        if total >= size:
            rest = total % size // smaller if next_name and size > 60 else 0
            return f"{total // size} {name}" + (f" {rest} {next_name}" if rest else "")
    return "0 秒"


# ---- parts of pages -----------------------------------------------------------------------
class CaptureNode(template.Node):
    """Renders its inside into a variable; see ``capture``."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist, self.name = nodelist, name

    def render(self, context: Context) -> SafeString:
        """Keep the inside under the name, put nothing into the page."""
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308
        return mark_safe("")


@register.tag
def capture(parser: Parser, token: Token) -> CaptureNode:
    """Render blocks into a variable, so that a frame is drawn only around something.

    ``{% capture as crumbs %}{% block crumbs %}{% endblock %}{% endcapture %}
    {% if crumbs %}<nav>{{ crumbs }}</nav>{% endif %}``
    """
    words = token.split_contents()
    if len(words) != 3 or words[1] != "as":
        raise template.TemplateSyntaxError("capture is written {% capture as name %}")
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, words[2])


@register.simple_tag(takes_context=True)
def include_with(context: Context, name: str, values: dict[str, Any]) -> SafeString:
    """Include a template with the entries of a dictionary as its variables (cards of 工作台)."""
    found = context.template.engine.get_template(name)  # type: ignore[union-attr]
    with context.push(**values):
        return mark_safe(found.render(context))  # noqa: S308  a rendered template is safe


@register.simple_tag(takes_context=True)
def kept_query(context: Context, *without: str) -> list[tuple[str, str]]:
    """Return the (name, value) pairs of the present address except some, for hidden fields."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return []
    return [
        (name, value)
        for name, values in request.GET.lists()
        if name not in without
        for value in values
    ]


# ---- forms --------------------------------------------------------------------------------
def _anchor(field: BoundField) -> str:
    """Return the id that an error's link leads to: the control, or the first of its choices."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def messages_of(field: BoundField) -> list[str]:
    """Return a field's error messages; Django's bare "required" becomes 请填写… or 请选择…."""
    bare = forms.Field.default_error_messages["required"]
    verb = "请选择" if kind(field) in {"radio", "checks", "select", "file"} else "请填写"
    if kind(field) == "check":
        verb = "请先勾选"
    return [
        f"{verb}{field.label}" if error.code == "required" and text == bare else str(text)
        for error in field.errors.as_data()
        for text in error.messages
    ]


def _lines_of(form: forms.BaseForm) -> Iterator[tuple[str, str]]:
    for text in form.non_field_errors():
        yield str(text), ""
    for field in form:
        for text in messages_of(field):
            yield text, "" if field.is_hidden else _anchor(field)


@register.simple_tag
def error_lines(*sources: Any) -> list[tuple[str, str]]:
    """Return (message, id of the control or "") of forms and form sets, in the order of the page."""
    lines: list[tuple[str, str]] = []
    for source in sources:
        if isinstance(source, forms.BaseFormSet):
            if source.is_bound:
                lines += [(str(text), "") for text in source.non_form_errors()]
                lines += [line for form in source.forms for line in _lines_of(form)]
        elif isinstance(source, forms.BaseForm) and source.is_bound:
            lines += _lines_of(source)
    return list(dict.fromkeys(lines))


KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "checks"),  # before RadioSelect, whose child it is
    (forms.RadioSelect, "radio"),
    (forms.CheckboxInput, "check"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.FileInput, "file"),
    (forms.DateInput, "date"),
    (forms.PasswordInput, "password"),
)
CLASSES = {"radio": "", "checks": "form-check-input", "check": "form-check-input"}


@register.filter
def kind(field: BoundField) -> str:
    """Name the kind of a field's control: radio, checks, check, select, textarea, file, date, …"""
    for widget, name in KINDS:
        if isinstance(field.field.widget, widget):
            return name
    return "text"


@register.simple_tag
def control(field: BoundField, **attrs: str) -> SafeString:
    """Draw a field's control with our classes; a date becomes the browser's own date picker."""
    widget = field.field.widget
    what = kind(field)
    if what == "date" and getattr(widget, "input_type", "") == "text":
        widget.input_type = "date"
        widget.format = "%Y-%m-%d"
    ours = CLASSES.get(what, "form-select" if what == "select" else "form-control")
    names = dict.fromkeys([*ours.split(), *str(widget.attrs.get("class", "")).split()])
    attrs = {name.replace("_", "-"): value for name, value in attrs.items() if value}
    if what == "textarea" and widget.attrs.get("rows", "10") == "10":
        attrs.setdefault("rows", "3")
    return field.as_widget(attrs={**attrs, **({"class": " ".join(names)} if names else {})})


@register.filter
def boxes(field: BoundField) -> list[Any]:
    """Return the single check boxes or radio buttons of a field, drawn with our class."""
    field.field.widget.attrs.setdefault("class", "form-check-input")
    return list(field)


@register.filter
def is_optional(field: BoundField) -> bool:
    """Say whether 「（可不填）」 belongs to the label: not required and not already said."""
    said = f"{field.label}{field.help_text}"
    return not field.field.required and "可不" not in said


@register.simple_tag(takes_context=True)
def page_link(context: Any, name: str, label: str) -> str:
    """Link to a page for those who may open it; for the others its name alone, no dead end."""
    address = reverse(name)
    rule = rule_of(resolve(address).func)
    if rule is None or not rule.admits(context["request"]):
        return label
    return format_html('<a href="{}">{}</a>', address, label)
