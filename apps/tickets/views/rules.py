"""时限规则: the figures in force and to come, a preview of what a change touches, the history."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.tickets.actions.rules import save_rules
from apps.tickets.forms.rules import RulesForm, name_of
from apps.tickets.queries.impact import RuleImpact, rule_impact
from apps.tickets.queries.rules import figures_at, history
from apps.tickets.rules import BY_KEY


def _save(request: StaffRequest, form: RulesForm, now: datetime) -> bool:
    try:
        version = save_rules(
            values=form.figures(),
            valid_from=form.moment(now),
            reason=form.cleaned_data["reason"],
            by=request.user,  # type: ignore[arg-type]
            now=now,
        )
    except DomainError as error:
        field = name_of(error.field) if error.field in BY_KEY else error.field
        form.add_error(field, error.message)
        return False
    local = clock.local(version.valid_from)
    messages.success(
        request,
        f"已保存第 {version.number} 版规则，{local.year}年{local.month}月{local.day}日"
        f" {local:%H:%M} 起生效。已起算的时限不变。",
    )
    return True


def _preview(form: RulesForm, now: datetime) -> RuleImpact | None:
    """Return what the change would touch; a change that cannot be saved says so in the form."""
    moment = form.moment(now)
    if moment < now:
        form.add_error("valid_from", "生效日期不能早于今天。已起算的时限不往回改。")
        return None
    impact = rule_impact(figures_at(moment), form.figures())
    if not impact.effects:
        form.add_error(None, "没有改动任何数字，不用保存。")
        return None
    return impact


@requires(Permission.EDIT_RULES)
@require_http_methods(["GET", "POST"])
def rules(request: StaffRequest) -> HttpResponse:
    """The rules: change, look at what it touches, save."""
    now = timezone.now()
    form = RulesForm(
        request.POST if request.method == "POST" else None,
        figures=figures_at(now),
        initial={"valid_from": clock.local(now).date()},
    )
    preview = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("step") == "save":
            if _save(request, form, now):
                return redirect("tickets:rules")
        else:
            preview = _preview(form, now)
    context = {"form": form, "preview": preview, "steps": history(now)}
    return form_page(request, "tickets/rules.html", context, form)
