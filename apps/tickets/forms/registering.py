"""The page of registering: one form for the request, one for an answer on the spot."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.phones import PhoneFormField
from apps.registry.models import BusinessEntity
from apps.registry.queries.search import Candidate, typeahead
from apps.roster.models import Unit
from apps.roster.queries import category_choices
from apps.tickets import quotes
from apps.tickets.actions import Enterprise
from apps.tickets.choices import (
    CollectedVia,
    Nature,
    Outcome,
    Source,
    ToldBy,
    Urgency,
)
from apps.tickets.forms.acting import EMPTY, MomentField
from apps.tickets.queries.people import unit_choices
from apps.tickets.queries.suggest import guess_categories, guess_nature
from apps.tickets.workflow import any_row, fields

NEW = "new"
MOST_FILES = 6
#: 津产发 waits for its platform; 12345 has a form of its own
SOURCES = [pair for pair in Source.choices if pair[0] not in (Source.JINCHANFA, Source.HOTLINE)]
FOLDED = ("nature", "category", "urgency", "wish", "complained_unit")


def _required(text: str) -> dict[str, str]:
    return {"required": text, "invalid_choice": "请从列出的选项里选。"}


class ManyFiles(forms.FileInput):
    """A box for several pictures or papers."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, Any], name: str) -> Any:
        """Return the list of files."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """Several files; what may be kept is for the keeper of attachments to say."""

    widget = ManyFiles(attrs={"multiple": True, "accept": "image/*,.pdf,.docx,.xlsx,.ofd"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files that hold something."""
        found = [one for one in data or [] if one]
        if len(found) > MOST_FILES:
            raise forms.ValidationError(f"一次最多传 {MOST_FILES} 个附件，其余的登记后再补。")
        return [super(FilesField, self).clean(one, initial) for one in found]


class RegisterForm(forms.Form):
    """A request: enterprise, what it says, how it came; everything else may be left out."""

    use_required_attribute = False
    entity_text = forms.CharField(label="企业", max_length=120, required=False)
    entity = forms.CharField(required=False, max_length=20)
    content = forms.CharField(
        label="诉求内容",
        min_length=fields.LEAST_CONTENT,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="照原话记，写清时间、地点、想要的结果",
        error_messages={
            "required": "请填诉求内容。",
            "min_length": f"诉求内容太短，别人看不明白。请至少写 {fields.LEAST_CONTENT} 个字。",
        },
    )
    source = forms.ChoiceField(
        label="来源",
        choices=SOURCES,
        widget=forms.RadioSelect,
        error_messages=_required("请选来源。"),
    )
    township = forms.ChoiceField(label="企业所在乡镇", required=False)
    contact_name = forms.CharField(label="联系人", max_length=30, required=False)
    contact_phone = PhoneFormField(label="联系电话", required=False)
    nature = forms.ChoiceField(
        label="诉求性质", choices=[("", "按内容自动判断"), *Nature.choices], required=False
    )
    category = forms.ChoiceField(label="诉求类别", required=False)
    urgency = forms.ChoiceField(
        label="紧急程度",
        choices=sorted(Urgency.choices, key=lambda pair: pair[0] != Urgency.NORMAL),
        required=False,
        initial=Urgency.NORMAL,
    )
    wish = forms.CharField(label="企业希望的时间", max_length=60, required=False)
    complained_unit = forms.ChoiceField(
        label="被反映单位",
        required=False,
        help_text="投诉、举报某个单位时选；它不能主办，也看不到这件工单",
    )
    photos = FilesField(label="照片和附件", required=False)

    def __init__(self, *args: Any, user: Actor, has_files: bool, is_hotline: bool, **kw: Any):
        super().__init__(*args, **kw)
        self.user, self.is_hotline = user, is_hotline
        self.candidates: list[Candidate] = []
        self.chosen: BusinessEntity | None = None
        townships = Unit.objects.active().with_team().order_by("order", "pk")
        self.fields["township"].choices = [  # type: ignore[attr-defined]
            EMPTY,
            *((str(unit.pk), unit.name) for unit in townships),
        ]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", "按内容自动判断"),
            *((name, rows) for name, rows in category_choices()[1:]),
        ]
        self.fields["complained_unit"].choices = [EMPTY, *unit_choices()]  # type: ignore[attr-defined]
        if not has_files:
            del self.fields["photos"]
        if is_hotline:
            self._take_hotline()

    def _take_hotline(self) -> None:
        del self.fields["source"]
        self.fields["hotline_no"] = forms.CharField(
            label="12345 工单号", max_length=40, error_messages=_required("请填 12345 工单号。")
        )
        self.fields["hotline_at"] = MomentField(
            label="12345 派单时间",
            error_messages={
                "required": "请填 12345 派单时间。",
                "invalid": "时间应写成 2026-03-18 10:30 的样子。",
            },
        )
        self.fields["hotline_due_at"] = MomentField(
            label="12345 办理时限",
            required=False,
            help_text="12345 给的截止时间，派单后不再改动；没有的按 7 个工作日",
            error_messages={"invalid": "时间应写成 2026-03-18 10:30 的样子。"},
        )

    def folded(self) -> list[Any]:
        """Return the bound fields that may be left out."""
        return [self[name] for name in FOLDED]

    def has_folded_content(self) -> bool:
        """Say whether something was chosen or is wrong in what is folded away."""
        usual = {"urgency": Urgency.NORMAL}
        return any(
            self.errors.get(name) or self[name].value() not in ("", None, usual.get(name))
            for name in FOLDED
        )

    def clean(self) -> dict[str, Any]:
        """Find the enterprise: picked, typed exactly, new with its township, or still unclear."""
        data: dict[str, Any] = super().clean() or {}
        picked, text = data.get("entity", ""), " ".join(data.get("entity_text", "").split())
        scope = BusinessEntity.objects.visible_to(self.user).present()
        if picked.isdecimal():
            self.chosen = scope.select_related("unit", "zone").filter(pk=int(picked)).first()
            if self.chosen is None:
                self.add_error("entity_text", "这家企业已不在库里。请重新选。")
        elif not text:
            self.add_error("entity_text", "请选一家企业；找不到可新增。")
        elif picked != NEW:
            self._find(scope, text)
        if self.chosen is None and picked == NEW and not data.get("township"):
            self.add_error("township", "请选企业所在的乡镇、街道或开发区。")
        return data

    def _find(self, scope: Any, text: str) -> None:
        """Without a script only the text arrives: one exact name is it, else ask."""
        found = typeahead(scope, text)
        exact = [row for row in found if row.name == text]
        if len(exact) == 1:
            self.chosen = scope.select_related("unit", "zone").get(pk=exact[0].pk)
            return
        self.candidates = found
        self.add_error(
            "entity_text",
            "有几家名称相近，请选一家；都不是可新增。"
            if found
            else "库里没有这家企业。请核对名称，或选“新增”。",
        )

    def enterprise(self) -> Enterprise:
        """Return who asks, from the cleaned form."""
        if self.chosen is not None:
            return Enterprise(entity=self.chosen)
        code = self.cleaned_data.get("township") or ""
        township = Unit.objects.filter(pk=int(code)).first() if code else None
        name = " ".join((self.cleaned_data.get("entity_text") or "").split())
        return Enterprise(name=name, township=township)

    def details(self) -> dict[str, Any]:
        """Return the fields of the row ``register`` (or ``intake_hotline``)."""
        row = any_row("intake_hotline" if self.is_hotline else "register")
        if row is None:
            raise KeyError("register")
        names = {one.name for one in row.fields} - {"entity"}
        found = {name: self.cleaned_data.get(name) or "" for name in names}
        text = str(found["content"])
        if not found["category"]:  # nobody chose: the words tell, and may be corrected later
            guesses = guess_categories(text, limit=1)
            found["category"] = guesses[0].category.code if guesses else ""
        found["nature"] = found["nature"] or guess_nature(text).nature
        if self.is_hotline:
            found["source"] = Source.HOTLINE
        return found


