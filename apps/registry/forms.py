"""Forms of the registry's screens."""

from typing import Any

from django import forms

from apps.core.phones import PhoneFormField
from apps.registry import codes
from apps.registry.actions import EntityData, NewContact
from apps.registry.choices import EntityKind, EntityStatus, Industry
from apps.registry.models import BusinessEntity, Contact, EntityLabel
from apps.roster.models import Unit, Zone

NEW_NUMBERS = 3
BLANK = [("", "——")]


class EntityForm(forms.Form):
    """An entity: three fields tell it, the rest can wait."""

    name = forms.CharField(
        label="名称",
        max_length=120,
        help_text="按营业执照写。没有字号的个体户写“负责人姓名（个体）”。",
        error_messages={"required": "请填经营主体名称"},
    )
    is_twin = forms.BooleanField(label="同名，但不是同一家", required=False)
    kind = forms.ChoiceField(
        label="性质",
        choices=EntityKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选性质"},
    )
    principal = forms.CharField(
        label="负责人", max_length=30, error_messages={"required": "请填负责人"}
    )
    zone = forms.ModelChoiceField(
        label="片区", queryset=Zone.objects.none(), required=False, empty_label="（还没归片区）"
    )
    address = forms.CharField(label="经营地址", max_length=200, required=False)
    credit_code = forms.CharField(
        label="统一社会信用代码",
        max_length=30,
        required=False,
        help_text="18 位，旧注册号 15 位。校验不符也能保存，会提示核对。",
    )
    industry = forms.ChoiceField(label="行业门类", choices=BLANK + Industry.choices, required=False)
    labels = forms.ModelMultipleChoiceField(
        label="标签",
        queryset=EntityLabel.objects.none(),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )
    drop = forms.MultipleChoiceField(
        label="删除已登记的号码", required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, unit: Unit, entity: BusinessEntity | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known: list[Contact] = (
            list(entity.contacts.order_by("order", "pk")) if entity is not None else []
        )
        zones = Zone.objects.active().filter(unit=unit).order_by("order", "pk")
        self.fields["zone"].queryset = zones  # type: ignore[attr-defined]
        self.fields["labels"].queryset = EntityLabel.objects.active().order_by("order", "pk")  # type: ignore[attr-defined]
        if self.known:
            self.fields["drop"].choices = [  # type: ignore[attr-defined]
                (str(row.pk), _shown(row)) for row in self.known
            ]
        else:
            del self.fields["drop"]
        for number in range(1, NEW_NUMBERS + 1):
            self.fields[f"phone_{number}"] = PhoneFormField(
                label="电话" if number == 1 else f"电话 {number}", required=False
            )
            self.fields[f"contact_{number}"] = forms.CharField(
                label="联系人" if number == 1 else f"联系人 {number}", max_length=30, required=False
            )

    def clean_credit_code(self) -> str:
        """Normalise; too long is the only thing refused."""
        code = codes.normalise(self.cleaned_data["credit_code"])
        if len(code) > codes.LONGEST:
            raise forms.ValidationError("信用代码应为 18 位，旧注册号为 15 位")
        return code

    def new_numbers(self) -> list[tuple[Any, Any]]:
        """Return the pairs of bound fields for further numbers."""
        return [
            (self[f"phone_{number}"], self[f"contact_{number}"])
            for number in range(1, NEW_NUMBERS + 1)
        ]

    def data_of(self) -> EntityData:
        """Return what was typed: the numbers that stay, then the new ones."""
        clean = self.cleaned_data
        dropped = set(clean.get("drop", []))
        stay = [NewContact(row.phone, row.name) for row in self.known if str(row.pk) not in dropped]
        new = [
            NewContact(clean[f"phone_{number}"], clean[f"contact_{number}"])
            for number in range(1, NEW_NUMBERS + 1)
            if clean[f"phone_{number}"]
        ]
        return EntityData(
            name=clean["name"],
            kind=clean["kind"],
            principal=clean["principal"],
            zone=clean["zone"],
            address=clean["address"],
            credit_code=clean["credit_code"],
            industry=clean["industry"],
            labels=tuple(clean["labels"]),
            contacts=(*stay, *new),
            is_twin=clean["is_twin"],
        )


def _shown(contact: Contact) -> str:
    from apps.core.phones import mask

    mark = "（停机）" if contact.is_dead else ""
    return f"{contact.name} {mask(contact.phone)}{mark}".strip()


def entity_initial(entity: BusinessEntity) -> dict[str, Any]:
    """Return an entity as :class:`EntityForm` shows it."""
    names = ("name", "kind", "principal", "address", "credit_code", "industry", "version")
    return {
        **{name: getattr(entity, name) for name in names},
        "zone": entity.zone_id,
        "labels": list(entity.labels.values_list("code", flat=True)),
        "is_twin": entity.twin_no > 0,
    }


class StatusForm(forms.Form):
    """How the registration stands, since when."""

    status = forms.ChoiceField(
        label="状态", choices=EntityStatus.choices, error_messages={"required": "请选一种状态"}
    )
    on = forms.DateField(
        label="从哪天起",
        widget=forms.DateInput,
        error_messages={"required": "请填日期", "invalid": "日期写作 2026-03-18"},
    )
    note = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        help_text="迁出的写清迁到哪里；其他可写依据，如“登记机关公告”。",
    )


class ZoneForm(forms.Form):
    """The zone into which some entities go."""

    zone = forms.ModelChoiceField(
        label="归入片区",
        queryset=Zone.objects.none(),
        empty_label="请选片区",
        error_messages={"required": "请选片区", "invalid_choice": "请选名单里的片区"},
    )

    def __init__(self, *args: Any, units: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = Zone.objects.active().filter(unit__in=units).select_related("unit")
        self.fields["zone"].queryset = zones.order_by("unit__order", "order", "pk")  # type: ignore[attr-defined]
        self.fields["zone"].label_from_instance = lambda zone: f"{zone.unit.name} {zone.name}"  # type: ignore[attr-defined]
