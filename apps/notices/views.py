"""消息 (everybody's own) and 发送箱 (for those who look after it)."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.access import any_staff, requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page, safe_next
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.notices import actions, queries, senders
from apps.notices.choices import Channel, OutboxStatus
from apps.notices.forms import SettingForm
from apps.notices.models import Notice, OutboxMessage


@any_staff
@require_safe
def inbox(request: StaffRequest) -> HttpResponse:
    """One's messages, day by day, the newest first."""
    only_unread = request.GET.get("show") == "unread"
    mine = Notice.objects.visible_to(request.user)
    page = keyset_page(
        mine.unread() if only_unread else mine, order=("-created_at", "-pk"), request=request
    )
    context = {
        "page": page,
        "days": queries.by_day(page.rows, clock.today()),
        "unread": queries.unread_count(request.user),
        "only_unread": only_unread,
        "now": timezone.now(),
        "tabs": [
            {"label": "全部", "url": reverse("notices:inbox"), "is_current": not only_unread},
            {
                "label": "未读",
                "url": f"{reverse('notices:inbox')}?show=unread",
                "is_current": only_unread,
                "count": queries.unread_count(request.user),
            },
        ],
    }
    return render(request, "notices/inbox.html", context)


@any_staff
@require_POST
def open_notice(request: StaffRequest, pk: int) -> HttpResponse:
    """Mark one's message as read and go where it points; a POST, for reading changes a row."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    actions.mark_read(notice=notice, by=request.user, now=timezone.now())
    is_ours = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if notice.url and is_ours else reverse("notices:inbox"))


def _seen_until(request: StaffRequest, now: datetime) -> datetime:
    """Return when the page was drawn: what came later has not been seen."""
    try:
        drawn = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        drawn = None
    return min(drawn, now) if drawn is not None and timezone.is_aware(drawn) else now


@any_staff
@require_POST
def read_all(request: StaffRequest) -> HttpResponse:
    """全部已读."""
    now = timezone.now()
    count = actions.mark_all_read(by=request.user, now=now, until=_seen_until(request, now))
    messages.success(request, f"已把 {count} 条消息标为已读。" if count else "没有未读消息。")
    return redirect(safe_next(request, reverse("notices:inbox")))


@any_staff
@require_http_methods(["GET", "POST"])
def settings(request: StaffRequest) -> HttpResponse:
    """通知方式: which messages come which way; what has to be acted on always arrives."""
    setting = queries.setting_of(request.user)
    data = request.POST if request.method == "POST" else None
    form = SettingForm(data, initial={"email": setting.email})
    if request.method == "POST" and form.is_valid():
        actions.save_settings(
            user=request.user, email=form.cleaned_data["email"], on=request.POST.getlist("on")
        )
        messages.success(request, "通知方式已保存。")
        return redirect("notices:settings")
    if request.method == "POST":  # what was switched stays switched beside a wrong address
        setting.off = [
            switch.value
            for line in queries.group_lines(setting)
            for switch in line.switches
            if switch.value not in request.POST.getlist("on")
        ]
    context = {
        "form": form,
        "lines": queries.group_lines(setting),
        "has_email": Channel.EMAIL in senders.configured(),
        "has_group": Channel.WECOM in senders.configured(),
        "office_hours": queries.quiet_words(clock.today()),
    }
    return form_page(request, "notices/settings.html", context, form)


def _chosen_status(request: StaffRequest) -> str:
    asked = request.GET.get("status", "")
    return asked if asked in OutboxStatus.values else OutboxStatus.DEAD


@requires(Permission.MANAGE_OUTBOX)
@require_safe
def outbox(request: StaffRequest) -> HttpResponse:
    """Messages that leave by e-mail or WeCom: what failed, waits, was sent. No content is shown."""
    status = _chosen_status(request)
    channel = request.GET.get("channel", "")
    rows = OutboxMessage.objects.visible_to(request.user).filter(status=status)
    if channel in Channel.values:
        rows = rows.filter(channel=channel)
    counts = queries.outbox_counts()
    configured = senders.configured()
    context = {
        "page": keyset_page(
            rows.defer("recipient", "body"), order=("-created_at", "-pk"), request=request
        ),
        "status": status,
        "channel": channel,
        "channels": [(value, label, value in configured) for value, label in Channel.choices],
        "dead": counts[OutboxStatus.DEAD],
        "most_attempts": actions.MOST_ATTEMPTS,
        "tabs": [
            {
                "label": label,
                "url": f"{reverse('notices:outbox')}?status={value}",
                "is_current": value == status,
                "count": counts[value],
                "hot": value == OutboxStatus.DEAD and counts[value] > 0,
            }
            for value, label in sorted(OutboxStatus.choices)
        ],
    }
    return render(request, "notices/outbox.html", context)


@requires(Permission.MANAGE_OUTBOX)
@require_POST
def resend(request: StaffRequest, pk: int) -> HttpResponse:
    """重发 one message that was given up."""
    rows = OutboxMessage.objects.visible_to(request.user).defer("recipient", "body")
    message = get_object_or_404(rows, pk=pk)
    try:
        actions.resend(message=message, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"“{message.subject}”已放回待发送，几秒内再试。")
    return redirect("notices:outbox")


@requires(Permission.MANAGE_OUTBOX)
@require_POST
def resend_all(request: StaffRequest) -> HttpResponse:
    """全部重发: everything that was given up."""
    try:
        count = actions.resend_all(by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"已把 {count} 条放回待发送。")
    return redirect("notices:outbox")
