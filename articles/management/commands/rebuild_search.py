from django.core.management.base import BaseCommand, CommandError

from articles.search import server


class Command(BaseCommand):
    help = "Makes the index of the search server (SEARCH_URL) anew; readers search the old one until it is done."

    def handle(self, **options):
        there = server.server()
        if there is None:
            raise CommandError("SEARCH_URL is not set; the database keeps its own index, which needs no rebuilding.")
        try:
            number = there.rebuild()
        except server.Unavailable as error:
            raise CommandError(f"The search server: {error}") from error
        self.stdout.write(f"{number:,} stories can be searched.")
