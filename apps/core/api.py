"""The API's base: default deny, one form of errors, keyset paging (issue: the same rules as pages)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.access import rule_of
from apps.core.errors import DomainError

PREFIX = "/api/"
NEED_LOGIN = "请先登录，或在请求头 Authorization 里提供令牌。"
NOT_ALLOWED = "您没有权限使用这个接口。需要的话请联系系统管理员。"
NOT_FOUND = "没有这个对象，或您看不到它。"


def is_api(request: HttpRequest) -> bool:
    """Say whether a request is for the API, which answers in JSON whatever happens."""
    return request.path.startswith(PREFIX)


def refusal(status: int, message: str, code: str = "refused") -> JsonResponse:
    """Return an error in the API's one form."""
    return JsonResponse(
        {"code": code, "message": message, "field": None},
        status=status,
        json_dumps_params={"ensure_ascii": False},
    )


class Deny(BasePermission):
    """The default permission: a view without one of its own answers nobody."""

    message = "没有开放这个接口。"

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse."""
        return False


class AsMarked(BasePermission):
    """Admits whom the view's access mark admits, and a token only within its scopes.

    The middleware has asked the mark already; asking again keeps the view closed if somebody
    mounts it elsewhere.
    """

    message = NOT_ALLOWED

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask the mark and the token."""
        plain = request._request
        match = plain.resolver_match
        rule = rule_of(match.func) if match else None
        if rule is None or not plain.user.is_authenticated or not rule.admits(plain):
            return False
        token = getattr(plain, "api_token", None)
        return token is None or token.allows(str(request.method), view.area)


class Pages(CursorPagination):
    """Pages by cursor, 50 rows, at most 200; the order ends in the primary key."""

    page_size = 50
    page_size_query_param = "size"
    max_page_size = 200
    ordering = "-pk"
    invalid_cursor_message = "翻页标记无效。请从第一页开始。"


def errors(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return every error as ``{"code", "message", "field"}`` with a Chinese message.

    422 for a wrong value, 409 for what is not possible in the present state, 403, 404.
    """
    if isinstance(error, DomainError):
        return _answer(error.http_status, error.code, error.message, error.field)
    if isinstance(error, Http404):
        return _answer(404, "not_found", NOT_FOUND)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return _answer(403, "refused", NOT_ALLOWED)
    if isinstance(error, exceptions.ValidationError):
        field, message = _first(error.detail)
        return _answer(422, "invalid", message, field)
    from rest_framework.views import exception_handler  # its module reads our settings first

    answer = exception_handler(error, context)
    if answer is not None:
        detail = getattr(error, "detail", "")
        answer.data = {"code": "refused", "message": str(detail), "field": None}
    return answer


def _answer(status: int, code: str, message: str, field: str | None = None) -> Response:
    return Response({"code": code, "message": message, "field": field}, status=status)


def _first(detail: Any) -> tuple[str | None, str]:
    """Return the first field and its message of DRF's nested details."""
    field: str | None = None
    while isinstance(detail, dict | list) and detail:
        if isinstance(detail, dict):
            name, detail = next(iter(detail.items()))
            field = field or (None if name == "non_field_errors" else str(name))
        else:
            detail = detail[0]
    return field, str(detail)
