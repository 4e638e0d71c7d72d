"""账号管理: unit heads for their unit, administrators for all."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import actions, queries
from apps.accounts.choices import Role
from apps.accounts.forms import AccountForm, CloseForm, RolesForm, UnitPickForm
from apps.accounts.models import Session, User
from apps.accounts.roles import ADMIN_ROLES
from apps.core.access import any_staff, requires
from apps.core.columns import Column, chosen, saved_views, shown
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.roster.models import Person, Unit

OPEN = (Permission.MANAGE_UNIT_ACCOUNTS, Permission.MANAGE_ALL_ACCOUNTS)
COLUMNS = (
    Column("name", "姓名", is_fixed=True),
    Column("unit", "单位"),
    Column("roles", "岗位"),
    Column("seen", "最近登录"),
    Column("state", "状态"),
)
SECTION = (Permission.RESET_PASSWORDS, *OPEN)


def _units(request: StaffRequest) -> Any:
    units = Unit.objects.filter(is_active=True).order_by("order", "pk")
    if request.user.has_perm(Permission.MANAGE_ALL_ACCOUNTS):
        return units
    return units.filter(pk=request.user.unit_id or 0)


def _target(request: StaffRequest, pk: int) -> User:
    rows = User.objects.visible_to(request.user).select_related("unit", "person")
    return get_object_or_404(rows, pk=pk)


def _filtered(request: StaffRequest, data: QueryDict) -> Any:
    rows = User.objects.visible_to(request.user).select_related("unit")
    text = data.get("q", "").strip()[:60].replace("\0", "")
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(username__startswith=text.lower()))
    unit = data.get("unit", "")[:9]
    if unit.isdecimal():
        rows = rows.filter(unit_id=int(unit))
    if data.get("role") in Role.values:
        rows = rows.filter(role_rows__role=data["role"])
    if data.get("state") == "closed":
        rows = rows.filter(is_active=False)
    elif data.get("state") == "dormant":
        rows = rows.filter(pk__in=queries.dormant(now=timezone.now()).values("pk"))
    elif data.get("state") != "all":
        rows = rows.filter(is_active=True)
    return rows.prefetch_related("role_rows")


@requires(*SECTION)
@require_safe
def users(request: StaffRequest) -> HttpResponse:
    """The list of accounts with filters; state in the URL."""
    columns = chosen(request, COLUMNS)
    page = keyset_page(_filtered(request, request.GET), order=("username", "pk"), request=request)
    context = {
        "page": page,
        "units": _units(request),
        "roles": Role.choices,
        "filters": request.GET,
        "columns": columns,
        "shown": shown(columns),
        "views": saved_views(request, "accounts:users"),
        "may_open": any(request.user.has_perm(code) for code in OPEN),
    }
    return render(request, "accounts/users.html", context)


def _account_form(request: StaffRequest) -> AccountForm:
    form = AccountForm(
        request.POST if request.method == "POST" else None, initial={"unit": request.user.unit_id}
    )
    units = _units(request)
    people = Person.objects.filter(unit__in=units, is_active=True, user__isnull=True)
    form.fields["unit"].queryset = units  # type: ignore[attr-defined]
    form.fields["person"].queryset = people.select_related("unit").order_by("unit_id", "pk")  # type: ignore[attr-defined]
    if not request.user.has_perm(Permission.MANAGE_ALL_ACCOUNTS):
        district = {*ADMIN_ROLES, Role.LEADER, Role.INSPECTOR}
        choices = [(value, label) for value, label in Role.choices if value not in district]
        form.fields["roles"].choices = choices  # type: ignore[attr-defined]
    return form


@requires(*OPEN)
@never_cache
@require_http_methods(["GET", "POST"])
def user_new(request: StaffRequest) -> HttpResponse:
    """Open one account; its first password is shown once, for printing."""
    form = _account_form(request)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            opened = actions.open_account(
                username=data["username"] or actions.free_username(data["name"]),
                name=data["name"],
                unit=data["unit"],
                person=data["person"],
                roles=frozenset(data["roles"]),
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            return render(request, "accounts/opened.html", {"opened": [opened]})
    return form_page(request, "accounts/user_new.html", {"form": form}, form)


@requires(*OPEN)
@never_cache
@require_http_methods(["GET", "POST"])
def bulk(request: StaffRequest) -> HttpResponse:
    """Open accounts for everybody of a unit who has a post: look first, then open and print."""
    form = UnitPickForm(request.POST if request.method == "POST" else request.GET or None)
    form.fields["unit"].queryset = _units(request)  # type: ignore[attr-defined]
    people: list[Any] = []
    if form.is_bound and form.is_valid():
        unit = form.cleaned_data["unit"]
        people = [
            (person, [role.label for role in Role if role in roles])
            for person, roles in queries.people_without_account(unit)
        ]
        if request.method == "POST":
            opened = actions.open_accounts_of_unit(unit=unit, by=request.user, now=timezone.now())
            return render(request, "accounts/opened.html", {"opened": opened})
    return form_page(request, "accounts/bulk.html", {"form": form, "people": people}, form)


@requires(*SECTION)
@require_http_methods(["GET", "POST"])
def user_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One account: roles, sessions, second factor, closing."""
    target = _target(request, pk)
    may_change = any(request.user.has_perm(code) for code in OPEN)
    form = RolesForm(
        request.POST if request.method == "POST" else None, initial={"roles": sorted(target.roles)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_roles(
                user=target,
                roles=frozenset(form.cleaned_data["roles"]),
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, f"已调整 {target.name} 的岗位。")
            return redirect("accounts:user", pk)
    now = timezone.now()
    context = {
        "target": target,
        "form": form,
        "close_form": CloseForm(),
        "sessions": target.sessions.filter(expire_date__gt=now).order_by("-seen_at"),
        "second_factor": queries.second_factor_of(target),
        "may_change": may_change,
        "may_end": request.user.has_perm(Permission.MANAGE_SECURITY),
        "is_self": target.pk == request.user.pk,
    }
    return form_page(request, "accounts/user.html", context, form)


@requires(*SECTION)
@never_cache
@require_POST
def user_reset(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a new first password, shown once."""
    target = _target(request, pk)
    try:
        opened = actions.reset_password(user=target, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("accounts:user", pk)
    return render(request, "accounts/opened.html", {"opened": [opened], "is_reset": True})


@requires(*OPEN)
@require_POST
def user_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close an account."""
    target = _target(request, pk)
    try:
        actions.close_account(
            user=target,
            by=request.user,
            now=timezone.now(),
            reason=request.POST.get("reason", "")[:200],
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{target.name} 的账号已停用，登录已全部结束。")
    return redirect("accounts:user", pk)


@requires(*OPEN)
@never_cache
@require_POST
def user_reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Open a closed account again."""
    target = _target(request, pk)
    try:
        opened = actions.reopen_account(user=target, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("accounts:user", pk)
    return render(request, "accounts/opened.html", {"opened": [opened], "is_reset": True})


@requires(Permission.MANAGE_SECURITY)
@require_POST
def user_end_sessions(request: StaffRequest, pk: int) -> HttpResponse:
    """The security administrator ends every login of an account and drops a lost second factor."""
    target = _target(request, pk)
    acting = cast(User, request.user)
    now = timezone.now()
    for session in Session.objects.filter(user=target):
        actions.end_session(session=session, by=acting, now=now)
    if request.POST.get("second_factor"):
        actions.drop_second_factor(user=target, by=acting, now=now)
    messages.success(request, f"{target.name} 的登录已全部结束。")
    return redirect("accounts:user", pk)


@any_staff
@require_safe
def roles(request: StaffRequest) -> HttpResponse:
    """Which role may do what: the table that is also the code."""
    from apps.accounts.roles import ROLES
    from apps.core.permissions import LABELS

    rows = [
        (label, "、".join(role.label for role in Role if code in ROLES[role].permissions))
        for code, label in LABELS.items()
    ]
    context = {"roles": [(role.label, ROLES[role]) for role in Role], "rows": rows}
    return render(request, "accounts/roles.html", context)
