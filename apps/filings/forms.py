"""Forms of the filings' screens."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.filings.actions.receiving import MOST_BYTES, megabytes
from apps.filings.choices import AppendixCode
from apps.filings.official import EXTRA_LABELS
from apps.filings.queries.exporting import Wanted, units_for, zones_for
from apps.roster.models import Unit, Zone

MOST_FILES = 10
ACCEPTED = ".xlsx,.xlsm,.xls,.et,.csv,.docx"


class ManyFiles(forms.FileInput):
    """A file box that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several files, each at most 20 MB."""

    widget = ManyFiles(attrs={"accept": ACCEPTED})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files."""
        files = (data if isinstance(data, list | tuple) else [data]) or [None]
        found = [super(FilesField, self).clean(one, initial) for one in files]
        if len(found) > MOST_FILES:
            raise forms.ValidationError(f"一次最多传 {MOST_FILES} 个文件，请分几次上传")
        for one in found:
            if one.size > MOST_BYTES:
                text = f"{one.name} {megabytes(one.size)}，超过 20 MB。可按片区分开传"
                raise forms.ValidationError(text)
        return found


class UnitField(forms.ModelChoiceField):
    """A unit by its code."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", Unit.objects.none())
        super().__init__(to_field_name="code", **kwargs)


class UploadForm(forms.Form):
    """A file, and whose it is when the sheet itself does not say."""

    unit = UnitField(label="报送单位", required=False, empty_label="按表内填写的单位")
    file = FilesField(
        label="文件",
        help_text=".xlsx、.xls、.csv 或 Word .docx，每个不超过 20 MB；一个文件里有几张表、几个单位都可以。",
        error_messages={"required": "请选要上传的文件", "empty": "这个文件是空的，请检查后重新选"},
    )

    def __init__(self, *args: Any, user: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = units_for(user)
        field = self.fields["unit"]
        field.queryset = units  # type: ignore[attr-defined]
        if not user.scope.everything:
            field.empty_label = None  # type: ignore[attr-defined]
            field.initial = units.first()


class UnitForm(forms.Form):
    """Whose sheet it is."""

    unit = UnitField(
        label="报送单位", empty_label="请选单位", error_messages={"required": "请选报送单位"}
    )

    def __init__(self, *args: Any, user: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_for(user)  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    """Which form, whose, as what, and what for."""

    appendix = forms.ChoiceField(
        label="表", choices=AppendixCode.choices, widget=forms.RadioSelect, initial="2"
    )
    unit = UnitField(label="单位", required=False, empty_label="全区（每个单位一张表）")
    zone = forms.ModelChoiceField(
        label="片区",
        queryset=Zone.objects.none(),
        required=False,
        empty_label="全部片区",
        error_messages={"invalid_choice": "请选名单里的片区"},
    )
    kind = forms.ChoiceField(
        label="格式",
        choices=(("xlsx", "Excel（.xlsx）"), ("docx", "Word（.docx）")),
        widget=forms.RadioSelect,
        initial="xlsx",
        help_text="Word 最多 5,000 行。",
    )
    extra = forms.MultipleChoiceField(
        label="附件2 另加列",
        choices=tuple(EXTRA_LABELS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.CharField(
        label="用途",
        max_length=100,
        help_text="表里有联系方式，导出会留记录。例如：报区营商环境办存档。",
        error_messages={"required": "请写用途"},
    )

    def __init__(self, *args: Any, user: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = list(units_for(user))
        zones = zones_for(user).select_related("unit")
        self.fields["unit"].queryset = units_for(user)  # type: ignore[attr-defined]
        self.fields["zone"].queryset = zones  # type: ignore[attr-defined]
        if not user.scope.everything:
            self.fields["unit"].empty_label = None  # type: ignore[attr-defined]
            self.fields["unit"].initial = self.units[0] if self.units else None
        else:
            self.fields["zone"].label_from_instance = lambda zone: f"{zone.unit}{zone}"  # type: ignore[attr-defined]
        self.must_choose = not may_take_whole(user)
        if self.must_choose:
            self.fields["zone"].empty_label = "请选自己的片区"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """An officer takes out the own zones only; a zone belongs to the unit."""
        data = super().clean() or {}
        zone, unit = data.get("zone"), data.get("unit")
        if self.must_choose and zone is None:
            self.add_error("zone", "请选自己的片区；整个单位的表由本单位负责人导出")
        if zone is not None and unit is not None and zone.unit_id != unit.pk:
            self.add_error("zone", f"这个片区不属于{unit}，请改选")
        return data

    def wanted(self) -> Wanted:
        """Return what was asked for."""
        data = self.cleaned_data
        unit = data["zone"].unit if data["zone"] else data["unit"]
        return Wanted(
            units=[unit] if unit else self.units,
            appendix=data["appendix"],
            zone=data["zone"],
            is_word=data["kind"] == "docx",
            extra=tuple(data["extra"]),
        )


def may_take_whole(user: Actor) -> bool:
    """Say whether a person may take out whole units, not only the own zones (domain.md §8)."""
    return user.has_perm(Permission.CHECK_APPENDIX)
