"""Enumerations of the handbook."""

from django.db import models


class EntryStatus(models.TextChoices):
    """Whether readers see an entry."""

    DRAFT = "DRAFT", "草稿"
    PUBLISHED = "PUBLISHED", "已发布"
    WITHDRAWN = "WITHDRAWN", "已停用"


class DraftState(models.TextChoices):
    """How far the working copy is on its way to the next version; none: nothing to publish."""

    NONE = "NONE", "无改动"
    EDITING = "EDITING", "修改中"
    SUBMITTED = "SUBMITTED", "待部门审核"
    CHECKED = "CHECKED", "待发布"


class RemarkKind(models.TextChoices):
    """What a reader says about the handbook."""

    ERROR = "ERROR", "内容有误"
    OUTDATED = "OUTDATED", "已经过时"
    UNCLEAR = "UNCLEAR", "看不明白"
    MISSING = "MISSING", "建议增加"


class ImportStatus(models.TextChoices):
    """How far an import is."""

    READY = "READY", "待确认"
    WRITING = "WRITING", "正在写入"
    DONE = "DONE", "已写入"
    FAILED = "FAILED", "没有写完"
