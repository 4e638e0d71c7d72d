"""Answers ``user.has_perm`` from the roles table; passwords are checked as Django does."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from apps.accounts.models import User


class RoleBackend(ModelBackend):
    """Name and password in, permissions from the roles."""

    def get_user(self, user_id: Any) -> User | None:
        """Return an active account with its unit; a closed one is logged out at once."""
        user = User.objects.select_related("unit", "person").filter(pk=user_id).first()
        return user if user is not None and user.is_active else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Say whether a role of the account gives the permission."""
        return isinstance(user_obj, User) and user_obj.is_active and perm in user_obj.permissions

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Say whether any permission of the app is given."""
        return isinstance(user_obj, User) and any(
            code.startswith(f"{app_label}.") for code in user_obj.permissions
        )

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permission codes of an account."""
        return set(user_obj.permissions) if isinstance(user_obj, User) else set()
