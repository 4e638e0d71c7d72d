"""App configuration of the project package: its commands, its timers."""

from django.apps import AppConfig


class JizhouServiceConfig(AppConfig):
    """为企服务平台。"""

    name = "jizhou_service"
    label = "jizhou_service"
    verbose_name = "为企服务平台"

    def ready(self) -> None:
        """Announce the recurring backup and the names of what operators do."""
        from apps.audit.labels import register as name_actions
        from jizhou_service.backups import schedule

        schedule.register()
        name_actions(
            {
                "core.restore": "恢复备份",
                "core.rotate_keys": "轮换字段密钥",
            }
        )
