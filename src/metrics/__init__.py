"""Errors of predicted sounds and parameters.

Names are loaded on first use: `src.metrics.functional` needs only torch and SciPy, and whoever
imports it should not wait three seconds for torchmetrics.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from src.metrics.functional import complex_to_dbfs
    from src.metrics.running import (
        ChamferDistance,
        LinearAssignmentDistance,
        LogSpectralDistance,
        MeanSquaredError,
        SymmetricParameterError,
    )

__all__ = [
    "ChamferDistance",
    "LinearAssignmentDistance",
    "LogSpectralDistance",
    "MeanSquaredError",
    "SymmetricParameterError",
    "complex_to_dbfs",
]


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "functional" if name == "complex_to_dbfs" else "running"
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
