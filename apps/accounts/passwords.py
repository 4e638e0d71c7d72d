"""Rules for passwords (GB/T 22239 身份鉴别); each says in Chinese what is missing."""

import secrets
import string
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

HISTORY = 5
LOCAL_WORDS = (
    "jizhou",
    "jixian",
    "tianjin",
    "yuyang",
    "panshan",
    "zhengqi",
    "youqiubiying",
    "蓟州",
)
# letters and digits that nobody mixes up when reading them from paper
READABLE = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-+=@#"


class LengthValidator:
    """At least ten characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a short password."""
        if len(password) < 10:
            raise ValidationError("口令至少 10 位。", code="short")

    def get_help_text(self) -> str:
        """Say the rule."""
        return "至少 10 位。"


class CompositionValidator:
    """Three of the four classes of characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password of fewer classes."""
        classes = (
            any(c in string.ascii_lowercase for c in password),
            any(c in string.ascii_uppercase for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
        if sum(classes) < 3:
            raise ValidationError(
                "口令要含大写字母、小写字母、数字、符号中的三种。", code="composition"
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return "含大写字母、小写字母、数字、符号中的三种。"


class LocalWordsValidator:
    """No words that everybody here would guess."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse place names of the district."""
        found = next((word for word in LOCAL_WORDS if word in password.lower()), "")
        if found:
            raise ValidationError(f"口令里不要用“{found}”这类容易猜到的词。", code="local")

    def get_help_text(self) -> str:
        """Say the rule."""
        return "不含本地地名、单位名。"


class HistoryValidator:
    """None of the last five."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a former password of this account."""
        if user is None or user.pk is None:
            return
        former = user.old_passwords.order_by("-replaced_at")[:HISTORY]
        hashes = [user.password, *(row.password for row in former)]
        if any(check_password(password, stored) for stored in hashes if stored):
            raise ValidationError(f"不能用最近 {HISTORY} 次用过的口令。", code="history")

    def get_help_text(self) -> str:
        """Say the rule."""
        return f"不与最近 {HISTORY} 次相同。"


def first_password() -> str:
    """Return a random first password (14 characters, readable on paper, about 75 bits)."""
    letters = [secrets.choice(group) for group in READABLE]
    letters += [secrets.choice("".join(READABLE[:3])) for _ in range(10)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
