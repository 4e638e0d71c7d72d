"""The search index of tickets: title, request and enterprise as pairs of characters."""

from django.db import models

from apps.core.fulltext import TokensField
from apps.tickets.models.ticket import Ticket


class TicketIndex(models.Model):
    """What the search knows of a ticket; written together with the ticket's first event.

    Of a hidden complainant the enterprise's name is left out: finding would be telling.
    """

    ticket = models.OneToOneField(
        Ticket,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="search_index",
        verbose_name="工单",
    )
    plain = models.TextField("内容（检索形式）")
    tokens = TokensField("检索词")

    class Meta:
        verbose_name = "工单索引"
        verbose_name_plural = "工单索引"

    def __str__(self) -> str:
        return f"{self.ticket_id}"
