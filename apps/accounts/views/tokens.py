"""接口令牌: made and shown once, listed, revoked; one's own, or by the security administrator."""

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import keys
from apps.accounts.models import ApiToken, User
from apps.core.access import any_staff, requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission


class TokenForm(forms.Form):
    """What a token is for, what it may do, for how long."""

    name = forms.CharField(label="给谁用", max_length=60, help_text="如“数据共享平台”")
    scopes = forms.MultipleChoiceField(
        label="范围", choices=list(keys.SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(label="有效天数", min_value=1, max_value=366, initial=90)


def _page(request: StaffRequest, account: User, own: bool) -> HttpResponse:
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = keys.make_token(
                user=account, by=request.user, now=timezone.now(), **form.cleaned_data
            )
            form = TokenForm()
        except DomainError as error:
            form.add_error(error.field, error.message)
    context = {
        "form": form,
        "account": account,
        "own": own,
        "secret": secret,
        "tokens": account.api_tokens.filter(revoked_at__isnull=True).order_by("-pk"),
        "labels": keys.SCOPES,
        "now": timezone.now(),
    }
    if secret:
        return render(request, "accounts/tokens.html", context)
    return form_page(request, "accounts/tokens.html", context, form)


@any_staff
@require_http_methods(["GET", "POST"])
def my_tokens(request: StaffRequest) -> HttpResponse:
    """One's own tokens."""
    return _page(request, cast(User, request.user), True)


@requires(Permission.MANAGE_SECURITY)
@require_http_methods(["GET", "POST"])
def user_tokens(request: StaffRequest, pk: int) -> HttpResponse:
    """The tokens of an account that stands for a system."""
    account = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    return _page(request, account, False)


@any_staff
@require_POST
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """Revoke an own token, or any as the security administrator."""
    user = cast(User, request.user)
    tokens = ApiToken.objects.all()
    if not user.has_perm(Permission.MANAGE_SECURITY):
        tokens = tokens.filter(user=user)
    token = get_object_or_404(tokens, pk=pk)
    keys.revoke_token(token=token, by=user, now=timezone.now())
    messages.success(request, f"已停用令牌“{token.name}”。")
    if token.user_id == user.pk:
        return redirect("accounts:tokens")
    return redirect("accounts:user-tokens", token.user_id)
