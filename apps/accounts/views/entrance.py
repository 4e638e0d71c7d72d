"""Logging in and out, the second factor, the password."""

import base64
import json
import logging
from typing import Any, cast

from axes.decorators import axes_dispatch
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.accounts import actions, queries
from apps.accounts.forms import CodeForm, LoginForm, PasswordForm
from apps.accounts.models import User
from apps.audit.actions import record
from apps.core.access import any_staff, public
from apps.core.context import current
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page, safe_next

logger = logging.getLogger(__name__)
PENDING_SECONDS = 300
MONTH_SECONDS = 30 * 24 * 3600


def _resume(request: HttpRequest) -> dict[str, Any] | None:
    """Return the form that was typed before the session ended, when it belongs to this site."""
    action = request.POST.get("resume_action", "")
    if not action or not url_has_allowed_host_and_scheme(action, allowed_hosts=None):
        return None
    try:
        typed = json.loads(request.POST.get("resume_fields", "[]"))
        fields = [(str(name), str(value)) for name, value in typed]
    except (ValueError, TypeError):
        return None
    return {"action": action, "typed": fields}


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@axes_dispatch  # type: ignore[untyped-decorator]
def log_in(request: HttpRequest) -> HttpResponse:
    """账号、密码; says how many tries are left, never whether the account exists."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect(safe_next(request, reverse("core:home")))
    remembered = request.COOKIES.get("account", "")[:60]
    form = LoginForm(
        request.POST if request.method == "POST" else None,
        initial={"username": remembered, "remember": remembered},
    )
    context = {
        "form": form,
        "next": safe_next(request, ""),
        "resume_action": request.POST.get("resume_action", ""),
        "resume_fields": request.POST.get("resume_fields", ""),
    }
    if request.method == "POST" and form.is_valid():
        if queries.address_is_locked(ip=current().ip, now=timezone.now()):
            return locked_out(request)
        data = form.cleaned_data
        user = authenticate(request, username=data["username"], password=data["password"])
        if isinstance(user, User):
            return _welcome(request, user, data)
        _note_failure(form, data["username"])
    return form_page(request, "accounts/login.html", context, form)


def _note_failure(form: LoginForm, username: str) -> None:
    left = queries.tries_left(username=username, ip=current().ip)
    record(action="accounts.login_failed", by=None, label=username, outcome="FAILED")
    text = f"账号或密码不对，还可试 {left} 次" if left else "账号或密码不对"
    form.add_error(None, f"{text}。忘了密码请找本单位负责人重置。")


def _welcome(request: HttpRequest, user: User, data: dict[str, Any]) -> HttpResponse:
    """Ask for the second factor when there is one, else let in."""
    target = safe_next(request, reverse("core:home"))
    resume = _resume(request)
    if queries.second_factor_of(user) is not None:
        request.session["pending"] = {
            "user": user.pk,
            "at": timezone.now().timestamp(),
            "next": target,
            "resume": resume,
        }
        return redirect("accounts:code")
    response = _let_in(request, user, target, resume)
    if data.get("remember"):
        response.set_cookie(
            "account",
            user.username,
            max_age=MONTH_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie("account")
    return response


def _let_in(
    request: HttpRequest, user: User, target: str, resume: dict[str, Any] | None
) -> HttpResponse:
    now = timezone.now().timestamp()
    login(request, user, backend="apps.accounts.backends.RoleBackend")
    request.session["began"] = request.session["seen"] = now
    request.session["ip"], request.session["agent"] = current().ip, current().user_agent
    record(action="accounts.login", by=user, target=user, label=str(user))
    if resume is not None:
        return render(request, "accounts/resume.html", resume)
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect(target)


@public
@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step: six digits, within five minutes of the password."""
    pending = request.session.get("pending")
    if not pending or timezone.now().timestamp() - pending["at"] > PENDING_SECONDS:
        request.session.pop("pending", None)
        return redirect("accounts:login")
    user = User.objects.active().filter(pk=pending["user"]).first()
    device = queries.second_factor_of(user) if user else None
    if user is None or device is None:
        return redirect("accounts:login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        allowed, _why = device.verify_is_allowed()
        if allowed and device.verify_token(form.cleaned_data["code"]):
            del request.session["pending"]
            response = _let_in(request, user, pending["next"], pending["resume"])
            otp_login(request, device)
            return response
        record(
            action="accounts.login_failed",
            by=None,
            label=user.username,
            outcome="FAILED",
            note="验证码不对",
        )
        form.add_error(
            "code", "验证码不对或已用过，请等下一组数字" if allowed else "试得太快，请稍等再填"
        )
    return form_page(request, "accounts/code.html", {"form": form}, form)


@any_staff
@require_POST
def log_out(request: StaffRequest) -> HttpResponse:
    """退出: the session ends and the browser forgets what it kept."""
    user = request.user
    record(action="accounts.logout", by=user, label=user.display_name)
    logout(request)
    response = redirect("accounts:login")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@any_staff
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: StaffRequest) -> HttpResponse:
    """Change the password; after the first login and after 90 days there is no way round."""
    user = cast(User, request.user)
    form = PasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_password(
                user=user,
                new_password=form.cleaned_data["new_password"],
                keep_session=request.session.session_key or "",
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            from django.contrib.auth import update_session_auth_hash

            update_session_auth_hash(request, user)
            messages.success(request, "密码已修改。其他地方的登录已退出。")
            return redirect("core:home")
    context = {"form": form, "is_first": user.must_change_password}
    return form_page(request, "accounts/password.html", context, form)


@any_staff
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: StaffRequest) -> HttpResponse:
    """Set up the authenticator app: scan or type the key, give the first code."""
    user = cast(User, request.user)
    now = timezone.now()
    device = queries.second_factor_of(user)
    if request.method == "POST" and "drop" in request.POST:
        if not queries.must_add_second_factor(user) and not _is_required(user):
            actions.drop_second_factor(user=user, by=user, now=now)
            messages.success(request, "二次验证已关闭。")
        return redirect("accounts:second-factor")
    key = request.session.get("totp_key")
    if device is None and not key:
        from django_otp.util import random_hex

        key = request.session["totp_key"] = random_hex(20)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and key:
        trial = TOTPDevice(user_id=user.pk, key=key)
        if _first_code_fits(trial, form.cleaned_data["code"]):
            actions.confirm_second_factor(user=user, key=key, by=user, now=now)
            del request.session["totp_key"]
            messages.success(request, "二次验证已开启，下次登录时要填验证码。")
            return redirect("accounts:me")
        form.add_error("code", "验证码不对，请核对手机时间后再填")
    context: dict[str, Any] = {"form": form, "device": device, "is_required": _is_required(user)}
    if device is None and key:
        context |= _enrolment(user, key)
    return form_page(request, "accounts/second_factor.html", context, form)


