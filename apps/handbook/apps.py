"""App configuration of the handbook."""

from django.apps import AppConfig


class HandbookConfig(AppConfig):
    """应答手册。"""

    name = "apps.handbook"
    label = "handbook"
    verbose_name = "应答手册"

    def ready(self) -> None:
        """Announce navigation, search, workbench, the reminder, the import, action names."""
        from apps.audit.labels import register as name_actions
        from apps.core import home, jobs, search, timers
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission
        from apps.handbook import hooks, importing, labels
        from apps.handbook.actions.imports import KIND

        pages = (
            *("entry", "new", "edit", "compare", "suggest", "report", "remarks", "remark"),
            *("import", "batch", "publish", "withdraw", "send-back"),
        )
        register(
            NavItem(
                "找人找政策",
                "应答手册",
                "handbook:list",
                "book-2",
                Permission.VIEW_HANDBOOK,
                mobile=4,
                order=29,
                also=tuple(f"handbook:{page}" for page in pages),
            )
        )
        search.register(name="handbook.entries", label="应答手册", find=hooks.find_entries)
        home.register_cards(hooks.cards)
        timers.register(
            name="handbook.review", label="提醒复核应答手册", every_seconds=3600, run=hooks.remind
        )
        jobs.register(kind=KIND, label="写入应答手册", run=importing.write)
        name_actions(labels.ACTIONS)
