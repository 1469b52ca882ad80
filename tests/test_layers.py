"""Who may import whom: newsroom's wiring → comments, digest, reading → articles → newsroom's leaves → Django."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = {"articles", "comments", "digest", "reading"}
# Modules of newsroom/ that apps may import; they import no app themselves.
LEAVES = {
    "assets", "checks", "commits", "context", "direction", "engine", "health", "limits", "links", "mail", "mailbox",
    "models", "origin", "page_cache", "storage", "supervisor",
}  # fmt: skip
MAY_IMPORT = {
    "articles": {"articles", "newsroom leaf"},
    "comments": {"comments", "articles", "newsroom leaf"},
    "digest": {"digest", "articles", "newsroom leaf"},
    "reading": {"reading", "articles", "newsroom leaf"},
    "newsroom leaf": {"newsroom leaf", "newsroom celery"},
    "newsroom celery": {"newsroom celery"},
    "newsroom wiring": {"newsroom wiring", "newsroom leaf", "newsroom celery", *APPS},
}


def layer(module: str) -> str | None:
    """The layer of a dotted module of this repository; None for what comes from elsewhere."""
    top, _, rest = module.partition(".")
    if top in APPS:
        return top
    if top != "newsroom":
        return "tests" if top in {"tests", "benchmarks"} else None
    name = rest.partition(".")[0]
    if name == "celery":
        return "newsroom celery"
    return "newsroom leaf" if name in LEAVES else "newsroom wiring"


def imports(path: Path):
    """Every module that a file imports, at its top or inside a function."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            origin = ".".join(filter(None, [base, node.module]))
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def modules():
    for top in sorted({*APPS, "newsroom"}):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "tests" not in path.parts:
                yield path


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    own = layer(".".join(path.relative_to(ROOT).with_suffix("").parts))
    wrong = [name for name in imports(path) if layer(name) is not None and layer(name) not in MAY_IMPORT[own]]
    assert not wrong, f"{own} may not import {', '.join(wrong)}"


def test_the_rule_sees_a_wrong_import():
    assert layer("comments.models") not in MAY_IMPORT["articles"]
    assert layer("digest.models") not in MAY_IMPORT["comments"]
    assert layer("newsroom.demo.fill") not in MAY_IMPORT["articles"]
