"""Exports: exactly what the list shows; at once or in the background; only for those who may."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.core import jobs
from apps.core.models import Job
from apps.roster.models import Unit
from apps.tickets.actions import exporting
from apps.tickets.models import Ticket
from apps.tickets.queries import ledger, lists
from apps.tickets.queries.enterprise import HIDDEN
from apps.tickets.tests.conftest import NOW

pytestmark = pytest.mark.django_db
LEDGER = (
    "序号｜工单编号｜12345工单编号｜登记日期｜登记单位｜片区｜首问责任人｜企业名称｜信用代码｜性质｜行业｜"
    "联系人｜联系电话(脱敏)｜来源渠道｜诉求性质｜诉求类别｜诉求内容｜办理层级｜主办单位｜协办单位｜派单时间｜"
    "签收时间｜办结时限｜剩余/超期工作日｜最新进展｜结果类型｜答复内容｜办结时间｜是否按期｜延期次数｜退单次数｜"
    "重办次数｜回访时间｜是否解决｜答复满意度｜解决满意度｜是否销号｜备注"
)


@pytest.fixture
def clock(monkeypatch):
    """Pages think it is NOW."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def sheet(raw):
    """Return the rows of a workbook below the line of filters."""
    rows = load_workbook(io.BytesIO(raw)).worksheets[0].iter_rows(values_only=True)
    _filters, head, *body = rows
    return head, body


class TestLedger:
    def test_has_the_columns_of_the_rules_in_their_order(self):
        wanted = LEDGER.replace("(", "（").replace(")", "）").split("｜")
        assert [one.label for one in ledger.LEDGER] == wanted

    def test_says_what_is_known_of_a_ticket(self, processing, crew, login, clock):
        client = login(crew["HUB_CHIEF"])
        data = {"all": "1", "query": "view=all", "set": "ledger", "go": "1"}
        head, body = sheet(client.post(reverse("tickets:export"), data).content)
        row = dict(zip(head, body[0], strict=True))
        assert row["工单编号"] == processing.number
        assert row["主办单位"] == "区住房建设委"
        assert row["协办单位"] == "市规划资源局蓟州分局"
        assert row["联系电话（脱敏）"] == "139****1111"
        assert row["剩余/超期工作日"] == 7
        assert f"{row['办结时限']:%Y-%m-%d}" == "2026-03-27"
        assert row["是否销号"] == "否"

    def test_hides_a_complainant_from_the_handling_unit(self, processing, crew, login, clock):
        Ticket.objects.filter(pk=processing.pk).update(hides_entity=True)
        data = {"all": "1", "query": "view=unit", "set": "ledger", "go": "1"}
        raw = login(crew["LIAISON"]).post(reverse("tickets:export"), data).content
        head, body = sheet(raw)
        row = dict(zip(head, body[0], strict=True))
        assert row["企业名称"] == HIDDEN
        assert not row["联系人"]
        assert not row["联系电话（脱敏）"]
        assert not row["信用代码"]


class TestSets:
    @pytest.mark.parametrize(
        "query", ["view=all", "view=all&light=green", "view=all&tier=ONSITE", "view=all&q=施工许可"]
    )
    def test_list_count_and_file_are_one(self, dispatched, registered, crew, login, clock, query):
        client = login(crew["HUB_CHIEF"])
        page = client.get(reverse("tickets:list") + "?" + query)
        shown = [row.number for row in page.context["page"].rows]
        data = {"all": "1", "query": query, "set": "ledger", "go": "1", "format": "xlsx"}
        head, body = sheet(client.post(reverse("tickets:export"), data).content)
        assert [row[head.index("工单编号")] for row in body] == shown
        assert page.context["total_text"] == f"共 {len(shown)} 件"

    def test_columns_are_those_shown_in_their_order(self, dispatched, crew, login, clock):
        client = login(crew["HUB_CHIEF"])
        query = "view=all&col=request&col=source&col=deadline"
        page = client.get(reverse("tickets:export") + "?" + query)
        labels = [one.label for one in page.context["fields"]]
        assert labels == ["标题", "工单编号", "企业名称", "来源渠道", "时限灯", "办结时限"]

    def test_ticked_rows_alone_are_taken_and_strangers_left_out(
        self, dispatched, crew, login, clock, make_user
    ):
        client = login(crew["HUB_CHIEF"])
        data = {"pk": [dispatched.pk, 987654], "query": "view=all"}
        page = client.post(reverse("tickets:export"), data)
        assert "跳过 1 件" in page.content.decode()
        stranger = login(make_user("TEAM_LEADER", unit="下营镇", username="stranger"))
        page = stranger.post(reverse("tickets:export"), {"pk": [dispatched.pk]})
        assert page.context["total"] == 0

    def test_csv_cannot_carry_a_formula(self, dispatched, crew, login, clock):
        Ticket.objects.filter(pk=dispatched.pk).update(title='=HYPERLINK("http://x")')
        data = {"all": "1", "query": "view=all", "go": "1", "format": "csv", "column": ["request"]}
        text = login(crew["HUB_CHIEF"]).post(reverse("tickets:export"), data).content.decode()
        assert "\n=HYPERLINK" not in text
        assert ",=HYPERLINK" not in text


