"""Enumerations of the comparison with the market regulator's list."""

from django.db import models

from apps.registry.choices import EntityStatus


class ListState(models.TextChoices):
    """The life of an uploaded list."""

    WAITING = "WAITING", "正在比对"
    COMPARED = "COMPARED", "已比对"
    FAILED = "FAILED", "读不了"


class Kind(models.TextChoices):
    """How a list and the registry differ about one entity."""

    MISSING = "MISSING", "名单有、库里没有"
    EXTRA = "EXTRA", "库里有、名单没有"
    CANCELLED = "CANCELLED", "名单已注销、吊销"
    GAPS = "GAPS", "可补登（库里空着）"
    CHANGED = "CHANGED", "信息不同"


class Outcome(models.TextChoices):
    """What became of a difference."""

    OPEN = "OPEN", "待处理"
    DONE = "DONE", "已处理"
    KEPT = "KEPT", "核实后不改"
    SKIPPED = "SKIPPED", "没有处理"


class Act(models.TextChoices):
    """What may be done about differences, many at once."""

    ADD = "ADD", "登记到经营主体库"
    TAKE = "TAKE", "按名单更新"
    MARK = "MARK", "改登记状态"
    KEEP = "KEEP", "核实后不改"


class ActState(models.TextChoices):
    """The life of an act."""

    RUNNING = "RUNNING", "处理中"
    DONE = "DONE", "已处理"
    UNDOING = "UNDOING", "撤销中"
    UNDONE = "UNDONE", "已撤销"


#: which acts suit which kind; the first is the one that is proposed
ACTS: dict[str, tuple[Act, ...]] = {
    Kind.MISSING: (Act.ADD, Act.KEEP),
    Kind.EXTRA: (Act.MARK, Act.KEEP),
    Kind.CANCELLED: (Act.MARK, Act.KEEP),
    Kind.GAPS: (Act.TAKE, Act.KEEP),
    Kind.CHANGED: (Act.TAKE, Act.KEEP),
}
#: states that take an entity off the list of those in business, as such a list says them
ENDED = (EntityStatus.CANCELLED, EntityStatus.REVOKED, EntityStatus.MOVED_OUT)
#: what somebody may find out about an entity that the list does not name
FOUND_OUT = (EntityStatus.CANCELLED, EntityStatus.REVOKED, EntityStatus.LOST)
