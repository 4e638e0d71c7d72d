"""Writing the handbook: drafts, their way to publication, review."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.access import requires
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.handbook import actions
from apps.handbook.actions._base import STALE
from apps.handbook.choices import DraftState
from apps.handbook.forms import EntryForm, PublishForm, ReasonForm
from apps.handbook.models import Entry
from apps.handbook.models.entry import EntryQuerySet
from apps.roster.models import Unit
from apps.roster.views.common import attempt


def _own_unit(request: StaffRequest) -> Unit | None:
    """The unit for which a person writes; None for the office, which writes for all."""
    if request.user.scope.everything:
        return None
    return Unit.objects.filter(pk=request.user.unit_id or 0).first()


@requires(Permission.EDIT_HANDBOOK)
@require_http_methods(["GET", "POST"])
def entry_new(request: StaffRequest) -> HttpResponse:
    """Begin an entry: ``?category=<code>``."""
    posted = request.POST if request.method == "POST" else None
    initial = {"category": request.GET.get("category", "")[:8]}
    form = EntryForm(posted, own_unit=_own_unit(request), initial=initial)
    made: list[Entry] = []

    def run(data: dict[str, Any]) -> None:
        content = form.content()
        made.append(actions.save_draft(entry=None, by=request.user, now=timezone.now(), **content))

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"草稿已存，编号 {made[0].number}。写好后点“送审”。")
        return redirect("handbook:entry", number=made[0].number)
    return form_page(request, "handbook/entry_form.html", {"form": form}, form)


@requires(Permission.EDIT_HANDBOOK)
@require_http_methods(["GET", "POST"])
def entry_edit(request: StaffRequest, number: str) -> HttpResponse:
    """Change the working copy; readers go on seeing what is published."""
    rows = Entry.objects.editable_by(request.user).select_related("category", "unit", "current")
    found = get_object_or_404(rows, number=number)
    initial = {**found.content(), "category": found.category.code, "unit": found.unit.code}
    form = EntryForm(
        request.POST if request.method == "POST" else None,
        own_unit=_own_unit(request),
        entry=found,
        initial=initial,
    )

    def run(data: dict[str, Any]) -> None:
        actions.save_draft(
            entry=Entry.objects.get(pk=found.pk),
            revision=data["revision"],
            by=request.user,
            now=timezone.now(),
            **form.content(),
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, "草稿已存。写好后点“送审”，发布前读者看到的还是原来的内容。")
        return redirect(f"{reverse('handbook:entry', args=[number])}?view=draft")
    is_stale = STALE in form.non_field_errors()
    context = {
        "form": form,
        "entry": found,
        "is_stale": is_stale,
        "present_revision": found.revision
        if is_stale or request.method == "GET"
        else request.POST.get("revision", ""),
    }
    return form_page(request, "handbook/entry_form.html", context, form)


# ---- steps without a form --------------------------------------------------------------------
def _step(
    request: StaffRequest,
    rows: EntryQuerySet,
    number: str,
    act: Callable[..., None],
    done: str,
) -> HttpResponse:
    """Take one step with an entry; a refusal is said on the entry's page."""
    found = get_object_or_404(rows, number=number)
    try:
        act(entry=found, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("handbook:entry", number=number)


@requires(Permission.EDIT_HANDBOOK)
@require_POST
def submit(request: StaffRequest, number: str) -> HttpResponse:
    """送审."""
    rows = Entry.objects.editable_by(request.user)
    done = "已送审。部门专员审过后，由区营商环境办发布。"
    return _step(request, rows, number, actions.submit_draft, done)


@requires(Permission.CHECK_HANDBOOK)
@require_POST
def check(request: StaffRequest, number: str) -> HttpResponse:
    """审核通过."""
    rows = Entry.objects.checkable_by(request.user)
    done = "已审核通过，等区营商环境办发布。"
    return _step(request, rows, number, actions.check_draft, done)


@requires(Permission.EDIT_HANDBOOK, Permission.CHECK_HANDBOOK)
@require_POST
def review(request: StaffRequest, number: str) -> HttpResponse:
    """确认仍然有效."""
    user = request.user
    rows = Entry.objects.editable_by(user) | Entry.objects.checkable_by(user)
    done = "已确认仍然有效，复核日顺延 6 个月。"
    return _step(request, rows, number, actions.confirm_review, done)


@requires(Permission.EDIT_HANDBOOK)
@require_POST
def discard(request: StaffRequest, number: str) -> HttpResponse:
    """放弃草稿."""
    rows = Entry.objects.editable_by(request.user)
    done = "草稿已放弃，内容恢复为已发布的版本。"
    return _step(request, rows, number, actions.discard_draft, done)


# ---- steps with a form -----------------------------------------------------------------------
def _asked(
    request: StaffRequest,
    found: Entry,
    form: Form,
    act: Callable[[dict[str, Any]], Any],
    done: str,
    question: dict[str, Any],
) -> HttpResponse:
    """Ask, then act; a refusal becomes an error of the form."""
    if request.method == "POST" and attempt(form, act):
        messages.success(request, done)
        return redirect("handbook:entry", number=found.number)
    here = reverse("handbook:entry", args=[found.number])
    context = {
        "form": form,
        "object": str(found),
        "cancel_url": here,
        "crumb_url": here,
        "crumb_label": found.number,
        **question,
    }
    return form_page(request, "core/confirm.html", context, form)


@requires(Permission.CHECK_HANDBOOK, Permission.PUBLISH_HANDBOOK)
@require_http_methods(["GET", "POST"])
def send_back(request: StaffRequest, number: str) -> HttpResponse:
    """退回修改, with the reason."""
    user = request.user
    rows = Entry.objects.checkable_by(user) | Entry.objects.publishable_by(user)
    found = get_object_or_404(rows, number=number)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(data: dict[str, Any]) -> None:
        actions.send_back(entry=found, by=user, now=timezone.now(), **data)

    question = {
        "title": "退回修改？",
        "consequences": ["本部门的联络员和专家会收到消息和您写的原因。"],
        "action_label": "退回修改",
    }
    return _asked(request, found, form, act, "已退回修改。", question)


@requires(Permission.PUBLISH_HANDBOOK)
@require_http_methods(["GET", "POST"])
def publish(request: StaffRequest, number: str) -> HttpResponse:
    """发布: the draft becomes the next version."""
    rows = Entry.objects.publishable_by(request.user).select_related("current", "unit")
    found = get_object_or_404(rows, number=number)
    posted = request.POST if request.method == "POST" else None
    form = PublishForm(posted)
    asked = request.POST.get("revision", "")
    revision = int(asked) if asked.isdecimal() and len(asked) < 9 else None

    def act(data: dict[str, Any]) -> None:
        actions.publish(
            entry=found, note=data["note"], revision=revision, by=request.user, now=timezone.now()
        )

    consequences = ["全区工作人员马上能看到；原来的版本保留，引用过的工单不变。"]
    if found.draft_state != DraftState.CHECKED and found.has_draft:
        consequences.append(f"{found.unit.name}的专员还没有审核这份草稿。")
    question = {
        "title": f"发布 {number}？",
        "consequences": consequences,
        "action_label": "发布",
        "hidden": [("revision", found.revision)],
    }
    return _asked(request, found, form, act, f"{number} 已发布。", question)


@requires(Permission.PUBLISH_HANDBOOK)
@require_http_methods(["GET", "POST"])
def withdraw(request: StaffRequest, number: str) -> HttpResponse:
    """停用: nobody finds the entry any more."""
    found = get_object_or_404(Entry.objects.publishable_by(request.user), number=number)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(data: dict[str, Any]) -> None:
        actions.withdraw(entry=found, by=request.user, now=timezone.now(), **data)

    day = f"{local(timezone.now()):%Y-%m-%d}"
    question = {
        "title": f"停用 {number}？",
        "consequences": [f"{day} 起检索和推荐里不再出现；各版本保留，可以重新发布。"],
        "action_label": "停用",
        "danger": True,
    }
    return _asked(request, found, form, act, f"{number} 已停用。", question)
