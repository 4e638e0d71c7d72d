"""App configuration of the filings."""

from django.apps import AppConfig


class FilingsConfig(AppConfig):
    """附件报送。"""

    name = "apps.filings"
    label = "filings"
    verbose_name = "附件报送"

    def ready(self) -> None:
        """Announce jobs, timers, navigation, workbench, names of audited actions."""
        from apps.audit.labels import register as name_actions
        from apps.core import home, jobs, timers
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission
        from apps.filings import actions, hooks, housekeeping, labels

        for kind, label, run in (
            (actions.READ_JOB, "读取报送文件", actions.run_reading),
            (actions.APPLY_JOB, "写入附件", actions.run_applying),
            (actions.UNDO_JOB, "撤销附件", actions.run_undoing),
            (actions.EXPORT_JOB, "导出附件", actions.run_exporting),
        ):
            jobs.register(kind=kind, label=label, run=run)
        pages = ("new", "upload", "filing", "rows", "gone", "correct")
        register(
            NavItem(
                "基础数据",
                "附件1 / 附件2 报送",
                "filings:list",
                "upload",
                Permission.FILE_APPENDIX,
                order=60,
                also=tuple(f"filings:{page}" for page in pages),
                count=hooks.waiting,
            )
        )
        register(
            NavItem(
                "基础数据",
                "报送看板",
                "filings:board",
                "clipboard-list",
                Permission.FILE_APPENDIX,
                order=61,
            )
        )
        register(
            NavItem(
                "基础数据",
                "附件导出",
                "filings:export",
                "table-export",
                Permission.EXPORT_APPENDIX,
                order=62,
                also=("filings:export-file",),
            )
        )
        timers.register(
            name="filings.prune",
            label="清理报送的撤销记录和导出文件",
            every_seconds=3600,
            run=housekeeping.prune,
        )
        home.register_cards(hooks.cards)
        home.register_tiles(hooks.tiles)
        name_actions(labels.ACTIONS)
