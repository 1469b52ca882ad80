"""A mail server for tests, and ways in which one fails."""

import smtplib
import socket
from contextlib import contextmanager
from unittest.mock import patch

from aiosmtpd.controller import Controller
from django.test import override_settings

from newsroom import mail


class Postbox:
    """Keeps what arrives; refuses addresses whose local part names a reply, such as "550.nobody@example.org"."""

    def __init__(self):
        self.letters = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        code = address.partition(".")[0]
        if code.isdigit():
            return f"{code} said the server"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append((envelope.rcpt_tos[0], envelope.content))
        return f"250 Queued as {len(self.letters)}"

    @property
    def addresses(self):
        return [address for address, _ in self.letters]


@contextmanager
def real_server():
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    try:
        with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
            yield box
    finally:
        controller.stop()


@contextmanager
def server_that(answer):
    """Each message is given to `answer` first; what that raises is the server's answer."""
    send = mail.send

    def sometimes(message, line=None):
        answer(message)
        return send(message, line)

    with patch.object(mail, "send", sometimes):
        yield


def fails_after(number, error):
    """An answer for `server_that`: the first `number` messages pass, the next one meets `error`, later ones pass."""
    seen = []

    def answer(message):
        seen.append(message)
        if len(seen) == number + 1:
            raise error

    return answer


def refused(code, address="someone@example.org"):
    return smtplib.SMTPRecipientsRefused({address: (code, b"said the server")})
