"""Forms of the handbook's screens."""

from typing import Any

from django import forms

from apps.core.errors import DomainError
from apps.handbook import sheet
from apps.handbook.choices import RemarkKind
from apps.handbook.models import CONTENT, Entry, EntryVersion
from apps.roster.models import Category, Unit

_HINTS = {
    "question": "企业会怎么问，就怎么写，如“企业用电要增容，怎么办”。",
    "similar": "每行一个，最多 5 个。换个说法也能搜到。",
    "short_answer": "先说能不能办，再说最要紧的一步。不超过 150 字。",
    "answer": "会原样放进给企业的答复：结论 → 怎么办 → 找谁 → 几天。",
    "conditions": "每行一条。",
    "materials": "每行一项，注明原件还是复印件、几份。",
    "steps": "每行一步。",
    "phone": "办公座机或服务热线；个人手机由专家库显示。",
    "basis": "写名称、文号、条款，每行一个。",
    "effective_on": "不填为发布当天。",
}
_LONG = {"similar": 3, "answer": 6, "conditions": 3, "materials": 4, "steps": 4, "basis": 3}
_TEXTS = tuple(name for name in CONTENT if name not in {"category", "unit", "effective_on"})


def _text_field(name: str) -> forms.CharField:
    column = EntryVersion._meta.get_field(name)
    widget = forms.Textarea(attrs={"rows": _LONG[name]}) if name in _LONG else forms.TextInput()
    return forms.CharField(
        label=str(column.verbose_name),  # type: ignore[union-attr]
        max_length=column.max_length,  # type: ignore[union-attr]
        required=name == "question",
        widget=widget,
        help_text=_HINTS.get(name, ""),
    )


class EntryForm(forms.Form):
    """An entry's working copy; only the question and the category must be there to keep a draft."""

    category = forms.ModelChoiceField(
        label="类目",
        queryset=Category.objects.none(),
        to_field_name="code",
        error_messages={"required": "请选类目", "invalid_choice": "请从列表里选类目"},
    )
    unit = forms.ModelChoiceField(
        label="责任部门",
        queryset=Unit.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="（类目的默认主办单位）",
    )
    effective_on = forms.DateField(label="生效日", required=False, help_text=_HINTS["effective_on"])
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, own_unit: Unit | None, entry: Entry | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.own_unit = own_unit
        for name in _TEXTS:
            if name != "is_example":
                self.fields[name] = _text_field(name)
        if entry is not None and entry.is_example:
            self.fields["is_example"] = forms.BooleanField(
                label="仍是示例条目",
                required=False,
                help_text="本部门核实过内容后取消勾选，条目就不再标“示例”。",
            )
        categories = Category.objects.active().filter(parent__isnull=False)
        self.fields["category"].queryset = categories.order_by("order", "pk")  # type: ignore[attr-defined]
        self.fields["category"].label_from_instance = (  # type: ignore[attr-defined]
            lambda row: f"{row.code} {row.name}"
        )
        if own_unit is not None:
            del self.fields["unit"]
        else:
            self.fields["unit"].queryset = Unit.objects.active().order_by("order", "pk")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Fill in the responsible unit: the own one, the one chosen, or the category's lead."""
        data = super().clean() or {}
        category = data.get("category")
        unit = self.own_unit or data.get("unit") or (category.default_lead if category else None)
        if category is not None and unit is None:
            self.add_error("unit", "这个类目没有默认主办单位，请选责任部门")
        data["unit"] = unit
        return data

    def content(self) -> dict[str, Any]:
        """Return the fields of the entry, once valid."""
        return {name: self.cleaned_data[name] for name in CONTENT if name in self.cleaned_data}


class PublishForm(forms.Form):
    """What the new version changes, in a line."""

    note = forms.CharField(
        label="修订说明", max_length=200, required=False, help_text="说明改了什么，读者会看到。"
    )


class ReasonForm(forms.Form):
    """Why a draft goes back, or an entry out of use."""

    reason = forms.CharField(label="原因", max_length=200, error_messages={"required": "请写原因"})


class RemarkForm(forms.Form):
    """报错 or 建议."""

    kind = forms.ChoiceField(
        label="类型",
        widget=forms.RadioSelect,
        error_messages={"required": "请选类型"},
    )
    text = forms.CharField(
        label="内容",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写清楚哪里不对、应该是什么；不要写企业名称和电话。",
        error_messages={"required": "请写清楚哪里不对，或建议写什么"},
    )

    def __init__(self, *args: Any, has_entry: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [one for one in RemarkKind.choices if has_entry or one[0] == RemarkKind.MISSING]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if not has_entry:
            self.fields["kind"].initial = RemarkKind.MISSING
            self.fields[
                "text"
            ].help_text = "写企业常问的问题，有答案也请写上；不要写企业名称和电话。"


class AnswerForm(forms.Form):
    """What became of a remark."""

    reply = forms.CharField(
        label="处理结果",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="提出人会收到，如“已改为新标准，今天发布”。",
        error_messages={"required": "请写处理结果，提出人会看到"},
    )


class UploadForm(forms.Form):
    """A workbook with entries; ``rows`` and ``raw`` hold what was read."""

    file = forms.FileField(
        label="表格文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text="按模板填写的 .xlsx，不超过 5 MB、2,000 条。",
        error_messages={"required": "请选择表格文件", "empty": "文件是空的，请重新选择"},
    )

    rows: list[dict[str, str]]
    raw: bytes

    def clean_file(self) -> Any:
        """Read the workbook within its bounds."""
        file = self.cleaned_data["file"]
        if file.size > sheet.MAX_BYTES:
            raise forms.ValidationError("文件超过 5 MB。请删去图片，或分成几份导入。")
        self.raw = file.read()
        try:
            self.rows = sheet.read(self.raw)
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        return file
