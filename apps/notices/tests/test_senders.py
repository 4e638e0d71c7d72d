"""The channels, against a mail box in memory and a robot on this machine."""

import json
import smtplib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail

from apps.notices import senders
from apps.notices.senders import EmailSender, Outgoing, SendError, WecomSender

MESSAGE = Outgoing(
    key="ticket:17:due:1:3:EMAIL", recipient="a@b.example", subject="标题", body="正文"
)


class TestConfigured:
    def test_is_nothing_by_default(self, settings):
        settings.EMAIL_HOST = settings.WECOM_ROBOT_URL = ""
        assert senders.configured() == []

    def test_is_what_the_settings_name(self, settings):
        settings.EMAIL_HOST = "mail.example"
        settings.WECOM_ROBOT_URL = "https://robot.example/send?key=abc"
        assert senders.configured() == ["EMAIL", "WECOM"]

    def test_is_not_a_robot_at_a_strange_address(self, settings):
        settings.EMAIL_HOST, settings.WECOM_ROBOT_URL = "", "file:///etc/passwd"
        assert senders.configured() == []


class TestEmail:
    def test_sends_one_plain_mail_with_a_stable_id(self):
        EmailSender().send(MESSAGE)
        EmailSender().send(MESSAGE)
        first, second = mail.outbox
        assert (first.to, first.subject, first.body) == (["a@b.example"], "标题", "正文")
        assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
        assert "ticket" not in first.extra_headers["Message-ID"]

    def test_puts_a_title_of_two_lines_on_one(self):
        EmailSender().send(Outgoing(key="k", recipient="a@b.example", subject="一\n二", body=""))
        assert mail.outbox[0].subject == "一 二"

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (smtplib.SMTPResponseException(550, b"no such box a@b.example"), "550"),
            (smtplib.SMTPServerDisconnected("x"), "SMTPServerDisconnected"),
            (TimeoutError("x"), "TimeoutError"),
        ],
    )
    def test_says_why_it_failed_without_the_address(self, monkeypatch, error, words):
        monkeypatch.setattr(
            "django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(error)
        )
        with pytest.raises(SendError, match=words) as refused:
            EmailSender().send(MESSAGE)
        assert "a@b.example" not in str(refused.value)


class Robot(BaseHTTPRequestHandler):
    answer: tuple[int, bytes] = (200, b'{"errcode":0}')
    seen: list[dict] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).seen.append({"body": json.loads(body), "id": self.headers["X-Dedupe-Id"]})
        status, text = type(self).answer
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def robot(settings) -> Iterator[type[Robot]]:
    server = HTTPServer(("127.0.0.1", 0), Robot)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.WECOM_ROBOT_URL = f"http://127.0.0.1:{server.server_port}/send?key=token-of-robot"
    Robot.answer, Robot.seen = (200, b'{"errcode":0}'), []
    yield Robot
    server.shutdown()
    server.server_close()
    thread.join()


class TestWecom:
    def test_posts_one_text_with_a_stable_id(self, robot):
        WecomSender().send(MESSAGE)
        WecomSender().send(MESSAGE)
        assert robot.seen[0]["body"] == {"msgtype": "text", "text": {"content": "标题\n正文"}}
        assert robot.seen[0]["id"] == robot.seen[1]["id"]

    def test_cuts_what_the_robot_would_refuse(self, robot):
        WecomSender().send(Outgoing(key="k", recipient="", subject="题", body="长" * 2000))
        assert len(robot.seen[0]["body"]["text"]["content"].encode()) <= 2048

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ((200, b'{"errcode":45009,"errmsg":"api freq out of limit"}'), "45009"),
            ((200, b"[]"), "None"),
            ((200, b"<html>"), "JSONDecodeError"),
            ((500, b""), "500"),
            ((302, b""), "302"),
        ],
    )
    def test_says_why_it_failed_without_the_token(self, robot, answer, words):
        robot.answer = answer
        with pytest.raises(SendError, match=words) as refused:
            WecomSender().send(MESSAGE)
        assert "token-of-robot" not in repr(refused.value)
        assert len(robot.seen) == 1  # a redirection is not followed

    def test_says_that_nobody_answers(self, settings):
        settings.WECOM_ROBOT_URL = "http://127.0.0.1:9/send?key=token-of-robot"
        with pytest.raises(SendError, match="没有回应"):
            WecomSender().send(MESSAGE)
