"""Phones: read, masked, stored and found in one way."""

import pytest

from apps.core.errors import DomainError
from apps.core.phones import (
    PhoneFormField,
    last_four,
    mask,
    normalise,
    search_index,
    tail_index,
)

GOOD = [
    ("13800001234", "13800001234", "138****1234"),
    ("138 0000 1234", "13800001234", "138****1234"),
    ("１３８００００１２３４", "13800001234", "138****1234"),
    ("+86 138-0000-1234", "13800001234", "138****1234"),
    ("(022)28391234", "022-28391234", "022-2***1234"),
    ("02228391234", "022-28391234", "022-2***1234"),
    ("28391234", "022-28391234", "022-2***1234"),
    ("022-28391234转801", "022-28391234-801", "022-2***1234"),
    ("0315-2345678", "0315-2345678", "0315-2***5678"),
    ("12345", "12345", "***45"),
    ("400-123-4567", "4001234567", "***67"),
]
BAD = [
    "1380000123",
    "138000012345",
    "13800",
    "同上",
    "无",
    "1.38E+10",
    "2839123",
    "0000",
    "022-123",
]


class TestNormalise:
    @pytest.mark.parametrize(("typed", "kept", "shown"), GOOD)
    def test_gives_one_written_form_and_one_mask(self, typed, kept, shown):
        assert normalise(typed) == kept
        assert mask(kept) == shown

    @pytest.mark.parametrize("typed", BAD)
    def test_refuses_what_is_no_number_and_says_what_is_expected(self, typed):
        with pytest.raises(DomainError) as refusal:
            normalise(typed)
        assert "11 位" in refusal.value.message

    def test_counts_the_digits_of_a_short_mobile(self):
        with pytest.raises(DomainError, match="现在是 10 位"):
            normalise("1380000123")

    def test_is_stable_when_applied_twice(self):
        for typed, kept, _shown in GOOD:
            assert normalise(normalise(typed)) == kept


class TestMask:
    def test_shows_nothing_for_nothing(self):
        assert mask(None) == mask("") == ""

    def test_never_shows_more_than_seven_digits(self):
        for _typed, kept, shown in GOOD:
            assert sum(c.isdigit() for c in shown) <= 9
            assert shown != kept


class TestIndexes:
    def test_differ_by_purpose_and_number(self):
        assert search_index("13800001234") == search_index("13800001234")
        assert search_index("13800001234") != search_index("13800001235")
        assert search_index("1234") != tail_index("1234")

    def test_the_extension_does_not_count_for_the_last_four(self):
        assert last_four("022-28391234-801") == "1234"
        assert last_four("13800005678") == "5678"


class TestPhoneFormField:
    def test_normalises(self):
        assert PhoneFormField().clean("２８３９１２３４") == "022-28391234"

    def test_accepts_nothing_when_not_required(self):
        assert PhoneFormField(required=False).clean("") == ""

    def test_reports_the_reason(self):
        from django.core.exceptions import ValidationError

        with pytest.raises(ValidationError, match="11 位"):
            PhoneFormField().clean("123")
