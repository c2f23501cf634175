"""Errors of the command lines: one message for what the user can mend, a traceback for the rest."""

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from hydra.errors import InstantiationException

from src.common.terminal import printable

P = ParamSpec("P")
R = TypeVar("R")

# What wrong settings, files and machines raise, see the docstrings of the functions called.
_EXPECTED = (ValueError, OSError, FloatingPointError, MemoryError)
TRACEBACKS = "HYDRA_FULL_ERROR"  # Hydra's own switch for tracebacks
_HINT = f" ({TRACEBACKS}=1 shows where)"


def explained(function: Callable[P, R], hint: str = _HINT) -> Callable[P, R]:
    """End the process with status 1 and the message alone when an expected error is raised.

    Hydra wraps what a constructor raises; the error within is what is shown. With the environment
    variable HYDRA_FULL_ERROR=1 the traceback comes instead.

    Args:
        function: a command line's entry.
        hint: follows the message.

    Returns:
        The function, wrapped.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (*_EXPECTED, InstantiationException) as error:
            cause = error.__cause__ if isinstance(error, InstantiationException) else error
            if os.environ.get(TRACEBACKS) == "1" or not isinstance(cause, _EXPECTED):
                raise
            print(printable(f"error: {_sentence(cause)}{hint}"), file=sys.stderr)
            raise SystemExit(1) from None

    return wrapper


def _sentence(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return f"not enough memory ({error}); ask for less" if str(error) else "not enough memory"
    if isinstance(error, OSError) and error.filename and error.strerror:
        name = os.fsdecode(error.filename) if not isinstance(error.filename, int) else "a file"
        return f"{name}: {error.strerror[0].lower()}{error.strerror[1:]}"
    return str(error) or type(error).__name__