def _is_required(user: User) -> bool:
    return bool(set(settings.TOTP_REQUIRED_ROLES) & user.roles)


def _first_code_fits(device: TOTPDevice, code_typed: str) -> bool:
    from django_otp.oath import TOTP

    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    return bool(totp.verify(int(code_typed), tolerance=device.tolerance))


def _enrolment(user: User, key: str) -> dict[str, Any]:
    """Return the key as text and as a QR picture (data URI, made on this machine)."""
    import segno

    device = TOTPDevice(user_id=user.pk, user=user, key=key, name="验证器")
    picture = segno.make(device.config_url, error="m")
    typed = base64.b32encode(device.bin_key).decode().rstrip("=")
    groups = " ".join(typed[i : i + 4] for i in range(0, len(typed), 4))
    return {"qr": picture.svg_data_uri(scale=5), "key_text": groups}


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords: how long to wait and whom to call (429)."""
    record(
        action="accounts.login_locked",
        by=None,
        label=request.POST.get("username", "")[:60],
        outcome="DENIED",
    )
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "accounts/locked.html", {"minutes": minutes}, status=429)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: what happened and whom to ask; written down, for it may be a probe."""
    user = request.user
    if isinstance(user, User):
        what = "打开" if request.method in {"GET", "HEAD"} else "提交"
        label = f"{what} {request.path[:200]}"
        record(action="core.denied", by=user, label=label, outcome="DENIED")
    return render(request, "403.html", {"reason": str(exception)}, status=403)
