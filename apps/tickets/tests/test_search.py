"""Finding tickets: numbers however typed, two-character words, likeness; only what one may see."""

import pytest
from django.urls import reverse

from apps.core import fulltext, timers
from apps.tickets.actions import Enterprise, indexing, register
from apps.tickets.models import Ticket, TicketIndex
from apps.tickets.queries import search
from apps.tickets.tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(crew, entity, request_data):
    """Register a request with some words."""

    def do(content, **more):
        data = {**request_data, "content": content, **more}
        return register(
            enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=data
        )

    return do


def numbers(user, text):
    """Return what the search box finds for somebody."""
    seen = Ticket.objects.visible_to(user)
    return [ticket.number for ticket in search.find(seen, text, 20)]


class TestNumbers:
    @pytest.mark.parametrize(
        "typed",
        [
            "JZ-2603-00001",
            "jz-2603-00001",
            "ＪＺ－２６０３－００００１",
            "2603-00001",
            "260300001",
            "JZ260300001",
            "JZ 2603 00001",
            "00001",
            "０００01",
        ],
    )
    def test_are_understood_however_typed(self, registered, crew, typed):
        typed = typed.replace(" ", "")
        assert numbers(crew["OFFICER"], typed) == [registered.number]

    def test_of_the_hotline_are_found_whole(self, registered, crew):
        Ticket.objects.filter(pk=registered.pk).update(hotline_no="TJ20260318001")
        assert numbers(crew["OFFICER"], "tj20260318001") == [registered.number]

    def test_that_do_not_exist_find_nothing(self, registered, crew):
        assert numbers(crew["OFFICER"], "JZ-2603-00999") == []


class TestWords:
    @pytest.mark.parametrize("word", ["增容", "消防", "变压器", "两个月没有回音", "消防 复查"])
    def test_of_two_characters_and_more_are_found(self, make, crew, word):
        grown = make("厂区变压器增容申请两个月没有回音，影响新生产线。")
        fire = make("消防验收整改后如何申请复查，施工图要不要重新送审。")
        wanted = {"增容": grown, "变压器": grown, "两个月没有回音": grown}.get(word, fire)
        assert numbers(crew["OFFICER"], word) == [wanted.number]

    def test_are_every_hit_that_a_plain_comparison_finds(self, make, crew):
        texts = ["供电增容报装要多久能批", "天然气增压站扩容手续", "增 容 两字中间有空格也能找到"]
        made = [make(f"{text}，请告诉我们办理的步骤。") for text in texts]
        assert set(numbers(crew["OFFICER"], "增容")) == {made[0].number, made[2].number}

    def test_must_stand_side_by_side(self, make, crew):
        make("变动容量、增加压力，都要先问清楚再办。")
        assert numbers(crew["OFFICER"], "增容") == []

    def test_of_the_enterprise_are_found_unless_it_is_hidden(self, make, crew):
        shown = make("想了解用电增容怎么办理，需要哪些材料。")
        make("举报某单位办事推诿，多次来访没有答复。", nature="REPORT")
        assert numbers(crew["OFFICER"], "示例机械") == [shown.number]

    def test_find_nothing_for_strangers(self, make, make_user):
        make("厂区变压器增容申请两个月没有回音。")
        stranger = make_user("LIAISON", unit="区水务局", username="stranger")
        assert numbers(stranger, "增容") == []
        assert numbers(stranger, "00001") == []


class TestSearchPage:
    def test_has_a_group_of_tickets_with_the_present_step(self, registered, crew, login):
        page = login(crew["OFFICER"]).get(reverse("core:search"), {"q": "施工许可"})
        groups = dict(page.context["groups"])
        assert groups["工单"][0].url == f"/t/{registered.number}/"
        assert registered.number in groups["工单"][0].note

    def test_bears_any_text(self, registered, crew, login):
        client = login(crew["OFFICER"])
        for text in ("'", '"', "增:*", "NEAR(a b)", "%", "\\", "容" * 90, "😀", "a b c d e f"):
            assert client.get(reverse("core:search"), {"q": text}).status_code == 200


