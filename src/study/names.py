"""Answers to names that nobody knows: the nearest one, and all there are."""

from collections.abc import Iterable
from difflib import get_close_matches


def hint(name: str, known: Iterable[object]) -> str:
    """Say which names are known, and which one may have been meant.

    Args:
        name: the unknown name.
        known: all known ones, in the order in which to list them.

    Returns:
        Text for a message.

    Example:
        >>> hint("latop", ["smoke", "laptop"])
        'did you mean laptop? known: smoke, laptop'
    """
    names = [str(other) for other in known]
    nearest = get_close_matches(name, names, n=1)
    question = f"did you mean {nearest[0]}? " if nearest else ""
    return f"{question}known: {', '.join(names)}"
