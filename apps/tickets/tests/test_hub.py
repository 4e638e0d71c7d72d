"""派单台, returns, extensions, merging, calls back, late ones: what the hub sees and does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.roster.models import Category, Unit
from apps.tickets.actions import Enterprise, register
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.tickets.queries import hub
from apps.tickets.queries.suggest_units import first_of, suggest, suggest_many
from apps.tickets.tests.conftest import ANSWER, NOW

pytestmark = pytest.mark.django_db
HOUSING = "区住房建设委"


@pytest.fixture
def clock(monkeypatch):
    """Pages think it is ``clock.at``."""

    class Clock:
        at = NOW

    monkeypatch.setattr("django.utils.timezone.now", lambda: Clock.at)
    return Clock


@pytest.fixture
def desk(crew, login, clock):
    """The dispatcher's browser."""
    return login(crew["HUB_DISPATCHER"])


@pytest.fixture
def chief(crew, login, clock):
    """The browser of the hub's head."""
    return login(crew["HUB_CHIEF"])


def escalate(ticket, act, now=NOW):
    """Send a registered ticket to the hub."""
    act(
        ticket,
        "escalate_hub",
        "OFFICER",
        now=now,
        tried="查了手册，也问了专家",
        reason="需要主管部门答复",
        collected_via="HOTLINE",
    )
    return ticket


@pytest.fixture
def another(crew, entity, request_data, act):
    """A second request of the same enterprise in the pool, half an hour later."""
    later = NOW + timedelta(minutes=30)
    data = {**request_data, "content": "门前道路路灯不亮，夜班工人出行不安全，请尽快修好。"}
    ticket = register(
        enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=later, data=data
    )
    return escalate(ticket, act, later)


def dispatch(browser, ticket, **data):
    """Send the panel's form."""
    fresh = Ticket.objects.get(pk=ticket.pk)
    unit = Unit.objects.get(name=data.pop("to", HOUSING))
    fields = {
        "lead": "other",
        "other": unit.code,
        "urgency": "NORMAL",
        "version": fresh.version,
        "go": "dispatch",
        **data,
    }
    return browser.post(reverse("tickets:dispatch", args=[ticket.number]), fields)


def send_back_to_pool(ticket, act, role="LIAISON"):
    """The lead returns it and the hub grants that."""
    act(
        ticket,
        "request_return",
        role,
        code="R1",
        basis="三定规定第三条不含此项",
        confirmed_by="专员张三",
        suggested=None,
        is_complex=False,
    )
    act(ticket, "approve_return", "HUB_CHIEF", opinion="同意改派")


class TestSuggestions:
    def test_name_the_directorys_unit_with_the_reason(self, pooled):
        category = Category.objects.get(code="0301")
        best = suggest(Ticket.objects.select_related("category__parent").get(pk=pooled.pk))[0]
        lead = category.default_lead or category.parent.default_lead
        assert best.unit == lead
        assert f"职责目录“{category.name}”" in best.basis
        assert "%" not in best.basis

    def test_count_what_became_of_the_same_category(self, pooled, another, act):
        water = Unit.objects.get(name="区水务局")
        category = pooled.category
        for place in range(3):
            copy = Ticket.objects.get(pk=another.pk)
            copy.pk, copy.number, copy.lead_unit = None, f"JZ-2603-8{place:04d}", water
            copy.category = category
            copy.save(force_insert=True)
        found = suggest(Ticket.objects.select_related("category__parent").get(pk=pooled.pk))
        line = next(one for one in found if one.unit == water)
        assert "近期同类 3 件中由该单位主办 3 件" in line.reasons
        assert line.load == 3

    def test_never_name_the_unit_complained_of(self, pooled):
        best = suggest(Ticket.objects.select_related("category__parent").get(pk=pooled.pk))[0]
        Ticket.objects.filter(pk=pooled.pk).update(complained_unit=best.unit)
        again = suggest(Ticket.objects.select_related("category__parent").get(pk=pooled.pk))
        assert best.unit not in {one.unit for one in again}

    def test_are_three_at_most_and_need_few_queries(
        self, pooled, another, django_assert_max_num_queries
    ):
        rows = list(Ticket.objects.select_related("category__parent").order_by("pk"))
        with django_assert_max_num_queries(5):
            found = suggest_many(rows)
        assert all(len(many) <= 3 for many in found.values())
        assert first_of(found, rows[0]) is not None


