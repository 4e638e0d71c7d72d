"""Category and nature from the words of a request, with the reason; the next step of a state."""

import pytest

from apps.roster.models import Category
from apps.tickets.choices import Nature, Status
from apps.tickets.keywords import CATEGORY_WORDS
from apps.tickets.queries.similar import pairs
from apps.tickets.queries.suggest import guess_categories, guess_nature
from apps.tickets.workflow import Allowed, rows_from
from apps.tickets.workflow.steps import BY_STATUS, in_order, next_step

CASES = (
    ("冷库要加一台压缩机，变压器带不动，想申请增容，不知道报装找谁", "0401"),
    ("店门口的自来水停水三天了，供水什么时候恢复", "0403"),
    ("外地客户拖欠货款二十万元一直没结", "0502"),
    ("年报忘了报，被列入经营异常名录", "0103"),
    ("民宿新增客房，特种行业许可要不要变更", "1401"),
    ("货车进城送菜，通行码被驳回两次", "1301"),
    ("老厂房消防检查要求加喷淋", "1101"),
    ("招不到缝纫工，能不能进专场招聘会", "0701"),
)


@pytest.mark.django_db
class TestCategories:
    @pytest.mark.parametrize(("text", "code"), CASES)
    def test_are_told_by_the_words_of_enterprises(self, text, code):
        best = guess_categories(text)[0]
        assert best.category.code == code
        assert best.reason.startswith("提到“")

    def test_are_not_guessed_from_nothing(self):
        assert guess_categories("今天天气很好") == []

    def test_have_words_only_for_those_that_exist(self):
        known = set(Category.objects.values_list("code", flat=True))
        assert set(CATEGORY_WORDS) <= known


class TestNature:
    @pytest.mark.parametrize(
        ("text", "nature"),
        [
            ("想问施工许可要哪些材料", Nature.CONSULT),
            ("投诉门前围挡立了两个月没人管", Nature.COMPLAINT),
            ("举报招标文件排斥外地企业", Nature.REPORT),
            ("建议在路口加一块指示牌", Nature.SUGGESTION),
            ("感谢专家两次上门辅导", Nature.PRAISE),
            ("缺二十名缝纫工", Nature.HELP),
        ],
    )
    def test_is_told_by_a_word(self, text, nature):
        assert guess_nature(text).nature == nature


class TestPairs:
    def test_ignore_signs_and_width(self):
        assert pairs("图审，容缺！") == pairs("图审容缺")
        assert pairs("ＡＢ") == {"ab"}


class TestNextStep:
    def test_knows_only_actions_that_its_state_has(self):
        from apps.tickets.choices import TIERS_OF

        for status, codes in BY_STATUS.items():
            known = {row.code for tier in TIERS_OF[status] for row in rows_from(status, tier)}
            assert set(codes) <= known, status

    def test_skips_what_is_not_possible_now(self):
        rows = {row.code: row for row in rows_from(Status.PROCESSING, "HUB")}
        blocked = Allowed(rows["submit_result"], "还有 1 个协办单位没有反馈。")
        assert next_step([blocked], Status.PROCESSING) is None

    def test_puts_the_impossible_last(self):
        rows = {row.code: row for row in rows_from(Status.PROCESSING, "HUB")}
        found = in_order([Allowed(rows["contact"], "不能"), Allowed(rows["note"])])
        assert [one.transition.code for one in found] == ["note", "contact"]
