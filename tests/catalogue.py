"""Keeps the words of locale/ with the sources, without gettext's programs: `.venv/bin/python -m tests.catalogue`.

Gathers what the sources ask of gettext, adds to each catalogue what it lacks (nothing beside it yet), takes out what
nothing asks for any more, and compiles it. What the desk shows of other packages is gathered with ours where neither
Django nor the package brings the language.
"""

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import django
import polib
from django.conf import settings
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parent.parent
# Parts of other packages that the desk shows.
OTHERS = ("unfold", "unfold.contrib.filters", "captcha", "taggit", "django.contrib.admin", "django.contrib.auth")
BROUGHT_BY = ("django", "taggit")
# What Django brings, but in the dual with the number twice over: “2 ساعتين”.
BETTER = (Path(django.__file__).parent / "utils" / "timesince.py",)
LEFT_OUT = {"tests", "migrations", "benchmarks", "contrib", "import_export", "simple_history"}
# What each function's leading arguments are.
FUNCTIONS = {
    "_": ("id",),
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}
LITERAL = r"""[ru]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b({'|'.join(FUNCTIONS)})\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)", re.DOTALL)


class Message(NamedTuple):
    id: str
    context: str | None = None
    plural: str = ""


def in_python(source: str) -> Iterator[Message]:
    """Calls with the words themselves in them; `_(name)` says nothing here."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        names = FUNCTIONS.get(called, ())
        if names and len(words) >= len(names):
            yield Message(**dict(zip(names, words, strict=False)))


def in_template(source: str) -> Iterator[Message]:
    """What Django makes of a template for xgettext is calls between blanks."""
    for called, words in CALL.findall(templatize(source)):
        yield Message(**dict(zip(FUNCTIONS[called], ast.literal_eval(f"({words},)"), strict=False)))


def sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and not LEFT_OUT & set(path.relative_to(folder).parts):
            yield path


def read(folder: Path) -> Iterator[tuple[Path, Message]]:
    for path in sources(folder):
        source = path.read_text("utf-8")
        if "gettext" in source or "i18n" in source:
            for message in in_python(source) if path.suffix == ".py" else in_template(source):
                yield path, message


def ours() -> Iterator[tuple[str, Message]]:
    folders = [path.parent for path in sorted(ROOT.glob("*/__init__.py")) if path.parent.name not in LEFT_OUT]
    for folder in [*folders, ROOT / "templates"]:
        for path, message in read(folder):
            yield path.relative_to(ROOT).as_posix(), message


def of_others(language: str) -> Iterator[tuple[str, Message]]:
    """What other packages say that they, or Django, do not bring in this language."""
    brought = {
        (entry.msgctxt, entry.msgid)
        for name in BROUGHT_BY
        for path in package(name).rglob(f"locale/{language}/LC_MESSAGES/django.mo")
        for entry in polib.mofile(str(path))
    }
    for name in OTHERS:
        for _path, message in read(package(name)):
            if message.id and (message.context, message.id) not in brought:
                yield name, message
    for path in BETTER:
        for message in in_python(path.read_text("utf-8")):
            yield "django.utils.timesince", message


def package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None, name
    return Path(str(spec.origin)).parent


def wanted(language: str) -> list[polib.POEntry]:
    """One entry a message, in the order of the sources, with the files that ask for it."""
    entries: dict[tuple[str | None, str], polib.POEntry] = {}
    for name, message in [*ours(), *of_others(language)]:
        key = message.context, message.id
        if key not in entries:
            entries[key] = polib.POEntry(msgid=message.id, msgctxt=message.context)
        entry = entries[key]
        entry.msgid_plural = entry.msgid_plural or message.plural
        if (name, "") not in entry.occurrences:
            entry.occurrences.append((name, ""))
        if "%(" in message.id + message.plural or re.search(r"%[sd]", message.id):
            entry.flags = ["python-format"]
    return list(entries.values())


def paths() -> list[Path]:
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))


def path_of(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def update(language: str) -> polib.POFile:
    path = path_of(language)
    known = polib.pofile(str(path), wrapwidth=118)
    translated = {(entry.msgctxt, entry.msgid): entry for entry in known}
    forms = int(known.metadata["Plural-Forms"].partition("nplurals=")[2][0])
    known.clear()
    for entry in wanted(language):
        old = translated.get((entry.msgctxt, entry.msgid))
        if entry.msgid_plural:
            entry.msgstr_plural = (old and old.msgstr_plural) or dict.fromkeys(range(forms), "")
        else:
            entry.msgstr = old.msgstr if old else ""
        known.append(entry)
    known.save(str(path))
    path.with_suffix(".mo").write_bytes(known.to_binary())
    return known


def main() -> int:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=[])
        django.setup()
    missing = 0
    for path in paths():
        language = path.parts[-3]
        empty = update(language).untranslated_entries()
        missing += len(empty)
        for entry in empty:
            print(f"{language}, {entry.occurrences[0][0]}: {entry.msgid}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
