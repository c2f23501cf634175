"""Which parameters may trade places without being heard, and what follows from it.

A ``Symmetry`` is a value without data; importing it needs neither torch nor SciPy.
"""

from src.symmetry.conditional import ConditionalSymmetry
from src.symmetry.symmetry import Symmetry

__all__ = ["ConditionalSymmetry", "Symmetry"]
