"""Forms of the reports."""

from typing import Any

from django import forms

from apps.dashboards.actions.reports import LONGEST_TEXT
from apps.dashboards.choices import ReportKind
from apps.dashboards.reports.wording import Paragraph


class DraftForm(forms.Form):
    """Which report to write."""

    kind = forms.ChoiceField(label="种类", choices=ReportKind.choices)
    day = forms.DateField(
        label="其中一天",
        help_text="填这一周或这一个月里的任意一天。",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": "请填日期。",
            "invalid": "日期写法不对，请写成 2026-03-18。",
        },
    )


class ParagraphsForm(forms.Form):
    """The paragraphs of a draft, each with the sentences it was made of."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, shown: list[Paragraph], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = shown
        for one in shown:
            self.fields[one.key] = forms.CharField(
                label=one.heading,
                required=False,
                initial=one.text,
                max_length=LONGEST_TEXT,
                help_text=f"数字来自 {'、'.join(one.codes)}。清空后保存，恢复自动写的文字。",
                widget=forms.Textarea(attrs={"rows": 5}),
                error_messages={"max_length": f"每段最多 {LONGEST_TEXT} 字，请缩短。"},
            )

    def texts(self) -> dict[str, str]:
        """Return the paragraphs by key."""
        return {one.key: self.cleaned_data[one.key] for one in self.shown}
