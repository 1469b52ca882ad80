"""Mail of a newsroom that was given no mail server: one .eml file a message under DATA_DIR/mail."""

import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

HEAD = 16_384  # bytes; more than the headers of a message of ours have
NAME = re.compile(r"\d{1,24}-[0-9a-f]{6}")


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns():020d}-{secrets.token_hex(3)}"
            part = settings.MAIL_DIR / f".{name}.part"
            part.write_bytes(message.message().as_bytes(linesep="\n"))
            os.replace(part, settings.MAIL_DIR / f"{name}.eml")  # a reader of the folder never sees half a message
        return len(email_messages)


@dataclass
class Envelope:
    name: str
    sent_at: datetime
    message: EmailMessage

    def header(self, name) -> str:
        return str(self.message[name] or "")

    @property
    def subject(self):
        return self.header("Subject")

    @property
    def to(self):
        return self.header("To")

    def text(self) -> str:
        return self._part("plain")

    def html(self) -> str:
        return self._part("html")

    def _part(self, kind) -> str:
        part = self.message.get_body((kind,))
        return part.get_content() if part else ""


def names() -> list[str]:
    """The messages in the outbox, newest first: their file names begin with the time in nanoseconds."""
    if not settings.MAIL_DIR.is_dir():
        return []
    with os.scandir(settings.MAIL_DIR) as files:
        found = [entry.name.removesuffix(".eml") for entry in files if entry.name.endswith(".eml")]
    return sorted(filter(NAME.fullmatch, found), reverse=True)


def path_of(name):
    """The file of a message; None for a name that the outbox never gave."""
    path = settings.MAIL_DIR / f"{name}.eml"
    return path if NAME.fullmatch(name) and path.is_file() else None


def envelope(name, headers_only=False) -> Envelope | None:
    path = path_of(name)
    if path is None:
        return None
    with path.open("rb") as file:
        message = message_from_bytes(file.read(HEAD if headers_only else -1), policy=policy.default)
    return Envelope(name, datetime.fromtimestamp(int(name.partition("-")[0]) / 1e9, UTC), message)
