"""The list of tickets: whose, which, in what order. The address says it all, and each part of it
may have several values (ux.md UX-7)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date

from apps.core.clock import local
from apps.core.permissions import Permission
from apps.registry.models import BusinessEntity
from apps.registry.queries.search import matching as entities_matching
from apps.tickets.choices import TERMINAL, Nature, Source, Status, Tier, Urgency
from apps.tickets.models import Participant, Ticket
from apps.tickets.queries import search
from apps.tickets.queries.enterprise import with_known_enterprise
from apps.tickets.queries.work import WORK, sees_by_unit
from apps.workdays.calendar import SHANGHAI

MINE, UNIT, ALL, DRAFT = "mine", "unit", "all", "draft"
OPEN, ENDED, EVERY = "open", "ended", "any"
STATES = ((OPEN, "在办"), (ENDED, "已结束"), (EVERY, "全部"))
LIGHTS = (("red", "超期"), ("yellow", "临期"), ("green", "正常"))
TODAY, WEEK, MONTH = "today", "week", "month"
MOST_VALUES = 40
MOST_ENTITIES = 1_000
#: tickets with list_open, list_due, list_registered: the columns of the index that lists them
Rows = QuerySet[Any]


@dataclass(frozen=True)
class Sort:
    """An order by indexed columns that are never empty within ``states`` (decisions.md 31)."""

    key: str
    label: str
    order: tuple[str, ...]
    states: tuple[str, ...] = (OPEN, ENDED, EVERY)


SORTS: dict[str, Sort] = {
    one.key: one
    for one in (
        Sort("due", "时限先到的在前", ("list_due", "pk"), (OPEN,)),
        Sort("wait", "登记早的在前", ("list_registered", "pk")),
        Sort("new", "登记晚的在前", ("-list_registered", "-pk")),
        Sort("changed", "最近变动在前", ("-last_event_at", "-pk")),
        Sort("ended", "结束晚的在前", ("-ended_at", "-pk"), (ENDED,)),
    )
}


def _known(query: QueryDict, name: str, values: Any) -> tuple[str, ...]:
    allowed = set(values)
    return tuple(dict.fromkeys(v for v in query.getlist(name) if v in allowed))


def _codes(query: QueryDict, name: str) -> tuple[str, ...]:
    found = [value for value in query.getlist(name) if value.isalnum() and len(value) <= 30]
    return tuple(dict.fromkeys(found))[:MOST_VALUES]


def _day(query: QueryDict, name: str) -> date | None:
    try:
        return parse_date(query.get(name, ""))
    except ValueError:
        return None


def _text(query: QueryDict, name: str, most: int = 60) -> str:
    return query.get(name, "").replace("\0", "").strip()[:most]


@dataclass(frozen=True)
class Filters:
    """What an address asks for; wrong values count as not asked. Names are those of the address."""

    view: str = ""
    state: str = OPEN
    work: str = ""
    q: str = ""
    ent: str = ""
    entity: int | None = None
    unit: tuple[str, ...] = ()
    cat: tuple[str, ...] = ()
    src: tuple[str, ...] = ()
    nat: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    urg: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    light: tuple[str, ...] = ()
    flag: tuple[str, ...] = ()
    hot: str = ""
    since: date | None = None
    until: date | None = None
    ended_since: date | None = None
    sort: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> Filters:
        """Read the filters of an address."""
        entity = query.get("entity", "")
        state = query.get("state", "")
        statuses = _known(query, "status", Status.values)
        return cls(
            view=query.get("view", "") if query.get("view") in (MINE, UNIT, ALL, DRAFT) else "",
            state=state if state in dict(STATES) else _state_for(statuses),
            work=query.get("work", "") if query.get("work") in WORK else "",
            q=_text(query, "q"),
            ent=_text(query, "ent"),
            entity=int(entity) if entity.isdecimal() and len(entity) < 18 else None,
            unit=_codes(query, "unit"),
            cat=_codes(query, "cat"),
            src=_known(query, "src", Source.values),
            nat=_known(query, "nat", Nature.values),
            tier=_known(query, "tier", Tier.values),
            status=statuses,
            urg=_known(query, "urg", Urgency.values),
            lead=_codes(query, "lead"),
            light=_known(query, "light", dict(LIGHTS)),
            flag=_known(query, "flag", FLAGS),
            hot=_text(query, "hot", 40).upper(),
            since=_day(query, "since"),
            until=_day(query, "until"),
            ended_since=_day(query, "ended_since"),
            sort=query.get("sort", "") if query.get("sort") in SORTS else "",
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked beside whose tickets, and in which order."""
        plain = Filters(view=self.view, sort=self.sort)
        return self != plain

    @property
    def is_asked(self) -> bool:
        """Whether a condition of the form is set (the tab of a page is none)."""
        plain = Filters(view=self.view, sort=self.sort, work=self.work, state=self.state)
        return self != plain

    @property
    def chosen_sort(self) -> Sort:
        """The order asked for, where it suits the state; else the state's own."""
        if self.view == DRAFT:  # a draft has no deadline yet
            return SORTS["changed"]
        default = {OPEN: "due", ENDED: "ended", EVERY: "new"}[self.state]
        sort = SORTS.get(self.sort or default, SORTS[default])
        return sort if self.state in sort.states else SORTS[default]


