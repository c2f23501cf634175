"""Names of files, as they are shown and stored."""

import os
from pathlib import Path


def shown(name: str | Path) -> str:
    r"""Write a file's name so that every terminal and file format takes it.

    Bytes that are no UTF-8 and control characters become escapes.

    Example:
        >>> shown("caf\udce9.wav")
        'caf\\xe9.wav'
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
