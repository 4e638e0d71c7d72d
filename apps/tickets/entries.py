"""The entries of the navigation that lead to tickets, with what waits behind them."""

from apps.core.navigation import NavItem, register
from apps.core.permissions import Permission
from apps.tickets import home
from apps.tickets.queries import desk


def register_all() -> None:
    """Announce the entries; who may open a page sees its entry."""
    for item in (*_daily(), *_hub()):
        register(item)


def _daily() -> tuple[NavItem, ...]:
    group = "日常办理"
    return (
        NavItem(
            group,
            "工单",
            "tickets:list",
            "list-check",
            mobile=2,
            order=12,
            count=home.mine_to_do,
            is_hot=True,
            also=("tickets:export", "tickets:exports", "tickets:urge-many", "tickets:ticket"),
            only=desk.SEES,
        ),
        NavItem(
            group,
            "临期与超期",
            "tickets:late",
            "clock",
            order=13,
            count=home.count_of("red"),
            is_hot=True,
            only=(Permission.VIEW_UNIT_TICKETS, Permission.VIEW_ALL_TICKETS),
        ),
    )


def _hub() -> tuple[NavItem, ...]:
    group = "调度"
    return (
        NavItem(
            group,
            "派单台",
            "tickets:queue",
            "inbox",
            Permission.DISPATCH_TICKETS,
            mobile=2,
            order=11,
            count=home.count_of("dispatch"),
            is_hot=True,
            also=("tickets:merge", "tickets:dispatch", "tickets:dispatch-bulk"),
        ),
        NavItem(
            group,
            "退单审核",
            "tickets:returns",
            "arrow-back-up",
            Permission.DISPATCH_TICKETS,
            order=12,
            count=home.count_of("returns"),
        ),
        NavItem(
            group,
            "延期审核",
            "tickets:extensions",
            "calendar",
            Permission.DISPATCH_TICKETS,
            order=13,
            count=home.count_of("extensions"),
        ),
        NavItem(
            group,
            "回访",
            "tickets:callbacks",
            "phone",
            order=14,
            count=home.count_of("callbacks"),
            only=(Permission.VIEW_FOLLOWUPS, Permission.EDIT_RULES, Permission.DISPATCH_TICKETS),
        ),
    )
