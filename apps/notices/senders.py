"""The ways out: one small interface, called only by the deliverer, never by web code.

A sender raises :class:`SendError` when the message was surely or possibly not accepted. Its text is
shown to the administrator, so it carries no address, no token and no content.
"""

import hashlib
import json
import smtplib
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage

from apps.notices.choices import Channel

WECOM_SECONDS = 5
WECOM_BYTES = 2048  # the robot refuses longer texts


class SendError(Exception):
    """The message did not get through; try again later."""


@dataclass(frozen=True)
class Outgoing:
    """What a sender needs to know; ``key`` is the same at every repetition."""

    key: str
    recipient: str
    subject: str
    body: str


class Sender(Protocol):
    """One channel."""

    def is_configured(self) -> bool:
        """Say whether this installation can send here at all."""
        ...

    def send(self, message: Outgoing) -> None:
        """Hand the message over; returns only when it was accepted. Raises SendError."""
        ...


def dedupe_id(key: str) -> str:
    """Return the stable id of a message (32 hex digits): the key itself stays inside."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


class EmailSender:
    """E-mail through Django; the Message-ID is stable, so mail servers can drop repetitions."""

    def is_configured(self) -> bool:
        """Say whether a mail server is set."""
        return bool(settings.EMAIL_HOST)

    def send(self, message: Outgoing) -> None:
        """Send one plain-text mail."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
        mail = EmailMessage(
            subject=" ".join(message.subject.split()),
            body=message.body,
            to=[message.recipient],
            headers={"Message-ID": f"<{dedupe_id(message.key)}@{domain}>"},
        )
        try:
            mail.send()
        except smtplib.SMTPResponseException as error:
            raise SendError(f"邮件服务器拒绝（{error.smtp_code}）") from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise SendError(f"邮件没有发出（{type(error).__name__}）") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The robot's address carries its token: it is told to nobody else."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing."""


class WecomSender:
    """A WeCom group robot: one JSON POST to the address that the group's owner gives."""

    def is_configured(self) -> bool:
        """Say whether the robot's address is set."""
        return settings.WECOM_ROBOT_URL.startswith(("https://", "http://"))

    def send(self, message: Outgoing) -> None:
        """Post one text; accepted means HTTP 200 and ``errcode`` 0."""
        parts = [message.subject, message.body]
        text = "\n".join(part for part in parts if part).encode()[:WECOM_BYTES]
        content = text.decode("utf-8", "ignore")
        request = urllib.request.Request(  # noqa: S310  the scheme is checked in is_configured
            settings.WECOM_ROBOT_URL,
            data=json.dumps({"msgtype": "text", "text": {"content": content}}).encode(),
            headers={
                "Content-Type": "application/json",
                "X-Dedupe-Id": dedupe_id(message.key),
            },
        )
        try:
            opener = urllib.request.build_opener(_NoRedirects)
            with opener.open(request, timeout=WECOM_SECONDS) as response:
                answer = json.loads(response.read(10_000))
        except urllib.error.HTTPError as error:
            raise SendError(f"企业微信返回 {error.code}") from None
        except (OSError, ValueError) as error:
            raise SendError(f"企业微信没有回应（{type(error).__name__}）") from None
        code = answer.get("errcode") if isinstance(answer, dict) else None
        if code != 0:
            raise SendError(f"企业微信拒绝（错误码 {code}）")


SENDERS: dict[str, Sender] = {Channel.EMAIL: EmailSender(), Channel.WECOM: WecomSender()}


def configured() -> list[str]:
    """Return the channels that this installation can send on."""
    return [str(channel) for channel, sender in SENDERS.items() if sender.is_configured()]
