"""The one door through which this newsroom's mail leaves: `send`.

A Letter is rendered once. What is personal (address, Message-ID, the places named by `mark`) is set into its encoded
bytes, because building a message of 31 KB anew costs twenty times as much as handing it over.
"""

import re
import secrets
import smtplib
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.header import Header
from email.utils import formatdate, parseaddr
from functools import cache, cached_property
from html import escape
from quopri import encodestring

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError, EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email
from django.utils.encoding import punycode

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_SECRET = secrets.token_hex(8)  # so that no text holds a mark by chance or by malice
_MARK = re.compile(rf"mark-{_SECRET}-(\w+)-")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def send(message, line=None) -> str:
    """Hand over one message and say what the server answered ("" where there is no server).

    Raises smtplib.SMTPException or OSError when it was not taken.
    """
    line = line or _new_line()
    line.send_messages([message])
    return getattr(line, "reply", "")


@contextmanager
def open_line():
    """One connection for many messages: `with open_line() as line: send(message, line)`."""
    line = _new_line()
    line.open()
    try:
        yield line
    finally:
        with suppress(smtplib.SMTPException, OSError):
            line.close()


def _new_line():
    django_smtp = f"{smtp.__name__}.EmailBackend"
    ours = f"{__name__}.SMTPLine"
    return get_connection(ours if django_smtp == settings.EMAIL_BACKEND else settings.EMAIL_BACKEND)


def wire_address(address: str) -> str:
    """The address as SMTP carries it: ASCII, a domain of other letters in its xn-- form. Raises ValueError."""
    local, _, domain = address.strip().rpartition("@")
    try:
        wire = f"{local}@{punycode(domain)}"
        validate_email(wire)
    except (UnicodeError, ValidationError) as error:
        raise ValueError(f"no address that mail can be sent to: {address!r}") from error
    if not wire.isascii() or not wire.isprintable() or len(wire) > MAX_ADDRESS:
        raise ValueError(f"no address that mail can be sent to: {address!r}")
    return wire


def sender_domain() -> str:
    """The domain of the newsroom's own address: the right side of Message-ID and List-Id."""
    return _domain_of(settings.DEFAULT_FROM_EMAIL)


@cache
def _domain_of(address: str) -> str:
    return punycode(parseaddr(address)[1].rpartition("@")[2]) or "localhost"


def one_line(text: str) -> str:
    """A text that may stand in a header: line ends and other invisible characters become spaces."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def named_header(phrase: str, rest: str) -> str:
    """A header of a name for people and a part for machines, as in List-Id (RFC 2919)."""
    phrase = one_line(phrase)
    if not phrase.isascii():
        return f"{Header(phrase, 'utf-8').encode(linesep='')} {rest}"
    quoted = phrase.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" {rest}'


def mark(name: str) -> str:
    """A place in a letter's text and HTML that `Letter.to` fills for each reader."""
    return f"mark-{_SECRET}-{name}-"


class Letter:
    """A message of a text and an HTML part, encoded once, addressed as often as it has readers."""

    def __init__(self, subject: str, text: str, html: str, headers: dict[str, str] | None = None):
        self.subject = one_line(subject)
        self.from_email = settings.DEFAULT_FROM_EMAIL
        self.sender = sanitize_address(parseaddr(self.from_email)[1], "utf-8")
        self.html = html
        self.text = text
        boundary = f"=_{secrets.token_hex(12)}"  # "=_" never occurs in quoted-printable
        self._head = _headers(
            {
                "From": sanitize_address(self.from_email, "utf-8"),
                "Subject": self.subject,
                "MIME-Version": "1.0",
                "Content-Type": f'multipart/alternative; boundary="{boundary}"',
                **(headers or {}),
            }
        )
        self._text = _quoted_parts(text, f"\r\n--{boundary}", "plain")
        self._html = _quoted_parts(html, f"\r\n--{boundary}", "html")
        self._end = f"\r\n--{boundary}--\r\n".encode()

    def to(self, address: str, message_id: str = "", headers: dict[str, str] | None = None, **marks: str):
        """This letter for one reader. Raises ValueError for an address or a header that may not stand in mail."""
        address = wire_address(address)
        personal = {
            "To": address,
            "Date": formatdate(),
            "Message-ID": message_id or f"<{secrets.token_hex(16)}@{sender_domain()}>",
            **(headers or {}),
        }
        raw = b"".join(
            [
                _headers(personal),
                self._head,
                *_filled(self._text, {name: _quoted(value) for name, value in marks.items()}),
                *_filled(self._html, {name: _quoted(escape(value)) for name, value in marks.items()}),
                self._end,
            ]
        )
        return PreparedMessage(self, address, raw)


