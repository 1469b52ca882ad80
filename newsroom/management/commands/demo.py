from django.core.management.base import BaseCommand, CommandError

from newsroom import statistics
from newsroom.demo import volume
from newsroom.demo.fill import fill, sign_ins_file
from newsroom.demo.progress import Bar
from newsroom.page_cache import everything_changed

VOLUME = ("pictures", "articles", "comments", "subscribers")  # in this order: stories choose among the pictures


class Command(BaseCommand):
    help = "Fill the demo newsroom; with numbers, add that many rows for measuring."

    def add_arguments(self, parser):
        for name in VOLUME:
            parser.add_argument(f"--{name}", type=int, default=0, metavar="N", help=f"add N {name}")

    def handle(self, **options):
        if any(options[name] < 0 for name in VOLUME):
            raise CommandError("A number of rows cannot be negative.")
        counts = fill()
        self.stdout.write("The demo newsroom has " + ", ".join(f"{n:,} {name}" for name, n in counts.items()) + ".")
        for name in VOLUME:
            if options[name]:
                getattr(volume, name)(options[name], Bar(self.stdout, name, options[name]))
        statistics.refresh()
        everything_changed()
        if sign_ins_file().exists():
            self.stdout.write(f"Sign-ins are in {sign_ins_file()}")
