"""What SQLite knows of its tables. Without it, a look for twenty stories by key may walk the index of them all."""

from django.db import connection

# In full: from a part of each index SQLite guesses too well of one where nearly every row has the same status.
REFRESH = "PRAGMA analysis_limit=0", "ANALYZE"


def refresh() -> None:
    """Look again. PostgreSQL does this by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for statement in REFRESH:
                cursor.execute(statement)