class TestQueue:
    def test_shows_the_tabs_with_counts_and_the_first_request(self, pooled, another, desk):
        page = desk.get(reverse("tickets:queue"))
        text = page.content.decode()
        assert [tab["label"] for tab in page.context["tabs"]] == [
            *("待派单", "待签收", "办理中", "临期", "超期"),
            *("退单待定", "延期待定", "待回访", "已办结"),
        ]
        assert page.context["tabs"][0]["count"] == 2
        assert page.context["ticket"].pk == pooled.pk
        assert "同一企业有 1 件在办" in text
        assert "复制为 12345 文本" in text

    @pytest.mark.parametrize("tab", [*hub.TABS, "ended", "nonsense"])
    def test_opens_every_tab(self, pooled, desk, tab):
        assert desk.get(reverse("tickets:queue"), {"tab": tab}).status_code == 200

    def test_gives_the_panel_alone_to_htmx(self, pooled, desk):
        page = desk.get(reverse("tickets:queue"), {"t": pooled.number}, HTTP_HX_REQUEST="true")
        assert "dispatch-form" in page.content.decode()
        assert "<html" not in page.content.decode()

    def test_is_quick(self, pooled, another, desk, django_assert_max_num_queries):
        desk.get(reverse("tickets:queue"))
        with django_assert_max_num_queries(32):
            desk.get(reverse("tickets:queue"))

    def test_says_what_came_since(self, pooled, desk, another):
        url = reverse("tickets:queue-news")
        assert "有 1 件新工单" in desk.get(url, {"since": pooled.pk}).content.decode()
        assert "新工单" not in desk.get(url, {"since": another.pk}).content.decode()

    def test_is_closed_to_others(self, pooled, crew, login):
        assert login(crew["LIAISON"]).get(reverse("tickets:queue")).status_code == 403


class TestDispatching:
    def test_goes_on_to_the_next_request(self, pooled, another, desk):
        answer = dispatch(desk, pooled, note="请先联系企业")
        assert answer.status_code == 302
        assert answer.url.endswith(f"t={another.number}")
        pooled.refresh_from_db()
        assert pooled.status == Status.PENDING_ACCEPT
        assert pooled.lead_unit.name == HOUSING
        page = desk.get(answer.url).content.decode()
        assert f"已派给{HOUSING}。应 3月27日 24:00 前办结" in page

    def test_takes_assisting_units(self, pooled, desk):
        helper = Unit.objects.get(name="市规划资源局蓟州分局")
        dispatch(desk, pooled, assists=[helper.code])
        assert pooled.assignments.filter(unit=helper, part="ASSIST").exists()

    def test_without_a_unit_is_refused_and_keeps_what_was_typed(self, pooled, desk):
        answer = dispatch(desk, pooled, other="", note="写了很久的说明")
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "请选一个单位" in page
        assert "写了很久的说明" in page
        pooled.refresh_from_db()
        assert pooled.status == Status.PENDING_DISPATCH

    def test_of_a_ticket_that_somebody_else_moved_is_refused(self, pooled, desk, act):
        act(pooled, "note", "HUB_CHIEF", text="先等等")
        answer = dispatch(desk, pooled, version=1)
        assert answer.status_code == 422
        assert "刚被" in answer.content.decode()

    def test_to_the_lead_as_assistant_too_is_refused_at_its_field(self, pooled, desk):
        answer = dispatch(desk, pooled, assists=[Unit.objects.get(name=HOUSING).code])
        assert answer.status_code == 422
        assert "协办单位里不用再选主办单位" in answer.content.decode()

    def test_back_to_the_first_receiver_needs_words(self, pooled, desk):
        url = reverse("tickets:dispatch", args=[pooled.number])
        data = {"go": "send_back", "version": pooled.version}
        assert desk.post(url, {**data, "missing": "缺"}).status_code == 422
        assert desk.post(url, {**data, "missing": "缺图审合格书编号"}).status_code == 302
        pooled.refresh_from_db()
        assert pooled.status == Status.REGISTERED

    def test_of_hidden_tickets_is_not_possible(self, pooled, desk):
        Ticket.objects.filter(pk=pooled.pk).update(is_restricted=True)
        assert dispatch(desk, pooled).status_code == 404


class TestBulk:
    def test_previews_the_basis_and_dispatches(self, pooled, another, desk):
        Ticket.objects.filter(pk=another.pk).update(category=None)
        url = reverse("tickets:dispatch-bulk")
        data = {"pk": [pooled.pk, another.pk], "how": "suggested"}
        page = desk.post(url, data).content.decode()
        assert "职责目录" in page
        assert "没有把握的建议，请逐件派单" in page
        pooled.refresh_from_db()
        assert pooled.status == Status.PENDING_DISPATCH
        page = desk.post(url, {**data, "go": "1"}, follow=True).content.decode()
        assert "已派单 1 件，跳过 1 件" in page
        pooled.refresh_from_db()
        another.refresh_from_db()
        assert (pooled.status, another.status) == (Status.PENDING_ACCEPT, Status.PENDING_DISPATCH)

    def test_to_one_unit_leaves_out_what_complains_of_it(self, pooled, another, desk):
        unit = Unit.objects.get(name="区水务局")
        Ticket.objects.filter(pk=another.pk).update(complained_unit=unit)
        data = {"pk": [pooled.pk, another.pk], "how": "unit", "unit": unit.code, "go": "1"}
        page = desk.post(reverse("tickets:dispatch-bulk"), data, follow=True).content.decode()
        assert "被反映单位不能承办" in page
        pooled.refresh_from_db()
        assert pooled.lead_unit == unit


