"""The forty sample requests through all four tiers: every branch, an audit chain that verifies, sums.

It stands here because the metrics have to add up as well, and the boards stand above the tickets.
"""

from collections import Counter
from datetime import date

import pytest

from apps.audit.actions import seal
from apps.audit.models import AuditEntry
from apps.audit.queries import verify
from apps.dashboards.actions.tallying import roll_up
from apps.dashboards.measures import MEASURES
from apps.dashboards.periods import Period
from apps.dashboards.queries import behind, figures
from apps.dashboards.scopes import DISTRICT
from apps.tickets import demo
from apps.tickets.choices import TERMINAL, Status, Tier
from apps.tickets.demo.play import Stage
from apps.tickets.models import Clock, Feedback, Followup, TicketEvent
from apps.tickets.tests.invariants import check_all, check_district
from apps.tickets.tests.test_demo import NOW, district

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]
__all__ = ["district"]
AUTUMN = Period("custom", date(2026, 8, 1), date(2026, 11, 30))
#: domain.md §12: the event that shows a branch, by the number of the sample
BRANCHES = {
    13: "approve_return",
    19: "approve_extension",
    24: "escalate_joint",
    33: "answer_assist",
    7: "add_meeting",
    12: "track",
    16: "supervise",
    29: "redo",
    22: "withdraw",
    31: "send_city",
    39: "city_reply",
    38: "designate",
    40: "deny_return",
    26: "suspend",
    34: "resolve_onsite",
}


class TestTheYear:
    def test_brings_all_forty_to_their_end_and_the_sums_agree(self, district):
        tickets = demo.play_samples(Stage.build(NOW, district), to_the_end=True)
        for number, ticket in enumerate(tickets, start=1):
            ticket.refresh_from_db()
            assert ticket.status in TERMINAL, (number, ticket.status)
            check_all(ticket, NOW)
        check_district()
        self.check_branches(tickets)
        self.check_sums(tickets)
        self.check_metrics()
        while seal(now=NOW):
            pass
        report = verify(now=NOW)
        assert report.is_good, report.text
        assert report.checked >= AuditEntry.objects.filter(action__startswith="tickets.").count()

    def check_branches(self, tickets):
        for number, code in BRANCHES.items():
            assert tickets[number - 1].events.filter(code=code).exists(), (number, code)
        for number in (31, 39):  # 提级阶段答复
            replies = tickets[number - 1].events.filter(
                code="progress", from_status="CITY_PROCESSING"
            )
            assert any(event.data["is_stage_reply"] for event in replies), number
        assert tickets[21].events.filter(code="inspect").exists()  # 撤单 → 质检
        complained = tickets[17]
        assert complained.complained_unit is not None
        assert complained.lead_unit != complained.complained_unit
        assert tickets[23].first_unit.is_hub
        assert tickets[34].hides_entity
        assert tickets[34].is_restricted

    def check_sums(self, tickets):
        tiers = Counter(ticket.tier for ticket in tickets)
        assert tiers == {Tier.ONSITE: 13, Tier.HUB: 18, Tier.JOINT: 6, Tier.CITY: 3}
        states = Counter(ticket.status for ticket in tickets)
        assert states == {Status.CLOSED: 39, Status.WITHDRAWN: 1}
        assert len({ticket.township_id for ticket in tickets}) == 28
        closings = TicketEvent.objects.filter(code__in=["close", "close_exempt"]).count()
        assert Followup.objects.count() == closings
        told = set(Feedback.objects.values_list("ticket_id", flat=True))
        closed = {ticket.pk for ticket in tickets if ticket.status == Status.CLOSED}
        assert closed <= told
        for name, code in (
            ("return_count", "approve_return"),
            ("redo_count", "redo"),
            ("extension_count", "approve_extension"),
            ("suspend_count", "suspend"),
        ):
            counted = sum(getattr(ticket, name) for ticket in tickets)
            assert counted == TicketEvent.objects.filter(code=code).count() > 0, name
        dispatches = TicketEvent.objects.filter(code__in=["dispatch", "designate"]).count()
        assert sum(ticket.dispatch_count for ticket in tickets) == dispatches
        assert not Clock.objects.filter(stopped_at__isnull=True).exists()
        entries = AuditEntry.objects.filter(action__startswith="tickets.").count()
        assert entries == TicketEvent.objects.count()

    def check_metrics(self):
        """Every number of the boards is the number of tickets behind it, and the parts are the whole."""
        while roll_up(now=NOW):
            pass
        found = figures.counts(DISTRICT, AUTUMN, NOW)
        assert found == {m.code: len(behind.rows(m, DISTRICT, AUTUMN, NOW)) for m in MEASURES}
        assert (found["registered"], found["closed"], found["withdrawn"]) == (40, 39, 1)
        units = figures.units_with_counts(AUTUMN, NOW)
        towns = [counts for unit, counts in units if unit.has_team]
        # of #24, which complains of its own township, the hub is the first receiver
        for code, elsewhere in (
            ("registered", 1),
            ("closed", 1),
            ("withdrawn", 0),
            ("onsite_done", 0),
        ):
            in_towns = sum(counts[code] for counts in towns)
            assert in_towns + elsewhere == found[code], code
