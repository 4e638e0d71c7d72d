"""App configuration of the working-day calendar."""

from django.apps import AppConfig


class WorkdaysConfig(AppConfig):
    """工作日历。"""

    name = "apps.workdays"
    label = "workdays"
    verbose_name = "工作日历"

    def ready(self) -> None:
        """Announce navigation, the warning, the status line, the check and the names of acts."""
        from apps.audit import labels
        from apps.core import banners, status
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission
        from apps.workdays import housekeeping

        register(
            NavItem(
                "设置",
                "工作日历",
                "workdays:calendar",
                "calendar",
                Permission.EDIT_CALENDAR,
                order=70,
                also=("workdays:year", "workdays:day", "workdays:import", "workdays:time"),
            )
        )
        banners.register(housekeeping.warnings)
        status.register(name="workdays", label="工作日历", check=housekeeping.calendar_status)
        labels.register(
            {
                "workdays.load": "载入工作日历",
                "workdays.year.import": "导入放假安排",
                "workdays.day.set": "修改工作日历",
                "workdays.time.set": "修改时刻规则",
            }
        )
