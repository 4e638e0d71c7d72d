"""Drafts, versions, publication, review: what changes, what stays, what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.handbook import actions
from apps.handbook.actions._base import STALE, months_after
from apps.handbook.models import CONTENT, Entry, EntryTerm, EntryVersion
from apps.handbook.queries import search
from apps.handbook.tests.builders import content, draft_of, published_of
from apps.notices.models import Notice
from apps.roster.models import Category, Unit

pytestmark = pytest.mark.django_db


class TestSaveDraft:
    def test_numbers_entries_within_their_category(self, now):
        first, second = draft_of(category="1901"), draft_of(category="1901", question="另一个问题")
        assert (first.number, second.number) == ("1901-02", "1901-03")  # 01 is the example

    def test_cleans_lines(self):
        entry = draft_of(question=" 能  装吗\n", materials="\n 甲 \n\n乙\0\n")
        assert (entry.question, entry.material_list) == ("能 装吗", ["甲", "乙"])

    @pytest.mark.parametrize(
        ("field", "value", "part"),
        [
            ("question", "", "标准问"),
            ("question", "问" * 81, "80"),
            ("short_answer", "答" * 151, "150"),
            ("similar", "一\n二\n三\n四\n五\n六", "最多写 5 个"),
            ("similar", "问" * 61, "不超过 60"),
            ("phone", "张三 13900001234", "座机"),
            ("answer", "我们会按规定办理。", "按规定办理"),
            ("short_answer", "请耐心等待。", "请耐心等待"),
        ],
    )
    def test_refuses_what_no_entry_may_hold(self, field, value, part):
        with pytest.raises(DomainError) as refused:
            draft_of(**{field: value})
        assert refused.value.field in {field, None}
        assert part in refused.value.message or field == "question"
        assert not Entry.objects.filter(is_example=False).exists()

    def test_refuses_a_group_and_a_closed_unit(self):
        with pytest.raises(DomainError, match="二级类目"):
            draft_of(category="04")
        Unit.objects.filter(name="区体育局").update(is_active=False)
        with pytest.raises(DomainError, match="停用"):
            draft_of(unit="区体育局")

    def test_leaves_what_is_published_as_it_is(self, now):
        entry = published_of()
        actions.save_draft(entry=entry, by=None, now=now, **content(short_answer="改过的话。"))
        entry.refresh_from_db()
        assert (entry.draft_state, entry.shown.short_answer) == (
            "EDITING",
            "能装，先确认场地和消防要求。",
        )
        assert not search("改过的话").exists()

    def test_refuses_who_was_slower(self, now):
        entry = draft_of()
        seen = entry.revision
        actions.save_draft(entry=entry, revision=seen, by=None, now=now, short_answer="先到的。")
        with pytest.raises(DomainError, match="刚刚被别人改过") as refused:
            actions.save_draft(
                entry=entry, revision=seen, by=None, now=now, short_answer="后到的。"
            )
        assert refused.value.message == STALE
        assert Entry.objects.get(pk=entry.pk).short_answer == "先到的。"

    def test_records_nothing_when_nothing_changes(self, now):
        entry = draft_of()
        before = AuditEntry.objects.count()
        actions.save_draft(entry=entry, by=None, now=now, **content())
        assert AuditEntry.objects.count() == before

    def test_sends_a_checked_draft_back_to_be_checked(self, now):
        entry = draft_of()
        actions.check_draft(entry=entry, by=None, now=now)
        actions.save_draft(entry=entry, by=None, now=now, fee="不收费")
        assert Entry.objects.get(pk=entry.pk).draft_state == "EDITING"


class TestPublish:
    def test_makes_the_first_version(self, now, office_chief):
        entry = draft_of()
        version = actions.publish(entry=entry, by=office_chief, now=now, note="首次")
        entry.refresh_from_db()
        assert (entry.status, entry.draft_state, entry.current) == ("PUBLISHED", "NONE", version)
        assert (version.number, version.note, version.published_by) == (
            1,
            "首次",
            office_chief.name,
        )
        assert {name: getattr(version, name) for name in CONTENT} == entry.content()
        assert (version.effective_on, entry.review_on) == (date(2026, 3, 18), date(2026, 9, 18))

    def test_keeps_the_versions_before(self, now):
        entry = published_of()
        first = entry.current
        kept = {field.name: getattr(first, field.attname) for field in first._meta.fields}
        actions.save_draft(entry=entry, by=None, now=now, answer="您好，现在改为先验收。")
        second = actions.publish(entry=entry, by=None, now=now)
        again = EntryVersion.objects.get(pk=first.pk)
        assert second.number == 2
        assert {field.name: getattr(again, field.attname) for field in again._meta.fields} == kept

    def test_refuses_an_incomplete_or_unchanged_draft(self, now):
        with pytest.raises(DomainError, match="一句话答案"):
            actions.publish(entry=draft_of(short_answer=""), by=None, now=now)
        with pytest.raises(DomainError, match="没有未发布的改动"):
            actions.publish(entry=published_of(), by=None, now=now)

    def test_refuses_a_draft_that_was_changed_meanwhile(self, now):
        entry = draft_of()
        actions.save_draft(entry=entry, by=None, now=now, fee="不收费")
        with pytest.raises(DomainError, match="刚刚被别人改过"):
            actions.publish(entry=entry, revision=1, by=None, now=now)

    def test_writes_everything_or_nothing(self, now, monkeypatch):
        entry = draft_of()

        def broken(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr("apps.handbook.actions.entries.index", broken)
        with pytest.raises(RuntimeError):
            actions.publish(entry=entry, by=None, now=now)
        entry.refresh_from_db()
        assert (entry.status, entry.versions.count()) == ("DRAFT", 0)

    def test_is_held_by_the_database_too(self, now):
        entry = draft_of()
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.filter(pk=entry.pk).update(status="PUBLISHED")
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.filter(pk=entry.pk).update(draft_state="NONE")
        published = published_of(question="另一个问题")
        with pytest.raises(IntegrityError), transaction.atomic():
            EntryVersion.objects.filter(pk=published.current_id).update(answer="")


class TestStages:
    def test_go_from_writer_to_commissioner_to_office(self, now, make_user):
        writer = make_user("EXPERT", unit="区供电分公司")
        checker = make_user("COMMISSIONER", unit="区供电分公司")
        stranger = make_user("COMMISSIONER", unit="区水务局")
        chief = make_user("OFFICE_CHIEF", unit="区营商环境办")
        entry = draft_of(by=writer)
        actions.submit_draft(entry=entry, by=writer, now=now)
        assert set(Notice.objects.values_list("user_id", flat=True)) == {checker.pk}
        actions.send_back(entry=entry, reason="少写了依据", by=checker, now=now)
        assert Notice.objects.get(user=writer).body == "少写了依据"
        actions.submit_draft(entry=entry, by=writer, now=now)
        actions.check_draft(entry=entry, by=checker, now=now)
        assert Notice.objects.filter(user=chief, title__contains="待发布").count() == 1
        actions.publish(entry=entry, by=chief, now=now)
        assert not Notice.objects.filter(user=stranger).exists()

    def test_skip_the_commissioner_that_is_not_there(self, now, office_chief):
        actions.submit_draft(entry=draft_of(), by=None, now=now)
        assert Notice.objects.get().user == office_chief

    def test_refuse_a_step_out_of_turn(self, now):
        entry = draft_of()
        with pytest.raises(DomainError, match="还没有送审"):
            actions.send_back(entry=entry, reason="不行", by=None, now=now)
        actions.submit_draft(entry=entry, by=None, now=now)
        with pytest.raises(DomainError, match="不用再送审"):
            actions.submit_draft(entry=entry, by=None, now=now)
        with pytest.raises(DomainError, match="原因"):
            actions.send_back(entry=entry, reason=" ", by=None, now=now)
        actions.check_draft(entry=entry, by=None, now=now)
        with pytest.raises(DomainError, match="已经审过"):
            actions.check_draft(entry=entry, by=None, now=now)


class TestWithdraw:
    def test_hides_the_entry_and_keeps_its_versions(self, now):
        entry = published_of()
        actions.withdraw(entry=entry, reason="政策废止", by=None, now=now)
        assert not search("充电车位").exists()
        assert not EntryTerm.objects.filter(entry=entry).exists()
        assert entry.versions.count() == 1
        with pytest.raises(DomainError, match="已经停用"):
            actions.withdraw(entry=entry, reason="再来", by=None, now=now)

    def test_can_be_undone_by_publishing_again(self, now):
        entry = published_of()
        actions.withdraw(entry=entry, reason="误发", by=None, now=now)
        assert actions.publish(entry=entry, by=None, now=now).number == 2
        assert search("充电车位").get() == entry


class TestDiscard:
    def test_brings_the_published_words_back(self, now):
        entry = published_of()
        actions.save_draft(entry=entry, by=None, now=now, answer="写坏了的一段话。")
        actions.discard_draft(entry=entry, by=None, now=now)
        entry.refresh_from_db()
        assert (entry.has_draft, entry.answer) == (False, entry.current.answer)

    def test_needs_something_published(self, now):
        with pytest.raises(DomainError, match="没有发布过"):
            actions.discard_draft(entry=draft_of(), by=None, now=now)


class TestReview:
    @pytest.mark.parametrize(
        ("day", "later"),
        [
            (date(2026, 3, 18), date(2026, 9, 18)),
            (date(2026, 8, 31), date(2027, 2, 28)),
            (date(2027, 8, 31), date(2028, 2, 29)),
            (date(2026, 12, 1), date(2027, 6, 1)),
        ],
    )
    def test_comes_six_months_later(self, day, later):
        assert months_after(day, 6) == later

    def test_is_announced_once_fifteen_days_before(self, now, make_user):
        Entry.objects.published().update(review_on=date(2030, 1, 1))
        writer = make_user("LIAISON", unit="区供电分公司")
        entry = published_of(now=now)
        other = published_of(now=now, question="另一个问题")
        early = datetime(2026, 9, 2, 2, 0, tzinfo=UTC)
        assert actions.remind_of_reviews(now=early) == 0
        assert actions.remind_of_reviews(now=early + timedelta(days=1)) == 2
        assert actions.remind_of_reviews(now=early + timedelta(days=2)) == 0
        told = Notice.objects.get(user=writer, title__contains="要复核")
        assert "2 条" in told.title
        assert entry.number in told.body
        assert other.number in told.body

    def test_is_the_offices_task_where_nobody_has_an_account(self, now, make_user):
        clerk = make_user("OFFICE_CLERK", unit="区营商环境办")
        Entry.objects.published().exclude(number="0401-01").update(review_on=date(2030, 1, 1))
        Entry.objects.filter(number="0401-01").update(review_on=date(2026, 3, 20))
        assert actions.remind_of_reviews(now=now) == 1
        assert Notice.objects.get().user == clerk

    def test_moves_on_when_confirmed(self, now):
        entry = published_of(now=now)
        later = now + timedelta(days=170)
        actions.remind_of_reviews(now=later)
        actions.confirm_review(entry=entry, by=None, now=later)
        entry.refresh_from_db()
        assert (entry.review_on, entry.reminded_for) == (date(2027, 3, 4), None)
        assert entry.versions.count() == 1
        with pytest.raises(DomainError, match="已发布"):
            actions.confirm_review(entry=draft_of(question="别的问题"), by=None, now=now)


class TestExamples:
    def test_cover_each_category_and_say_what_they_are(self):
        wanted = Category.objects.filter(parent__isnull=False)
        examples = Entry.objects.published().filter(is_example=True)
        covered = set(examples.values_list("category_id", flat=True))
        assert covered == set(wanted.values_list("pk", flat=True))
        for entry in examples.select_related("current", "category"):
            assert entry.current.reply_text().endswith("示例条目，以主管部门最新规定为准。")
            assert entry.unit_id == entry.category.default_lead_id

    def test_are_complete(self):
        for version in EntryVersion.objects.filter(is_example=True):
            assert 60 <= len(version.answer) <= 400, version
            assert version.answer.startswith("您好"), version
            assert len(version.short_answer) >= 15, version
            assert 3 <= len(version.similar_list) <= 5, version
            assert version.material_list, version
            assert len(version.step_list) >= 3, version
            assert version.basis, version
            assert version.time_limit, version
            assert version.fee, version
            assert "！" not in version.answer + version.short_answer

    def test_are_loaded_once_and_spare_what_was_edited(self, now):
        entry = Entry.objects.get(number="0401-01")
        actions.save_draft(entry=entry, by=None, now=now, fee="核实过：不收费")
        assert actions.load_examples(by=None, now=now) == 0
        assert Entry.objects.get(pk=entry.pk).fee == "核实过：不收费"
