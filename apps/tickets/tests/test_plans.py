"""The seventeen most used filter and sort pairs come from an index in order, on both databases
(decisions.md 31): no pass over all tickets, and no sorting of what an index cannot bound."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict

from apps.roster.models import Category, Unit
from apps.tickets.models import Ticket, TicketUnit
from apps.tickets.queries import lists
from apps.tickets.tests.conftest import NOW

pytestmark = pytest.mark.django_db
#: name → (role, address); ``{lead}``, ``{category}`` are filled in
PAIRS = {
    "全区在办，时限先到": ("HUB_CHIEF", "view=all"),
    "全区在办，登记晚": ("HUB_CHIEF", "view=all&sort=new"),
    "全区在办，最近变动": ("HUB_CHIEF", "view=all&sort=changed"),
    "全区超期": ("HUB_CHIEF", "view=all&light=red"),
    "全区临期": ("HUB_CHIEF", "view=all&light=yellow"),
    "待派单，时限先到": ("HUB_DISPATCHER", "view=all&work=dispatch"),
    "待签收": ("HUB_DISPATCHER", "view=all&work=accept"),
    "办理中": ("HUB_DISPATCHER", "view=all&work=processing"),
    "退单待定": ("HUB_CHIEF", "view=all&work=returns"),
    "待回访": ("OFFICE_CLERK", "view=all&work=callbacks"),
    "全区已结束，结束晚": ("HUB_CHIEF", "view=all&state=ended"),
    "全部，登记晚": ("HUB_CHIEF", "view=all&state=any"),
    "某类别全部，登记晚": ("HUB_CHIEF", "view=all&state=any&cat={category}"),
    "某主办单位在办": ("HUB_CHIEF", "view=all&lead={lead}"),
    "本单位在办，时限先到": ("TEAM_LEADER", "view=unit"),
    "本单位全部，登记晚": ("TEAM_LEADER", "view=unit&state=any"),
    "我的在办，时限先到": ("OFFICER", "view=mine"),
}
MANY = 2000


@pytest.fixture
def many(dispatched, request_data):
    """Two thousand tickets, most of them ended, and the statistics that the planner reads."""
    model = Ticket.objects.get(pk=dispatched.pk)
    towns = list(Unit.objects.with_team()[:10])
    leads = list(Unit.objects.with_experts()[:10])
    categories = list(Category.objects.filter(parent__isnull=False)[:20])
    rows = []
    for place in range(MANY):
        row = _copy(model)
        at = NOW - timedelta(hours=place)
        is_open = place % 12 == 0
        row.pk, row.number = None, f"JZ-2602-{place:05d}"
        row.is_open, row.status = is_open, "PROCESSING" if is_open else "CLOSED"
        row.ended_at, row.is_told = (None, False) if is_open else (at, True)
        row.due_at = at + timedelta(days=9) if is_open else None
        row.yellow_at = at + timedelta(days=7) if is_open else None
        row.registered_at = row.last_event_at = at
        row.township, row.lead_unit = towns[place % 10], leads[place % 10]
        row.category = categories[place % 20]
        rows.append(row)
    Ticket.objects.bulk_create(rows, batch_size=500)
    made = Ticket.objects.filter(number__startswith="JZ-2602")
    TicketUnit.objects.bulk_create(
        [
            TicketUnit(
                ticket=row,
                unit_id=unit,
                is_open=row.is_open,
                due_at=row.due_at,
                registered_at=row.registered_at,
            )
            for row in made
            for unit in {row.township_id, row.lead_unit_id}
        ],
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(model):
    names = [field.attname for field in Ticket._meta.concrete_fields]
    return Ticket(**{name: getattr(model, name) for name in names})


def page_plan(user, query):
    """Return the plan of a list's first page."""
    filters = lists.Filters.of(QueryDict(query))
    rows = lists.wanted(filters, user, NOW).order_by(*filters.chosen_sort.order)[:21]
    return rows.explain()


def reads_all(plan):
    """Say whether a plan walks over the whole table of tickets or of their units."""
    for line in plan.splitlines():
        if "Seq Scan on tickets_ticket" in line:
            return True
        walks = line.strip().split("SCAN ")[-1] if "SCAN " in line else ""
        if walks.startswith(("tickets_ticket", "tickets_ticketunit")) and "INDEX" not in walks:
            return True
    return False


class TestPairs:
    def test_are_seventeen(self):
        assert len(PAIRS) == 17

    def test_come_from_an_index(self, many, crew):
        lead = Unit.objects.with_experts().first()
        category = Category.objects.filter(parent__isnull=False).first()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # so small a table would be read whole otherwise
                cursor.execute("SET LOCAL enable_seqscan = off")
        plans = {
            name: page_plan(crew[role], query.format(lead=lead.code, category=category.code))
            for name, (role, query) in PAIRS.items()
        }
        assert [f"{name}\n{plan}" for name, plan in plans.items() if reads_all(plan)] == []

    def test_the_check_finds_a_pass_over_everything(self, crew):
        plan = Ticket.objects.filter(wish="x").order_by("wish").explain()
        assert reads_all(plan), plan


#: orders and filters whose own index was added after measuring at half a million tickets
MENDED = {
    "全区在办，登记晚": ("view=all&sort=new", "tickets_open_registered"),
    "全区在办，最近变动": ("view=all&sort=changed", "tickets_open_changed"),
    "我的全部，登记晚": ("view=mine&state=any", "tickets_unit_all"),
}


class TestMended:
    def test_lists_follow_the_index_of_their_order(self, many, crew):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        for name, (query, index) in MENDED.items():
            user = crew["OFFICER" if "我的" in name else "HUB_CHIEF"]
            plan = page_plan(user, query)
            assert index in plan, f"{name}\n{plan}"
            assert "TEMP B-TREE FOR ORDER BY" not in plan, f"{name}\n{plan}"

    def test_rows_behind_a_number_come_from_the_index_of_its_moment(self, many):
        found = Ticket.objects.filter(handle_due_at__gt=NOW - timedelta(days=30))
        found = found.filter(handle_due_at__lte=NOW)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
        assert "tickets_by_handle_due" in found.order_by().explain()

    def test_a_page_names_people_and_units_with_at_most_three_queries(
        self, many, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(4):
            rows = list(Ticket.objects.order_by("-pk").named()[:20])
            for row in rows:
                units = (row.township, row.first_unit, row.lead_unit)
                assert all(unit is None or unit.name for unit in units)
                for user in (row.first_receiver, row.registered_by, row.handler):
                    assert user is None or user.unit is None or user.unit.name
                assert row.merged_into is None
                assert (
                    row.category is None or row.category.parent is None or row.category.parent.name
                )
