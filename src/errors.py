"""Errors of the command lines: one message for what the user can mend, a traceback for the rest."""

import functools
import logging
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# What wrong settings and wrong files raise, see the docstrings of the functions called.
_EXPECTED = (ValueError, FileNotFoundError, FloatingPointError)


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """End the process with status 1 and the message alone when an expected error is raised.

    Args:
        function: a command line's entry.

    Returns:
        The function, wrapped. The traceback is still written at the log level DEBUG.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except _EXPECTED as error:
            logging.getLogger(__name__).debug("traceback", exc_info=True)
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(1) from None

    return wrapper
