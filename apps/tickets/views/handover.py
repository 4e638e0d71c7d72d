"""工作交接: what somebody has in hand on one page, and who takes it over."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.core.access import any_staff
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.tickets.actions import handing as actions
from apps.tickets.queries import handing

PART_LABELS = (
    ("zones", "片区"),
    ("received", "首问工单"),
    ("handled", "经办工单"),
    ("drafts", "诉求草稿"),
)


class HandoverForm(forms.Form):
    """Who takes over, which parts, why."""

    to = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="接手人",
        empty_label="请选择",
        error_messages={"required": "请选接手人。", "invalid_choice": "请从本单位人员里选。"},
    )
    parts = forms.MultipleChoiceField(
        label="移交哪些",
        choices=PART_LABELS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一项要移交的内容。"},
    )
    reason = forms.CharField(
        label="原因",
        min_length=actions.LEAST_REASON,
        max_length=200,
        help_text="会写进每件工单的办理记录",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "请写移交原因。",
            "min_length": f"写得太短。请至少写 {actions.LEAST_REASON} 个字。",
        },
    )

    def __init__(self, data: Any, *, receivers: Any) -> None:
        """``receivers`` are the colleagues who may take over."""
        super().__init__(data, initial={"parts": [key for key, _label in PART_LABELS]})
        self.fields["to"].queryset = receivers  # type: ignore[attr-defined]
        self.fields["to"].label_from_instance = lambda user: user.name  # type: ignore[attr-defined]


@any_staff
@require_http_methods(["GET", "POST"])
def handover(request: StaffRequest) -> HttpResponse:
    """Choose the person (oneself, or anybody of the unit for its heads), look, hand over."""
    user = cast(User, request.user)
    people = handing.leavers(user)
    asked = request.POST.get("who") or request.GET.get("who") or str(user.pk)
    person = people.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    person = person or user
    found = handing.in_hand(person)
    receivers = handing.colleagues(user).exclude(pk=person.pk)
    data = request.POST if request.method == "POST" else None
    form = HandoverForm(data, receivers=receivers)
    refused: list[tuple[str, str]] = []
    if data is not None and form.is_valid():
        values = form.cleaned_data
        try:
            result = actions.hand_all(
                found,
                to=values["to"],
                by=user,
                reason=values["reason"],
                parts=values["parts"],
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, result.in_words())
            refused = result.refused
            found = handing.in_hand(person)
            form = HandoverForm(None, receivers=receivers)
    context = {
        "form": form,
        "found": found,
        "refused": refused,
        "people": people if handing.may_hand_over_for(user) else [],
        "is_self": person.pk == user.pk,
    }
    return form_page(request, "tickets/handover.html", context, form)
