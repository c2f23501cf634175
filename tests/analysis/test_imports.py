"""Tables and most figures wait for nothing heavy."""

import subprocess
import sys

SCRIPT = """
import sys
import src.analysis.gather, src.analysis.tables, src.analysis.figures.distance_over_k
heavy = {"torch", "lightning", "torchmetrics", "librosa", "h5py"}
print(*sorted(heavy & set(sys.modules)))
"""


def test_tables_and_the_figure_of_lsd_import_nothing_heavy() -> None:
    found = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
    assert found.stdout.split() == []
