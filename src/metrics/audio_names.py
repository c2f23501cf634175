"""Columns of the audio metrics, for those who only read scores."""

from src.study.metrics import METRICS as _ALL

METRICS = tuple(_ALL["rendered"])
HIGHER_IS_BETTER = frozenset(m.column for m in _ALL["rendered"].values() if m.higher_is_better)
