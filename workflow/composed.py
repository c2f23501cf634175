"""Composed configurations on disk: composing forty of them is most of the time of a dry run.

What is kept depends on nothing but the files of ``configs/``, the code that composes, and the
versions of the libraries that do; all of them are part of a key that stands in each file, and a
file of another key is not used. So a file can be old, but never wrong, and may be deleted.
"""

import hashlib
import json
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from src.common.files import write_text
from src.common.project import CONFIG_DIR, ROOT
from workflow import dependencies

FOLDER = ROOT / ".snakemake" / "composed"
_LIBRARIES = ("hydra-core", "omegaconf", "antlr4-python3-runtime", "PyYAML")
_ENVIRONMENT = re.compile(rb"\$\{oc\.env:")  # makes a configuration more than its files


def remembered(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Take a composed configuration from disk, or make and keep it.

    Args:
        name: the entry and overrides that it is composed from.
        make: composes it.

    Returns:
        Nested dictionaries and lists of what JSON knows.
    """
    key = _key()
    if key is None:
        return make()
    path = FOLDER / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
    kept = _read(path)
    if kept is not None and kept.get("key") == key and kept.get("name") == name:
        return dict(kept["settings"])
    settings = make()
    with suppress(OSError):  # a disk that is full or read-only costs time, and no more
        write_text(path, json.dumps({"key": key, "name": name, "settings": settings}))
    return settings


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


@cache
def _key() -> str | None:
    """Name all that a composed configuration depends on; None if that is more than files."""
    text = hashlib.sha256(platform.python_version().encode())
    for library in _LIBRARIES:
        text.update(f"{library} {version(library)}\0".encode())
    text.update(dependencies.digest("src.runs.configuration", "src.synths.definition").encode())
    for name, content in _files():
        if _ENVIRONMENT.search(content):
            return None
        text.update(f"{name}\0{len(content)}\0".encode() + content)
    return text.hexdigest()


def _files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(path for path in CONFIG_DIR.rglob("*") if path.is_file()):
        # WHAT is run is no part of how a run is composed, and changes more often.
        if path != CONFIG_DIR / "workflow.yaml":
            yield path.relative_to(CONFIG_DIR).as_posix(), path.read_bytes()
