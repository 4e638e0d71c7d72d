"""App configuration of the statistics."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """统计。"""

    name = "apps.dashboards"
    label = "dashboards"
    verbose_name = "统计"

    def ready(self) -> None:
        """Follow the tickets, announce timers, names of audited actions and the navigation."""
        from apps.audit.labels import register as name_actions
        from apps.core import status, timers
        from apps.dashboards import housekeeping
        from apps.dashboards.actions import tallying
        from apps.tickets import hooks

        hooks.register(tallying.follow_move)
        hooks.register_rewritten(tallying.mark)
        name_actions(
            {
                "dashboards.close_month": "锁定月份",
                "dashboards.export": "导出统计清单",
                "dashboards.draft_report": "起草报告",
                "dashboards.refresh_report": "报告重新取数",
                "dashboards.write_report": "改写报告",
                "dashboards.finalise_report": "报告定稿",
                "dashboards.take_report": "导出报告",
            }
        )
        for name, label, seconds, run in (
            ("dashboards.roll_up", "汇总统计", 10, housekeeping.roll_up),
            ("dashboards.check", "夜间核对统计", 3600, housekeeping.check_nightly),
            ("dashboards.close", "锁定上月统计", 3600, housekeeping.close_last_month),
            ("dashboards.reports", "起草周报和月报", 1800, housekeeping.draft_reports),
        ):
            timers.register(name=name, label=label, every_seconds=seconds, run=run)
        status.register(name="tallies", label="统计核对", check=housekeeping.tally_status)
        self._announce_pages()

    def _announce_pages(self) -> None:
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission

        view = Permission.VIEW_DASHBOARD
        pages = ("unit", "metric", "returns", "topics", "adjustments")
        register(
            NavItem(
                *("统计", "运行看板", "dashboards:board", "layout-dashboard", view),
                order=10,
                also=tuple(f"dashboards:{page}" for page in pages),
            )
        )
        register(
            NavItem(
                *("统计", "月报与周报", "dashboards:reports", "report-analytics"),
                Permission.FINALISE_REPORT,
                order=11,
                also=("dashboards:report", "dashboards:report-finalise"),
            )
        )
        register(
            NavItem(
                *("统计", "三定与报送", "dashboards:progress", "clipboard-list", view),
                order=13,
                only=(Permission.VIEW_ENTITY_HEALTH,),  # departments have no townships to look at
            )
        )
        register(NavItem("统计", "指标口径", "dashboards:metrics", "list-details", view, order=12))
