"""What the windows on the roster share: looked at here, changed on the product's own pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.audit.windows import RecordedAdmin
from apps.core.permissions import Permission


class RosterWindow(RecordedAdmin):
    """Looked at here, changed on the product's own pages."""

    may_view = Permission.VIEW_ROSTER
    change_list_template = "roster/admin_change_list.html"
    own_page = "roster:teams"
    own_page_label = "到为企服务队伍修改"

    def get_queryset(self, request: HttpRequest) -> Any:
        """What the person may see."""
        return self.model._default_manager.visible_to(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Say where things are changed."""
        own = {"own_page": reverse(self.own_page), "own_page_label": self.own_page_label}
        return super().changelist_view(request, {**own, **(extra_context or {})})
