"""Every write of the handbook; each is recorded in the audit log within its own transaction."""

from apps.handbook.actions.entries import (
    check_draft,
    confirm_review,
    discard_draft,
    publish,
    save_draft,
    send_back,
    submit_draft,
    withdraw,
)
from apps.handbook.actions.imports import (
    clear_old_imports,
    count_import,
    finish_import,
    keep_import,
    start_import,
)
from apps.handbook.actions.reference import load_examples
from apps.handbook.actions.remarks import answer_remark, send_remark
from apps.handbook.actions.reviews import remind_of_reviews

__all__ = [
    "answer_remark",
    "check_draft",
    "clear_old_imports",
    "confirm_review",
    "count_import",
    "discard_draft",
    "finish_import",
    "keep_import",
    "load_examples",
    "publish",
    "remind_of_reviews",
    "save_draft",
    "send_back",
    "send_remark",
    "start_import",
    "submit_draft",
    "withdraw",
]
