"""Log lines: one JSON object each, no bodies, no personal data."""

import json
import logging
import re
from datetime import UTC, datetime

from apps.core.context import current

# a stack trace may quote a value; numbers that look like a phone never reach the log
PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d)\d{4}(\d{4})(?!\d)|(?<!\d)(0\d{2,3})-?\d{4}(\d{4})(?!\d)")


def without_phones(text: str) -> str:
    """Replace numbers that look like phones."""
    return PHONE.sub("***", text)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON with time, level, logger, message and request id."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).astimezone().isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": without_phones(record.getMessage()),
        }
        if current().request_id:
            line["request_id"] = current().request_id
        for name in ("route", "status", "ms", "user_id"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info:
            line["trace"] = without_phones(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
