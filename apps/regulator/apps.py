"""App configuration of the comparison with the market regulator's list."""

from django.apps import AppConfig


class RegulatorConfig(AppConfig):
    """登记名单比对。"""

    name = "apps.regulator"
    label = "regulator"
    verbose_name = "登记名单比对"

    def ready(self) -> None:
        """Announce jobs, the timer, navigation, what follows a merge, names of audited actions."""
        from apps.audit.labels import register as name_actions
        from apps.core import jobs, timers
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission
        from apps.registry import links
        from apps.regulator import actions, hooks, labels

        for kind, label, run in (
            (actions.COMPARE_JOB, "比对登记名单", actions.run_comparing),
            (actions.SETTLE_JOB, "处理登记名单差异", actions.run_settling),
            (actions.UNDO_JOB, "撤销登记名单处理", actions.run_undoing),
        ):
            jobs.register(kind=kind, label=label, run=run)
        register(
            NavItem(
                "服务企业",
                "登记名单比对",
                "regulator:list",
                "list-check",
                Permission.COMPARE_REGISTRATION,
                order=23,
                also=("regulator:new", "regulator:listing", "regulator:settle"),
            )
        )
        timers.register(
            name="regulator.prune",
            label="清理登记名单处理的撤销记录",
            every_seconds=3600,
            run=hooks.prune,
        )
        links.register_follower(
            links.Follower(name="regulator", move=hooks.move, back=hooks.back, used=hooks.used)
        )
        name_actions(labels.ACTIONS)
