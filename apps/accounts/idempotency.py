"""A POST with the same Idempotency-Key is done once and answered the same (reliability §9)."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from apps.accounts.models import IdempotentAnswer, User
from apps.core.errors import DomainError

LONGEST_KEY = 255
#: for the description of every POST
PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=True,
    description="不重复的值；重发同一请求时用同一个值，只做一次",
)


def _wanted(request: Request) -> tuple[str, str]:
    """Return the key and the digest of a request.

    Raises:
        DomainError: the header is missing or too long.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise DomainError(
            "请在请求头 Idempotency-Key 里给一个不重复的值（255 字以内）；重发同一请求时用同一个值。",
            field="Idempotency-Key",
        )
    plain = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    return key, hashlib.sha256(plain).hexdigest()


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Make a POST handler answer the same key once: a repetition gets the first answer.

    The row is written first, in the transaction of the work; a second request with the same key
    waits for it. A refusal leaves nothing behind, so that the corrected request may use the key.
    """

    @wraps(method)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key, digest = _wanted(request)
        user = cast(User, request.user)  # the middleware lets nobody else in
        try:
            with transaction.atomic():
                row = IdempotentAnswer.objects.create(
                    user=user, key=key, request_digest=digest, at=timezone.now()
                )
                answer = method(view, request, *args, **kwargs)
                row.status = answer.status_code
                row.body = json.dumps(answer.data, cls=JSONEncoder, ensure_ascii=False)
                row.save(update_fields=["status", "body"])
                return answer
        except IntegrityError:
            kept = IdempotentAnswer.objects.filter(user=user, key=key).first()
            if kept is None:  # it was another constraint that refused
                raise
        if kept.request_digest != digest:
            raise DomainError(
                "这个 Idempotency-Key 已用于另一个请求。请换一个值。", field="Idempotency-Key"
            )
        answer = Response(json.loads(kept.body), status=kept.status)
        answer.headers["Idempotent-Replayed"] = "true"
        return answer

    return once
