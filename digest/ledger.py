"""The ledger is worked off here: each row is claimed before its message is sent, and says what became of it.

A worker claims a chunk of rows by one conditional UPDATE, under a random name of its own. Right before a message goes
on the wire its row is set from claimed to sending, on condition that the claim still holds; after it, to sent or
failed. Any worker may die at any line:

- a row that was claimed and not yet sending was not sent: it is planned again once its claim is older than lease();
- a row that was sending may or may not have reached the server. It is planned again with the SAME Message-ID, so that a
  receiver can drop the repeat. This is the one window in which nobody can know: one message for each killed worker;
- every other row is what it says.

A living worker renews its claims as it goes, so a claim older than lease() is a dead worker's.
"""

import logging
import secrets
import smtplib
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from digest import letters
from digest.models import Delivery, Edition, Subscriber
from newsroom import mail

log = logging.getLogger(__name__)

CHUNK = 100
TIME_BUDGET = 300  # seconds that one task sends; well under CELERY_TASK_TIME_LIMIT
ROWS_PER_WORKER = 2000
MAX_WORKERS = 8
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180)]
MAX_TRIES = len(BACK_OFF) + 1
PUT_OFF_IN_A_ROW = 5  # the server wants a rest, not this reader's mailbox
RENEW_AFTER = 15  # seconds

Status = Delivery.Status


class StopSending(Exception):
    """The mail server takes nothing now; the next sweep tries again."""


@dataclass
class Run:
    """One worker's turn at an edition."""

    edition: Edition
    claim: str = field(default_factory=lambda: secrets.token_hex(12))
    letter: mail.Letter | None = None
    made_of: list | None = None
    renewed: float = 0.0
    put_off: int = 0
    sent: int = 0

    def rows(self):
        return self.edition.deliveries.filter(claim=self.claim)


