"""What holds for every file of the repository."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = {".py", ".md", ".html", ".txt", ".toml", ".css", ".js", ".yml", ".json", ".xml", ""}
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
HOME = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w")


def tracked():
    """The files that git knows; in an export without git, all but those that nobody would keep."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not path.relative_to(ROOT).parts[0].startswith(".")]


def test_no_path_of_one_machine_is_written_down():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path.suffix in TEXT and path != Path(__file__)
        for match in HOME.finditer(path.read_text(errors="replace"))
    ]
    assert not found


def test_links_between_documents_lead_somewhere():
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    links = [(document, link) for document in documents for link in LINK.findall(document.read_text())]
    assert [f"{document.name}: {link}" for document, link in links if not (document.parent / link).exists()] == []


def test_documents_that_the_readme_names_exist():
    named = re.findall(r"(?<![\w/])(docs/[\w-]+\.md)", (ROOT / "README.md").read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_requirements_are_pinned_exactly():
    for path in ROOT.glob("requirements*.txt"):
        lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
        loose = [
            line for line in lines if line and not line.startswith("-r ") and not re.fullmatch(r"\S+==[\w.]+", line)
        ]
        assert not loose, path.name
