"""Files of tensors and plain values: checkpoints, states of runs. Nothing in them is ever run."""

import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from src.common.files import atomic_path

_BUFFER_BYTES = 2**20
# PyTorch's message about objects of a pickle that would be imported and called.
_CODE = re.compile(r"GLOBAL ([\w.]+)")


def write_plain(path: str | Path, content: dict[str, Any]) -> None:
    """Write tensors and plain values whole; the same content gives the same bytes.

    PyTorch puts the name of a file that it opens itself into it, here a temporary one.
    """
    with atomic_path(path) as temporary, temporary.open("wb", buffering=_BUFFER_BYTES) as file:
        torch.save(content, file)


def read_plain(path: Path, remedy: str, **entries: type) -> dict[str, Any]:
    """Read a file of tensors and plain values; nothing in it is run.

    Args:
        path: file that PyTorch wrote.
        remedy: what to do where it cannot be read, a sentence.
        **entries: what it has to hold, and of which type each is.

    Returns:
        Its content.

    Raises:
        ValueError: it holds code, is damaged, or is something else.
    """
    try:
        is_archive = zipfile.is_zipfile(path)  # the older format has no checksums
        if is_archive and (broken := zipfile.ZipFile(path).testzip()):
            raise ValueError(f"checksum of {broken}")
        with warnings.catch_warnings():
            # a file of another pickle protocol is refused below, in one sentence
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=is_archive)
    except Exception as error:  # what a damaged file leads to may be of any type
        if code := _CODE.search(str(error)):
            raise ValueError(
                f"{path}: holds code ({code[1]}), which was not run; only tensors and plain values "
                f"are read. {remedy}"
            ) from None
        reason = str(error).partition("\n")[0].partition(". ")[0] or type(error).__name__
        raise ValueError(f"{path}: damaged, or no checkpoint ({reason}). {remedy}") from error
    wrong = [
        name
        for name, kind in entries.items()
        if not isinstance(content, dict) or not isinstance(content.get(name), kind)
    ]
    if wrong:
        raise ValueError(
            f"{path}: expected the entries {', '.join(entries)}; {', '.join(wrong)} missing or of "
            f"another type. {remedy}"
        )
    return dict(content)