class TestDoors:
    def test_is_closed_to_officers_and_written_down_for_others(
        self, dispatched, crew, login, clock
    ):
        url = reverse("tickets:export")
        data = {"all": "1", "query": "view=unit", "set": "ledger", "go": "1"}
        assert login(crew["OFFICER"]).post(url, data).status_code == 403
        login(crew["TEAM_LEADER"]).post(url, data)
        entry = AuditEntry.objects.get(action="tickets.export")
        assert "导出 1 件工单" in entry.target_label


class TestBackground:
    @pytest.fixture
    def long(self, monkeypatch):
        """Everything is too long for at once."""
        monkeypatch.setattr(exporting, "AT_ONCE", 0)

    def test_makes_the_same_file_and_keeps_it_sealed(
        self, dispatched, crew, login, long, settings, tmp_path
    ):
        settings.EXPORTS_DIR = tmp_path
        client = login(crew["HUB_CHIEF"])
        data = {"all": "1", "query": "view=all&state=any", "set": "ledger", "go": "1"}
        page = client.post(reverse("tickets:export"), data, follow=True)
        assert "排队中" in page.content.decode()
        job = jobs.run_one(now=timezone.now())
        assert (job.status, job.error) == ("DONE", "")
        assert job.result["rows"] == 1
        stored = exporting.path_of(job).read_bytes()
        assert stored[:2] != b"PK"
        assert dispatched.number.encode() not in stored
        raw = client.get(reverse("tickets:download", args=[job.pk])).content
        assert sheet(raw)[1][0][1] == dispatched.number

    def test_is_for_who_asked_and_for_seven_days(
        self, dispatched, crew, login, long, settings, tmp_path
    ):
        settings.EXPORTS_DIR = tmp_path
        wanted = exporting.Wanted(query="view=all", columns=("number",))
        exporting.enqueue(wanted, by=crew["HUB_CHIEF"], now=timezone.now())
        job = jobs.run_one(now=timezone.now())
        url = reverse("tickets:download", args=[job.pk])
        assert login(crew["OFFICE_CHIEF"]).get(url).status_code == 404
        assert login(crew["HUB_CHIEF"]).get(url).status_code == 200
        assert exporting.prune(timezone.now()) == 0
        assert exporting.prune(timezone.now() + exporting.KEPT * 2) == 1
        assert login(crew["HUB_CHIEF"]).get(url).status_code == 404

    def test_keeps_the_conditions_unreadable_in_the_queue(self, crew):
        wanted = exporting.Wanted(query="view=all&q=渔阳示例机械厂", columns=("number",))
        job = exporting.enqueue(wanted, by=crew["HUB_CHIEF"], now=NOW)
        assert "渔阳示例" not in str(Job.objects.get(pk=job.pk).payload)

    def test_can_be_stopped(self, crew, login, long):
        client = login(crew["HUB_CHIEF"])
        wanted = exporting.Wanted(query="view=all", columns=("number",))
        job = exporting.enqueue(wanted, by=crew["HUB_CHIEF"], now=timezone.now())
        page = client.post(reverse("tickets:stop-export", args=[job.pk]), follow=True)
        assert "已停止这次导出" in page.content.decode()
        assert jobs.run_one(now=timezone.now()) is None

    def test_of_a_closed_account_is_refused(self, crew):
        wanted = exporting.Wanted(query="view=all", columns=("number",))
        exporting.enqueue(wanted, by=crew["HUB_CHIEF"], now=NOW)
        type(crew["HUB_CHIEF"]).objects.filter(pk=crew["HUB_CHIEF"].pk).update(
            is_active=False, closed_at=NOW
        )
        assert "已停用" in jobs.run_one(now=timezone.now()).error


class TestDescription:
    def test_names_the_filters_in_words(self):
        from django.http import QueryDict

        from apps.tickets.queries import reference

        unit = Unit.objects.with_team().first()
        filters = lists.Filters.of(QueryDict(f"view=all&light=red&unit={unit.code}&flag=returned"))
        said = lists.described(filters, reference.names_of_filters())
        assert said == f"范围：全部；进度：在办；乡镇街道：{unit.name}；时限：超期；标记：退过单"
