"""The search index of names: one row of tokens an entity, see ``apps.core.fulltext``."""

from django.db import models

from apps.core.fulltext import TokensField
from apps.registry.models.entity import BusinessEntity


class NameIndex(models.Model):
    """What the search knows of an entity's name; written together with the name."""

    entity = models.OneToOneField(
        BusinessEntity,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="name_index",
        verbose_name="经营主体",
    )
    plain = models.CharField("名称（检索形式）", max_length=240)
    initials = models.CharField("首字母", max_length=120)
    tokens = TokensField("检索词")

    class Meta:
        verbose_name = "名称索引"
        verbose_name_plural = "名称索引"

    def __str__(self) -> str:
        return self.plain
