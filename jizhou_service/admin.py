"""The admin site: reference data only, entered with a permission of its own."""

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts.views.entrance import log_out
from apps.core.http import StaffRequest
from apps.core.permissions import Permission


class ReferenceDataSite(AdminSite):
    """后台管理：基础数据的维护窗口。"""

    site_title = "政企同行·有需必应"
    site_header = "基础数据管理"
    index_title = "基础数据"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models only: libraries bring pages that ask for no permission of ours
        (one shows the secret of anybody's second factor).
        """
        models = (
            [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        )
        ours = [model for model in models if model.__module__.startswith("apps.")]
        super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Only active people with the entering permission."""
        user = request.user
        return bool(user.is_active and user.has_perm(Permission.ENTER_ADMIN))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one login page; those who are logged in but may not enter get 403."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(reverse("admin:index"))

    def logout(  # type: ignore[override]  # Django promises templates, we redirect
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Leaving is the product's own view, which writes it into the log."""
        return log_out(cast(StaffRequest, request))

    def password_change(  # type: ignore[override]  # Django promises templates, we redirect
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Passwords have one page with one set of rules."""
        return redirect("accounts:password")

    def password_change_done(  # type: ignore[override]  # Django promises templates, we redirect
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """The same page says that it was done."""
        return redirect("accounts:password")