class TestThirdDispatch:
    def test_may_be_a_designation_with_a_consultation(self, pooled, desk, chief, act):
        for _round in range(2):
            dispatch(desk, pooled)
            send_back_to_pool(pooled, act)
        page = chief.get(reverse("tickets:queue"), {"t": pooled.number}).content.decode()
        assert "第三次派单可以指定承办" in page
        assert dispatch(chief, pooled, go="designate").status_code == 422
        words = "三家会商，定由该委牵头办理"
        assert dispatch(chief, pooled, go="designate", consultation=words).status_code == 302
        pooled.refresh_from_db()
        assert pooled.is_designated

    def test_is_not_for_a_dispatcher_to_designate(self, pooled, desk, act):
        for _round in range(2):
            dispatch(desk, pooled)
            send_back_to_pool(pooled, act)
        page = desk.get(reverse("tickets:queue"), {"t": pooled.number}).content.decode()
        assert "请网格中心负责人" in page
        assert 'value="designate"' not in page


class TestReturns:
    @pytest.fixture
    def asked(self, dispatched, act):
        """A return that waits."""
        act(
            dispatched,
            "request_return",
            "LIAISON",
            code="R1",
            basis="三定规定第三条不含此项",
            confirmed_by="专员张三",
            suggested=Unit.objects.get(name="区水务局"),
            is_complex=False,
        )
        return dispatched

    def test_show_both_sides(self, asked, chief):
        page = chief.get(reverse("tickets:returns")).content.decode()
        assert "三定规定第三条不含此项" in page
        assert f"主办：{HOUSING}" in page
        assert "区水务局" in page

    def test_are_granted_and_lead_to_the_queue(self, asked, chief):
        url = reverse("tickets:decide", args=[asked.number])
        data = {"go": "approve_return", "version": asked.version}
        refused = chief.post(url, {**data, "opinion": ""})
        assert refused.status_code == 422
        assert "请写意见" in refused.content.decode()
        answer = chief.post(url, {**data, "opinion": "同意改派"})
        assert answer.url.endswith(f"t={asked.number}")
        asked.refresh_from_db()
        assert asked.status == Status.PENDING_DISPATCH

    def test_are_denied(self, asked, chief):
        data = {"go": "deny_return", "version": asked.version, "opinion": "职责明确，请办理"}
        chief.post(reverse("tickets:decide", args=[asked.number]), data)
        asked.refresh_from_db()
        assert asked.status == Status.PROCESSING
        assert asked.is_return_denied

    def test_are_not_for_dispatchers_to_decide(self, asked, desk):
        data = {"go": "deny_return", "version": asked.version, "opinion": "职责明确，请办理"}
        answer = desk.post(reverse("tickets:decide", args=[asked.number]), data)
        assert answer.status_code == 422
        assert "您的岗位不能做这一步" in answer.content.decode()


class TestExtensions:
    def test_too_late_is_refused_in_time_is_shown_and_granted(self, processing, act, chief, clock):
        from apps.core.errors import DomainError

        asking = {"days": 3, "reason": "等上级部门批复", "told_by": "PHONE", "told_on": NOW.date()}
        with pytest.raises(DomainError, match="延期"):
            act(
                processing,
                "request_extension",
                "LIAISON",
                now=NOW + timedelta(days=9),
                **asking,
            )
        act(processing, "request_extension", "LIAISON", **asking)
        page = chief.get(reverse("tickets:extensions")).content.decode()
        assert "延 3 个工作日" in page
        assert "4月1日" in page
        data = {"go": "approve_extension", "version": processing.version, "opinion": "同意"}
        chief.post(reverse("tickets:decide", args=[processing.number]), data)
        due = processing.ticket_due_at
        processing.refresh_from_db()
        assert processing.extension_count == 1
        assert processing.ticket_due_at == due < processing.handle_due_at

    @pytest.mark.parametrize(("days", "is_late"), [(6, False), (7, True)])
    def test_asked_when_the_light_is_yellow_count_as_late(self, processing, act, days, is_late):
        """The term ends on 27 March; from the 25th on two working days are left (K12b)."""
        act(processing, "request_extension", "LIAISON", now=NOW + timedelta(days=days), days=3,
            reason="等上级部门批复", told_by="PHONE", told_on=NOW.date())  # fmt: skip
        assert processing.applications.get().near_due is is_late