class TestSimilar:
    def test_puts_the_likest_first(self, make, crew):
        first = make("园区路灯大面积不亮，夜班工人出行不安全，请尽快修好。")
        make("想了解农产品冷藏设施补助还有没有名额，怎么申报。")
        seen = Ticket.objects.visible_to(crew["OFFICER"])
        found = search.similar("园区的路灯不亮了，工人夜班出行很不安全", seen)
        assert [ticket.pk for ticket, _share in found] == [first.pk]

    def test_leaves_out_itself_and_what_one_may_not_see(self, make, crew, make_user):
        one = make("园区路灯大面积不亮，夜班工人出行不安全，请尽快修好。")
        text = one.content
        assert search.similar(text, Ticket.objects.all(), without=one.pk) == []
        stranger = make_user("LIAISON", unit="区水务局", username="stranger")
        assert search.similar(text, Ticket.objects.visible_to(stranger)) == []

    def test_asks_for_a_few_rare_pairs_only(self, make):
        make("园区路灯大面积不亮，夜班工人出行不安全，请尽快修好。")
        assert (
            len(search.rarest("园区路灯大面积不亮，夜班工人出行不安全，请尽快修好")) == search.RARE
        )

    def test_needs_no_counting_while_a_page_is_made(self, make, django_assert_num_queries):
        make("园区路灯大面积不亮，夜班工人出行不安全，请尽快修好。")
        (timer,) = [one for one in timers.registered() if one.name == "tickets.pairs"]
        assert timer.run(NOW) > 10
        with django_assert_num_queries(0):
            assert "路灯" in search.rarest("园区路灯")


class TestNewest:
    @pytest.mark.parametrize("most", [1, 2, 3, 4, 5, 9])
    def test_hits_come_first_wherever_their_keys_lie(self, make, most):
        """Keys far apart lie in different blocks of PostgreSQL's index."""
        first = make("园区路灯大面积不亮，夜班工人出行不安全，请尽快修好。")
        row = TicketIndex.objects.get(pk=first.pk)
        keys = [first.pk, 70_000, 140_000, 400_000, 900_000, 900_001]
        for number, key in enumerate(keys[1:]):
            copy = Ticket.objects.get(pk=first.pk)
            copy.pk, copy.number = key, f"JZ-2603-{90_000 + number}"
            copy.save(force_insert=True)
            TicketIndex.objects.create(pk=key, plain=row.plain, tokens=row.tokens)
        found = fulltext.newest(TicketIndex, search.wanted("路灯"), most)
        assert found == sorted(keys, reverse=True)[:most]
        assert fulltext.newest(TicketIndex, search.wanted("路灯坏"), most) == []


class TestIndex:
    def test_is_written_with_the_ticket_and_undone_with_it(self, make):
        from django.db import transaction

        with transaction.atomic():
            make("厂区变压器增容申请两个月没有回音。")
            assert TicketIndex.objects.count() == 1
            transaction.set_rollback(True)
        assert TicketIndex.objects.count() == 0

    def test_can_be_rebuilt(self, make, crew):
        made = make("厂区变压器增容申请两个月没有回音。")
        TicketIndex.objects.filter(ticket=made).update(plain="", tokens="")
        assert numbers(crew["OFFICER"], "增容") == []
        assert indexing.rebuild() == 1
        assert numbers(crew["OFFICER"], "增容") == [made.number]


class TestListFilter:
    def test_by_words_and_number_agrees_with_the_search(self, make, crew, login):
        made = make("厂区变压器增容申请两个月没有回音。")
        make("想了解农产品冷藏设施补助还有没有名额。")
        client = login(crew["TEAM_LEADER"])
        for text in ("增容", made.number, made.number[-5:]):
            page = client.get(reverse("tickets:list"), {"view": "unit", "q": text})
            assert [row.pk for row in page.context["page"].rows] == [made.pk], text
