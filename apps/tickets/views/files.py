"""Files of a ticket: the list with its form, and the download."""

import io
from typing import cast

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.core.access import requires
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page, safe_next
from apps.core.permissions import Permission
from apps.tickets import storage
from apps.tickets.actions import files as actions
from apps.tickets.forms import AttachForm
from apps.tickets.models import Attachment, Ticket
from apps.tickets.queries.files import files_visible_to
from apps.tickets.watermark import marked

SEES = (
    Permission.VIEW_ALL_TICKETS,
    Permission.VIEW_UNIT_TICKETS,
    Permission.VIEW_INVITED_TICKETS,
    Permission.VIEW_FOLLOWUPS,
    Permission.VIEW_TRANSFERRED_TICKETS,
)
#: whatever a browser makes of a file, it runs nothing and reaches nothing
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _ticket(request: HttpRequest, number: str) -> Ticket:
    found: Ticket = get_object_or_404(Ticket.objects.visible_to(_user(request)), number=number)
    return found


@requires(*SEES)
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: StaffRequest, number: str) -> HttpResponse:
    """List the files of a ticket that the person may open; take another one."""
    ticket, user = _ticket(request, number), _user(request)
    if request.method == "POST":
        form = AttachForm(request.POST, request.FILES, hides_entity=ticket.hides_entity)
        if form.is_valid() and _attach(ticket, user, form):
            messages.success(request, "附件已上传。")
            return redirect(safe_next(request, request.path))
    else:
        form = AttachForm(hides_entity=ticket.hides_entity)
    context = {
        "ticket": ticket,
        "form": form,
        "files": files_visible_to(user, ticket),
        "may_attach": any(user.has_perm(code) for code in actions.WRITERS)
        and ticket.archived_at is None,
    }
    return form_page(request, "tickets/files.html", context, form)


def _attach(ticket: Ticket, user: User, form: AttachForm) -> bool:
    """Put the file to the ticket; a refusal goes to the form."""
    upload = form.cleaned_data["file"]
    # one byte more than is taken is enough to refuse: a giant is never read whole
    content = upload.read(storage.MOST_BYTES + 1)
    if upload.size > storage.MOST_BYTES:
        size = -(-upload.size // storage.MEGABYTE)
        form.add_error("file", f"附件 {size} MB，超过 20 MB。可压缩或分开传。")
        return False
    try:
        actions.attach(
            ticket=ticket,
            name=upload.name,
            content=content,
            by=user,
            now=timezone.now(),
            is_public=form.cleaned_data["is_public"],
            for_handlers=form.cleaned_data.get("for_handlers", False),
        )
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    return True


@requires(*SEES)
@require_safe
def download(request: StaffRequest, number: str, pk: int) -> HttpResponse | FileResponse:
    """Hand a file out as an attachment that no browser runs; pictures carry who fetched them."""
    ticket, user = _ticket(request, number), _user(request)
    found: Attachment = get_object_or_404(files_visible_to(user, ticket), pk=pk)
    try:
        content = storage.read(found.path, found.sha256)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("tickets:files", number=number)
    response = FileResponse(
        io.BytesIO(_with_mark(content, found, user)),
        as_attachment=True,
        filename=found.name,
        content_type=found.content_type,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


def _with_mark(content: bytes, found: Attachment, user: User) -> bytes:
    kind = next((k for k in storage.PICTURES if k.content_type == found.content_type), None)
    if kind is None:
        return content
    at = f"{local(timezone.now()):%Y-%m-%d %H:%M}"
    words = " ".join(filter(None, [user.display_name, user.unit_name, at]))
    return marked(content, kind, text=words, plain_text=f"{user.username} {at}")


@requires(*actions.WRITERS)
@require_POST
def remove(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """Take an own file back."""
    ticket, user = _ticket(request, number), _user(request)
    found: Attachment = get_object_or_404(files_visible_to(user, ticket), pk=pk)
    try:
        actions.remove(attachment=found, by=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "附件已撤回。")
    return redirect(safe_next(request, f"/t/{number}/files/"))