class TestMerging:
    def test_compares_merges_and_takes_it_back(self, pooled, another, desk):
        url = reverse("tickets:merge", args=[another.number])
        assert pooled.number in desk.get(url).content.decode()
        both = desk.get(url, {"with": pooled.number}).content.decode()
        assert "这一件（将并入）" in both
        assert pooled.content in both
        data = {"master": pooled.number, "reason": "同一处路灯，重复反映", "version": 1}
        assert desk.post(url, data).status_code == 422
        data["version"] = another.version
        page = desk.post(url, data, follow=True).content.decode()
        assert "24 小时内可以撤销" in page
        another.refresh_from_db()
        assert another.status == Status.MERGED
        told = pooled.events.get(code="absorb").text
        assert told.startswith(f"{another.number} 并入本单：同一处路灯，重复反映（")
        back = reverse("tickets:unmerge", args=[another.number])
        desk.post(back, {"reason": "不是同一件事情"})
        another.refresh_from_db()
        assert another.status == Status.PENDING_DISPATCH

    def test_finds_the_other_by_its_last_digits(self, pooled, another, desk):
        url = reverse("tickets:merge", args=[another.number])
        page = desk.get(url, {"q": pooled.number[-5:]})
        assert [one.pk for one, _who, _state in page.context["candidates"]] == [pooled.pk]


class TestCallbacks:
    @pytest.fixture
    def answered(self, processing, act, make_user):
        """A ticket that waits for the call."""
        helper = make_user("LIAISON", unit="市规划资源局蓟州分局", username="helper")
        act(processing, "answer_assist", helper, answer="没有不同意见")
        act(
            processing,
            "submit_result",
            "LIAISON",
            outcome="RESOLVED",
            answer=ANSWER,
            told_by="PHONE",
        )
        act(processing, "approve_result", "HUB_CHIEF")
        return processing

    def test_show_what_to_say_and_no_whole_number(self, answered, crew, login, clock):
        page = login(crew["FOLLOWUP_CLERK"]).get(reverse("tickets:callbacks")).content.decode()
        assert "承办单位联系过您吗" in page
        assert ANSWER in page
        assert "13900001111" not in page

    def test_put_bad_ratings_first(self, answered, crew):
        second = Ticket.objects.get(pk=answered.pk)
        second.pk, second.number, second.answer_grade = None, "JZ-2603-70001", "POOR"
        second.due_at += timedelta(days=3)
        second.save(force_insert=True)
        rows = hub.callbacks(Ticket.objects.all()).order_by(*hub.CALLBACK_ORDER)
        assert [row.number for row in rows] == ["JZ-2603-70001", answered.number]

    def test_note_an_unanswered_call_and_refuse_the_next_at_once(
        self, answered, crew, login, clock
    ):
        client = login(crew["FOLLOWUP_CLERK"])
        url = reverse("tickets:missed-call", args=[answered.number])
        assert "已记第 1 次未接通" in client.post(url, follow=True).content.decode()
        assert "至少隔 2 小时" in client.post(url, follow=True).content.decode()
        answered.refresh_from_db()
        assert answered.call_count == 1


class TestLate:
    def test_counts_by_unit_in_fixed_order_and_lists_the_same(
        self, dispatched, another, crew, login, clock
    ):
        clock.at = NOW + timedelta(days=12)
        chief = login(crew["HUB_CHIEF"])
        page = chief.get(reverse("tickets:late"))
        groups = page.context["groups"]
        assert [(one["name"], one["red"]) for one in groups] == [
            ("还没有主办单位", 1),
            (HOUSING, 1),
        ]
        code = Unit.objects.get(name=HOUSING).code
        only = chief.get(reverse("tickets:late"), {"unit": code}).context["lines"]
        assert [line.ticket.pk for line in only] == [dispatched.pk]

    def test_of_a_department_is_its_own(self, dispatched, another, crew, login, clock):
        clock.at = NOW + timedelta(days=12)
        page = login(crew["COMMISSIONER"]).get(reverse("tickets:late"))
        assert [line.ticket.pk for line in page.context["lines"]] == [dispatched.pk]


class TestHotlineText:
    def test_has_one_line_a_field_and_no_whole_number(self, pooled, crew):
        text = hub.hotline_text(
            Ticket.objects.select_related("township", "zone", "category").get(pk=pooled.pk),
            crew["HUB_DISPATCHER"],
        )
        assert "诉求内容：扩建车间的施工许可" in text
        assert "13900001111" not in text
        assert "139****1111" in text
