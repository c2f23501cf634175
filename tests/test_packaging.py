"""Lock, pyproject.toml and environment.yml agree, and so do licence and citation."""

import re
import subprocess
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]


def pins(lines) -> dict[str, str]:
    """Read name==version lines; names compare as the package index compares them."""
    found = {}
    for line in lines:
        name, version = line.split("==")
        found[re.sub(r"[-_.]+", "-", name).lower()] = version
    return found


@pytest.fixture(scope="module")
def lock() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return pins(line for line in lines if not line.startswith("#"))


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def citation() -> dict:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_conda_environment_is_the_lock(lock, project):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, _, packages = environment["dependencies"]
    assert pins(packages["pip"]) == lock
    assert re.fullmatch(r"python=3\.1[12]", python)
    assert python.removeprefix("python=") in SpecifierSet(project["requires-python"])


def test_direct_dependencies_are_locked_at_their_pins(lock, project):
    direct = pins([*project["dependencies"], *project["optional-dependencies"]["dev"]])
    assert {name: lock.get(name) for name in direct} == direct


def test_lock_is_complete(lock):
    """Whatever a locked package requires on this machine is locked too."""
    for name in lock:
        for requirement in distribution(name).requires or []:
            needed, _, marker = requirement.partition(";")
            required = re.match(r"[\w.-]+", needed).group()
            if not marker:
                assert re.sub(r"[-_.]+", "-", required).lower() in lock, f"{name} needs {required}"


def test_licence_is_the_same_everywhere(project, citation):
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.split()[:7] == ["GNU", "GENERAL", "PUBLIC", "LICENSE", "Version", "3,", "29"]
    assert project["license"] == citation["license"] == "GPL-3.0-or-later"


def test_citation_prefers_the_paper(citation):
    assert citation["cff-version"] == "1.2.0"
    assert {"title", "authors", "message"} <= citation.keys()
    paper = citation["preferred-citation"]
    assert [author["family-names"] for author in paper["authors"]] == ["Hayes", "Saitis", "Fazekas"]
    assert paper["identifiers"][0]["value"] == "arXiv:2506.07199"
    assert {"title", "type", "authors"} <= set.intersection(*map(set, citation["references"]))


def test_make_without_a_fitting_python_says_so(tmp_path):
    for name in ("Makefile", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    result = subprocess.run(
        ["make", "setup", "PYTHON="], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "no Python 3.11 or 3.12" in result.stderr
