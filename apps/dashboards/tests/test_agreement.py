"""Count = list, for every measure and four scopes; the tallies follow every change."""

from datetime import date, timedelta

import pytest
from django.db import connection

from apps.dashboards.actions import tallying
from apps.dashboards.measures import BY_CODE, MEASURES
from apps.dashboards.metrics import BY_CODE as BY_METRIC
from apps.dashboards.models import Adjustment, DayTally, Dirty, KindTally, TicketTally
from apps.dashboards.periods import Period
from apps.dashboards.queries import behind, board, figures, listing
from apps.dashboards.scopes import DISTRICT, Whose
from apps.dashboards.tests.conftest import ANSWER, HOUSING, LATER, NOW
from apps.handbook.tests.builders import published_of
from apps.roster.models import Category, Unit
from apps.tickets.actions import Enterprise, register
from apps.tickets.models import Ticket

MARCH = Period("month", date(2026, 3, 1), date(2026, 3, 31))
WIDE = Period("custom", date(2026, 3, 1), date(2026, 5, 31))
pytestmark = pytest.mark.django_db


@pytest.fixture
def scopes(crew, town):
    """The district, a township, a department, a person."""
    housing = Unit.objects.get(name=HOUSING)
    return {
        "district": DISTRICT,
        "township": Whose(unit=town),
        "department": Whose(unit=housing),
        "own": Whose(user_id=crew["OFFICER"].pk),
    }


class TestCounts:
    @pytest.mark.parametrize("scope", ["district", "township", "department", "own"])
    @pytest.mark.parametrize("now", [NOW, LATER], ids=["then", "later"])
    def test_are_the_number_of_rows_behind_them(self, tickets, scopes, scope, now):
        whose = scopes[scope]
        for period in (MARCH, WIDE):
            found = figures.counts(whose, period, now)
            listed = {m.code: len(behind.rows(m, whose, period, now)) for m in MEASURES}
            assert found == listed

    def test_know_what_happened(self, tickets, scopes):
        found = figures.counts(DISTRICT, WIDE, LATER)
        assert found["registered"] == 6
        assert found["onsite_done"] == 1
        assert (found["handle_due"], found["handle_hit"]) == (4, 1)
        assert (found["accept_due"], found["accept_hit"]) == (4, 2)
        assert (found["judged"], found["solved"]) == (2, 1)
        assert (found["answer_graded"], found["answer_satisfied"]) == (2, 2)
        assert (found["solution_graded"], found["solution_satisfied"]) == (2, 1)
        assert found["closed"] == 2 + int(tickets[0].status == "CLOSED")

    def test_know_which_answers_quote_the_handbook(self, tickets, act, entity, crew, request_data):
        assert figures.counts(DISTRICT, WIDE, LATER)["onsite_quoted"] == 0
        ticket = register(
            enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
        )
        act(ticket, "resolve_onsite", "OFFICER", outcome="RESOLVED", answer=ANSWER,
            told_by="ONSITE", entry=published_of().number)  # fmt: skip
        tallying.roll_up(now=NOW)
        found = figures.counts(DISTRICT, WIDE, LATER)
        assert (found["onsite_quoted"], found["onsite_done"]) == (1, 2)

    def test_hold_a_term_back_until_its_day_is_over(self, tickets):
        assert figures.counts(DISTRICT, WIDE, NOW)["handle_due"] == 0

    def test_of_a_department_are_those_it_leads(self, tickets, scopes):
        found = figures.counts(scopes["department"], WIDE, LATER)
        assert found["registered"] == 3

    def test_of_units_are_the_same_in_one_query(self, tickets, scopes, django_assert_num_queries):
        with django_assert_num_queries(1):
            units = figures.units_with_counts(WIDE, LATER)
        by_unit = {unit.pk: counts for unit, counts in units}
        for name in ("township", "department"):
            whose = scopes[name]
            assert by_unit[whose.unit.pk] == figures.counts(whose, WIDE, LATER)


