"""Figures, one module each.

They are drawn into files without a window, so whatever backend the surroundings ask for, such as a
notebook whose backend is not installed here, Matplotlib is told of one that every machine has.
"""

import os
import sys

if "matplotlib" not in sys.modules:
    os.environ["MPLBACKEND"] = "agg"
