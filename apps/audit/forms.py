"""The filter of the audit log. A value that makes no sense is left out, never an error page."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from apps.audit import queries
from apps.audit.choices import Outcome
from apps.audit.labels import actions_by_app

SENSIBLE = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class FilterForm(forms.Form):
    """What the auditor asks for; the state lives in the address."""

    person = forms.CharField(label="人员", max_length=60, required=False)
    action = forms.ChoiceField(label="操作", required=False)
    target_type = forms.ChoiceField(label="对象种类", required=False)
    outcome = forms.ChoiceField(
        label="结果", required=False, choices=[("", "全部"), *Outcome.choices]
    )
    since_on = forms.DateField(label="从", required=False, validators=SENSIBLE)
    until_on = forms.DateField(label="到", required=False, validators=SENSIBLE)
    text = forms.CharField(label="文字", max_length=100, required=False)
    target_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "f-%s")
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", "全部"), *actions_by_app()]  # type: ignore[attr-defined]
        self.fields["target_type"].choices = [("", "全部"), *queries.target_types()]  # type: ignore[attr-defined]
        self.fields["person"].widget.attrs["placeholder"] = "姓名、账号或单位"
        self.fields["text"].widget.attrs["placeholder"] = "对象、说明、地址或请求编号"

    def asked(self) -> dict[str, Any]:
        """Return the values that make sense, by name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def filters(self) -> queries.Filters:
        """Return what is asked for."""
        return queries.Filters(**self.asked())
