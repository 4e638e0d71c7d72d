"""App configuration of the audit log."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def _protect(sender: Any, using: str, **kwargs: Any) -> None:
    """Make the triggers anew: SQLite loses them when a later migration rebuilds a table."""
    from apps.audit import triggers

    triggers.install(connections[using])


class AuditConfig(AppConfig):
    """审计日志。"""

    name = "apps.audit"
    label = "audit"
    verbose_name = "审计日志"

    def ready(self) -> None:
        """Announce navigation, timers, the job, the status check and the names of our own acts."""
        from apps.audit import housekeeping, labels
        from apps.core import banners, jobs, status, timers
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission

        post_migrate.connect(_protect, sender=self, dispatch_uid="audit-triggers")
        register(
            NavItem(
                "安全与审计",
                "审计日志",
                "audit:list",
                "shield-check",
                Permission.VIEW_AUDIT,
                order=95,
                also=("audit:entry",),
            )
        )
        timers.register(
            name="audit.seal", label="封存审计记录", every_seconds=1, run=housekeeping.seal
        )
        timers.register(
            name="audit.anchor",
            label="核对新封存的记录并留锚点",
            every_seconds=3600,
            run=housekeeping.watch,
        )
        timers.register(
            name="audit.check",
            label="每周核对全部审计记录",
            every_seconds=7 * 86400,
            run=housekeeping.ask_for_full_check,
        )
        jobs.register(
            kind=housekeeping.FULL_CHECK, label="核对全部审计记录", run=housekeeping.full_check
        )
        banners.register(housekeeping.warnings)
        status.register(name="audit", label="审计链", check=housekeeping.chain_status)
        labels.register(
            {
                "audit.export": "导出审计日志",
                "audit.check": "核对审计链",
                "audit.archive": "归档审计日志",
            }
        )
