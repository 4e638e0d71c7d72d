"""Search: every hit that a plain comparison finds, within what the person may see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.pinyin import initials
from apps.registry.models import BusinessEntity
from apps.registry.queries import search
from apps.registry.tests.builders import CODE, entity_of, number_of

pytestmark = pytest.mark.django_db
NAMES = (
    "天津市蓟州区宏远建材有限公司",
    "盘山（渔阳）果蔬种植专业合作社",
    "渔阳镇山里人家农家院",
    "A1 汽车美容店",
    "重庆小面馆",
    "王七（个体）",
)


@pytest.fixture
def shops():
    """Six entities with all kinds of names."""
    return [
        entity_of(name, principal="王七", phones=[number_of(1000 + place)])
        for place, name in enumerate(NAMES)
    ]


def found(text):
    return {row.name for row in search.typeahead(BusinessEntity.objects.all(), text)}


class TestTypeahead:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    def test_finds_by_every_part_of_the_name(self, shops, name, size):
        from apps.registry.names import plain

        text = plain(name)
        for start in range(len(text) - size + 1):
            assert name in found(text[start : start + size])

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_finds_by_every_part_of_the_initials(self, shops, name, size):
        letters = initials(name)
        for start in range(len(letters) - size + 1):
            assert name in found(letters[start : start + size])

    def test_finds_nothing_that_only_has_the_pieces(self, shops):
        entity_of("远建材宏远店")
        assert found("宏远建") == {NAMES[0]}

    def test_finds_by_tail_whole_number_and_code(self, shops):
        entity_of("有代码的店", credit_code=CODE)
        assert found("1003") == {NAMES[3]}
        assert found("154-0000-1003") == {NAMES[3]}
        assert found("9112 0119 ma0".replace(" ", "")) == {"有代码的店"}
        assert found(CODE.lower()) == {"有代码的店"}

    def test_wants_every_word(self, shops):
        assert found("山里 农家") == {NAMES[2]}
        assert found("山里 合作社") == set()

    @pytest.mark.parametrize("text", ["", " ", "'", '"', "(", "%", "\\", "a' | 'b", "' & !", "*"])
    def test_takes_anything_that_is_typed(self, shops, text):
        assert isinstance(found(text), set)

    def test_puts_names_that_begin_so_first(self, shops):
        entity_of("大宏远建材有限公司")
        rows = search.typeahead(BusinessEntity.objects.all(), "宏远")
        assert [row.name for row in rows] == [NAMES[0], "大宏远建材有限公司"]

    def test_stays_within_the_scope(self, shops):
        entity_of("宏远建材有限公司", unit="下营镇")
        scope = BusinessEntity.objects.filter(unit__name="下营镇")
        assert [row.name for row in search.typeahead(scope, "宏远")] == ["宏远建材有限公司"]

    def test_asks_few_questions(self, shops, django_assert_max_num_queries):
        with django_assert_max_num_queries(3):
            found("宏远")

    def test_never_asks_for_a_number_or_a_name_at_once(self, shops):
        """An OR of two indexes uses neither: 50 ms instead of 5 among 100,000 entities."""
        with CaptureQueriesContext(connection) as asked:
            found("15400000001")
        assert asked.captured_queries
        for query in asked.captured_queries:
            by_name = "_fts" in query["sql"] or "tsquery" in query["sql"]
            assert not (by_name and "phone_index" in query["sql"])


class TestMatching:
    def test_agrees_with_a_plain_comparison(self, shops):
        for text in ("渔阳", "店", "山", "公司", "有限", "建材有"):
            rows = BusinessEntity.objects.filter(search.matching(text))
            plain = BusinessEntity.objects.filter(name_index__plain__contains=text)
            assert set(rows) == set(plain)
            assert rows.exists()
