"""Forms of the roster's screens."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.core.phones import PhoneFormField
from apps.roster import posts
from apps.roster.actions import NewPerson
from apps.roster.choices import NameCheck, UnitKind
from apps.roster.models import Category, Person, Unit, Zone

TRISTATE = [("", "待确认"), ("yes", "是"), ("no", "否")]


class PersonChoice(forms.ModelChoiceField):
    """Somebody of a unit; the post tells namesakes apart."""

    def label_from_instance(self, obj: Any) -> str:
        """Name, post and rank."""
        level = "，处级" if obj.is_division_level else ""
        return f"{obj.name}（{obj.title or '职务未填'}{level}）"


def people_of(unit: Unit) -> QuerySet[Person]:
    """Return the active people of a unit in the order of a list to pick from."""
    return Person.objects.active().filter(unit=unit).order_by("name_initials", "pk")


class ZoneForm(forms.Form):
    """A zone as Appendix 1 describes it."""

    name = forms.CharField(
        label="片区名称",
        max_length=40,
        help_text="如：第一片区",
        error_messages={"required": "请填片区名称"},
    )
    boundary = forms.CharField(
        label="划分片区范围",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="写清四至（某街东至…、西至…）、楼栋园区，或村名。",
        error_messages={"required": "请填片区范围，企业靠它找服务人员"},
    )
    reported_count = forms.IntegerField(
        label="片区范围内经营主体数量",
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text="按附件 1 报送数填写。",
        error_messages={"invalid": "请填整数，如 1286"},
    )


class PersonPickForm(forms.Form):
    """Pick somebody of the unit, or enter somebody new."""

    person = PersonChoice(
        label="从本单位名册里选",
        queryset=Person.objects.none(),
        required=False,
        empty_label="——登记新人员——",
    )
    name = forms.CharField(label="姓名", max_length=30, required=False)
    title = forms.CharField(label="职务", max_length=60, required=False)
    mobile = PhoneFormField(label="手机", required=False)
    landline = PhoneFormField(
        label="座机", required=False, help_text="8 位号码会自动加上区号 022。"
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        self.fields["person"].queryset = self.candidates()  # type: ignore[attr-defined]

    def candidates(self) -> QuerySet[Person]:
        """Return who can be picked."""
        return people_of(self.unit)

    def clean(self) -> dict[str, Any]:
        """One of the two ways must be taken; a new person needs a number to be called at."""
        data = super().clean() or {}
        if data.get("person") is None and "person" not in self.errors:
            if not data.get("name"):
                self.add_error("person", "请从名册里选一个人，或在下面填新人员的姓名")
            elif not (data.get("mobile") or data.get("landline")) and not (
                {"mobile", "landline"} & self.errors.keys()
            ):
                self.add_error("mobile", "请填手机或座机，企业要能打通")
        return data

    def new_person(self) -> NewPerson:
        """Return what was typed about somebody new."""
        data = self.cleaned_data
        return NewPerson(
            name=data.get("name", ""),
            title=data.get("title", ""),
            is_division_level=bool(data.get("is_division_level")),
            mobile=data.get("mobile", ""),
            landline=data.get("landline", ""),
        )


class OfficerChoice(PersonChoice):
    """Somebody to serve a zone; posts that Appendix 1 advises against say so in the list."""

    def label_from_instance(self, obj: Any) -> str:
        """Name and post, and a mark where the post is advised against or ruled out."""
        label = super().label_from_instance(obj)
        if posts.is_village_post(obj.title):
            return f"{label} · 村（社区）岗位，不得纳入"
        return f"{label} · 不建议纳入" if posts.advised_against(obj.title) else label


class OfficerForm(PersonPickForm):
    """An officer for a zone, with the way out for village staff."""

    person = OfficerChoice(
        label="从本单位名册里选",
        queryset=Person.objects.none(),
        required=False,
        empty_label="——登记新人员——",
    )
    is_exception = forms.BooleanField(
        label="例外允许村（社区）人员",
        required=False,
        help_text="方案要求不得转嫁摊派至村（社区）工作人员，通常不勾选。",
    )
    reason = forms.CharField(
        label="例外理由",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="勾选例外时必填，至少 10 个字。",
    )


class DivisionLevelPickForm(PersonPickForm):
    """Somebody of division level: a team's leader, a department's commissioner."""

    is_division_level = forms.BooleanField(label="新登记的人员是处级领导干部", required=False)

    def candidates(self) -> QuerySet[Person]:
        """Only people of division level."""
        return people_of(self.unit).filter(is_division_level=True)


class LeaderForm(DivisionLevelPickForm):
    """The team's leader."""

    note = forms.CharField(label="队伍说明", max_length=300, required=False)


