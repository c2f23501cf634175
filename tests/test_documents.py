"""The documents: what they link to and name exists."""

import re
from collections import Counter
from pathlib import Path

import pytest

from src.common.project import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "published").glob("*.md")),
]
each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def anchors(document: Path) -> set[str]:
    """Names under which GitHub shows a document's headings."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    found: Counter[str] = Counter()
    names = set()
    for heading in re.findall(r"^#+ +(.+)$", text, flags=re.M):
        name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if found[name] else name)
        found[name] += 1
    return names


def test_anchors_are_named_as_github_does(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# Two `words`, more\n## A\n```\n# code\n```\n## A\n", encoding="utf-8")
    assert anchors(document) == {"two-words-more", "a", "a-1"}


@each_document
def test_links_lead_to_files_of_the_project_and_to_headings(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    missing = []
    for link in links:
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (document.parent / path).resolve() if path else document
        is_there = target.exists() and target.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in anchors(target)):
            missing.append(link)
    assert not missing


@each_document
def test_source_paths_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    pattern = r"`((?:src|workflow|configs|tests|benchmarks|docs)/[\w./]+)`"
    missing = [path for path in re.findall(pattern, text) if not (ROOT / path).exists()]
    assert not missing


def test_the_readme_is_finished() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert not {"RESULTS", "TIMES"} & set(lines)
