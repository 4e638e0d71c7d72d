"""Forms of the calendar: one day, a year's notice, the time rules, and a term to try."""

from datetime import date, time
from typing import Any

from django import forms

from apps.core.errors import DomainError
from apps.workdays.actions import MAX_NAME
from apps.workdays.calendar import due_at
from apps.workdays.choices import DayKind, Source
from apps.workdays.hours import WorkHours
from apps.workdays.models import TimeRule
from apps.workdays.notice import MAX_CHARACTERS, Notice, read_notice
from apps.workdays.sources import MAX_BYTES, read_json, read_xlsx

DATE_INPUT = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class DayForm(forms.Form):
    """What one day is: by the weekend rule, off, or worked."""

    kind = forms.ChoiceField(
        label="这一天",
        choices=[("", "按周末规则"), *DayKind.choices],
        required=False,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label="原因",
        max_length=MAX_NAME,
        required=False,
        help_text="放假或上班时填写，如“国庆节”。",
    )

    def clean(self) -> dict[str, Any]:
        """A day that differs from the rule says why."""
        data = super().clean() or {}
        if data.get("kind") and not data.get("name", "").strip():
            self.add_error("name", "请填写原因，如“国庆节”。")
        return data

    def asked(self) -> tuple[DayKind | None, str]:
        """Return the kind (None: by the rule) and the name, once valid."""
        kind = self.cleaned_data["kind"]
        return (DayKind(kind) if kind else None), self.cleaned_data["name"]


class ImportForm(forms.Form):
    """A year's notice, pasted or as a file; ``notice`` and ``source`` hold what was read."""

    text = forms.CharField(
        label="通知正文",
        required=False,
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="从中国政府网复制《国务院办公厅关于部分节假日安排的通知》全文，粘贴到这里。",
    )
    file = forms.FileField(
        label="或选择文件",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,.xlsx"}),
        help_text="JSON，或含“日期、名称、类型”三列的 Excel 表格（.xlsx），不超过 1 MB。",
    )

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = year
        self.notice: Notice | None = None
        self.source = Source.NOTICE

    def clean(self) -> dict[str, Any]:
        """Read whichever was given."""
        data = super().clean() or {}
        text, file = data.get("text", "").strip(), data.get("file")
        if self.errors:
            return data
        if bool(text) == bool(file):
            both = "通知正文和文件只要一样。请清空一样再核对。"
            self.add_error("text", both if text else "请粘贴通知正文，或选择文件。")
            return data
        try:
            self.notice = read_notice(text, year=self.year) if text else self._read_file(file)
        except DomainError as error:
            self.add_error("text" if text else "file", error.message)
        return data

    def _read_file(self, file: Any) -> Notice:
        if file.size > MAX_BYTES:
            raise DomainError("文件超过 1 MB，不像节假日安排。请核对。")
        raw = file.read()
        if raw[:2] == b"PK":  # workbooks are zip archives, whatever the file's name says
            self.source = Source.XLSX
            return read_xlsx(raw, year=self.year)
        self.source = Source.JSON
        return read_json(raw, year=self.year)


class ConfirmImportForm(forms.Form):
    """What the preview showed, sent back to be saved."""

    payload = forms.CharField(widget=forms.HiddenInput)
    source = forms.ChoiceField(choices=Source.choices, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class TimeRuleForm(forms.ModelForm):
    """From a day on: the hour terms run to, and the working hours."""

    hours: WorkHours

    class Meta:
        model = TimeRule
        fields = [
            "valid_from",
            "cutoff",
            "morning_start",
            "morning_end",
            "afternoon_start",
            "afternoon_end",
        ]
        widgets = {
            "valid_from": DATE_INPUT,
            **{
                name: forms.TimeInput(format="%H:%M", attrs={"type": "time"}) for name in fields[1:]
            },
        }

    def clean_cutoff(self) -> time | None:
        """Refuse midnight with the rule's own sentence (the constraint has only its name)."""
        cutoff: time | None = self.cleaned_data["cutoff"]
        try:
            due_at(date(2000, 1, 1), cutoff)  # any day: only the hour is asked about
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        return cutoff

    def clean(self) -> dict[str, Any]:
        """Build the working hours; their own rules give the sentences."""
        data = super().clean() or {}
        names = self.Meta.fields[2:]
        if all(data.get(name) is not None for name in names):
            start, end, later, last = (data[name] for name in names)
            try:
                self.hours = WorkHours(((start, end), (later, last)))
            except DomainError as error:
                self.add_error("morning_start", error.message)
        return data

    def validate_unique(self) -> None:
        """The same day again means a correction, not a second rule."""


class CountForm(forms.Form):
    """A start day and a number of working days to try."""

    start = forms.DateField(label="起始日", widget=DATE_INPUT)
    n = forms.IntegerField(label="工作日数", min_value=1, max_value=120)
