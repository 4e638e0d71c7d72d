"""Everything that writes messages: notify, read, deliver, resend, prune.

Delivery is at least once: a message is marked as sent only after its sender has returned. A crash
between the two sends it again, with the same key.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.bulk import update_rows
from apps.core.errors import DomainError
from apps.notices import recipients, senders
from apps.notices.choices import GROUPS, INBOX, Channel, OutboxStatus, group_of
from apps.notices.models import Notice, NoticeSetting, OutboxMessage

logger = logging.getLogger("jizhou.notices")
BATCH = 500
LEASE = timedelta(seconds=60)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
MOST_ATTEMPTS = 10
FAILURES_UNTIL_PAUSE = 3
SECONDS_PER_RUN = 45
KEEP_SENT = timedelta(days=90)
KEEP_READ = timedelta(days=365)


# ---- telling people ----------------------------------------------------------------------
@dataclass(frozen=True)
class Message:
    """What some people are told on one occasion.

    ``key`` names the occasion ("ticket:17:4"); telling again with the same key does nothing. ``url``
    is an address within the product ("/t/…"). ``channels`` also writes outbox rows, for channels
    that are configured and people with an address there; the robot's group is told once.
    ``outgoing`` is the text that leaves the building where it is not ``body``. ``to_deputies``:
    whoever stands in for an absent person is told, too. ``to_inbox`` False: it only goes out (a
    digest of messages that lie in the inbox already). ``replaces``: told again under the same key,
    the text in the inbox is replaced and unread again, and nothing more goes out.
    """

    users: Sequence[Any]
    kind: str
    title: str
    key: str
    body: str = ""
    url: str = ""
    channels: frozenset[str] = frozenset()
    outgoing: str | None = None
    to_deputies: bool = True
    to_inbox: bool = True
    replaces: bool = False

    def __post_init__(self) -> None:
        """Refuse links out of the product."""
        if self.url and (not self.url.startswith("/") or self.url.startswith("//")):
            raise ValueError("a message links only to this product")


def notify(
    *,
    users: Iterable[Any],
    kind: str,
    title: str,
    key: str,
    now: datetime,
    body: str = "",
    url: str = "",
    channels: Iterable[str] = (),
) -> int:
    """Tell people of one occasion; see :class:`Message` and :func:`notify_many`."""
    message = Message(
        users=list(users),
        kind=kind,
        title=title,
        key=key,
        body=body,
        url=url,
        channels=frozenset(channels),
    )
    return notify_many([message], now=now)


@transaction.atomic(savepoint=False)
def notify_many(messages: Sequence[Message], *, now: datetime) -> int:
    """Tell people, in the caller's transaction and once per (person, key); return how many are new.

    Any number of messages takes the same few statements. Nothing is sent here. What fails undoes
    the caller's transaction.
    """
    if not messages:
        return 0
    everybody = [user for message in messages if message.to_deputies for user in message.users]
    standing_in = recipients.deputies(everybody, now)
    reached = [
        (one, recipients.expand(one.users, standing_in if one.to_deputies else {}))
        for one in messages
    ]
    told = _already_told(reached)
    chosen = _chosen(reached)
    notices: list[Notice] = []
    outbox: list[OutboxMessage] = []
    stale: list[tuple[int, str, str, None]] = []
    for message, people in reached:
        fresh = [user for user in people if (user.pk, message.key) not in told]
        if message.replaces:
            known = [told[user.pk, message.key] for user in people if user not in fresh]
            stale += [(pk, message.title[:120], message.body[:500], None) for pk in known]
        if message.to_inbox:
            wanting = [user for user in fresh if _wants(chosen, user, message, INBOX)]
            notices += [_notice(message, user.pk, now) for user in wanting]
        if message.channels:
            outbox += _outbox_rows(fresh, message, now, chosen)
    Notice.objects.bulk_create(notices, batch_size=BATCH, ignore_conflicts=True)
    OutboxMessage.objects.bulk_create(outbox, batch_size=BATCH, ignore_conflicts=True)
    update_rows(Notice, ("title", "body", "read_at"), stale)
    return len(notices)


def _already_told(reached: list[tuple[Message, list[Any]]]) -> dict[tuple[int, str], int]:
    """Return the messages that lie in inboxes already: their keys by person and occasion."""
    keys = sorted({message.key for message, people in reached if people})
    users = sorted({user.pk for _, people in reached for user in people})
    found: dict[tuple[int, str], int] = {}
    for start in range(0, len(keys), BATCH):
        rows = Notice.objects.filter(user_id__in=users, key__in=keys[start : start + BATCH])
        found |= {(user, key): pk for pk, user, key in rows.values_list("pk", "user_id", "key")}
    return found


Settings = dict[int, NoticeSetting]


def _chosen(reached: list[tuple[Message, list[Any]]]) -> Settings:
    """Return what people chose, in one query, and only where a choice can matter."""
    ways = set(senders.configured())
    open_to_choice = [
        people
        for message, people in reached
        if group_of(message.kind).may_choose(INBOX) or ways & message.channels
    ]
    users = {user.pk for people in open_to_choice for user in people}
    if not users:
        return {}
    return {row.user_id: row for row in NoticeSetting.objects.filter(user_id__in=users)}


def _wants(chosen: Settings, user: Any, message: Message, way: str) -> bool:
    setting = chosen.get(user.pk)
    return setting is None or setting.wants(message.kind, way)


def _notice(message: Message, user_id: int, now: datetime) -> Notice:
    return Notice(
        user_id=user_id,
        kind=message.kind,
        title=message.title[:120],
        body=message.body[:500],
        url=message.url,
        key=message.key,
        created_at=now,
    )


def _outbox_rows(
    people: list[Any], message: Message, now: datetime, chosen: Settings
) -> list[OutboxMessage]:
    wanted = [channel for channel in senders.configured() if channel in message.channels]
    text = message.body if message.outgoing is None else message.outgoing
    rows: list[OutboxMessage] = []
    for channel in wanted:
        if channel == Channel.WECOM:
            addresses = [("group", recipients.GROUP)] if people else []
        else:
            found = [
                (str(user.pk), _address(chosen, user, channel))
                for user in people
                if _wants(chosen, user, message, channel)
            ]
            addresses = [(who, address) for who, address in found if address]
        rows += [
            OutboxMessage(
                channel=channel,
                recipient=address,
                key=f"{message.key}:{who}:{channel}",
                created_at=now,
                next_try_at=now,
                subject=message.title[:120],
                body=text[:500],
            )
            for who, address in addresses
        ]
    return rows


def _address(chosen: Settings, user: Any, channel: str) -> str:
    """Return where a person wants to be reached: the own choice, else what the roster knows."""
    setting = chosen.get(user.pk)
    if channel == Channel.EMAIL and setting is not None and setting.email:
        return setting.email
    return recipients.address_of(user, channel)


def save_settings(*, user: Any, email: str, on: Iterable[str]) -> NoticeSetting:
    """Keep what a person chose: an address, and the "group:way" pairs that stay switched on."""
    wanted = set(on)
    pairs = [
        f"{group.code}:{way}"
        for group in GROUPS
        for way in sorted(group.ways)
        if group.may_choose(way)
    ]
    setting, _made = NoticeSetting.objects.update_or_create(
        user_id=user.pk,
        defaults={"email": email, "off": [pair for pair in pairs if pair not in wanted]},
    )
    return setting


def mark_read(*, notice: Notice, by: Actor, now: datetime) -> None:
    """Note that a person has opened a message; the first time counts."""
    Notice.objects.visible_to(by).unread().filter(pk=notice.pk).update(read_at=now)


def mark_all_read(*, by: Actor, now: datetime, until: datetime) -> int:
    """Note that a person has seen everything up to a moment; what arrived later stays unread."""
    return Notice.objects.visible_to(by).unread().filter(created_at__lte=until).update(read_at=now)


# ---- sending -----------------------------------------------------------------------------
def _take(row: OutboxMessage, moment: datetime) -> bool:
    """Win a message by compare-and-swap; the attempt is counted before it is made.

    A message whose tenth attempt did not even come back is given up: it may be what kills us.
    """
    if row.attempts >= MOST_ATTEMPTS:
        _finish(row, row.attempts, moment, "发送程序连续中断")
        return False
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    won = OutboxMessage.objects.filter(
        free, pk=row.pk, status=OutboxStatus.WAITING, attempts=row.attempts
    ).update(attempts=F("attempts") + 1, lease_until=moment + LEASE)
    return won == 1


def _finish(row: OutboxMessage, attempts: int, moment: datetime, error: str) -> None:
    """Write the result, unless the lease ran out and another deliverer has the message now."""
    ours = OutboxMessage.objects.filter(pk=row.pk, status=OutboxStatus.WAITING, attempts=attempts)
    if not error:
        ours.update(status=OutboxStatus.SENT, sent_at=moment, lease_until=None, last_error="")
        return
    is_dead = attempts >= MOST_ATTEMPTS
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    ours.update(
        status=OutboxStatus.DEAD if is_dead else OutboxStatus.WAITING,
        next_try_at=moment + pause,
        lease_until=None,
        last_error=error[:300],
    )
    logger.warning("outbox %s attempt %d failed: %s", row.pk, attempts, error)


def _send(row: OutboxMessage) -> str:
    """Hand one message to its sender; return the error, or an empty string."""
    try:
        message = senders.Outgoing(
            key=row.key, recipient=row.recipient, subject=row.subject, body=row.body
        )
        senders.SENDERS[row.channel].send(message)
    except senders.SendError as error:
        return str(error) or "没有发出"
    except Exception as error:
        logger.exception("sender of %s broke", row.channel)
        return f"发送程序出错（{type(error).__name__}）"
    return ""


def _due(now: datetime, limit: int) -> list[int]:
    """Return the ids of messages to try, the longest waiting first, a share for each channel."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    ids: list[int] = []
    for channel in senders.configured():
        rows = OutboxMessage.objects.waiting().filter(free, channel=channel, next_try_at__lte=now)
        ids += rows.order_by("next_try_at", "pk").values_list("pk", flat=True)[:limit]
    return ids


