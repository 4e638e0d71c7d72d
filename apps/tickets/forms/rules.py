"""The form of the rules: one field per figure, grouped as the page shows them."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from apps.core import clock
from apps.tickets.queries.rules import GROUPS, group_of
from apps.tickets.rules import BY_KEY, ITEMS
from apps.workdays.calendar import SHANGHAI

#: what is under way when a version is saved "from now on" is committed by then
HEADWAY = timedelta(minutes=2)


class RulesForm(forms.Form):
    """All figures, from when they count, and why they change."""

    valid_from = forms.DateField(
        label="生效日期",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="选今天即刻生效，选以后的日期从当天 0 点生效。已起算的时限不变",
    )
    reason = forms.CharField(
        label="修改原因", min_length=4, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, figures: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in ITEMS:
            unit = f"（{item.unit.label}）" if item.unit else ""
            wrong = f"{item.label}应为 {item.least} 到 {item.most} 的整数。"
            note = f"{item.least}—{item.most}，默认 {item.amount}"
            self.fields[name_of(item.key)] = forms.IntegerField(
                label=f"{item.label}{unit}",
                min_value=item.least,
                max_value=item.most,
                initial=figures[item.key],
                error_messages={"min_value": wrong, "max_value": wrong, "invalid": wrong},
                help_text=f"{note}。依据：{item.basis}" if item.basis else note,
            )

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Yield each heading with its fields."""
        for heading, _ in GROUPS:
            keys = [key for key in BY_KEY if group_of(key) == heading]
            yield heading, [self[name_of(key)] for key in keys]

    def figures(self) -> dict[str, int]:
        """Return the figures that were typed; only for a valid form."""
        return {key: self.cleaned_data[name_of(key)] for key in BY_KEY}

    def moment(self, now: datetime) -> datetime:
        """Return the instant from which the version counts."""
        day = self.cleaned_data["valid_from"]
        if day == clock.local(now).date():
            return (now + HEADWAY).replace(second=0, microsecond=0)
        return datetime.combine(day, time.min, SHANGHAI)


def name_of(key: str) -> str:
    """Return the name of a figure's field."""
    return key.replace(".", "__")
