"""Finding entries: words of two characters, requests as people write them."""

import pytest

from apps.core.bigrams import pairs, plain
from apps.handbook import actions, terms
from apps.handbook.queries import search, suggest, suggestions
from apps.handbook.tests.builders import draft_of, published_of
from apps.roster.models import Category

pytestmark = pytest.mark.django_db
# what enterprises wrote, and the category a dispatcher chose
REQUESTS = (
    ("现有变压器带不动新装的空气能热泵，申请增容，报装材料不清楚", "0401"),
    ("因忘报年报被列入经营异常名录，外卖平台不给上线，多久能移出", "0103"),
    ("店门前管网施工围挡立了两个多月，工地没人，要求留出进店通道", "1701"),
    ("厂区没接市政污水管网，靠罐车拉运，要求纳入管网建设计划", "0403"),
    ("养殖用电一直按一般工商业电价收，要求核实并退还差额", "0406"),
    ("进村路口限高，拉水果的货车进不来", "1302"),
    ("收到秋冬季停产通知，听说同行评了绩效分级只限产", "1002"),
    ("各单位上门检查很多次，同一周查同样内容，希望统筹成一次联合检查", "1201"),
    ("货车进市区配送蔬菜，通行码申请被驳回", "1301"),
    ("残保金核定数比去年多，有残疾职工没被认定", "0705"),
    ("旺季缺流动资金，想贷款，没有抵押物，有没有信用贷和贴息", "0501"),
    ("招商协议约定的租金补贴没兑现，专班撤了不知道找谁", "0803"),
    ("同一人多次购买临期食品后索赔，疑似职业索赔", "1203"),
    ("招标文件要求本区注册满三年，怀疑排斥外地企业", "1801"),
    ("废机油快存满一年，收集公司不来了", "1004"),
)


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("增容", "0401-01"),
            ("消防", "0303-01"),
            ("消防 审查", "0303-01"),
            ("贴息", "0501-01"),
            ("变压器", "0401-01"),
            ("0401-01", "0401-01"),
            ("zfbz", ""),
            ("看护房", "0204-01"),
            ("电", "0401-01"),
        ],
    )
    def test_finds_words_of_every_length(self, text, number):
        found = set(search(text).values_list("number", flat=True))
        assert (number in found) if number else not found

    def test_wants_every_word(self):
        assert not search("增容 养老院").exists()

    def test_finds_exactly_the_entries_that_hold_the_word(self):
        from apps.handbook.models import Entry

        for word in ("增容", "消防", "贷款", "许可", "仲裁"):
            held = {
                entry.pk
                for entry in Entry.objects.published()
                if any(word in plain(str(value)) for value in entry.content().values())
            }
            fields = set(search(word).values_list("pk", flat=True))
            assert fields <= held
            assert fields

    @pytest.mark.parametrize("text", ["", " ", "%", "_", "'", '"', "\\", "a' | b", "，"])
    def test_takes_anything_that_is_typed(self, text):
        assert search(text).count() in range(100)

    def test_leaves_drafts_out(self):
        draft_of(question="谁能看见草稿里的词")
        assert not search("看见草稿").exists()

    def test_is_part_of_the_search_box(self, login, officer, sysadmin):
        assert "0401-01" in login(officer).get("/search/?q=增容").content.decode()
        assert "0401-01" not in login(sysadmin).get("/search/?q=增容").content.decode()


class TestSuggest:
    @pytest.mark.parametrize(("text", "code"), REQUESTS)
    def test_puts_the_right_category_first(self, text, code):
        best = suggest(text)[0]
        assert best.version.category.code == code
        assert best.reasons[0].startswith("都提到“")

    def test_names_the_words_both_have(self):
        best = suggest("企业要增容")[0]
        assert "增容" in best.reasons[0]

    def test_says_nothing_about_nothing(self):
        for text in ("", "12345", "。。。", "喂", "好的谢谢"):
            assert suggest(text) == []

    def test_lifts_the_category_of_the_request(self):
        category = Category.objects.get(code="1101")
        text = "租的老厂房，消防说要加装喷淋"
        lifted = suggest(text, category)[0]
        assert lifted.version.category == category
        assert "同属“消防检查与整改”" in lifted.reasons

    def test_knows_only_what_is_published(self, now):
        entry = draft_of(question="马铃薯冷库制冷剂怎么备案")
        assert entry.number not in {one.entry.number for one in suggest("马铃薯冷库制冷剂")}
        actions.publish(entry=entry, by=None, now=now)
        assert suggest("马铃薯冷库制冷剂")[0].entry == entry
        actions.withdraw(entry=entry, reason="测试", by=None, now=now)
        assert entry.number not in {one.entry.number for one in suggest("马铃薯冷库制冷剂")}

    def test_quotes_the_version_in_force(self, now):
        entry = published_of(question="马铃薯冷库制冷剂怎么备案")
        actions.save_draft(entry=entry, by=None, now=now, answer="您好，新的答复内容。")
        assert suggest("马铃薯冷库制冷剂")[0].version == entry.current

    def test_keeps_to_the_limit_and_to_five_questions(self, django_assert_num_queries):
        with django_assert_num_queries(5):
            found = suggest("消防检查要求整改，厂房租赁，营业执照", limit=2)
        assert len(found) == 2
        assert found[0].score >= found[1].score

    def test_looks_at_a_bounded_number_of_rows(self, monkeypatch):
        monkeypatch.setattr(suggestions, "MOST_ROWS", 5)
        assert suggest("现有变压器带不动，申请增容")[0].version.category.code == "0401"


class TestTerms:
    def test_weigh_the_question_most(self):
        found = terms.weights(
            question="用电增容", similar=["变压器增容"], category="用电报装", body=["用电要报装。"]
        )
        assert (found["增容"], found["压器"], found["报装"], found["电要"]) == (5, 4, 3, 1)

    def test_span_no_stop_and_hold_no_digit(self):
        found = terms.weights(question="能办，去窗口", similar=[], category="", body=["交 200 元"])
        assert set(found) == {"能办", "去窗", "窗口"}

    def test_come_out_as_words_again(self):
        assert terms.words("申请增容两百", {"申请", "增容"}) == ["申请", "增容"]
        assert terms.words("用电增容", pairs("用电增容")) == ["用电增容"]
