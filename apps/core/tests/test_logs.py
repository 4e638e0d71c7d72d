"""Log lines are JSON and carry no phone."""

import json
import logging
import sys

from apps.core.context import RequestContext, enter
from apps.core.logs import JsonFormatter, without_phones


def line(message, **extra):
    record = logging.LogRecord("jizhou", logging.INFO, __file__, 1, message, (), None)
    for name, value in extra.items():
        setattr(record, name, value)
    return json.loads(JsonFormatter().format(record))


class TestJsonFormatter:
    def test_writes_one_object_with_the_request_id(self):
        enter(RequestContext(request_id="abc12345"))
        try:
            found = line("你好\n第二行", status=200, ms=3)
        finally:
            enter(RequestContext())
        assert found["message"] == "你好\n第二行"
        assert (found["request_id"], found["status"], found["ms"]) == ("abc12345", 200, 3)

    def test_drops_phones_from_messages_and_traces(self):
        try:
            raise ValueError("电话 13800001234")
        except ValueError:
            record = logging.LogRecord(
                "x", logging.ERROR, __file__, 1, "022-28391234", (), sys.exc_info()
            )
        text = JsonFormatter().format(record)
        assert "13800001234" not in text
        assert "28391234" not in text

    def test_leaves_other_numbers_alone(self):
        assert (
            without_phones("工单 JZ-2603-01342，用时 12345 毫秒")
            == "工单 JZ-2603-01342，用时 12345 毫秒"
        )
