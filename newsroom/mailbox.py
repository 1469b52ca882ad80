"""Mail of a newsroom that was given no mail server: one .eml file a message under DATA_DIR/mail."""

import os
import secrets
import time

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns():020d}-{secrets.token_hex(3)}"
            part = settings.MAIL_DIR / f".{name}.part"
            part.write_bytes(message.message().as_bytes(linesep="\n"))
            os.replace(part, settings.MAIL_DIR / f"{name}.eml")  # a reader of the folder never sees half a message
        return len(email_messages)
