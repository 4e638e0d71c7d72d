"""Enumerations of the filings."""

from django.db import models


class AppendixCode(models.TextChoices):
    """The two official forms, as the database keeps them (values of ``contents.Appendix``)."""

    ZONES = "1", "附件1"
    ENTITIES = "2", "附件2"


class UploadState(models.TextChoices):
    """The life of an uploaded file."""

    WAITING = "WAITING", "等待读取"
    READ = "READ", "已读取"
    FAILED = "FAILED", "读不了"


class FilingState(models.TextChoices):
    """The life of one sheet: nothing is written before somebody says so."""

    CHECKED = "CHECKED", "待写入"
    REFUSED = "REFUSED", "不能写入"
    APPLYING = "APPLYING", "写入中"
    APPLIED = "APPLIED", "已写入"
    UNDOING = "UNDOING", "撤销中"
    UNDONE = "UNDONE", "已撤销"
    DISCARDED = "DISCARDED", "已放弃"


#: filings that still wait for a decision of somebody
OPEN = (FilingState.CHECKED, FilingState.APPLYING, FilingState.UNDOING)


class ChunkKind(models.TextChoices):
    """What a kept piece of a filing holds."""

    ROWS = "ROWS", "数据行"
    CHANGES = "CHANGES", "变化"
    FINDINGS = "FINDINGS", "问题"
    SKIPPED = "SKIPPED", "跳过的行"
    GONE = "GONE", "本次没有报的主体"
    UNDO = "UNDO", "撤销所需"


class Fate(models.TextChoices):
    """What became of an entity or zone that the new form does not name any more."""

    OMITTED = "OMITTED", "漏报，保留"
    CANCELLED = "CANCELLED", "注销"
    MOVED_OUT = "MOVED_OUT", "迁出"
    CLOSED = "CLOSED", "停用片区"
