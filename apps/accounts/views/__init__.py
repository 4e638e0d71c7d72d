"""Pages of the accounts: coming in, one's own page, managing accounts, drafts and numbers."""

from apps.accounts.views.entrance import locked_out, permission_denied

__all__ = ["locked_out", "permission_denied"]
