"""Reports: each sentence names its metrics, numbers freeze, files open with native charts."""

import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from docx import Document
from docx.shared import Mm

from apps.core.errors import DomainError
from apps.dashboards import housekeeping
from apps.dashboards.actions import reports, tallying
from apps.dashboards.choices import ReportKind
from apps.dashboards.metrics import BY_CODE
from apps.dashboards.models import MonthClose, Report
from apps.dashboards.reports.wording import paragraphs
from apps.dashboards.tests.conftest import LATER, NOW
from apps.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 18)


@pytest.fixture(autouse=True)
def _later(monkeypatch):
    monkeypatch.setattr("apps.dashboards.views.reports.right_now", lambda: LATER)


@pytest.fixture
def report(tickets, crew):
    """March's report."""
    return reports.draft(kind=ReportKind.MONTH, day=MARCH, by=crew["OFFICE_CHIEF"], now=LATER)


class TestWording:
    def test_names_the_metrics_of_every_sentence(self, report):
        found = [one for part in paragraphs(report.material, {}) for one in part.sentences]
        assert len(found) > 12
        assert all(one.codes and set(one.codes) <= set(BY_CODE) for one in found)

    def test_says_the_numbers_of_the_pages(self, report):
        text = paragraphs(report.material, {})[0].text
        assert "登记企业诉求 6 件" in text
        assert "按期办结率 样本不足（1/4）" in text

    def test_of_a_week_lists_the_red_lights_and_what_falls_due(self, tickets):
        made = reports.draft(kind=ReportKind.WEEK, day=date(2026, 3, 20), by=None, now=NOW)
        found = paragraphs(made.material, {})
        assert [one.key for one in found] == ["overall", "red", "due", "next"]
        assert "没有超期在办的工单" in found[1].text
        end = datetime(2026, 3, 29, 16, tzinfo=UTC)  # midnight after the Sunday, Beijing time
        due = Ticket.objects.open().filter(due_at__gt=datetime(2026, 3, 22, 16, tzinfo=UTC))
        numbers = set(due.filter(due_at__lte=end).values_list("number", flat=True))
        assert numbers
        assert f"到期 {len(numbers)} 件" in found[2].text
        assert {line[0] for line in made.material["due"]} == numbers
        late = reports.draft(kind=ReportKind.WEEK, day=date(2026, 4, 30), by=None, now=LATER)
        red = paragraphs(late.material, {})[1].text
        assert f"超期在办 {Ticket.objects.overdue(LATER).count()} 件" in red
        assert all(line[3].startswith("超期") for line in late.material["red"])

    def test_has_a_text_without_any_ticket(self, db):
        made = reports.draft(kind=ReportKind.WEEK, day=MARCH, by=None, now=LATER)
        assert all(part.text for part in paragraphs(made.material, {}))


class TestWriting:
    def test_keeps_what_was_written_through_a_refresh(self, report, crew):
        texts = {part.key: part.text for part in paragraphs(report.material, {})}
        texts["next"] = "请各单位抓紧办理。"
        saved = reports.write(
            report=report, texts=texts, version=1, by=crew["OFFICE_CHIEF"], now=LATER
        )
        assert saved.edits == {"next": "请各单位抓紧办理。"}
        again = reports.refresh(report=saved, by=crew["OFFICE_CHIEF"], now=LATER)
        assert paragraphs(again.material, again.edits)[-1].text == "请各单位抓紧办理。"

    def test_does_not_write_over_a_colleague(self, report, crew):
        reports.write(report=report, texts={}, version=1, by=crew["OFFICE_CHIEF"], now=LATER)
        with pytest.raises(DomainError, match="刚被别人改过"):
            reports.write(report=report, texts={}, version=1, by=crew["OFFICE_CLERK"], now=LATER)


class TestFinal:
    def test_closes_the_month_and_freezes_the_numbers(self, report, crew, tickets):
        final = reports.finalise(report=report, version=1, by=crew["OFFICE_CHIEF"], now=LATER)
        assert MonthClose.objects.filter(month=date(2026, 3, 1)).exists()
        before = final.material["counts"]["now"]
        Ticket.objects.filter(pk=tickets[4].pk).update(is_excluded=True)
        tallying.mark([tickets[4].pk])
        tallying.roll_up(now=LATER)
        with pytest.raises(DomainError, match="已经定稿"):
            reports.refresh(report=final, by=crew["OFFICE_CHIEF"], now=LATER)
        final.refresh_from_db()
        assert final.material["counts"]["now"] == before

    def test_waits_until_the_month_is_over(self, tickets, crew):
        made = reports.draft(kind=ReportKind.MONTH, day=MARCH, by=None, now=NOW)
        with pytest.raises(DomainError, match="没有过完"):
            reports.finalise(report=made, version=1, by=crew["OFFICE_CHIEF"], now=NOW)


