"""Enumerations of the audit log."""

from django.db import models


class Outcome(models.TextChoices):
    """How an act ended."""

    OK = "OK", "成功"
    DENIED = "DENIED", "被拒绝"
    FAILED = "FAILED", "未成功"


class AnchorKind(models.TextChoices):
    """Why the head of the chain was written down."""

    DAILY = "DAILY", "定期锚点"
    ARCHIVE = "ARCHIVE", "归档起点"


class Break(models.TextChoices):
    """What can be wrong with the chain."""

    CONTENT_CHANGED = "CONTENT_CHANGED", "记录内容与封存时不一致"
    ENTRY_DELETED = "ENTRY_DELETED", "封存过的记录不见了"
    SEAL_MISSING = "SEAL_MISSING", "记录没有封存，也不在待封存之列"
    SEQ_GAP = "SEQ_GAP", "封存序号不连续"
    ORDER = "ORDER", "与上一环接不上（顺序或封存值被改动）"
    ANCHOR_MISMATCH = "ANCHOR_MISMATCH", "与锚点记下的封存值不一致"
    TAIL_CUT = "TAIL_CUT", "锚点之后的末尾被截去"
    UNSEALED = "UNSEALED", "记录超过 60 秒没有封存，请检查后台进程"
    TRIGGERS_MISSING = "TRIGGERS_MISSING", "禁止改删的触发器不在"
