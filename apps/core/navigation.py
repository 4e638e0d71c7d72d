"""The left navigation; apps announce entries, the user's permissions choose among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from apps.core.permissions import Permission

GROUPS = ("日常办理", "调度", "服务企业", "找人找政策", "统计", "基础数据", "设置", "安全与审计")


@dataclass(frozen=True)
class NavItem:
    """An entry of the navigation.

    ``permission``: who sees it (None: all staff); ``only``: any of these will do. ``mobile``: its place (1–4) in the phone's bar,
    0 for none. ``count``: a function of the user that returns the number beside it, or the rows to
    be counted: those of all entries are counted in one query. ``also``: names of other pages that
    light this entry. ``is_hot``: the count waits for the person, shown in red.
    ``short``: the label in the phone's bar.
    """

    group: str
    label: str
    url_name: str
    icon: str
    permission: Permission | None = None
    mobile: int = 0
    order: int = 50
    also: tuple[str, ...] = ()
    count: Callable[[Any], int | QuerySet[Any]] | None = None
    business_only: bool = False
    is_hot: bool = False
    short: str = ""
    only: tuple[Permission, ...] = ()


@dataclass(frozen=True)
class Entry:
    """An entry made ready for a template."""

    label: str
    url: str
    icon: str
    count: int
    is_current: bool
    mobile: int
    hot: bool = False
    short: str = ""


_items: dict[str, NavItem] = {}
_new: list[Callable[[Any], str]] = []


def register_new(address: Callable[[Any], str]) -> None:
    """Announce ``address(user)`` of the page where a person begins something, "" for nobody."""
    _new[:] = [address]


def new_url_for(user: Any) -> str:
    """Return the address behind the button 登记诉求, or "" when the person has none."""
    return _new[0](user) if _new else ""


def register(item: NavItem) -> None:
    """Announce an entry; called in ``AppConfig.ready``."""
    if item.group not in GROUPS:
        raise ValueError(f"unknown navigation group {item.group}")
    _items[item.url_name] = item


def count_together(asked: Sequence[int | QuerySet[Any]]) -> list[int]:
    """Return a number for each: numbers as they are, rows counted, all of them in one query."""
    parts: list[str] = []
    values: list[Any] = []
    places: list[int] = []
    numbers = [one if isinstance(one, int) else 0 for one in asked]
    for place, rows in enumerate(asked):
        if isinstance(rows, int):
            continue
        try:
            bare = rows if rows.query.is_sliced else rows.order_by()
            compiler = bare.values("pk").query.get_compiler(connection=connection)
            sql, own = compiler.as_sql()
        except EmptyResultSet:
            continue
        # S608: the text is the ORM's own, values travel beside it
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) counted)")  # noqa: S608
        values += own
        places.append(place)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", values)
            for place, number in zip(places, cursor.fetchone(), strict=True):
                numbers[place] = number
    return numbers


def _items_of(user: Any) -> list[NavItem]:
    """Return the entries that a person may open, in their order."""
    found = []
    for item in sorted(_items.values(), key=lambda one: one.order):
        if item.permission and not user.has_perm(item.permission):
            continue
        if item.only and not any(user.has_perm(permission) for permission in item.only):
            continue
        if item.business_only and not user.has_perm(Permission.VIEW_ROSTER):
            continue
        found.append(item)
    return found


def entries_for(
    user: Any, current: str, *also_counted: int | QuerySet[Any]
) -> tuple[list[tuple[str, list[Entry]]], list[int]]:
    """Return (group, entries) that the user may open, and the counts of ``also_counted``.

    ``current`` is the page's URL name.
    """
    items = _items_of(user)
    asked = [item.count(user) if item.count else 0 for item in items]
    numbers = count_together([*asked, *also_counted])
    found: dict[str, list[Entry]] = {group: [] for group in GROUPS}
    for item, number in zip(items, numbers[: len(items)], strict=True):
        found[item.group].append(
            Entry(
                label=item.label,
                url=reverse(item.url_name),
                icon=item.icon,
                count=number,
                is_current=current == item.url_name or current in item.also,
                mobile=item.mobile,
                hot=item.is_hot,
                short=item.short,
            )
        )
    return [(group, entries) for group, entries in found.items() if entries], numbers[len(items) :]
