"""Forms of the comparison's screens."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.core.access import Actor
from apps.filings.actions.receiving import MOST_BYTES, megabytes
from apps.filings.forms import UnitField
from apps.registry.choices import EntityStatus
from apps.regulator.choices import FOUND_OUT
from apps.roster.models import Unit

ACCEPTED = ".xlsx,.xlsm,.xls,.et,.csv,.docx"


def own_units(user: Actor) -> Any:
    """Return the units whose lists a person may compare."""
    units = Unit.objects.active().with_team().order_by("order", "pk")
    return units if user.scope.everything else units.filter(pk__in=user.scope.unit_ids)


class ListForm(forms.Form):
    """A registration list, and whose it is."""

    unit = UnitField(
        label="名单范围",
        required=False,
        empty_label="全区",
        help_text="名单只含一个乡镇时请选它；没写乡镇的行都算它的。",
    )
    is_complete = forms.BooleanField(
        label="名单包含这个范围内的全部在册主体",
        required=False,
        initial=True,
        help_text="只是一部分（如只有注销的、只有新设的）请取消勾选，就不会把其余的列为“名单没有”。",
    )
    file = forms.FileField(
        label="登记名单",
        help_text=".xlsx、.xls、.csv 或 Word .docx，不超过 20 MB；要有企业名称和统一社会信用代码两列。",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": "请选登记名单文件", "empty": "这个文件是空的，请检查后重新选"},
    )

    def __init__(self, *args: Any, user: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = own_units(user)
        field = self.fields["unit"]
        field.queryset = units  # type: ignore[attr-defined]
        if not user.scope.everything:
            field.empty_label = None  # type: ignore[attr-defined]
            field.initial = units.first()
            field.required = True

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(f"{megabytes(file.size or 0)}，超过 20 MB。可按乡镇分开传")
        return file


class SettleForm(forms.Form):
    """What is done about the chosen differences."""

    status = forms.ChoiceField(
        label="核实结果",
        choices=[(status.value, status.label) for status in FOUND_OUT],
        widget=forms.RadioSelect,
        error_messages={"required": "请选核实的结果"},
    )
    unit = UnitField(
        label="没写乡镇的归到",
        required=False,
        empty_label="（不登记没写乡镇的）",
    )
    note = forms.CharField(
        label="说明",
        max_length=100,
        required=False,
        help_text="写进经营主体的状态说明，如“登记机关公告”。可不填。",
    )

    def __init__(self, *args: Any, user: Actor, wants: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - wants:
            del self.fields[name]
        if "unit" in self.fields:
            self.fields["unit"].queryset = own_units(user)  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return what the action takes."""
        return dict(self.cleaned_data)


def status_label(value: str) -> str:
    """Return a state in words."""
    return EntityStatus(value).label if value else ""
