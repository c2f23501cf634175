"""The metrics: columns of score files, printed names, units, and which way is good."""

from dataclasses import dataclass

from src.study.methods import Kind


@dataclass(frozen=True)
class Metric:
    """How a score is printed.

    Attributes:
        column: in score files.
        name: in tables and on axes.
        unit: "dB", or "" where there is none.
        higher_is_better: which way is good.
        decimals: that the paper prints.
    """

    column: str
    name: str
    unit: str = ""
    higher_is_better: bool = False
    decimals: int = 2

    @property
    def title(self) -> str:
        """Name with unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def directed_title(self) -> str:
        """Name with unit and an arrow that points to where it is good."""
        return f"{self.title} {'↑' if self.higher_is_better else '↓'}"


METRICS: dict[Kind, dict[str, Metric]] = {
    "toy": {
        metric.column: metric
        for metric in (
            Metric("lsd", "LSD", "dB"),
            Metric("lac", "LAC"),
            Metric("lac_squared", "LAC (squared)"),
            Metric("mse", "MSE"),
            Metric("chamfer", "Chamfer"),
        )
    },
    "rendered": {
        metric.column: metric
        for metric in (
            Metric("mss", "MSS", "dB"),
            Metric("wmfcc", "wMFCC"),
            Metric("sot", "SOT", decimals=3),
            Metric("rms", "RMS", higher_is_better=True, decimals=3),
        )
    },
}
# The error of parameters that means something: where oscillators may be swapped, one that ignores
# their order.
PARAMETER_ERROR = {"symmetric": "lac", "asymmetric": "mse"}