def deliver(*, now: datetime, limit: int = 50) -> int:
    """Send what is due, at most ``limit`` per channel; return how many were sent.

    Any number of deliverers may run at once: each message is won by one. No transaction is open
    while a sender works. A channel that fails three times running rests until the next run, so
    that a dead server neither wastes the time of this run nor the attempts of all its messages.
    """
    started = time.monotonic()
    failures: Counter[str] = Counter()
    sent = 0
    for pk in _due(now, limit):
        elapsed = time.monotonic() - started
        if elapsed > SECONDS_PER_RUN:
            break
        # recipient and body are read in _send: one that does not decrypt must not stop the others
        rows = OutboxMessage.objects.waiting().defer("recipient", "body")
        row = rows.filter(pk=pk).first()
        if row is None or failures[row.channel] >= FAILURES_UNTIL_PAUSE:
            continue
        if not _take(row, now + timedelta(seconds=elapsed)):
            continue
        error = _send(row)
        moment = now + timedelta(seconds=time.monotonic() - started)
        _finish(row, row.attempts + 1, moment, error)
        failures[row.channel] = failures[row.channel] + 1 if error else 0
        sent += 0 if error else 1
    return sent


@transaction.atomic
def resend(*, message: OutboxMessage, by: Actor, now: datetime) -> None:
    """Try a given-up message again from the start, with its old key."""
    changed = OutboxMessage.objects.filter(pk=message.pk, status=OutboxStatus.DEAD).update(
        status=OutboxStatus.WAITING, attempts=0, next_try_at=now, last_error=""
    )
    if not changed:
        raise DomainError("这条消息不在“发送失败”中，不用重发。请刷新后再看。")
    record(action="notices.resend", by=by, target=message, label=message.subject)


@transaction.atomic
def resend_all(*, by: Actor, now: datetime) -> int:
    """Try all given-up messages again; return how many."""
    count = OutboxMessage.objects.filter(status=OutboxStatus.DEAD).update(
        status=OutboxStatus.WAITING, attempts=0, next_try_at=now, last_error=""
    )
    if not count:
        raise DomainError("没有发送失败的消息，不用重发。")
    record(action="notices.resend_all", by=by, note=f"重发 {count} 条", batch_size=count)
    return count


def prune(*, now: datetime) -> int:
    """Remove sent messages after 90 days and read ones after a year, 500 at a time."""
    old_sent = OutboxMessage.objects.filter(status=OutboxStatus.SENT, sent_at__lt=now - KEEP_SENT)
    old_read = Notice.objects.filter(read_at__lt=now - KEEP_READ, created_at__lt=now - KEEP_READ)
    removed = 0
    for rows in (old_sent, old_read):
        while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            removed += rows.model._base_manager.filter(pk__in=ids).delete()[0]
    return removed
