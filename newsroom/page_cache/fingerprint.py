"""What the pages were made with: another version of the code, the templates or the settings makes other pages."""

import hashlib
from pathlib import Path

from django.conf import settings

FOLDERS = ("newsroom", "articles", "comments", "digest", "reading", "templates", "static", "locale")
KINDS = {".py", ".html", ".txt", ".css", ".js", ".mo", ".toml", ".woff2", ".svg", ".png"}
SETTINGS = (
    "SITE_NAME", "SITE_URL", "LANGUAGE_CODE", "TIME_ZONE", "MEDIA_URL", "STATIC_URL", "COMMENT_MAX_LENGTH",
    "SHARED_CACHE_SECONDS", "SURROGATE_KEY_HEADER",
)  # fmt: skip


def of_code() -> str:
    digest = hashlib.blake2b(digest_size=8)
    base = Path(settings.BASE_DIR)
    for folder in FOLDERS:
        for path in sorted((base / folder).rglob("*")):
            if path.suffix in KINDS and "tests" not in path.parts:
                digest.update(str(path.relative_to(base)).encode())
                digest.update(path.read_bytes())
    for name in SETTINGS:
        digest.update(f"{name}={getattr(settings, name)}\n".encode())
    return digest.hexdigest()