class TestTimer:
    def test_writes_the_week_on_monday_once(self, db):
        monday = NOW + timedelta(days=5)
        assert housekeeping.draft_reports(monday) == 1
        assert housekeeping.draft_reports(monday) == 0
        assert Report.objects.get().first == date(2026, 3, 16)

    def test_writes_the_month_on_the_first(self, db):
        assert housekeeping.draft_reports(NOW + timedelta(days=14)) == 1
        assert Report.objects.get().first == date(2026, 3, 1)

    def test_closes_the_month_on_the_third(self, db):
        assert housekeeping.close_last_month(NOW + timedelta(days=15)) == 0
        assert housekeeping.close_last_month(NOW + timedelta(days=16)) == 1
        assert housekeeping.close_last_month(NOW + timedelta(days=16)) == 0


class TestPages:
    def test_go_from_draft_to_final(self, tickets, crew, login):
        client = login(crew["OFFICE_CLERK"])
        asked = client.post("/reports/", {"kind": "MONTH", "day": "2026-03-18"})
        assert asked.status_code == 302
        page = client.get(asked.url)
        assert "数字来自 K01" in page.content.decode()
        pk = Report.objects.get().pk
        texts = {part.key: part.text for part in paragraphs(Report.objects.get().material, {})}
        long = client.post(asked.url, texts | {"version": "1", "next": "长" * 3001})
        assert long.status_code == 422
        assert "长" * 3001 in long.content.decode()
        assert client.post(asked.url, texts | {"version": "1"}).status_code == 302
        assert client.post(f"/reports/{pk}/finalise/", {"version": "1"}).status_code == 422
        assert client.post(f"/reports/{pk}/finalise/", {"version": "2"}).status_code == 302
        assert Report.objects.get().is_final
        assert "已定稿" in client.get(asked.url).content.decode()

    def test_say_what_is_wrong_with_a_date(self, crew, login):
        client = login(crew["OFFICE_CLERK"])
        page = client.post("/reports/", {"kind": "MONTH", "day": "2026-13-01"})
        assert page.status_code == 422
        assert "日期写法不对" in page.content.decode()

    def test_are_not_for_others(self, crew, login):
        assert login(crew["LEADER"]).get("/reports/").status_code == 403


class TestFiles:
    def test_word_has_the_page_of_the_standard_and_native_charts(self, report, crew, login):
        file = login(crew["OFFICE_CLERK"]).get(f"/reports/{report.pk}/docx/").getvalue()
        document = Document(io.BytesIO(file))
        section = document.sections[0]
        found = (section.left_margin, section.right_margin, section.top_margin)
        wanted = (Mm(28), Mm(26), Mm(37))
        assert all(abs(one - other) < Mm(0.1) for one, other in zip(found, wanted, strict=True))
        text = "\n".join(one.text for one in document.paragraphs)
        assert "一、总体情况" in text
        assert "六、下步工作" in text
        assert len(document.tables) == 1
        with zipfile.ZipFile(io.BytesIO(file)) as parts:
            names = [n for n in parts.namelist() if n.startswith("word/charts/chart")]
            assert len(names) == 3
            shown = parts.read(names[1]).decode()
            assert re.findall(r"<c:v>(\d+)</c:v>", shown)[0] == "6"
            book = openpyxl.load_workbook(io.BytesIO(parts.read("word/embeddings/chart2.xlsx")))
            assert book.active["B2"].value == 6

    def test_annex_has_every_metric_of_every_unit(self, report, crew, login):
        file = login(crew["OFFICE_CLERK"]).get(f"/reports/{report.pk}/xlsx/").getvalue()
        rows = list(openpyxl.load_workbook(io.BytesIO(file)).worksheets[0].values)[2:]
        assert ("全区", "K01", "诉求登记量", "6", 6, None) in [row[:6] for row in rows]
        assert {row[0] for row in rows} == {
            "全区",
            "渔阳镇",
            "区住房建设委",
            "市规划资源局蓟州分局",
        }
