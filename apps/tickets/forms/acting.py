"""A Django form from the fields of a row: a new row of the table has its page without more code.

The form only reads and shows; lengths, ranges and rules are checked by the action, once, and come
back as errors of the field (``DomainError.field``).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from apps.tickets import quotes
from apps.tickets.choices import AssistState
from apps.tickets.models import Ticket
from apps.tickets.queries import people
from apps.tickets.queries.case import Case
from apps.tickets.workflow import Field, Kind, Transition

#: so many options still are chips to press; more become a select
MOST_CHIPS = 8
EMPTY = ("", "——")
_PICKS = frozenset(
    {
        *(Kind.CHOICE, Kind.UNIT, Kind.UNITS, Kind.EXPERT, Kind.USER, Kind.ASSIGNMENT),
        *(Kind.ASKED, Kind.SUPERVISION),
    }
)


class MomentField(forms.DateTimeField):
    """An instant in the browser's own picker; what is typed is the district's time."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        kwargs["input_formats"] = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(**kwargs)


class ActionForm(forms.Form):
    """The form of one action; ``fields`` are those of the row, in its order."""

    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        row: Transition,
        shown: list[Field],
        made: Mapping[str, forms.Field],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.row, self.shown = row, shown
        self.fields.update(made)

    def values(self) -> dict[str, Any]:
        """Return what was typed, by the names of the row's fields."""
        return {one.name: self.cleaned_data.get(one.name) for one in self.shown}

    def main_fields(self) -> list[Any]:
        """Return the bound fields that are always in sight, with what makes each needed."""
        return [self._shown(one) for one in self.shown if not self._is_folded(one)]

    def folded_fields(self) -> list[Any]:
        """Return the bound fields that may be left out and are folded away."""
        return [self._shown(one) for one in self.shown if self._is_folded(one)]

    def phrase_box(self) -> Any:
        """Return the bound field that phrases go into: the first long text, or None."""
        found = next((one for one in self.shown if one.kind == Kind.LONG), None)
        return self[found.name] if found is not None else None

    def has_folded_content(self) -> bool:
        """Say whether something is typed or wrong in what is folded away."""
        return any(field.errors or (self.is_bound and field.data) for field in self.folded_fields())

    def _is_folded(self, one: Field) -> bool:
        if one.is_required or one.needed_if is not None or one.name == "told_by":
            return False  # how the enterprise was told is asked of everybody who may tell it
        return one.kind == Kind.UNITS or len(self.shown) > 3

    def _shown(self, one: Field) -> Any:
        bound: Any = self[one.name]
        bound.needs, bound.needs_values = one.needed_if or ("", ())
        return bound


# ---- one field ------------------------------------------------------------------------------
def _options(one: Field) -> dict[str, Any]:
    verb = "选" if one.kind in _PICKS else "填"
    return {
        "label": one.label,
        "required": one.is_required,
        "help_text": one.hint,
        "error_messages": {"required": f"请{verb}{one.label}。", **_WRONG.get(one.kind, {})},
    }


_WRONG: dict[Kind, dict[str, str]] = {
    Kind.DATE: {"invalid": "日期应写成 2026-03-18 的样子。"},
    Kind.MOMENT: {"invalid": "时间应写成 2026-03-18 10:30 的样子。"},
    Kind.NUMBER: {"invalid": "请填整数。"},
    Kind.CHOICE: {"invalid_choice": "请从列出的选项里选。"},
}


def _text(one: Field, case: Case) -> forms.Field:
    return forms.CharField(**_options(one), max_length=None, widget=forms.TextInput())


def _long(one: Field, case: Case) -> forms.Field:
    rows = 5 if one.least >= 10 else 3
    options = _options(one)
    options["error_messages"]["max_length"] = f"{one.label}最多 {one.most} 个字。"
    box = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(**options, max_length=one.most, widget=box)


def _picked(one: Field, choices: people.Choices) -> forms.Field:
    widget: Any = forms.Select
    options = choices
    flat = [pair for pair in choices if not isinstance(pair[1], list)]
    if one.kind == Kind.CHOICE and len(flat) <= MOST_CHIPS:
        widget = forms.RadioSelect
    else:
        options = [EMPTY, *choices]
    initial = flat[0][0] if len(flat) == 1 == len(choices) and one.is_required else None
    return forms.ChoiceField(**_options(one), choices=options, widget=widget, initial=initial)


def _choice(one: Field, case: Case) -> forms.Field:
    return _picked(one, list(one.choices))


def _unit(one: Field, case: Case) -> forms.Field:
    without = {case.ticket.complained_unit_id} if one.name == "lead" else ()
    return _picked(one, people.unit_choices(without=without))


