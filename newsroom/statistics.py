"""What SQLite knows of its tables. Without it, a look for twenty stories by key may walk the index of them all."""

from django.db import connection

# At most so many rows of each index are looked at: a moment's work at any size.
REFRESH = "PRAGMA analysis_limit=1000", "ANALYZE"


def refresh() -> None:
    """Look again. PostgreSQL does this by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for statement in REFRESH:
                cursor.execute(statement)
