"""What the product's admin pages share: permissions by code, one history, writes by actions."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from apps.audit.queries import Line, history_of
from apps.core.errors import DomainError
from apps.core.http import StaffRequest
from apps.core.permissions import Permission

HISTORY = 50


class RecordedAdmin(admin.ModelAdmin):
    """Rows are looked at with ``may_view`` and changed, through actions, with ``may_change``.

    Without ``may_change`` it is a window, not a door (design.md C.4). Nothing is deleted here, and
    the history is the audit log's: no second one is written (decisions.md 23).
    """

    may_view: Permission
    may_change: Permission | None = None
    show_full_result_count = False
    list_per_page = 50

    def _may(self, request: HttpRequest, code: Permission | None) -> bool:
        return code is not None and request.user.has_perm(code)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the entry is shown on the first page."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may look or change."""
        return self._may(request, self.may_view) or self._may(request, self.may_change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may change may add."""
        return self._may(request, self.may_change)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, where this is a window."""
        return self._may(request, self.may_change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Things are taken out of use, not deleted."""
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The action has recorded it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The action has recorded it."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The object's entries in the audit log, newest first."""
        found = self.get_object(request, object_id)
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        if found is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": f"变更记录：{found}",
            "opts": self.opts,
            "object": found,
            "lines": self.history_of(request, found),
        }
        return TemplateResponse(request, "audit/admin_history.html", context)

    def history_of(self, request: HttpRequest, found: Any) -> list[Line]:
        """The lines that this person may see."""
        return history_of(found, limit=HISTORY)


class ActionForm(ModelForm):
    """A form of the admin whose data an action takes; what the action refuses is the form's error.

    Subclasses write ``run``. It is tried within a transaction that is taken back while the form is
    checked, and done by :meth:`ActionAdmin.save_model`.
    """

    request: StaffRequest

    def run(self) -> Any:
        """Call the action with ``cleaned_data`` and return the object."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Ask the action."""
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            with transaction.atomic():
                self.run()
                transaction.set_rollback(True)
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)
        return data

    def _post_clean(self) -> None:
        """The action checks the model; the form's own object stays as it is."""


class ActionAdmin(RecordedAdmin):
    """A door: what the form holds goes through an action."""

    form = ActionForm

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Tell the form who asks."""
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"request": request})

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """The object as it was: the action makes the changed one."""
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do what was asked, and let the page name the result."""
        obj.__dict__.update(form.run().__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The action has written everything."""
