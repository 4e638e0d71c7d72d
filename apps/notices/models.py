"""Messages in the inbox, and messages that leave by e-mail or WeCom."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.access import Actor
from apps.core.fields import EncryptedTextField
from apps.core.permissions import Permission
from apps.notices.choices import Channel, OutboxStatus, group_of


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Messages, filtered by whose they are."""

    def visible_to(self, user: Actor) -> Self:
        """One's own messages, nobody else's."""
        return self.filter(user_id=user.pk)

    def unread(self) -> Self:
        """Messages not opened yet."""
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One message to one person, written once per (person, key).

    ``url`` is an address within the product. Texts name objects by number and title, never phones.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,  # messages belong to the account and have no life without it
        related_name="notices",
        verbose_name="收件人",
    )
    kind = models.CharField("种类", max_length=40)
    title = models.CharField("标题", max_length=120)
    body = models.CharField("内容", max_length=500, blank=True, default="")
    url = models.CharField("链接", max_length=300, blank=True, default="")
    key = models.CharField("去重键", max_length=150)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notices_once_per_person"),
            models.CheckConstraint(name="notices_has_key", condition=~Q(key="")),
            models.CheckConstraint(
                name="notices_url_is_ours",
                condition=Q(url="") | (Q(url__startswith="/") & ~Q(url__startswith="//")),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notices_by_person"),
            models.Index(fields=["user"], name="notices_unread", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeSetting(models.Model):
    """What a person chose about messages: an address, and which ways are switched off.

    ``off`` holds "group:way" (choices.GROUPS); a way that is fixed there counts as on all the same.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notice_setting",
        verbose_name="账号",
    )
    email = EncryptedTextField("邮箱", blank=True, default="")
    off = models.JSONField("不收", default=list)

    class Meta:
        verbose_name = "通知设置"
        verbose_name_plural = "通知设置"

    def __str__(self) -> str:
        return str(self.user_id)

    def wants(self, kind: str, way: str) -> bool:
        """Say whether a message of a kind may come this way."""
        group = group_of(kind)
        return not (group.may_choose(way) and f"{group.code}:{way}" in self.off)


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Messages to be sent, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """Everything for those who look after the outbox, nothing for others."""
        return self if user.has_perm(Permission.MANAGE_OUTBOX) else self.none()

    def waiting(self) -> Self:
        """Messages not sent yet and not given up."""
        return self.filter(status=OutboxStatus.WAITING)


class OutboxMessage(models.Model):
    """One message to one address by one channel; ``key`` goes along so that the receiver's side
    can drop a repetition (delivery is at least once)."""

    channel = models.CharField("渠道", max_length=10, choices=Channel.choices)
    recipient = EncryptedTextField("收件地址")
    subject = models.CharField("标题", max_length=120)
    body = EncryptedTextField("内容", blank=True, default="")
    key = models.CharField("去重键", max_length=220, unique=True)
    status = models.CharField(
        "状态", max_length=10, choices=OutboxStatus.choices, default=OutboxStatus.WAITING
    )
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    created_at = models.DateTimeField("写入时间")
    next_try_at = models.DateTimeField("下次发送")
    lease_until = models.DateTimeField("租约至", null=True, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    last_error = models.CharField("上次错误", max_length=300, blank=True, default="")

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "待发消息"
        verbose_name_plural = "发送箱"
        constraints = [
            models.CheckConstraint(
                name="notices_outbox_channel_known", condition=Q(channel__in=Channel.values)
            ),
            models.CheckConstraint(
                name="notices_outbox_status_known", condition=Q(status__in=OutboxStatus.values)
            ),
            models.CheckConstraint(name="notices_outbox_has_key", condition=~Q(key="")),
            models.CheckConstraint(
                name="notices_outbox_sent_iff_time",
                condition=Q(status=OutboxStatus.SENT, sent_at__isnull=False)
                | (~Q(status=OutboxStatus.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="notices_outbox_lease_while_waiting",
                condition=Q(lease_until__isnull=True) | Q(status=OutboxStatus.WAITING),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                name="notices_outbox_due",
                condition=Q(status=OutboxStatus.WAITING),
            ),
            models.Index(fields=["status", "-created_at", "-id"], name="notices_outbox_list"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.subject}"
