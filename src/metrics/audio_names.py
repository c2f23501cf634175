"""Columns of the audio metrics, for those who only read scores."""

METRICS = ("mss", "wmfcc", "sot", "rms")
HIGHER_IS_BETTER = frozenset({"rms"})