def _state_for(statuses: tuple[str, ...]) -> str:
    """A filter by an ended state alone means the ended ones."""
    ended = {status for status in statuses if status in TERMINAL}
    if not ended:
        return OPEN
    return ENDED if len(ended) == len(statuses) else EVERY


FLAGS: dict[str, tuple[str, Q]] = {
    "returned": ("退过单", Q(return_count__gt=0)),
    "extended": ("延过期", Q(extension_count__gt=0)),
    "redone": ("重办过", Q(redo_count__gt=0)),
    "suspended": ("待企业补件", Q(is_suspended=True)),
    "designated": ("指定承办", Q(is_designated=True)),
    "urged": ("催办过", Q(urge_count__gt=0)),
    "poor": (
        "评价不满意",
        Q(answer_grade__in=("POOR", "VERY_POOR")) | Q(solution_grade__in=("POOR", "VERY_POOR")),
    ),
    "provisional": ("时限暂定", Q(is_due_provisional=True)),
}


# ---- whose ----------------------------------------------------------------------------------
def default_view(user: Any) -> str:
    """Return whose tickets a person looks at first."""
    if user.has_perm(Permission.VIEW_ALL_TICKETS):
        return ALL
    return UNIT if user.has_perm(Permission.VIEW_UNIT_TICKETS) else MINE


def views_of(user: Any) -> list[tuple[str, str]]:
    """Return the (key, label) of the scopes that differ for a person."""
    found = [(MINE, "我的")]
    if (user.unit_id is not None and user.has_perm(Permission.VIEW_UNIT_TICKETS)) or (
        user.unit_id is not None and user.has_perm(Permission.VIEW_ALL_TICKETS)
    ):
        found.append((UNIT, "本单位"))
    if not sees_by_unit(user):
        found.append((ALL, "全部"))
    if user.has_perm(Permission.REGISTER_TICKETS):
        found.append((DRAFT, "草稿"))
    return found


def _of_unit(user: Any) -> Rows:
    """Return the own unit's tickets in the order of the side table's index."""
    found = Ticket.objects.visible_to(user)
    if not sees_by_unit(user):
        found = found.filter(unit_rows__unit_id=user.unit_id or 0)
    return found.annotate(
        list_open=F("unit_rows__is_open"),
        list_due=F("unit_rows__due_at"),
        list_registered=F("unit_rows__registered_at"),
    )


def _everything(tickets: Rows) -> Rows:
    found: Rows = tickets.annotate(
        list_open=F("is_open"), list_due=F("due_at"), list_registered=F("registered_at")
    )
    return found


def scope(user: Any, view: str) -> Rows:
    """Return whose tickets a view shows, with the columns that lists filter and sort by."""
    view = view or default_view(user)
    if view == DRAFT:
        return _everything(Ticket.objects.drafts_of(user))
    if view == UNIT or (view == ALL and sees_by_unit(user)):
        return _of_unit(user)
    # whoever sees by the unit's rows gets his own in their order, too
    by_unit = sees_by_unit(user)
    seen = _of_unit(user) if by_unit else _everything(Ticket.objects.visible_to(user))
    if view == ALL:
        return seen
    part = Participant.objects.filter(ticket=OuterRef("pk"), user_id=user.pk)
    mine = Q(first_receiver_id=user.pk) | Q(handler_id=user.pk)
    if not user.has_perm(Permission.VIEW_ALL_TICKETS):
        mine |= Q(Exists(part))
    else:
        mine |= Q(registered_by_id=user.pk)
    return seen.filter(mine)