class MattersMixin(forms.Form):
    """What an expert answers for."""

    matters = forms.ModelMultipleChoiceField(
        label="可答复的类目",
        queryset=Category.objects.none(),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "类目 %(value)s 不存在或已停用"},
    )
    matters_note = forms.CharField(
        label="业务专长",
        max_length=200,
        required=False,
        help_text="企业听得懂的说法，如：民宿证照、施工许可。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["matters"].queryset = Category.objects.active()  # type: ignore[attr-defined]

    def chosen(self) -> set[str]:
        """Return the codes that are ticked, for drawing the boxes by groups."""
        value = self["matters"].value() or []
        return {str(getattr(one, "code", one)) for one in value}


class ExpertForm(MattersMixin, PersonPickForm):
    """A new expert of a department's pool."""


class ExpertEditForm(MattersMixin):
    """What an expert answers for."""


class ContactForm(forms.Form):
    """The numbers alone: what a person may correct about himself."""

    mobile = PhoneFormField(label="手机", required=False)
    landline = PhoneFormField(
        label="座机", required=False, help_text="8 位号码会自动加上区号 022。"
    )

    def clean(self) -> dict[str, Any]:
        """At least one number."""
        data = super().clean() or {}
        if not self.errors and not (data.get("mobile") or data.get("landline")):
            self.add_error("mobile", "手机和座机至少填一个")
        return data


class PersonForm(forms.Form):
    """A person's entry."""

    name = forms.CharField(label="姓名", max_length=30, error_messages={"required": "请填姓名"})
    title = forms.CharField(label="职务", max_length=60, required=False)
    is_division_level = forms.BooleanField(label="处级领导干部", required=False)
    mobile = PhoneFormField(label="手机", required=False)
    landline = PhoneFormField(
        label="座机", required=False, help_text="8 位号码会自动加上区号 022。"
    )


class AbsenceForm(forms.Form):
    """Who stands in, from when to when."""

    deputy = PersonChoice(
        label="代办人",
        queryset=Person.objects.none(),
        empty_label="请选同单位的一位",
        error_messages={"required": "请选代办人"},
    )
    from_on = forms.DateField(
        label="从哪天起",
        widget=forms.DateInput,
        error_messages={"required": "请填开始日期", "invalid": "日期写作 2026-03-18"},
    )
    until_on = forms.DateField(
        label="到哪天止（含当天）",
        widget=forms.DateInput,
        error_messages={"required": "请填结束日期", "invalid": "日期写作 2026-03-18"},
    )
    reason = forms.CharField(
        label="原因", max_length=60, required=False, help_text="如：学习、出差、休假"
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_of(person.unit).exclude(pk=person.pk)
        self.fields["deputy"].queryset = people  # type: ignore[attr-defined]


class LiaisonForm(forms.Form):
    """The unit's liaison."""

    liaison = PersonChoice(
        label="联络员", queryset=Person.objects.none(), required=False, empty_label="（空缺）"
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["liaison"].queryset = people_of(unit)  # type: ignore[attr-defined]


class UnitForm(forms.Form):
    """A unit's entry; flags that the plan does not settle stay 待确认."""

    code = forms.CharField(
        label="编码",
        max_length=30,
        help_text="部门用英文短码，如 emergency；建好后不再改。",
        error_messages={"required": "请填编码"},
    )
    name = forms.CharField(label="简称", max_length=40, error_messages={"required": "请填单位简称"})
    full_name = forms.CharField(label="全称", max_length=80, required=False)
    kind = forms.ChoiceField(label="类型", choices=UnitKind.choices)
    name_check = forms.ChoiceField(label="名称核对", choices=NameCheck.choices)
    aliases = forms.CharField(
        label="曾用名与别名",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="用顿号或换行分开，导入时按这些名称认单位。",
    )
    duties = forms.CharField(
        label="涉企职责", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    in_task_force = forms.ChoiceField(label="列入区级专项组", choices=TRISTATE, required=False)
    is_member_unit = forms.ChoiceField(label="77 个成员单位之一", choices=TRISTATE, required=False)
    has_expert_pool = forms.BooleanField(label="有“1+X”专家人才库", required=False)
    is_active = forms.BooleanField(label="启用", required=False)

    def __init__(self, *args: Any, unit: Unit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if unit is not None:  # the code is the unit's address: fixed once given
            del self.fields["code"]

    def clean_aliases(self) -> list[str]:
        """Split the other names."""
        text = self.cleaned_data["aliases"].replace("、", "\n").replace("，", "\n")
        return [line.strip() for line in text.splitlines() if line.strip()]

    def _flag(self, name: str) -> bool | None:
        value = self.cleaned_data[name]
        return None if value == "" else value == "yes"

    def clean_in_task_force(self) -> bool | None:
        """Yes, no, or not settled."""
        return self._flag("in_task_force")

    def clean_is_member_unit(self) -> bool | None:
        """Yes, no, or not settled."""
        return self._flag("is_member_unit")


def unit_initial(unit: Unit) -> dict[str, Any]:
    """Return a unit's entry as :class:`UnitForm` shows it."""
    words = {True: "yes", False: "no", None: ""}
    names = ("name", "full_name", "kind", "name_check", "duties", "has_expert_pool", "is_active")
    return {
        **{name: getattr(unit, name) for name in names},
        "aliases": "、".join(unit.aliases),
        "in_task_force": words[unit.in_task_force],
        "is_member_unit": words[unit.is_member_unit],
    }


def zone_initial(zone: Zone) -> dict[str, Any]:
    """Return a zone's entry as :class:`ZoneForm` shows it."""
    return {
        "name": zone.name,
        "boundary": zone.boundary,
        "reported_count": zone.reported_count,
    }
