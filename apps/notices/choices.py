"""Enumerations of the messages, and what a person may choose about them."""

from dataclasses import dataclass

from django.db import models


class Channel(models.TextChoices):
    """A way out of the building."""

    EMAIL = "EMAIL", "邮件"
    WECOM = "WECOM", "企业微信"


class OutboxStatus(models.TextChoices):
    """The life of a message to be sent."""

    WAITING = "WAITING", "待发送"
    SENT = "SENT", "已发送"
    DEAD = "DEAD", "发送失败"


#: the inbox beside the channels that leave the building
INBOX = "INBOX"


@dataclass(frozen=True)
class Group:
    """Messages that are chosen together. ``kinds``: a kind, or the beginning of kinds with a dot.

    ``ways`` are the ways they may take, ``fixed`` those that nobody can switch off: what has to be
    acted on within a term always arrives (decisions.md 4).
    """

    code: str
    label: str
    note: str
    kinds: tuple[str, ...]
    ways: frozenset[str] = frozenset({INBOX, Channel.EMAIL})
    fixed: frozenset[str] = frozenset({INBOX})

    def holds(self, kind: str) -> bool:
        """Say whether a message of a kind belongs here."""
        return any(kind == one or (one[-1] == "." and kind.startswith(one)) for one in self.kinds)

    def may_choose(self, way: str) -> bool:
        """Say whether this way can be switched off."""
        return way in self.ways and way not in self.fixed


GROUPS: tuple[Group, ...] = (
    Group(
        "terms",
        "时限到期与超期",
        "临期、到期、超期和督办",
        ("tickets.ring",),
        fixed=frozenset({INBOX, Channel.EMAIL}),
    ),
    Group("moves", "工单流转", "派给我、退回、审核结果、办理进展", ("tickets.move",)),
    Group(
        "digest",
        "下班后汇总",
        "工作时间以外的提醒，上班时合成一封",
        ("tickets.digest",),
        ways=frozenset({Channel.EMAIL}),
        fixed=frozenset(),
    ),
    Group(
        "results",
        "导入、导出完成",
        "后台任务做完时告诉我",
        ("tickets.export", "filings.read", "filings.applied", "filings.undone", "filings.export"),
        ways=frozenset({INBOX}),
        fixed=frozenset(),
    ),
    Group(
        "others",
        "其他",
        "附件报送、应答手册、账号",
        ("filings.", "handbook."),
        ways=frozenset({INBOX}),
    ),
)
_REST = GROUPS[-1]


def group_of(kind: str) -> Group:
    """Return the group of a kind; what belongs nowhere else is among the others."""
    return next((group for group in GROUPS if group.holds(kind)), _REST)