# ---- which ----------------------------------------------------------------------------------
def start_of(day: date) -> datetime:
    """Return the first instant of a day of the district."""
    return datetime.combine(day, time.min, SHANGHAI)


def _lights(chosen: tuple[str, ...], now: datetime) -> Q:
    condition = Q(pk__in=[]) if chosen else Q()
    for name in chosen:
        condition |= WORK[name].condition(now)
    return condition


def _categories(codes: tuple[str, ...]) -> Q:
    condition = Q()
    for code in codes:
        condition |= Q(category__code=code) | Q(category__parent__code=code)
    return condition


def _plain_conditions(filters: Filters) -> Q:
    """Return the conditions on the ticket's own columns."""
    wanted = {
        "township__code__in": filters.unit,
        "source__in": filters.src,
        "nature__in": filters.nat,
        "tier__in": filters.tier,
        "status__in": filters.status,
        "urgency__in": filters.urg,
        "lead_unit__code__in": filters.lead,
        "entity_id": filters.entity,
    }
    condition = Q(**{name: value for name, value in wanted.items() if value})
    if filters.hot:
        condition &= Q(hotline_no=filters.hot) & ~Q(hotline_no="")
    for name in filters.flag:
        condition &= FLAGS[name][1]
    return condition & _categories(filters.cat)


def _by_time(found: Rows, filters: Filters) -> Rows:
    if filters.since:
        found = found.filter(list_registered__gte=start_of(filters.since))
    if filters.until:
        found = found.filter(list_registered__lt=start_of(filters.until + timedelta(days=1)))
    if filters.ended_since:
        found = found.filter(ended_at__gte=start_of(filters.ended_since))
    return found


def filtered(tickets: Rows, filters: Filters, user: Any, now: datetime) -> Rows:
    """Narrow a scope by the filters; what the enterprise's name would tell stays untold."""
    found = tickets
    if filters.view != DRAFT and filters.state != EVERY:
        found = found.filter(list_open=filters.state == OPEN)
    found = _by_time(found.filter(_plain_conditions(filters)), filters)
    if filters.light:
        found = found.filter(_lights(filters.light, now))
    if filters.work:
        found = found.filter(WORK[filters.work].condition(now))
    if filters.entity or filters.ent:
        found = found.filter(with_known_enterprise(user))
    if filters.ent:
        entities = BusinessEntity.objects.filter(entities_matching(filters.ent)).order_by()
        pks = list(entities.values_list("pk", flat=True)[: MOST_ENTITIES + 1])
        # a list is looked up in the index, a sub-select beside an "or" is tried on every ticket
        named = pks if len(pks) <= MOST_ENTITIES else entities.values("pk")
        name = Q(entity__in=named) | Q(entity__isnull=True, entity_name__contains=filters.ent)
        found = found.filter(name)
    if filters.q:
        found = found.filter(search.matching(filters.q))
    return found


def wanted(filters: Filters, user: Any, now: datetime) -> Rows:
    """Return the tickets that an address asks for, without order: the one source of the list,
    its count, its export and its bulk actions."""
    return filtered(scope(user, filters.view), filters, user, now)


def month_start(now: datetime) -> date:
    """Return the first day of the present month."""
    return local(now).date().replace(day=1)


def described(filters: Filters, names: dict[str, dict[str, str]]) -> str:
    """Return the filters in words, for the head of an export; ``names`` maps codes to names."""
    parts = []
    for one in fields(filters):
        value = getattr(filters, one.name)
        label = _LABELS.get(one.name)
        if not label or not value or (one.name == "state" and value == EVERY):
            continue
        values = value if isinstance(value, tuple) else (value,)
        shown = [names.get(one.name, {}).get(str(each), str(each)) for each in values]
        parts.append(f"{label}：{'、'.join(shown)}")
    return "；".join(parts)


_LABELS = {
    "view": "范围",
    "state": "进度",
    "work": "环节",
    "q": "关键词",
    "ent": "企业",
    "unit": "乡镇街道",
    "cat": "诉求类别",
    "src": "来源",
    "nat": "诉求性质",
    "tier": "办理层级",
    "status": "状态",
    "urg": "紧急程度",
    "lead": "主办单位",
    "light": "时限",
    "flag": "标记",
    "hot": "12345工单号",
    "since": "登记自",
    "until": "登记至",
    "ended_since": "结束自",
}
