"""Field encryption: keys outside, rotation, purpose binding."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core.crypto import Keyring, new_key_line
from apps.core.errors import DomainError

INDEX = "index:" + base64.b64encode(b"i" * 32).decode()
ONE = "k1:" + base64.b64encode(b"1" * 32).decode()
TWO = "k2:" + base64.b64encode(b"2" * 32).decode()


def ring(*lines):
    return Keyring("\n".join(lines))


class TestKeyring:
    def test_gives_back_what_it_took(self):
        keys = ring(ONE, INDEX)
        stored = keys.encrypt("13800001234", purpose="roster.person.mobile")
        assert "13800001234" not in stored
        assert keys.decrypt(stored, purpose="roster.person.mobile") == "13800001234"

    def test_encrypts_the_same_text_differently_each_time(self):
        keys = ring(ONE, INDEX)
        assert keys.encrypt("a", purpose="p") != keys.encrypt("a", purpose="p")

    def test_refuses_a_value_moved_to_another_column(self):
        keys = ring(ONE, INDEX)
        stored = keys.encrypt("a", purpose="one")
        with pytest.raises(DomainError):
            keys.decrypt(stored, purpose="two")

    def test_reads_old_values_after_a_rotation_and_writes_with_the_new_key(self):
        stored = ring(ONE, INDEX).encrypt("a", purpose="p")
        rotated = ring(TWO, ONE, INDEX)
        assert rotated.decrypt(stored, purpose="p") == "a"
        assert rotated.encrypt("a", purpose="p").startswith("k2:")

    @pytest.mark.parametrize("damage", ["k9:AAAA", "k1:AAAA", "k1:***", "plain", ""])
    def test_refuses_damaged_values_with_one_sentence(self, damage):
        with pytest.raises(DomainError, match="解不开"):
            ring(ONE, INDEX).decrypt(damage, purpose="p")

    def test_keeps_the_index_when_the_encryption_key_changes(self):
        assert ring(ONE, INDEX).index("a", purpose="p") == ring(TWO, ONE, INDEX).index(
            "a", purpose="p"
        )

    @pytest.mark.parametrize(
        "lines", [(ONE,), (INDEX,), ("k1:short", INDEX), ("k 1:" + ONE[3:], INDEX)]
    )
    def test_refuses_to_start_with_missing_or_weak_keys(self, lines):
        with pytest.raises(ImproperlyConfigured):
            ring(*lines)

    def test_ignores_comments_and_accepts_commas(self):
        assert Keyring(f"# note\n{ONE},{INDEX}").active == "k1"

    def test_makes_new_keys_that_differ(self):
        assert new_key_line("k2") != new_key_line("k2")
        assert ring(new_key_line("k2"), INDEX).active == "k2"
