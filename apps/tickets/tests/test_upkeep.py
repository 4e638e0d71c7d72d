"""The nightly check finds and mends every difference; archiving and drafts go by time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.core import status as core_status
from apps.tickets.actions import discard_draft, retention, save_draft, upkeep
from apps.tickets.actions.upkeep import check_clocks
from apps.tickets.choices import Status
from apps.tickets.housekeeping import clock_status
from apps.tickets.models import Clock, ClockCheck, Ticket, TicketUnit
from apps.tickets.tests.conftest import ANSWER, NOW
from apps.workdays.calendar import SHANGHAI

NIGHT = datetime(2026, 3, 19, 2, 30, tzinfo=SHANGHAI).astimezone(UTC)


class TestCheck:
    def test_finds_nothing_where_the_actions_wrote(self, processing):
        found = check_clocks(now=NOW, repair=False)
        assert (found.tickets, found.drifted) == (1, 0)
        assert found.clocks >= 6

    @pytest.mark.parametrize(
        "damage",
        [
            {"due_at": NOW},
            {"yellow_at": NOW},
            {"next_fire_at": None},
            {"stopped_at": NOW, "next_fire_at": None},
            {"cycle": 3},
        ],
        ids=lambda damage: next(iter(damage)),
    )
    def test_mends_a_damaged_clock(self, processing, damage):
        row = Clock.objects.get(ticket=processing, kind="HANDLING")
        before = [getattr(row, name) for name in damage]
        Clock.objects.filter(pk=row.pk).update(**damage)
        found = check_clocks(now=NOW, repair=True)
        assert (found.drifted, found.repaired) == (1, 1)
        assert found.numbers == processing.number
        row.refresh_from_db()
        assert [getattr(row, name) for name in damage] == before
        assert check_clocks(now=NOW, repair=True).drifted == 0

    def test_mends_the_tickets_own_copies_and_those_of_units(self, processing):
        due = processing.due_at
        Ticket.objects.filter(pk=processing.pk).update(due_at=NOW)
        TicketUnit.objects.filter(ticket=processing).update(due_at=NOW)
        check_clocks(now=NOW, repair=True)
        processing.refresh_from_db()
        assert processing.due_at == due
        assert set(processing.unit_rows.values_list("due_at", flat=True)) == {due}

    def test_mends_a_missing_and_an_orphaned_row(self, processing):
        Clock.objects.filter(ticket=processing, kind="FIRST_CONTACT").delete()
        orphan = Clock.objects.get(ticket=processing, kind="HANDLING")
        orphan.pk, orphan.key = None, "999999"
        orphan.save()
        assert check_clocks(now=NOW, repair=True).drifted == 1
        assert check_clocks(now=NOW, repair=True).drifted == 0
        assert Clock.objects.filter(ticket=processing, kind="FIRST_CONTACT").exists()

    def test_leaves_a_postponed_reminder_alone(self, processing):
        later = NOW + timedelta(hours=1)
        Clock.objects.filter(ticket=processing, kind="HANDLING").update(
            next_fire_at=later, failures=1
        )
        assert check_clocks(now=NOW, repair=True).drifted == 0

    def test_changes_nothing_unless_asked(self, processing):
        Clock.objects.filter(ticket=processing, kind="HANDLING").update(due_at=NOW)
        assert check_clocks(now=NOW, repair=False).repaired == 0
        assert Clock.objects.get(ticket=processing, kind="HANDLING").due_at == NOW


@pytest.mark.django_db
class TestNightly:
    def test_runs_once_a_night(self):
        upkeep.nightly(now=NOW)
        assert ClockCheck.objects.count() == 1
        upkeep.nightly(now=NOW + timedelta(hours=6))
        assert ClockCheck.objects.count() == 1
        upkeep.nightly(now=NIGHT)
        assert ClockCheck.objects.count() == 2
        upkeep.nightly(now=NIGHT + timedelta(minutes=30))
        assert ClockCheck.objects.count() == 2

    def test_is_made_good_by_day_after_a_missed_night(self):
        upkeep.nightly(now=NOW)
        upkeep.nightly(now=NOW + timedelta(hours=31))
        assert ClockCheck.objects.count() == 2


class TestStatus:
    def test_says_what_was_checked(self, processing):
        assert clock_status(NOW).level == "ok"
        check_clocks(now=NOW, repair=False)
        assert "核对 1 件" in clock_status(NOW).text
        assert any(check.name == "clocks" for check, _ in core_status.run_all(NOW))

    def test_warns_of_drift_age_and_failing_reminders(self, processing):
        Clock.objects.filter(ticket=processing, kind="HANDLING").update(due_at=NOW)
        check_clocks(now=NOW, repair=False)
        assert "--repair" in clock_status(NOW).text
        assert "天没有核对" in clock_status(NOW + timedelta(days=3)).text
        Clock.objects.filter(ticket=processing, kind="HANDLING").update(failures=3)
        assert "连续失败" in clock_status(NOW).text


class TestCommand:
    def test_says_that_all_agrees(self, processing, capsys):
        call_command("tickets_check")
        assert "全部一致" in capsys.readouterr().out

    def test_fails_on_drift_and_mends_it_when_asked(self, processing, capsys):
        Clock.objects.filter(ticket=processing, kind="HANDLING").update(due_at=NOW)
        with pytest.raises(CommandError, match="1 件不一致"):
            call_command("tickets_check")
        call_command("tickets_check", "--repair")
        assert "已改正 1 件" in capsys.readouterr().out


class TestRetention:
    @pytest.fixture
    def closed(self, registered, act, monkeypatch):
        monkeypatch.setattr("apps.tickets.actions.onsite.drawn", lambda move: False)
        done = {"outcome": "RESOLVED", "answer": ANSWER, "told_by": "ONSITE"}
        act(registered, "resolve_onsite", "OFFICER", **done)
        return registered

    def test_archives_thirty_days_after_the_end(self, closed):
        assert closed.status == Status.CLOSED
        assert retention.archive_ended(now=NOW + timedelta(days=29)) == 0
        later = NOW + timedelta(days=30)
        assert retention.archive_ended(now=later) == 1
        closed.refresh_from_db()
        assert closed.archived_at == later
        assert closed.events.order_by("-seq").first().code == "archive"
        assert retention.archive_ended(now=later) == 0

    def test_an_archived_ticket_is_read_only(self, closed, act):
        from apps.core.errors import DomainError

        retention.archive_ended(now=NOW + timedelta(days=30))
        with pytest.raises(DomainError, match="已归档"):
            act(
                closed, "reopen", "OFFICE_CHIEF", now=NOW + timedelta(days=30),
                cause="QUALITY", opinion="答复没有依据",
            )  # fmt: skip

    def test_removes_drafts_that_nobody_touched(self, crew):
        old = save_draft(by=crew["OFFICER"], now=NOW, content="企业要办施工许可")
        fresh = save_draft(by=crew["OFFICER"], now=NOW + timedelta(days=5), content="另一件事")
        assert retention.remove_old_drafts(now=NOW + timedelta(days=31)) == 1
        assert not Ticket.objects.filter(pk=old.pk).exists()
        discard_draft(draft=fresh, by=crew["OFFICER"])
        assert not Ticket.objects.exists()
