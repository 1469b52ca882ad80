import time
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from digest import editions, ledger, letters
from digest.models import Delivery, Edition, Subscriber, lease

Status = Delivery.Status


class Command(BaseCommand):
    help = (
        "Plan and send the day's edition now, in this process, whatever the hour. Run again, it mails those who were "
        "left out and nobody twice. Ends with 1 when a message failed or could not be sent yet."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--date", metavar="YYYY-MM-DD", help="the edition's day; today in the site's time zone if left out"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and change nothing")

    def handle(self, *args, date, dry_run, **options):
        day = _day(date)
        if dry_run:
            self._tell_plan(day)
        else:
            self._send(day)

    def _send(self, day):
        edition = editions.plan(day)
        if edition.status == Edition.Status.EMPTY:
            self.stdout.write(f"Edition of {day}: nothing new was published, so no mail goes out.")
            return
        self._tell_stories(day, letters.public_stories(edition))
        added = editions.plan_deliveries(edition)
        self.stdout.write(f"{added} new in the ledger.")
        edition.deliveries.planned().update(next_try_at=None)  # by hand means now, not when the back-off ends
        ledger.send(edition)
        self._wait_for_others(edition)
        self._tell_result(edition)

    def _wait_for_others(self, edition):
        """Rows of another process: it sends them, or it is dead and they fall free when its claim runs out."""
        if held := edition.deliveries.held().count():
            limit = round(lease().total_seconds())
            self.stdout.write(f"{held} held by another process; waiting for it, at most {limit} s.")
        while edition.deliveries.held().exists():
            time.sleep(1)
            ledger.send(edition)

    def _tell_plan(self, day):
        edition = Edition.objects.filter(day=day).exclude(status=Edition.Status.EMPTY).first()
        if edition:
            stories, waiting = letters.public_stories(edition), edition.deliveries.unfinished().count()
            readers = waiting + editions.not_planned(edition).count()
        else:
            stories = editions.choose(editions.since(), timezone.now())
            readers = Subscriber.objects.confirmed().count()
        if not stories:
            self.stdout.write(f"Edition of {day}: nothing new was published, so no mail would go out.")
            return
        self._tell_stories(day, stories)
        self.stdout.write(f"Would be sent to {readers} subscribers. Dry run: nothing was changed.")

    def _tell_stories(self, day, stories):
        self.stdout.write(f"Edition of {day}: {editions.subject_of(stories)}")
        for story in stories:
            self.stdout.write(f"  [{story.get_kind_display()}] {story.headline}")

    def _tell_result(self, edition):
        rows = edition.deliveries.order_by().values_list("status").annotate(number=Count("pk"))
        number = dict.fromkeys(Status.values, 0) | dict(rows)
        later = number[Status.PLANNED]
        self.stdout.write(
            f"Sent: {number[Status.SENT]}. Failed: {number[Status.FAILED]}. "
            f"Left out, unsubscribed since: {number[Status.SUPPRESSED]}. To be tried again: {later}."
        )
        if number[Status.FAILED] or later:
            raise CommandError("Not everyone was reached; the deliveries in the admin say why.", returncode=1)


def _day(text) -> date:
    if text is None:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a day; write it as YYYY-MM-DD, for example 2026-11-23.") from error