class ResultForm(forms.Form):
    """现场已答复，办结: what was answered and how (fields of the row ``resolve_onsite``)."""

    use_required_attribute = False
    outcome = forms.ChoiceField(
        label="结果",
        choices=[pair for pair in Outcome.choices if pair[0] != Outcome.PLANNED],
        widget=forms.RadioSelect,
        error_messages=_required("请选结果。"),
    )
    answer = forms.CharField(
        label="答复内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="企业会看到这段话：先说能不能办，再说怎么办、找谁、几天",
        error_messages={"required": "请填答复内容。"},
    )
    told_by = forms.ChoiceField(
        label="答复方式",
        choices=ToldBy.choices,
        widget=forms.RadioSelect,
        error_messages=_required("请选答复方式。"),
    )
    basis = forms.CharField(
        label="依据",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="政策、法规的名称和条款；选“已解释说明”“诉求不属实”时必填",
    )
    entry = forms.CharField(
        required=False, max_length=20, widget=forms.HiddenInput(attrs={"data-entry": ""})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not quotes.is_ready():
            del self.fields["entry"]


class HandingForm(forms.Form):
    """答不了，转中枢办: what the row ``escalate_hub`` asks."""

    use_required_attribute = False
    tried = forms.CharField(
        label="已采取的措施",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="查了哪条手册、问了哪位专家",
        error_messages={"required": "请填已采取的措施。"},
    )
    reason = forms.CharField(
        label="没有解决的原因",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请填没有解决的原因。"},
    )
    suggested = forms.ChoiceField(label="建议主办单位", required=False)
    collected_via = forms.ChoiceField(
        label="归集平台",
        choices=CollectedVia.choices,
        widget=forms.RadioSelect,
        initial=CollectedVia.HOTLINE,
        error_messages=_required("请选归集平台。"),
    )

    def __init__(self, *args: Any, without: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["suggested"].choices = [EMPTY, *unit_choices(without=(without,))]  # type: ignore[attr-defined]


def blame(form: forms.Form, error: DomainError, names: dict[str, str] | None = None) -> None:
    """Put a refusal beside the field it names, or above the form."""
    field = (names or {}).get(error.field or "", error.field)
    form.add_error(field if field in form.fields else None, error.message)
