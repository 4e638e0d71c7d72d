"""App configuration of the messages."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """消息提醒。"""

    name = "apps.notices"
    label = "notices"
    verbose_name = "消息提醒"

    def ready(self) -> None:
        """Announce deputies, the bell, the card, navigation, timers, the status check, names."""
        from apps.accounts.queries import stand_ins
        from apps.audit.labels import register as name_actions
        from apps.core import home, status, timers
        from apps.core.context_processors import register_unread
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission
        from apps.notices import housekeeping, queries, recipients

        recipients.register_expander(stand_ins)
        register_unread(queries.unread)
        home.register_cards(housekeeping.cards)
        register(
            NavItem(
                "安全与审计",
                "发送箱",
                "notices:outbox",
                "send",
                Permission.MANAGE_OUTBOX,
                order=92,
            )
        )
        timers.register(
            name="notices.deliver",
            label="发送邮件和企业微信",
            every_seconds=10,
            run=housekeeping.deliver,
        )
        timers.register(
            name="notices.prune", label="清理旧消息", every_seconds=86400, run=housekeeping.prune
        )
        status.register(name="outbox", label="发送箱", check=housekeeping.outbox_status)
        name_actions({"notices.resend": "重发消息", "notices.resend_all": "重发全部失败消息"})