def workers_wanted(edition) -> int:
    """How many more workers this edition has work for; the ones at work are known by their claims."""
    settle(edition)
    rows = edition.deliveries
    if not (due := rows.due().count()):
        finish(edition)
        return 0
    at_work = rows.held().order_by().values("claim").distinct().count()
    return max(0, min(MAX_WORKERS, -(-due // ROWS_PER_WORKER)) - at_work)


def send(edition, seconds: float = float("inf")) -> int:
    """Send what is due of this edition until nothing is left, the server refuses to go on or the time is up."""
    settle(edition)
    run, end = Run(edition), time.monotonic() + seconds
    try:
        while time.monotonic() < end and _claim(run):
            _send_chunk(run, end)
    except StopSending as stop:
        log.warning("edition %s waits for the mail server: %s", edition, stop)
    finally:
        run.rows().filter(status=Status.CLAIMED).update(status=Status.PLANNED, claim="")
    finish(edition)
    return run.sent


def settle(edition):
    """Give back what dead workers held. A message that may be what kills its workers is not tried forever."""
    stale = edition.deliveries.stale()
    was_sending = stale.filter(status=Status.SENDING)
    lost = "The worker was lost while sending, again and again."
    was_sending.filter(tries__gte=MAX_TRIES - 1).update(status=Status.FAILED, claim="", reply=lost)
    was_sending.update(status=Status.PLANNED, claim="", tries=F("tries") + 1)
    stale.filter(status=Status.CLAIMED).update(status=Status.PLANNED, claim="")


def finish(edition):
    """An edition is sent once it is planned in full and no row is left to do."""
    if not edition.deliveries.unfinished().exists():
        now = timezone.now()
        sending = Edition.objects.filter(pk=edition.pk, status=Edition.Status.SENDING)
        sending.update(status=Edition.Status.SENT, sent_at=now)


def _claim(run) -> bool:
    """Take the next rows. Of two workers that reach for the same, one gets them and the other looks again."""
    while keys := list(run.edition.deliveries.due().order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        mine = Delivery.objects.filter(pk__in=keys, status=Status.PLANNED)
        if mine.update(status=Status.CLAIMED, claim=run.claim, claimed_at=timezone.now()):
            run.renewed = time.monotonic()
            return True
    return False


def _send_chunk(run, end):
    if not _compose(run):
        run.rows().filter(status=Status.CLAIMED).update(
            status=Status.SUPPRESSED, claim="", reply="No story of this edition is public any more."
        )
        return
    rows = list(run.rows().filter(status=Status.CLAIMED).select_related("subscriber").order_by("pk"))
    try:
        with mail.open_line() as line:
            for delivery in rows:
                if time.monotonic() > end:
                    return
                _renew(run)
                _send_one(run, delivery, line)
    except (smtplib.SMTPException, OSError) as error:  # no connection: nothing was on its way
        raise StopSending(error) from error


def _compose(run) -> bool:
    """Render the edition anew whenever a story of it was changed or withdrawn since the last chunk."""
    made_of = letters.state_of_stories(run.edition)
    if made_of and made_of == run.made_of:
        return True
    stories = letters.public_stories(run.edition)
    if stories:
        run.letter, run.made_of = letters.edition_letter(run.edition, stories), made_of
        Edition.objects.filter(pk=run.edition.pk).update(subject=run.letter.subject)
    return bool(stories)


def _renew(run):
    if time.monotonic() - run.renewed > RENEW_AFTER:
        run.rows().filter(status=Status.CLAIMED).update(claimed_at=timezone.now())
        run.renewed = time.monotonic()


def _send_one(run, delivery, line):
    try:
        message = letters.addressed(run.letter, delivery)
    except ValueError as error:
        _write(run, delivery, Status.FAILED, str(error))
        return
    if not _take(run, delivery):
        return
    try:
        reply = mail.send(message, line)
    except (smtplib.SMTPException, OSError) as error:
        _refused(run, delivery, error)
    else:
        run.put_off = 0
        run.sent += 1
        _write_sent(delivery, reply)


# The two statements that every message costs are written out: building them anew through the ORM took longer than
# handing over the message.
TAKE = f"""
    UPDATE {Delivery._meta.db_table} SET status = '{Status.SENDING}', claimed_at = %s
    WHERE id = %s AND claim = %s AND status = '{Status.CLAIMED}' AND EXISTS (
        SELECT 1 FROM {Subscriber._meta.db_table} AS reader
        WHERE reader.id = {Delivery._meta.db_table}.subscriber_id AND reader.status = '{Subscriber.Status.CONFIRMED}')
"""
WRITE_SENT = f"""
    UPDATE {Delivery._meta.db_table}
    SET status = '{Status.SENT}', claim = '', reply = %s, sent_at = %s, next_try_at = NULL WHERE id = %s
"""


def _execute(statement, *values) -> int:
    plain = [connection.ops.adapt_datetimefield_value(v) if isinstance(v, datetime) else v for v in values]
    with connection.cursor() as cursor:
        cursor.execute(statement, plain)
        return cursor.rowcount


def _take(run, delivery) -> bool:
    """Set the row to sending if it is still this worker's and its subscriber still wants it."""
    if _execute(TAKE, timezone.now(), delivery.pk, run.claim):
        return True
    mine = Delivery.objects.filter(pk=delivery.pk, claim=run.claim, status=Status.CLAIMED)
    mine.update(status=Status.SUPPRESSED, claim="", reply="Unsubscribed before it was sent.")
    return False


def _write_sent(delivery, reply):
    """What was sent stays sent, even if the claim was lost meanwhile."""
    _execute(WRITE_SENT, _short(reply), timezone.now(), delivery.pk)


def _short(reply) -> str:
    return mail.one_line(reply)[:300]


def _write(run, delivery, status, reply, **fields):
    row = Delivery.objects.filter(pk=delivery.pk, claim=run.claim)
    row.update(**{"status": status, "claim": "", "reply": _short(reply), "next_try_at": None, **fields})


def _refused(run, delivery, error):
    """Decide what the server's answer means: this reader never, this reader later, or nobody now."""
    reply, code = _reply_of(error)
    about_reader = isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError))
    if about_reader and code >= 500:
        _write(run, delivery, Status.FAILED, reply, tries=delivery.tries + 1)
        return
    _put_off(run, delivery, reply)
    run.put_off += 1
    if not isinstance(error, smtplib.SMTPRecipientsRefused) or code == 421 or run.put_off >= PUT_OFF_IN_A_ROW:
        raise StopSending(reply) from error


def _put_off(run, delivery, reply):
    tries = delivery.tries + 1
    if tries >= MAX_TRIES:
        _write(run, delivery, Status.FAILED, reply, tries=tries)
    else:
        again = timezone.now() + BACK_OFF[tries - 1]
        _write(run, delivery, Status.PLANNED, reply, tries=tries, next_try_at=again)


def _reply_of(error) -> tuple[str, int]:
    text: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return f"{type(error).__name__}: {error}", 0
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {words}", code
