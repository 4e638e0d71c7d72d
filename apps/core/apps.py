"""App configuration of the base."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """共用底座。"""

    name = "apps.core"
    label = "core"
    verbose_name = "运行维护"

    def ready(self) -> None:
        """Announce checks and navigation."""
        from apps.core import (
            checks,  # noqa: F401  registers the system checks
            health,
        )
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission

        health.register_checks()
        register(NavItem("日常办理", "工作台", "core:home", "home", mobile=1, order=1))
        register(
            NavItem(
                "安全与审计",
                "系统状态",
                "core:status",
                "activity",
                Permission.VIEW_STATUS,
                order=90,
            )
        )
