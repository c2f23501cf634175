"""The documents: what they link to and name exists."""

import re
from pathlib import Path

import pytest

from src.common.project import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not (document.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_source_paths_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    pattern = r"`((?:src|workflow|configs|tests|benchmarks|docs)/[\w./]+)`"
    missing = [path for path in re.findall(pattern, text) if not (ROOT / path).exists()]
    assert not missing


def test_the_readme_is_finished() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert not {"RESULTS", "TIMES"} & set(lines)
