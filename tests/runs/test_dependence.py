"""What a command can import is found by reading the code."""

import os
import subprocess
import sys

import pytest

from src.runs import dependence


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package to change: a imports b, which imports c within a function."""
    files = {
        "__init__.py": "",
        "a.py": "from src.inner.b import thing\n",
        "inner/__init__.py": "",
        "inner/b.py": "def thing():\n    from . import c\n    return c\n",
        "inner/c.py": "import json\n",
        "late.py": "import importlib\nimportlib.import_module('src.inner.c')\n",
        "alone.py": "",
        "starts.py": "import sys\nCOMMAND = [sys.executable, '-m', 'src.inner.c', str(1)]\n",
        "names.py": "HINT = 'src.inner.c'\nTEXT = f'python -m {HINT}'\n",
    }
    for name, text in files.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(dependence, "ROOT", tmp_path)
    forget()
    yield tmp_path / "src"
    forget()


def forget():
    dependence.digest.cache_clear()
    dependence._is_module.cache_clear()
    dependence._named_in.cache_clear()


def test_imports_are_followed(package):
    inner = ["src", "src.inner", "src.inner.b", "src.inner.c"]
    assert dependence.modules("src.a") == sorted([*inner, "src.a"])
    assert dependence.modules("src.inner.b.thing") == inner
    assert dependence.modules("src.alone") == ["src", "src.alone"]


@pytest.mark.parametrize("name", ["src.late", "src.starts"])
def test_a_module_that_is_imported_by_name_or_started_counts(package, name):
    assert "src.inner.c" in dependence.modules(name)


def test_a_module_that_a_text_names_does_not_count(package):
    assert dependence.modules("src.names") == ["src", "src.names"]


@pytest.mark.parametrize("command", ["src.train", "src.render", "src.score", "src.listen.page"])
def test_all_that_python_imports_is_found(command):
    program = f"import sys, {command}; print(*[m for m in sys.modules if m.split('.')[0] == 'src'])"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert set(loaded.split()) <= set(dependence.modules(command))


def test_circular_imports_end(package):
    (package / "inner/c.py").write_text("import src.a\n", encoding="utf-8")
    assert "src.inner.c" in dependence.modules("src.a")


@pytest.mark.parametrize("name", ["src.b", "src.inner.x.Thing", "json", "src.inner.b.thing.x"])
def test_unknown_module_is_an_error(package, name):
    with pytest.raises(ValueError, match=f"{name}: no such module"):
        dependence.modules(name)


def test_digest_follows_the_text_of_what_is_imported_and_nothing_else(package):
    before = dependence.digest("src.a")
    (package / "alone.py").write_text("changed = 1\n", encoding="utf-8")
    os.utime(package / "a.py", (0, 0))
    forget()
    assert dependence.digest("src.a") == before
    (package / "inner/c.py").write_text("import math\n", encoding="utf-8")
    forget()
    assert dependence.digest("src.a") != before


def test_targets_of_a_configuration():
    config = {
        "model": {"_target_": "src.a.A", "parts": [{"_target_": "src.b.B"}, {"x": 1}]},
        "optimizer": {"_target_": "torch.optim.Adam"},
    }
    assert list(dependence.targets(config)) == ["src.a.A", "src.b.B"]
