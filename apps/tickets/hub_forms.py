"""Forms of the hub's pages."""

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.roster.models import Unit
from apps.tickets.choices import Urgency
from apps.tickets.models import Ticket
from apps.tickets.queries.suggest_units import Suggestion

OTHER = "other"
LEAST_CONSULTATION = 10


class DispatchForm(forms.Form):
    """派单: the lead among the suggested units or any other, assisting units, urgency, a note.

    At the third dispatch it may be a designation, which needs a note of the consultation.
    """

    lead = forms.ChoiceField(label="主办单位", error_messages={"required": "请选主办单位。"})
    other = forms.ChoiceField(label="其他单位", required=False)
    assists = forms.MultipleChoiceField(label="协办单位", required=False)
    urgency = forms.ChoiceField(label="紧急程度", choices=Urgency.choices)
    note = forms.CharField(
        label="派单说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    consultation = forms.CharField(
        label="会商纪要或说明",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        ticket: Ticket,
        suggestions: Sequence[Suggestion],
        units: Sequence[tuple[str, str]],
        designates: bool = False,
    ) -> None:
        """``units`` are (code, name) of all units; ``designates`` asks for the consultation."""
        first = suggestions[0].unit.code if suggestions else OTHER
        initial = {"lead": first, "urgency": ticket.urgency, "version": ticket.version}
        super().__init__(data, initial=initial)
        self.designates = designates
        codes = [(one.unit.code, one.unit.name) for one in suggestions]
        self.fields["lead"].choices = [*codes, (OTHER, "其他单位")]  # type: ignore[attr-defined]
        self.fields["other"].choices = [("", "请选择"), *units]  # type: ignore[attr-defined]
        self.fields["assists"].choices = list(units)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Turn codes into units; say which part is missing."""
        values = super().clean() or {}
        code = values.get("lead")
        if code == OTHER:
            code = values.get("other")
            if not code:
                self.add_error("other", "请选一个单位，或从建议里选主办单位。")
        wanted = {code, *values.get("assists", [])} - {None, ""}
        units = {unit.code: unit for unit in Unit.objects.active().filter(code__in=wanted)}
        values["lead_unit"] = units.get(code or "")
        values["assist_units"] = [units[one] for one in values.get("assists", []) if one in units]
        if self.designates and len(values.get("consultation") or "") < LEAST_CONSULTATION:
            self.add_error(
                "consultation", f"指定承办须写会商情况，至少 {LEAST_CONSULTATION} 个字。"
            )
        return values


class SendBackForm(forms.Form):
    """退回补充: what is missing."""

    missing = forms.CharField(
        label="缺什么",
        min_length=5,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "请写缺什么，首问人好去补。",
            "min_length": "写得太短，首问人看不明白。请至少写 5 个字。",
        },
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class OpinionForm(forms.Form):
    """A decision of an application: the opinion is written down."""

    opinion = forms.CharField(
        label="意见",
        min_length=2,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写意见。", "min_length": "意见太短。请至少写 2 个字。"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class MergeForm(forms.Form):
    """并单: why it is the same thing."""

    reason = forms.CharField(
        label="为什么是同一件事",
        min_length=5,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "请写为什么是同一件事。",
            "min_length": "写得太短。请至少写 5 个字。",
        },
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