class TestRepeated:
    @pytest.mark.skipif(connection.vendor != "sqlite", reason="small tables are read whole there")
    def test_asks_one_index_for_what_came_later(self, tickets):
        """Of 30,000 tickets that ended in a month each is compared with its enterprise's later ones."""
        plan = behind.present("repeated", DISTRICT, MARCH, LATER).explain()
        assert "tickets_entity (entity_id=? AND category_id=? AND registered_at>?)" in plan


class TestWeeks:
    """The twelve weeks of the trend, and the heat map: each number is the rows of its list."""

    @staticmethod
    def listed(code, whose, week, part=""):
        metric = BY_METRIC[code]
        parts = listing.parts_of(metric)
        chosen = next((one for one in parts if one.key == part), parts[0])
        return listing.rows_of(metric, chosen, whose, week, LATER).count()

    @pytest.mark.parametrize("scope", ["district", "township", "department"])
    def test_of_the_trend(self, tickets, scopes, scope):
        whose = scopes[scope]
        weeks = board.trend(whose, LATER.date())
        assert sum(registered + missed for _, registered, _, missed in weeks) > 0
        for week, *numbers in weeks:
            lists = [
                self.listed("K01", whose, week),
                self.listed("K13", whose, week, "bottom"),
                self.listed("K06", whose, week, "missed"),
            ]
            assert numbers == lists, week.label

    def test_of_the_heat_map_are_read_with_the_trend(self, tickets, scopes):
        today = LATER.date()
        trend, missed = board.trend_and_missed(today)
        assert trend == board.trend(DISTRICT, today)
        unit = scopes["department"].unit
        _weeks, rows = board.heat([unit], missed, today)
        assert sum(row.total for row in rows) > 0
        for row in rows:
            for week, number, _shade in row.cells:
                assert number == self.listed("K06", Whose(unit=unit), week, "missed")


class TestSubsets:
    @pytest.mark.parametrize("scope", ["district", "township", "department", "own"])
    def test_are_the_rows_behind_the_counts_by_kind(self, tickets, scopes, scope):
        whose = scopes[scope]
        kinds = figures.kinds(whose, MARCH, "tier", "tier_done", "category")
        registered = behind.rows(BY_CODE["registered"], whose, MARCH, NOW)

        def listed(of):
            return registered.filter(listing.subset_of(of).condition).count()

        codes = dict(Category.objects.values_list("pk", "code"))
        by_category = {pk: listed(f"category:{codes[int(pk)]}") for pk in kinds["category"]}
        assert by_category == kinds["category"]
        steps = board.tiers(kinds)
        assert sum(step.ended for step in steps) > 0
        for step, up in zip(steps, [*(one.entered for one in steps[1:]), 0], strict=True):
            assert listed(f"came:{step.tier}") == step.entered
            assert listed(f"ended:{step.tier}") == step.ended
            assert listed(f"open:{step.tier}") == board.open_of(step, up)

    @pytest.mark.parametrize("of", ["category:", "category:9999", "came:MOON", "tier:HUB", "x"])
    def test_that_do_not_exist_are_not_found(self, db, of):
        assert listing.subset_of(of) is None


