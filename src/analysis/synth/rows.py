"""What the tables of rendered data sets are made of: rows (methods), metrics and data sets."""

from dataclasses import dataclass

from src.analysis.figures.style import GREY, Appearance
from src.metrics.audio_names import HIGHER_IS_BETTER


@dataclass(frozen=True)
class Row:
    """A row of the table: a method, or a reference beside the methods.

    Attributes:
        name: as in paths, such as "cnf_mlp".
        label: as printed, such as "CNF (MLP)".
        appearance: colour and marker in figures.
        is_reference: no method, but what bounds them: the true patch, or one drawn by chance.
    """

    name: str
    label: str
    appearance: Appearance
    is_reference: bool = False


# In the order of tables and figures. Colours are those of Okabe and Ito (2008); a method that the
# toy tasks have too looks the same there.
ROWS = {
    row.name: row
    for row in (
        Row("cnf_param2tok", "CNF (PARAM2TOK)", Appearance("#D55E00", "s", "-")),
        Row("cnf_mlp", "CNF (MLP)", Appearance("#56B4E9", "^", "-")),
        Row("ast", "AST", Appearance("#000000", "D", "-")),
        Row("ast_sorted", "AST, sorted targets", Appearance("#009E73", "v", "-")),
        Row("ast_pretrained", "AST, pretrained", Appearance("#CC79A7", "P", "-")),
        Row("vae_realnvp", "VAE + RealNVP", Appearance("#E69F00", "X", "-")),
        Row("rerendered", "Target rendered again", Appearance(GREY, "", (0, (4, 2))), True),
        Row("random", "Random patch", Appearance(GREY, "", ":"), True),
    )
}


@dataclass(frozen=True)
class Metric:
    """How an audio metric is printed.

    Attributes:
        column: in score files.
        name: in tables and on axes.
        unit: "dB", or "" where there is none.
        decimals: that the paper prints.
    """

    column: str
    name: str
    unit: str
    decimals: int

    @property
    def higher_is_better(self) -> bool:
        """Which way is good."""
        return self.column in HIGHER_IS_BETTER

    @property
    def title(self) -> str:
        """Name with unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def directed_title(self) -> str:
        """Name with unit and an arrow that points to where it is good."""
        return f"{self.title} {'↑' if self.higher_is_better else '↓'}"


METRICS = {
    metric.column: metric
    for metric in (
        Metric("mss", "MSS", "dB", 2),
        Metric("wmfcc", "wMFCC", "", 2),
        Metric("sot", "SOT", "", 3),
        Metric("rms", "RMS", "", 3),
    )
}
DATASET_LABELS = {
    "vital": "Vital",
    "vital_simple": "Vital, simple",
    "vital_full": "Vital, full",
    "surge_simple": "Surge XT, simple",
    "surge_full": "Surge XT, full",
    "nsynth": "NSynth",
    "fsd50k": "FSD50K",
}


def dataset_label(dataset: str) -> str:
    """Printed name of a data set; its own name where it has none."""
    return DATASET_LABELS.get(dataset, dataset)


def rank(method: str) -> int:
    """Place of a row in tables and figures."""
    return list(ROWS).index(method)
