from django.db import connection
from django.test import TestCase

from newsroom.tasks import refresh_statistics
from tests.cast import make_story


class StatisticsTests(TestCase):
    def test_the_database_learns_how_large_its_tables_are(self):
        make_story()
        refresh_statistics()
        known = "sqlite_stat1" in connection.introspection.table_names() or connection.vendor != "sqlite"
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'articles_article'")
                known = cursor.fetchone()[0] > 0
        assert known
