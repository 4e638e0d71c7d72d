"""App configuration of the tickets."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def _index(sender: Any, using: str, **kwargs: Any) -> None:
    """Make the full-text index, which migrations cannot describe for both databases."""
    from apps.core import fulltext
    from apps.tickets.models import TicketIndex

    fulltext.install(connections[using], TicketIndex)


class TicketsConfig(AppConfig):
    """诉求工单。"""

    name = "apps.tickets"
    label = "tickets"
    verbose_name = "诉求工单"

    def ready(self) -> None:
        """Announce the protected table, names, followers, messages, timers, pages and checks."""
        from apps.audit import triggers
        from apps.tickets import hooks
        from apps.tickets.actions import recalendar, telling
        from apps.tickets.queries import impact
        from apps.workdays import hooks as calendar_hooks

        triggers.protect("tickets_ticketevent", "id")
        hooks.register(telling.on_move)
        calendar_hooks.register_impact(impact.calendar_impact)
        calendar_hooks.register_changed(recalendar.follow_calendar)
        self._announce_names()
        self._announce_neighbours()
        self._announce_timers()
        self._announce_pages()
        self._announce_lists()

    def _announce_names(self) -> None:
        from apps.audit.labels import register as name_actions
        from apps.tickets.workflow import TRANSITIONS

        name_actions({f"tickets.{row.code}": row.label for row in TRANSITIONS})
        name_actions(
            {
                "tickets.sweep": "时限提醒",
                "tickets.recalendar": "时限随日历更正",
                "tickets.clocks.repair": "改正时限",
                "tickets.drafts.remove": "清理旧草稿",
                "tickets.rules.save": "修改时限规则",
            }
        )

    def _announce_neighbours(self) -> None:
        """Join the entities' pages and the handbook's answers."""
        from apps.accounts import drafts
        from apps.core import reveal
        from apps.registry import links
        from apps.tickets import answers, followers, quotes, shared, uploads
        from apps.tickets.actions import files

        drafts.register(shared.draft_place)
        links.register_cases(followers.entities_of_cases)
        links.register_follower(followers.FOLLOWER)
        links.register_panel("tickets", shared.panel)
        quotes.register(answers.version_in_force)
        quotes.register_suggestions(answers.suggest)
        uploads.register(files.keep_upload)
        reveal.register(
            kind="ticket",
            label="诉求联系电话",
            fields=("contact_phone",),
            find=shared.ticket_with_phone,
        )

    def _announce_timers(self) -> None:
        from apps.core import status, timers
        from apps.tickets import housekeeping

        # sweeps may overlap, so whoever takes over from a crashed one need not wait for long
        timers.register(
            name="tickets.sweep",
            label="时限提醒",
            every_seconds=10,
            run=housekeeping.sweep,
            lease_seconds=15,
        )
        for name, label, seconds, run in (
            ("tickets.digest", "晨间汇总", 300, housekeeping.digest),
            ("tickets.check", "夜间核对时限", 1800, housekeeping.upkeep_nightly),
            ("tickets.archive", "归档办结满 30 天的工单", 3600, housekeeping.archive),
            ("tickets.pairs", "统计用词，供找相似工单", 1800, housekeeping.pairs),
            ("tickets.drafts", "清理 30 天前的草稿", 86400, housekeeping.drafts),
        ):
            timers.register(name=name, label=label, every_seconds=seconds, run=run)
        status.register(name="clocks", label="时限核对", check=housekeeping.clock_status)

    def _announce_pages(self) -> None:
        from apps.core.navigation import NavItem, register, register_new
        from apps.core.permissions import Permission
        from apps.tickets import shared

        register_new(shared.new_url)
        register(
            NavItem(
                "日常办理",
                "登记诉求",
                "tickets:new",
                "clipboard-plus",
                Permission.REGISTER_TICKETS,
                order=11,
                also=("tickets:check", "tickets:done"),
            )
        )
        register(
            NavItem("设置", "时限规则", "tickets:rules", "clock", Permission.EDIT_RULES, order=72)
        )

    def _announce_lists(self) -> None:
        """Announce the index, what keeps it and the counts in step, navigation, desk, exports."""
        from apps.audit.labels import register as name_actions
        from apps.core import home as desk
        from apps.core import jobs, search, timers
        from apps.tickets import entries, home, hooks
        from apps.tickets.actions import exporting, indexing
        from apps.tickets.queries import work

        post_migrate.connect(_index, sender=self, dispatch_uid="tickets-search")
        hooks.register(indexing.keep)
        hooks.register(work.touch)
        entries.register_all()
        search.register(name="tickets.tickets", label="工单", find=home.find_tickets)
        desk.register_cards(home.cards)
        desk.register_tiles(home.tiles)
        jobs.register(kind=exporting.KIND, label="导出工单", run=exporting.run)
        timers.register(
            name="tickets.exports",
            label="清理过期的导出文件",
            every_seconds=3600,
            run=exporting.prune,
        )
        name_actions({"tickets.export": "导出工单", "tickets.take_draft": "移交草稿"})
