"""The auditor's pages."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.audit import actions, labels, queries
from apps.audit.models import AuditEntry
from apps.audit.testing import unprotected
from apps.audit.tests.factories import aged, entries, sealed
from apps.core.models import Heartbeat, Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client_of):
    return client_of("AUDITOR")


def page(client, query=""):
    response = client.get(f"/set/audit/{query}")
    assert response.status_code == 200
    return response.content.decode()


class TestAccess:
    @pytest.mark.parametrize("role", ["OFFICER", "SYSADMIN", "SECADMIN", "OFFICE_CHIEF"])
    def test_is_refused_to_everybody_but_auditors(self, client_of, role):
        (entry,) = entries(1)
        client = client_of(role)
        assert client.get("/set/audit/").status_code == 403
        assert client.get(f"/set/audit/{entry.pk}/").status_code == 403
        assert client.post("/set/audit/export/").status_code == 403
        assert client.post("/set/audit/check/").status_code == 403

    def test_filters_rows_once_more(self, somebody, monkeypatch):
        entries(1)
        assert AuditEntry.objects.visible_to(somebody).count() == 1
        monkeypatch.setattr(type(somebody), "has_perm", lambda self, perm: False)
        assert AuditEntry.objects.visible_to(somebody).count() == 0

    def test_changes_nothing_by_looking(self, auditor):
        (entry,) = entries(1)
        assert auditor.get("/set/audit/export/").status_code == 405
        page(auditor)
        auditor.get(f"/set/audit/{entry.pk}/")
        assert AuditEntry.objects.count() == 1


class TestList:
    def test_says_so_when_it_is_empty(self, auditor):
        assert "还没有审计记录" in page(auditor)

    def test_shows_acts_in_chinese(self, auditor, somebody, now):
        labels.register({"core.beat": "登记心跳"})
        beat = Heartbeat.objects.create(name="web", beat_at=now)
        actions.record(
            action="core.beat",
            by=somebody,
            target=beat,
            changes={"name": ["旧", "新"], "beat_at": ["", "今天"]},
            outcome="DENIED",
        )
        text = page(auditor)
        for words in ("登记心跳", "李春生", "渔阳镇", "进程心跳", "进程、上次心跳", "被拒绝"):
            assert words in text

    def test_names_the_system(self, auditor):
        entries(1)
        assert "系统" in page(auditor)

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 4),
            ("?person=lichunsheng", 1),
            ("?person=春生", 1),
            ("?person=渔阳", 1),
            ("?action=core.beat", 2),
            ("?outcome=DENIED", 1),
            ("?target_type=core.heartbeat", 1),
            ("?target_type=core.heartbeat&target_id=0", 0),
            ("?text=片区 1", 1),
            ("?text=10.1.2.3", 0),
            ("?person=lichunsheng&outcome=OK", 0),
        ],
    )
    def test_is_filtered_by_the_address(self, auditor, somebody, now, query, count):
        labels.register({"core.beat": "登记心跳"})
        beat = Heartbeat.objects.create(name="web", beat_at=now)
        actions.record(action="core.beat", by=somebody, target=beat, outcome="DENIED")
        actions.record(action="core.beat", by=None)
        entries(2)
        response = auditor.get(f"/set/audit/{query}")
        assert len(response.context["lines"]) == count

    def test_is_filtered_by_days_of_our_own_calendar(self, auditor):
        made = entries(3)
        moments = ["2026-03-01 15:59", "2026-03-01 16:00", "2026-03-02 16:00"]  # UTC
        with unprotected():
            for entry, text in zip(made, moments, strict=True):
                moment = timezone.datetime.fromisoformat(f"{text}+00:00")
                AuditEntry.objects.filter(pk=entry.pk).update(at=moment)
        response = auditor.get("/set/audit/?since_on=2026-03-02&until_on=2026-03-02")
        assert [line.entry.pk for line in response.context["lines"]] == [made[1].pk]

    @pytest.mark.parametrize(
        "query",
        [
            "?since_on=nonsense&action=nope&outcome=X&target_type=y",
            "?since_on=0001-01-01&until_on=9999-12-31",
            "?person=%00&text=%00",
            "?after=damaged",
            "?person=" + "长" * 80,
        ],
    )
    def test_ignores_what_makes_no_sense(self, auditor, query):
        entries(2)
        assert len(auditor.get(f"/set/audit/{query}").context["lines"]) == 2

    def test_offers_to_reset_a_filter_that_finds_nothing(self, auditor):
        entries(1)
        assert "没有符合条件的记录" in page(auditor, "?person=没有这个人")

    def test_turns_pages_by_key(self, auditor):
        entries(25)
        first = auditor.get("/set/audit/?size=20")
        assert len(first.context["lines"]) == 20
        second = auditor.get(f"/set/audit/{first.context['page'].next_url}")
        assert len(second.context["lines"]) == 5
        seen = {line.entry.pk for line in [*first.context["lines"], *second.context["lines"]]}
        assert len(seen) == 25

    def test_keeps_the_number_of_queries_flat(self, auditor, django_assert_max_num_queries):
        entries(40)
        page(auditor)
        with django_assert_max_num_queries(16):
            page(auditor)

    def test_shows_the_last_check(self, auditor, now):
        made = sealed(3)
        actions.check(now=now, full=True)
        assert "核对 3 条，到序号 3" in page(auditor)
        with unprotected():
            AuditEntry.objects.filter(pk=made[0].pk).update(note="改")
        actions.check(now=now, full=True)
        assert "记录内容与封存时不一致" in page(auditor)


class TestDetail:
    def shown(self, client, entry):
        response = client.get(f"/set/audit/{entry.pk}/")
        assert response.status_code == 200
        return response.content.decode()

    def test_shows_before_and_after(self, auditor, now):
        beat = Heartbeat.objects.create(name="web", beat_at=now)
        entry = actions.record(
            action="core.beat",
            by=None,
            target=beat,
            changes={"name": ["", "新名"], "other": [1, 2]},
        )
        text = self.shown(auditor, entry)
        for words in ("改动前", "改动后", "（空）", "新名", "other", "待封存"):
            assert words in text

    def test_shows_the_seal(self, auditor, now):
        (entry,) = sealed(1)
        text = self.shown(auditor, entry)
        assert "一致" in text
        assert queries.seal_of(entry)[0].hash[:8] in text

    def test_shows_that_an_entry_no_longer_fits_its_seal(self, auditor):
        (entry,) = sealed(1)
        with unprotected():
            AuditEntry.objects.filter(pk=entry.pk).update(note="改")
        assert "不一致" in self.shown(auditor, entry)

    def test_shows_that_an_entry_was_written_by_hand(self, auditor, now):
        entry = AuditEntry.objects.create(at=now, action="x.y")
        assert "可能不是由本系统写入" in self.shown(auditor, entry)

    def test_escapes_what_people_typed(self, auditor):
        entry = actions.record(
            action="x.y", by=None, label="<script>", changes={"a": ["<b>", "<i>"]}, note="<u>"
        )
        text = self.shown(auditor, entry)
        assert "：<script>" not in text
        assert "：&lt;script&gt;" in text
        assert "&lt;b&gt;" in text
        assert "<u>" not in text

    def test_answers_404_for_a_number_that_does_not_exist(self, auditor):
        assert auditor.get("/set/audit/999999999/").status_code == 404


class TestExport:
    def rows(self, client, **data):
        response = client.post("/set/audit/export/", data)
        assert response.status_code == 200
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def test_gives_what_the_filter_shows(self, auditor, somebody):
        actions.record(action="core.beat", by=somebody, changes={"name": ["", "新"]})
        entries(3)
        (row,) = self.rows(auditor, person="lichunsheng")
        assert (row["姓名"], row["单位"], row["改动"]) == ("李春生", "渔阳镇", "name：（空） → 新")

    def test_begins_with_the_mark_that_spreadsheets_need(self, auditor):
        response = auditor.post("/set/audit/export/")
        assert b"".join(response.streaming_content).startswith(b"\xef\xbb\xbf")
        assert "attachment" in response.headers["Content-Disposition"]

    def test_is_itself_recorded_and_not_part_of_the_file(self, auditor):
        entries(2)
        rows = self.rows(auditor, since_on="2020-01-01")
        assert len(rows) == 2
        entry = AuditEntry.objects.get(action="audit.export")
        assert (entry.actor, entry.batch_size) == ("test-auditor", 2)
        assert "从=2020-01-01" in entry.note

    def test_comes_in_pieces_without_loss(self, auditor, monkeypatch):
        entries(25)
        whole = queries.in_pieces(AuditEntry.objects.all(), size=10)
        assert len({entry.pk for entry in whole}) == 25

    def test_refuses_too_much_and_says_how_to_go_on(self, auditor, monkeypatch):
        monkeypatch.setattr(queries, "EXPORT_LIMIT", 3)
        entries(4)
        response = auditor.post("/set/audit/export/")
        assert response.status_code == 422
        assert "请缩小日期范围" in response.content.decode()
        assert not AuditEntry.objects.filter(action="audit.export").exists()

    def test_is_safe_for_spreadsheets(self, auditor):
        actions.record(action="x.y", by=None, label="=HYPERLINK(1)", note="＋1")
        (row,) = self.rows(auditor)
        assert (row["对象"], row["说明"]) == ("'=HYPERLINK(1)", "'＋1")


class TestAskCheck:
    def test_gives_the_work_to_the_long_worker_once(self, auditor):
        response = auditor.post("/set/audit/check/", follow=True)
        assert "已开始核对" in response.content.decode()
        assert Job.objects.filter(kind="audit.check").count() == 1
        assert AuditEntry.objects.filter(action="audit.check").count() == 1
        response = auditor.post("/set/audit/check/", follow=True)
        assert "正在核对" in response.content.decode()
        assert Job.objects.count() == 1


class TestHistory:
    def test_lists_the_changes_of_one_object(self, now):
        one, two = (Heartbeat.objects.create(name=name, beat_at=now) for name in "ab")
        for number in range(3):
            actions.record(action="x.y", by=None, target=one, note=str(number))
        actions.record(action="x.y", by=None, target=two)
        lines = queries.history_of(one, limit=2)
        assert [line.entry.note for line in lines] == ["2", "1"]

    def test_is_drawn_for_other_pages(self, now, somebody):
        from django.template.loader import render_to_string

        beat = Heartbeat.objects.create(name="a", beat_at=now)
        assert "还没有变更记录" in render_to_string("audit/_history.html", {"lines": []})
        actions.record(
            action="x.y",
            by=somebody,
            target=beat,
            changes={"name": ["旧", ""]},
            note="调整",
            outcome="FAILED",
        )
        text = render_to_string("audit/_history.html", {"lines": queries.history_of(beat)})
        for words in ("李春生", "进程：", "旧 → （空）", "调整", "未成功"):
            assert words in text


class TestLabels:
    def test_falls_back_to_codes(self):
        assert labels.action_label("no.such") == "no.such"
        assert labels.target_label("no.such") == "no.such"
        assert labels.target_label("nonsense") == "nonsense"
        assert labels.field_label("no.such", "x") == "x"
        assert labels.field_label("core.heartbeat", "no_field") == "no_field"
        assert labels.field_label("core.heartbeat", "name") == "进程"

    def test_groups_actions_by_app(self):
        labels.register({"audit.export": "导出审计日志", "elsewhere.act": "别处的事"})
        groups = dict(labels.actions_by_app())
        assert ("audit.export", "导出审计日志") in groups["审计日志"]
        assert groups["elsewhere"] == [("elsewhere.act", "别处的事")]

    def test_lists_the_kinds_of_objects_in_the_log(self, now):
        beat = Heartbeat.objects.create(name="a", beat_at=now)
        actions.record(action="x.y", by=None, target=beat)
        actions.record(action="x.y", by=None)
        assert queries.target_types() == [("core.heartbeat", "进程心跳")]


class TestOldest:
    def test_is_the_oldest_of_those_that_wait(self, now):
        assert queries.oldest_waiting() is None
        made = entries(2)
        aged(made[1], 500)
        assert now - queries.oldest_waiting() > timedelta(seconds=400)
        assert queries.Filters(since_on=date(2026, 1, 1)).text == ""
