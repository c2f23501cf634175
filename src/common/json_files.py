"""Records as JSON files: whole, sealed, and refused in one sentence where they are damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from src.common.files import atomic_path
from src.common.seals import SEAL, read_sealed, seal

_SEAL = "seal"


def write_json(path: str | Path, content: dict[str, Any]) -> None:
    """Write a record whole, with a seal as its last entry."""
    with atomic_path(path) as temporary:
        text = json.dumps({**content, _SEAL: SEAL}, indent=2) + "\n"
        temporary.write_text(text, encoding="utf-8", newline="\n")
        seal(temporary)


def read_json(path: Path, remedy: str) -> dict[str, Any]:
    """Read a record as it was written; older ones have no seal.

    Args:
        path: the file.
        remedy: what to do about a file that cannot be used, for the message.

    Returns:
        Its content, without the seal.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or no JSON object.
    """
    content = read_sealed(path, remedy)
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not readable as JSON ({error}); {remedy}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: not readable as JSON with named entries; {remedy}")
    return {name: value for name, value in found.items() if name != _SEAL}
