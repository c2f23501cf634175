"""Text for a terminal: names of files and items may hold codes that steer it."""

import logging
import sys
import unicodedata
from typing import TextIO

_KEPT = "\n\t"


def printable(text: str) -> str:
    r"""Return text with what a terminal would obey or cannot show written as an escape.

    Control and formatting characters, such as escape and those that turn the direction of reading,
    and bytes of names that are no UTF-8.

    Example:
        >>> print(printable("a\x1b[2Jb"))
        a\x1b[2Jb
    """
    return "".join(
        character
        if character in _KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


class PrintableFormatter(logging.Formatter):
    """Formats log records as text that is safe on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        return printable(super().format(record))


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at each message; the first may be exchanged or closed by then."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """The present stderr."""
        return sys.stderr


def log_to_terminal() -> None:
    """Have log messages from INFO on written to stderr, safe to be shown."""
    handler = StderrHandler()
    handler.setFormatter(PrintableFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