def _headers(headers: dict[str, str]) -> bytes:
    return "".join(f"{name}: {_header(name, value)}\r\n" for name, value in headers.items()).encode("ascii")


def _header(name: str, value: str) -> str:
    if _UNSEEN.search(value):
        raise BadHeaderError(f"a header cannot hold line ends or invisible characters: {name}")
    if name == "Subject" or not value.isascii():
        return Header(value, None if value.isascii() else "utf-8", header_name=name).encode(linesep="\r\n")
    return value


def _quoted(text: str) -> bytes:
    """Quoted-printable (RFC 2045): short lines of ASCII that no server on the way has a reason to rewrite, so that a
    DKIM signature holds."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return re.sub(rb"(?m)^From ", b"=46rom ", encodestring(lines)).replace(b"\n", b"\r\n")


def _quoted_parts(text: str, boundary: str, subtype: str) -> list:
    """The encoded part in pieces: bytes, mark, bytes, mark, bytes. Soft line ends stand around each mark."""
    head = f"{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
    pieces: list = _MARK.split(text)
    last = len(pieces) - 1
    for i in range(0, len(pieces), 2):
        pieces[i] = (b"=\r\n" if i else b"") + _quoted(pieces[i]) + (b"=\r\n" if i < last else b"")
    pieces[0] = head.encode() + b"\r\n\r\n" + pieces[0]
    return pieces


def _filled(pieces: list, values: dict[str, bytes]) -> list[bytes]:
    return [values[piece] if i % 2 else piece for i, piece in enumerate(pieces)]


class PreparedMessage(EmailMessage):
    """A message whose bytes are ready; every Django backend that asks for `message()` can send it."""

    def __init__(self, letter: Letter, address: str, raw: bytes):
        super().__init__(letter.subject, "", letter.from_email, [address])
        self.sender = letter.sender
        self.raw = raw

    def message(self):
        return _Raw(self.raw)

    @cached_property
    def parsed(self):
        return message_from_bytes(self.message().as_bytes(), policy=policy.default)


class _Raw:
    """As much of email.message.Message as Django's backends use."""

    def __init__(self, raw: bytes):
        self.raw = raw

    def as_bytes(self, unixfrom=False, linesep="\n"):
        return self.raw if linesep == "\r\n" else self.raw.replace(b"\r\n", linesep.encode())

    def as_string(self, unixfrom=False, linesep="\n"):
        return self.as_bytes(linesep=linesep).decode("ascii")

    def get_charset(self):
        return None


class _KeepsReply:
    last_reply = (0, b"")

    def getreply(self):
        self.last_reply = super().getreply()
        return self.last_reply


class _SMTP(_KeepsReply, smtplib.SMTP):
    pass


class _SMTPOverTLS(_KeepsReply, smtplib.SMTP_SSL):
    pass


class SMTPLine(smtp.EmailBackend):
    """Django's SMTP connection that hands over prepared bytes as they are and remembers what the server said."""

    reply = ""

    @property
    def connection_class(self):
        return _SMTPOverTLS if self.use_ssl else _SMTP

    def _send(self, message):
        self.reply = ""
        if isinstance(message, PreparedMessage):
            self.connection.sendmail(message.sender, message.recipients(), message.raw)
        else:
            super()._send(message)
        code, text = self.connection.last_reply
        self.reply = f"{code} {text.decode('utf-8', 'replace')}"
        return True
