"""Columns of the CSV tables: which of a summary's, in which order, and by which name.

The names are those that readers of earlier tables know; each kind of task has its own.
"""

from collections.abc import Mapping

import pandas as pd

from src.study.methods import Kind
from src.study.metrics import METRICS

_TOY = tuple(METRICS["toy"])
_RENDERED = tuple(METRICS["rendered"])
_NUMBERS = ("", "_ci95", "_median", "_seed_spread", "_nan")


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


SUMMARY: Mapping[Kind, Mapping[str, str]] = {
    "toy": {
        **_same("task", "symmetry", "k"),
        "method": "experiment",
        "label": "method",
        **_same("n", "seeds"),
        **_same(*(f"{m}{end}" for m in (*_TOY, "parameter_error") for end in _NUMBERS)),
        "diverged": "diverged",
    },
    "rendered": {
        "scale": "scale",
        "task": "dataset",
        **_same("method", "label", "parameters_million", "n", "seeds"),
        **_same(*(f"{m}{end}" for m in _RENDERED for end in _NUMBERS[:4])),
        **_same(*(f"paper_{m}{end}" for m in _RENDERED for end in _NUMBERS[:2])),
        **_same("paper_parameters_million"),
        **_same("nan", "predicted_silent", "target_silent", "not_rendered"),
    },
}
PAIRED: Mapping[Kind, Mapping[str, str]] = {
    "toy": {
        **_same("task", "symmetry", "k"),
        "label_a": "method_a",
        "label_b": "method_b",
        **_same("metric", "n", "difference", "ci95"),
        "excludes_zero": "significant",
    },
    "rendered": {
        "scale": "scale",
        "task": "dataset",
        **_same("method_a", "method_b", "label_a", "label_b"),
        **_same("metric", "n", "difference", "ci95", "excludes_zero"),
    },
}


def printed(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Choose and name columns of a table."""
    chosen = table[list(columns)]
    return chosen.set_axis(list(columns.values()), axis="columns")
