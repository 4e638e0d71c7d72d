"""Keys, likeness and tokens of names; codes and their repairs."""

import pytest

from apps.registry import codes, names
from apps.registry.tests.builders import CODE, OTHER_CODE


class TestKeyOf:
    @pytest.mark.parametrize(
        "written",
        [
            "宏远（天津）商贸有限公司",
            "宏远(天津)商贸有限公司",
            "天津市蓟州区宏远（天津）商贸有限公司",
            "天津 宏远(天津)商贸 有限公司",
            "蓟县宏远（天津）商贸有限公司",
        ],
    )
    def test_is_one_for_all_spellings(self, written):
        assert names.key_of(written) == "宏远天津商贸有限公司"

    def test_reads_full_width(self):
        assert names.key_of("ＡＢ１２ 商店") == "ab12商店"

    def test_leaves_a_name_that_is_only_the_place(self):
        assert names.key_of("天津市蓟州区") == "天津市蓟州区"

    def test_keeps_different_firms_apart(self):
        assert names.key_of("蓟州宾馆") != names.key_of("宾馆")


class TestAreAlike:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("宏远建材有限公司", "宏远建材有限责任公司"),
            ("宏远建材有限公司", "天津宏远建材公司"),
            ("渔阳宏远建材经营部", "宏远建材商店"),
            ("盘山果蔬种植专业合作社", "盘山果蔬种植农民专业合作社"),
        ],
    )
    def test_sees_one_entity_in_two_spellings(self, one, other):
        assert names.are_alike(one, other)

    def test_keeps_different_businesses_of_one_owner_apart(self):
        assert not names.are_alike("宏远建材有限公司", "山里人家农家院")


class TestWantedTokens:
    @pytest.mark.parametrize(
        "part", ["宏远建", "远建材", "公司", "司", "hyj", "yxg", "gs", "s", "h"]
    )
    def test_are_among_the_tokens_of_every_name_that_has_the_part(self, part):
        held = names.tokens("宏远建材有限公司", "hyjcyxgs").split()
        for token, is_beginning in names.wanted_tokens(part):
            assert any(one.startswith(token) if is_beginning else one == token for one in held)

    def test_tell_other_names_apart(self):
        held = set(names.tokens("宏远建材有限公司", "hyjcyxgs").split())
        assert not {token for token, _ in names.wanted_tokens("远洋建")} <= held


class TestCheck:
    def test_accepts_good_codes(self):
        for good in (CODE, OTHER_CODE, "110108000000016", ""):
            assert codes.check(good) == codes.CodeCheck()

    def test_says_how_many_places_there_should_be(self):
        assert "现在是 17 位" in codes.check(CODE[:-1]).problem

    @pytest.mark.parametrize(
        "wrong", [CODE.replace("0", "O", 1), CODE[:3] + CODE[4] + CODE[3] + CODE[5:]]
    )
    def test_proposes_what_was_meant(self, wrong):
        found = codes.check(wrong)
        assert found.problem
        assert found.suggestion == CODE

    def test_proposes_nothing_when_it_cannot_know(self):
        wrong = codes.check("91120119MA0TTTTTTX")
        assert wrong.problem
        assert wrong.suggestion == ""

    def test_reads_blanks_and_full_width(self):
        assert codes.normalise(" 9112 0119－ma0abcd01ｙ") == CODE

    def test_tells_the_kind(self):
        assert [codes.kind_of(one) for one in (CODE, OTHER_CODE, "110108000000016")] == [
            "ENTERPRISE",
            "INDIVIDUAL",
            "",
        ]

    def test_masks_the_middle(self):
        assert codes.mask(CODE) == "9112…D01Y"
