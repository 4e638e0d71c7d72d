"""Attachments: stored under random names outside the web root (reliability R15)."""

from django.conf import settings
from django.db import models

from apps.tickets.models.facts import OfTicket


class Attachment(OfTicket):
    """A file of a ticket. ``path`` is below ``MEDIA_ROOT``; ``name`` is only shown.

    Files of a hidden complainant are kept from the handling unit unless ``for_handlers`` says that
    nothing in them tells who complained; ``queries.files`` applies it.
    """

    name = models.CharField("文件名", max_length=120)
    path = models.CharField("存放位置", max_length=120, unique=True)
    content_type = models.CharField("类型", max_length=80)
    size = models.PositiveIntegerField("大小（字节）")
    sha256 = models.CharField("校验和", max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="上传人",
    )
    uploaded_at = models.DateTimeField("上传时间")
    is_public = models.BooleanField("企业可见", default=False)
    for_handlers = models.BooleanField("承办单位可见", default=False)

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        indexes = [
            models.Index(fields=["uploaded_by", "uploaded_at"], name="tickets_attachment_quota")
        ]

    def __str__(self) -> str:
        return self.name
