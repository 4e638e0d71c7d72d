"""报错 and 建议: sending, the list, answering."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import requires
from apps.core.http import StaffRequest, form_page
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.handbook import actions
from apps.handbook.forms import AnswerForm, RemarkForm
from apps.handbook.models import Entry, Remark
from apps.handbook.views.entries import found_entry
from apps.roster.views.common import attempt

SENT = "已收到。区营商环境办和责任部门会核实，处理结果发到您的消息里。"


def _send(request: StaffRequest, entry: Entry | None) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = RemarkForm(posted, has_entry=entry is not None)

    def run(data: dict[str, Any]) -> None:
        actions.send_remark(
            entry=entry, kind=data["kind"], text=data["text"], by=request.user, now=timezone.now()
        )

    back = reverse("handbook:entry", args=[entry.number]) if entry else reverse("handbook:list")
    if request.method == "POST" and attempt(form, run):
        messages.success(request, SENT)
        return redirect(back)
    context = {"form": form, "entry": entry, "back": back}
    return form_page(request, "handbook/remark_form.html", context, form)


@requires(Permission.SUGGEST_HANDBOOK)
@require_http_methods(["GET", "POST"])
def report(request: StaffRequest, number: str) -> HttpResponse:
    """Say what is wrong with an entry."""
    return _send(request, found_entry(request, number))


@requires(Permission.SUGGEST_HANDBOOK)
@require_http_methods(["GET", "POST"])
def suggest(request: StaffRequest) -> HttpResponse:
    """Suggest an entry that is missing."""
    return _send(request, None)


@requires(Permission.VIEW_HANDBOOK)
@require_safe
def remarks(request: StaffRequest) -> HttpResponse:
    """One's own remarks and those one may answer, open ones first by default."""
    rows = Remark.objects.visible_to(request.user)
    show = "all" if request.GET.get("show") == "all" else ""
    found = rows if show else rows.open()
    here = reverse("handbook:remarks")
    context = {
        "page": keyset_page(
            found.select_related("entry", "unit", "sender__unit"),
            order=("-sent_at", "-pk"),
            request=request,
        ),
        "tabs": [
            {
                "label": "待处理",
                "url": here,
                "is_current": not show,
                "count": rows.open().count(),
            },
            {"label": "全部", "url": f"{here}?show=all", "is_current": bool(show)},
        ],
    }
    return render(request, "handbook/remarks.html", context)


@requires(Permission.VIEW_HANDBOOK)
@require_http_methods(["GET", "POST"])
def remark(request: StaffRequest, pk: int) -> HttpResponse:
    """One remark; who may answer it finds the form here."""
    rows = Remark.objects.visible_to(request.user)
    if request.method == "POST":
        rows = Remark.objects.answerable_by(request.user)
    found = get_object_or_404(rows.select_related("entry", "unit", "sender__unit"), pk=pk)
    may_answer = Remark.objects.answerable_by(request.user).open().filter(pk=pk).exists()
    form = AnswerForm(request.POST if request.method == "POST" else None)

    def run(data: dict[str, Any]) -> None:
        actions.answer_remark(
            remark=found, reply=data["reply"], by=request.user, now=timezone.now()
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, "已答复，提出人会收到消息。")
        return redirect("handbook:remarks")
    context = {"remark": found, "form": form, "may_answer": may_answer}
    return form_page(request, "handbook/remark.html", context, form)