def _units(one: Field, case: Case) -> forms.Field:
    without = {case.ticket.complained_unit_id}
    if one.binds:
        without |= {row.unit_id for row in case.assignments if row.is_active}
    choices = people.unit_choices(without=without)
    return forms.MultipleChoiceField(
        **_options(one), choices=choices, widget=forms.CheckboxSelectMultiple
    )


def _expert(one: Field, case: Case) -> forms.Field:
    ticket = case.ticket
    return _picked(one, people.expert_choices(ticket.category, without=ticket.complained_unit_id))


def _user(one: Field, case: Case) -> forms.Field:
    ticket = case.ticket
    is_first = one.name == "user" and one.label == "接手人"
    return _picked(
        one, people.user_choices(ticket.first_unit_id if is_first else ticket.lead_unit_id)
    )


def _ticket(one: Field, case: Case) -> forms.Field:
    box = forms.TextInput(attrs={"placeholder": "JZ-2603-01342", "autocomplete": "off"})
    return forms.CharField(**_options(one), widget=box)


def _date(one: Field, case: Case) -> forms.Field:
    return forms.DateField(**_options(one))


def _moment(one: Field, case: Case) -> forms.Field:
    return MomentField(**_options(one))


def _number(one: Field, case: Case) -> forms.Field:
    box = forms.NumberInput(attrs={"inputmode": "numeric", "min": one.least, "max": one.most})
    return forms.IntegerField(**_options(one), widget=box)


def _flag(one: Field, case: Case) -> forms.Field:
    return forms.BooleanField(**{**_options(one), "required": False})


def _assignment(one: Field, case: Case) -> forms.Field:
    return _picked(one, [(str(row.pk), row.unit.name) for row in case.open_assists])


def _asked(one: Field, case: Case) -> forms.Field:
    rows = [row for row in case.assists if row.state == AssistState.REQUESTED]
    return _picked(one, [(str(row.pk), row.question[:60]) for row in rows])


def _supervision(one: Field, case: Case) -> forms.Field:
    rows = [row for row in case.supervisions if row.replied_at is None]
    return _picked(
        one, [(str(row.pk), f"{row.get_level_display()}：{row.demand[:50]}") for row in rows]
    )


def _entry(one: Field, case: Case) -> forms.Field:
    box = forms.TextInput(attrs={"autocomplete": "off", "data-entry": ""})
    options = {**_options(one), "help_text": "手册条目的编号；从“引用手册”选会自动填上"}
    return forms.CharField(**options, widget=box)


_MAKERS: dict[Kind, Callable[[Field, Case], forms.Field]] = {
    Kind.TEXT: _text,
    Kind.LONG: _long,
    Kind.CHOICE: _choice,
    Kind.UNIT: _unit,
    Kind.UNITS: _units,
    Kind.EXPERT: _expert,
    Kind.USER: _user,
    Kind.TICKET: _ticket,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.ASSIGNMENT: _assignment,
    Kind.ASKED: _asked,
    Kind.SUPERVISION: _supervision,
    Kind.ENTRY: _entry,
}


def _initial(row: Transition, case: Case) -> dict[str, Any]:
    """Return what is known already: the expert's draft, the suggestions made before."""
    ticket = case.ticket
    found: dict[str, Any] = {}
    if row.code == "submit_result":
        drafts = [event for event in case.events if event.code == "draft_result"]
        if drafts:
            found |= {name: drafts[-1].data.get(name) for name in ("outcome", "answer", "basis")}
    if row.field_named("urgency") is not None:
        found["urgency"] = ticket.urgency
    if row.code in ("dispatch", "designate"):
        found["lead"] = str(_suggested(ticket, case) or "")
    if row.field_named("told_on") is not None:
        found["told_on"] = timezone.localdate(case.now)
    return found


def _suggested(ticket: Ticket, case: Case) -> int | None:
    """The unit that the township proposed, else the category's usual lead."""
    for event in reversed(case.events):
        if event.code == "escalate_hub" and event.data.get("suggested"):
            return int(event.data["suggested"])
    lead = ticket.category.default_lead_id if ticket.category else None
    return None if lead == ticket.complained_unit_id else lead


def action_form(
    row: Transition, case: Case, data: Any = None, *, initial: Mapping[str, Any] | None = None
) -> ActionForm:
    """Return the form of an action on a ticket, bound when ``data`` is given."""
    shown = [one for one in row.fields if one.kind != Kind.ENTRY or quotes.is_ready()]
    made = {one.name: _MAKERS[one.kind](one, case) for one in shown}
    known = {**_initial(row, case), "version": case.ticket.version, **(initial or {})}
    return ActionForm(data, row=row, shown=shown, made=made, initial=known)


def as_text(value: Any) -> str:
    """Return a value as a hidden field carries it through the page that asks once more."""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    return "" if value is None else str(value)