class TestRollUp:
    def test_takes_a_change_back(self, tickets, act):
        before = figures.counts(DISTRICT, WIDE, LATER)
        act(tickets[4], "withdraw", "OFFICER", told_by="PHONE", reason="企业说不用办了，已自行解决")
        assert Dirty.objects.count() == 1
        assert tallying.roll_up(now=NOW) == 1
        after = figures.counts(DISTRICT, WIDE, LATER)
        assert after["withdrawn"] == before["withdrawn"] + 1
        assert after["registered"] == before["registered"]
        assert not Dirty.objects.exists()

    def test_is_idempotent(self, tickets):
        before = list(DayTally.objects.order_by("pk").values())
        tallying.mark([ticket.pk for ticket in tickets] * 2)
        tallying.roll_up(now=NOW)
        assert list(DayTally.objects.order_by("pk").values()) == before

    def test_leaves_nothing_half_done(self, tickets, monkeypatch):
        before = list(DayTally.objects.order_by("pk").values())
        Ticket.objects.filter(pk=tickets[4].pk).update(is_excluded=True)
        tallying.mark([tickets[4].pk])

        def fail(*args, **kwargs):
            raise RuntimeError("power cut")

        monkeypatch.setattr(tallying, "_apply_kinds", fail)
        with pytest.raises(RuntimeError):
            tallying.roll_up(now=NOW)
        assert list(DayTally.objects.order_by("pk").values()) == before
        assert Dirty.objects.count() == 1

    def test_equals_a_rebuild_and_a_bulk_write(self, tickets):
        def everything():
            days = DayTally.objects.order_by("day", "unit_id")
            kinds = KindTally.objects.filter(count__gt=0)
            return (
                [{k: v for k, v in row.items() if k != "id"} for row in days.values()],
                sorted(kinds.values_list("month", "unit_id", "dimension", "value", "count"),
                       key=str),
            )  # fmt: skip

        before = everything()
        assert tallying.rebuild(now=NOW) == 6
        assert everything() == before
        cells = [(row.pk, row.cells) for row in TicketTally.objects.all()]
        for table in (DayTally, KindTally, TicketTally):
            table.objects.all().delete()
        tallying.write_contributions(cells)
        assert everything() == before


class TestCheck:
    def test_finds_nothing_wrong(self, tickets):
        assert tallying.check(now=NOW) == 0

    def test_finds_a_ticket_that_changed_unheard_and_mends_it(self, tickets):
        Ticket.objects.filter(pk=tickets[4].pk).update(is_excluded=True)
        assert tallying.check(now=NOW) == 1
        tallying.roll_up(now=NOW)
        assert tallying.check(now=NOW) == 0

    def test_finds_a_total_that_was_touched(self, tickets):
        DayTally.objects.filter(unit__isnull=True, registered=6).update(registered=7)
        assert tallying.check(now=NOW) == 1


class TestClosedMonths:
    def test_keep_their_numbers_and_list_the_difference(self, tickets):
        closing = NOW + timedelta(days=20)
        tallying.close_month(month=date(2026, 3, 1), by=None, now=closing)
        before = figures.counts(DISTRICT, MARCH, LATER)
        Ticket.objects.filter(pk=tickets[4].pk).update(is_excluded=True)
        tallying.mark([tickets[4].pk])
        tallying.roll_up(now=LATER)
        assert figures.counts(DISTRICT, MARCH, LATER) == before
        moved = dict(Adjustment.objects.filter(unit__isnull=True).values_list("measure", "amount"))
        assert moved["excluded"] == 1
        assert moved["acceptable"] == -1
        assert tallying.check(now=LATER) == 0

    def test_stay_through_a_rebuild(self, tickets):
        tallying.close_month(month=date(2026, 3, 1), by=None, now=NOW + timedelta(days=20))
        before = figures.counts(DISTRICT, MARCH, LATER)
        Ticket.objects.filter(pk=tickets[4].pk).update(is_excluded=True)
        tallying.rebuild(now=LATER)
        assert figures.counts(DISTRICT, MARCH, LATER) == before
        assert Adjustment.objects.filter(measure="excluded", amount=1, unit=None).exists()
        assert tallying.check(now=LATER) == 0

    def test_are_not_closed_while_they_run(self, tickets):
        from apps.core.errors import DomainError

        with pytest.raises(DomainError, match="没有过完"):
            tallying.close_month(month=date(2026, 3, 1), by=None, now=NOW)


class TestPeriods:
    def test_together_are_what_they_are_one_by_one(
        self, tickets, scopes, django_assert_num_queries
    ):
        parts = (MARCH, MARCH.before(), MARCH.year_ago())
        single = [figures.counts(scopes["township"], one, LATER) for one in parts]
        with django_assert_num_queries(1):
            assert figures.counts_of(scopes["township"], parts, LATER) == single
        overlapping = (MARCH, WIDE)
        single = [figures.counts(DISTRICT, one, LATER) for one in overlapping]
        assert figures.counts_of(DISTRICT, overlapping, LATER) == single
