"""What hangs on a ticket: its events, and the two side tables that say who sees it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.tickets.models.ticket import Ticket

NAMED, INVITED, ASSIGNED, CALLED = "NAMED", "INVITED", "ASSIGNED", "CALLED"


class EventQuerySet(models.QuerySet["TicketEvent"]):
    """Events, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """Events of visible tickets; hand-overs to discipline only for those who may know."""
        found = self.filter(ticket__in=Ticket.objects.visible_to(user))
        if user.has_perm(Permission.VIEW_TRANSFERS):
            return found
        return found.filter(is_secret=False)


class TicketEvent(models.Model):
    """Something that happened to a ticket: a fact, never changed (triggers refuse it).

    ``at`` is the server's time, ``occurred_at`` what was said, if earlier. ``data`` holds what the
    clocks and pages need again, ids and words, no phones.
    """

    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name="工单",
        db_index=False,
    )
    seq = models.PositiveIntegerField("序号")
    code = models.CharField("动作", max_length=30)
    at = models.DateTimeField("时间")
    occurred_at = models.DateTimeField("发生时间", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ticket_events",
        verbose_name="谁",
        db_index=False,
    )
    by_name = models.CharField("姓名", max_length=60, blank=True, default="")
    unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ticket_events",
        verbose_name="单位",
        db_index=False,
    )
    from_status = models.CharField("原状态", max_length=16, blank=True, default="")
    to_status = models.CharField("新状态", max_length=16)
    from_tier = models.CharField("原层级", max_length=6, blank=True, default="")
    to_tier = models.CharField("新层级", max_length=6)
    text = models.TextField("内容", blank=True, default="")
    data = models.JSONField("事实", default=dict, blank=True)
    is_public = models.BooleanField("企业可见", default=False)
    is_internal = models.BooleanField("内部", default=False)
    is_secret = models.BooleanField("仅督导可见", default=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "办理记录"
        verbose_name_plural = "办理记录"
        constraints = [models.UniqueConstraint(fields=["ticket", "seq"], name="tickets_event_once")]
        indexes = [models.Index(fields=["at", "id"], name="tickets_event_at")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.seq} {self.code}"


class TicketUnit(models.Model):
    """A unit that has to do with a ticket: the row by which its people see it and list it.

    The copies of ``is_open``, ``due_at`` and ``registered_at`` let the list of a unit come from one
    index in order (performance.md F.1, F.2).
    """

    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.PROTECT,
        related_name="unit_rows",
        verbose_name="工单",
        db_index=False,
    )
    unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        related_name="ticket_rows",
        verbose_name="单位",
        db_index=False,
    )
    is_open = models.BooleanField("在办", default=True)
    due_at = models.DateTimeField("当前时限", null=True, blank=True)
    registered_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "涉及单位"
        verbose_name_plural = "涉及单位"
        constraints = [models.UniqueConstraint(fields=["ticket", "unit"], name="tickets_unit_once")]
        indexes = [
            models.Index(
                fields=["unit", "due_at", "ticket"],
                name="tickets_unit_open",
                condition=Q(is_open=True),
            ),
            models.Index(fields=["unit", "registered_at", "ticket"], name="tickets_unit_all"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.unit_id}"


class Participant(models.Model):
    """A person who has to do with a ticket beside the unit: named, invited, assigned, calling."""

    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.PROTECT,
        related_name="participants",
        verbose_name="工单",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="ticket_parts",
        verbose_name="谁",
    )
    kind = models.CharField("身份", max_length=10)

    class Meta:
        verbose_name = "参与人"
        verbose_name_plural = "参与人"
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "user", "kind"], name="tickets_participant_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.user_id} {self.kind}"
