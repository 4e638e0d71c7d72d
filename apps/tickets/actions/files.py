"""Attachments: put a file to a ticket, take an own one back for a while."""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core.errors import DomainError
from apps.core.permissions import Permission
from apps.tickets import hooks, storage
from apps.tickets.models import Attachment, Ticket, TicketEvent
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import load_case
from apps.tickets.queries.files import used_today

MOST_A_TICKET = 20
MOST_A_DAY = 100
MOST_BYTES_A_DAY = 300 * storage.MEGABYTE
TAKE_BACK_WITHIN = timedelta(hours=24)
WRITERS = (Permission.REGISTER_TICKETS, Permission.VIEW_INVITED_TICKETS)


def attach(
    *,
    ticket: Ticket,
    name: str,
    content: bytes,
    by: User,
    now: datetime,
    is_public: bool = False,
    for_handlers: bool = False,
) -> Attachment:
    """Put a file to a ticket and note it in the timeline; return the row.

    ``is_public``: the enterprise may have it. ``for_handlers``: nothing in it tells who complained.

    Raises:
        DomainError: the file is refused (field ``file``), or the person or the ticket is.
    """
    file = storage.prepared(name, content)
    path = storage.store(file.content)
    try:
        with transaction.atomic():
            return _write(ticket, file, path, by, now, is_public, for_handlers)
    except BaseException:
        storage.discard(path)
        raise


def keep_upload(*, ticket: Ticket, upload: UploadedFile, by: User, now: datetime) -> Attachment:
    """Put a file that came with a request to its ticket, see :func:`attach`."""
    return attach(ticket=ticket, name=upload.name or "", content=upload.read(), by=by, now=now)


def _write(
    ticket: Ticket,
    file: storage.Prepared,
    path: str,
    by: User,
    now: datetime,
    is_public: bool,
    for_handlers: bool,
) -> Attachment:
    locked = _locked(ticket, by)
    if Attachment.objects.filter(ticket=locked).count() >= MOST_A_TICKET:
        raise storage.refuse(f"每件工单最多 {MOST_A_TICKET} 个附件，已经满了。请合并成一个文件。")
    files, size = used_today(by, now)
    if files >= MOST_A_DAY or size + len(file.content) > MOST_BYTES_A_DAY:
        raise storage.refuse("您今天上传的附件已到上限。请明天再传，或请同事代传。")
    if Attachment.objects.filter(ticket=locked, sha256=file.sha256).exists():
        raise storage.refuse("这个文件已经上传过，不用再传。")
    made = Attachment.objects.create(
        ticket=locked,
        name=file.name,
        path=path,
        content_type=file.kind.content_type,
        size=len(file.content),
        sha256=file.sha256,
        uploaded_by=by,
        uploaded_at=now,
        is_public=is_public,
        for_handlers=for_handlers,
    )
    _note(locked, "attach", file.name, made, by, now)
    return made


@transaction.atomic
def remove(*, attachment: Attachment, by: User, now: datetime) -> None:
    """Take an own file back within a day; the timeline keeps that it was there.

    Raises:
        DomainError: it is somebody else's, or the day is over.
    """
    locked = _locked(attachment.ticket, by)
    if attachment.uploaded_by_id != by.pk:
        raise DomainError("只能撤回自己上传的附件。请联系上传人。")
    if now - attachment.uploaded_at > TAKE_BACK_WITHIN:
        raise DomainError("上传超过 24 小时，不能再撤回。")
    _note(locked, "detach", attachment.name, attachment, by, now)
    path = attachment.path
    attachment.delete()
    transaction.on_commit(lambda: storage.discard(path))


def _locked(ticket: Ticket, by: User) -> Ticket:
    """Return the ticket locked, if the person may write to it."""
    seen = Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists()
    if not seen or not any(by.has_perm(code) for code in WRITERS):
        raise DomainError("您不能给这件工单上传附件。")
    locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if locked.archived_at is not None:
        raise DomainError("已归档，只能查看。")
    return locked


def _note(
    ticket: Ticket, code: str, name: str, attachment: Attachment, by: User, now: datetime
) -> None:
    """Write the event and the audit entry; state, tier and clocks stay."""
    case = load_case(ticket, now=now, book=load_book())
    # the name is the uploader's text and may tell who complained: it stays out of the timeline
    text = "附件" if ticket.hides_entity else name
    event = TicketEvent.objects.create(
        ticket=ticket,
        seq=case.next_seq,
        code=code,
        at=now,
        by=by,
        by_name=by.display_name,
        unit_id=by.unit_id,
        from_status=ticket.status,
        to_status=ticket.status,
        from_tier=ticket.tier,
        to_tier=ticket.tier,
        text=text,
        data={"attachment": attachment.pk, "version": ticket.version + 1},
        is_internal=True,
    )
    Ticket.objects.filter(pk=ticket.pk).update(version=F("version") + 1, last_event_at=now)
    record(action=f"tickets.{code}", by=by, target=ticket, label=str(ticket))
    hooks.tell(case, event)
