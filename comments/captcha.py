"""The math question, asked in text; django-simple-captcha's store keeps the answers."""

import secrets


def sum_to_solve():
    """A question and its answer, as django-simple-captcha wants them: ("3 + 4 =", "7")."""
    a, b = secrets.randbelow(10), secrets.randbelow(10)
    return f"{a} + {b} =", str(a + b)
