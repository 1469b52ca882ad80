"""Full-text search over published stories."""


def install(**kwargs):
    """Make the index of this database, if it has none."""


def search(query, limit=30):
    """Published stories that hold the words of `query`, best first."""
    raise NotImplementedError
