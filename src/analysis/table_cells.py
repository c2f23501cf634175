"""Cells and notes of the tables, from summaries."""

import math

import numpy as np
import pandas as pd

from src.analysis.evidence import spanned
from src.analysis.markup import NOTHING, Block, Markup, format_interval
from src.study.layout import SYMMETRIES
from src.study.methods import Kind
from src.study.metrics import METRICS, PARAMETER_ERROR, Metric
from src.study.settings import read_settings


def summary_blocks(summary: pd.DataFrame, kind: Kind, markup: Markup) -> list[Block]:
    """Lay a summary out, a row a method (and k), the best of each column in bold.

    Args:
        summary: as `src.analysis.summary.summary_table` gives it.
        kind: of the task.
        markup: of the text.

    Returns:
        A block a condition of toy tasks, one of other tasks. References are never the best; of
        rendered sounds, the paper's numbers, sizes and counts stand beside ours.
    """
    return [
        Block(heading, _summary_cells(rows, kind, markup)) for heading, rows in _conditions(summary)
    ]


def paired_blocks(paired: pd.DataFrame, kind: Kind, markup: Markup) -> list[Block]:
    """Lay paired differences out, a row a pair (and k), in bold where the interval excludes 0.

    Args:
        paired: as `src.analysis.summary.paired_table` gives it.
        kind: of the task.
        markup: of the text.

    Returns:
        A block a condition of toy tasks, with LSD and the condition's own parameter error; else one
        with all metrics.
    """
    return [
        Block(heading, _paired_cells(rows, kind, markup)) for heading, rows in _conditions(paired)
    ]


def _conditions(table: pd.DataFrame) -> list[tuple[str | None, pd.DataFrame]]:
    if "symmetry" not in table:
        return [(None, table)]
    halves = ((symmetry, table[table["symmetry"] == symmetry]) for symmetry in SYMMETRIES)
    return [(symmetry.capitalize(), half) for symmetry, half in halves if not half.empty]


def _metrics(table: pd.DataFrame, kind: Kind) -> list[Metric]:
    """Metrics in the order of columns: of toy tasks LSD and the condition's own error first."""
    known = METRICS[kind]
    if kind == "rendered":
        return list(known.values())
    first = ["lsd", PARAMETER_ERROR[table["symmetry"].iloc[0]]]
    return [known[name] for name in dict.fromkeys([*first, *known])]


def _summary_cells(summary: pd.DataFrame, kind: Kind, markup: Markup) -> pd.DataFrame:
    columns: dict[str, list[str]] = {}
    if "k" in summary:
        columns["k"] = summary["k"].astype(str).tolist()
    columns["Method"] = [markup.escape(name) for name in summary["label"]]
    for metric in _metrics(summary, kind):
        columns[metric.directed_title] = _metric_cells(summary, metric, kind, markup)
    if kind == "rendered":
        columns |= _beside(summary, markup)
    else:
        columns["Diverged"] = summary["diverged"].astype(str).tolist()
    return pd.DataFrame(columns)


def _metric_cells(summary: pd.DataFrame, metric: Metric, kind: Kind, markup: Markup) -> list[str]:
    """One column: mean, interval, median, spread over seeds, of toy tasks the number of NaN."""
    name = metric.column
    variants = [read_settings().variant(method) for method in summary["method"]]
    competes = [not variant.method.is_reference for variant in variants]
    rivals = summary[name].where(np.array(competes))
    groups = summary["k"] if "k" in summary else pd.Series(0, index=summary.index)
    best = rivals.groupby(groups).transform("max" if metric.higher_is_better else "min")
    texts = []
    for row, rival, top in zip(summary.to_dict("records"), rivals, best, strict=True):
        median = row[f"{name}_median"]
        text = format_interval(row[name], row[f"{name}_ci95"])
        text += "" if math.isnan(median) else f" / {median:.3g}"
        if not math.isnan(row[f"{name}_seed_spread"]):
            text += f" [{row[f'{name}_seed_spread']:.2g}]"
        if kind == "toy" and row[f"{name}_nan"]:
            text += f" ({row[f'{name}_nan']} NaN)"
        text = markup.escape(text)
        texts.append(markup.bold(text) if rival == top else text)
    return texts


def _beside(summary: pd.DataFrame, markup: Markup) -> dict[str, list[str]]:
    """Columns of rendered sounds beside the metrics: the paper's numbers, sizes, counts."""
    columns = {}
    if has_paper(summary):
        for name, metric in METRICS["rendered"].items():
            numbers = zip(summary[f"paper_{name}"], summary[f"paper_{name}_ci95"], strict=True)
            texts = (_paper_text(mean, ci95, metric.decimals) for mean, ci95 in numbers)
            columns[f"{metric.name} (paper)"] = [markup.escape(text) for text in texts]
    columns["Parameters (million)"] = [_millions(size) for size in summary["parameters_million"]]
    if has_paper(summary):
        sizes = summary["paper_parameters_million"]
        columns["Parameters (paper)"] = [_millions(size) for size in sizes]
    for title, name in (
        ("Pairs", "n"),
        ("NaN", "nan"),
        ("Silent", "predicted_silent"),
        ("Not rendered", "not_rendered"),
    ):
        columns[title] = summary[name].astype(str).tolist()
    return columns


def _paired_cells(paired: pd.DataFrame, kind: Kind, markup: Markup) -> pd.DataFrame:
    metrics = _metrics(paired, kind)[: 2 if kind == "toy" else None]
    pairs = paired[paired["metric"] == metrics[0].column]
    columns: dict[str, list[str]] = {}
    if "k" in paired:
        columns["k"] = pairs["k"].astype(str).tolist()
    for side in ("a", "b"):
        columns[side.upper()] = [markup.escape(label) for label in pairs[f"label_{side}"]]
    for metric in metrics:
        texts = []
        for row in paired[paired["metric"] == metric.column].to_dict("records"):
            text = markup.escape(format_interval(row["difference"], row["ci95"]))
            texts.append(markup.bold(text) if row["excludes_zero"] else text)
        columns[metric.directed_title] = texts
    return pd.DataFrame(columns)


def has_paper(summary: pd.DataFrame) -> bool:
    """Whether the paper has a number for any row."""
    paper = [f"paper_{name}" for name in METRICS["rendered"]]
    return set(paper) <= set(summary) and bool(summary[paper].notna().any(axis=None))


def summary_note(summary: pd.DataFrame, kind: Kind) -> str:
    """Say what the numbers of a summary are."""
    several = bool(summary["seeds"].max() > 1)
    n, seeds = _range(summary["n"]), _range(summary["seeds"])
    if kind == "toy":
        note = (
            f"Mean ± 95 % confidence interval / median over {n} test items (scores averaged over "
            f"{seeds} seed{'s' if several else ''}); arrows point to where a metric is good, the "
            "best mean of each column and k in bold. Diverged: predictions with an MSE above 4, "
            "which no parameters in [-1, 1] have; they can make means meaningless."
        )
        return f"{note} In brackets: standard deviation over seeds." if several else note
    parts = [
        f"Mean ± 95 % confidence interval / median over {n} pairs of sounds{_averaged(summary)}; "
        "arrows point to where a metric is good, the best mean of each column in bold."
    ]
    if several:
        parts.append("In square brackets: standard deviation of the seeds' means.")
    if has_paper(summary):
        parts.append("Columns (paper): Table 1 of the paper, with intervals as printed there.")
    parts.append(
        "NaN: scores of the four metrics that are not numbers; Silent: predictions without sound, "
        "among them patches that the synthesizer did not render (Not rendered)"
        f"{', all summed over seeds' if several else ''}. Silent targets: "
        f"{_range(summary['target_silent'])}."
    )
    return " ".join(parts)


def paired_note(paired: pd.DataFrame, summary: pd.DataFrame, kind: Kind) -> str:
    """Say what the numbers of paired differences are."""
    if kind == "toy":
        return (
            f"Mean of A - B ± 95 % confidence interval over {_range(paired['n'])} test items; "
            "below 0, A is better; in bold where 0 lies outside the interval (no correction for "
            "the number of pairs)."
        )
    return (
        f"Mean of A - B ± 95 % confidence interval over {_range(summary['n'])} pairs of sounds"
        f"{_averaged(summary)}; where the arrow points down, A is better below 0, where it points "
        "up, above 0; in bold where 0 lies outside the interval (no correction for the number of "
        "pairs)."
    )


def _averaged(summary: pd.DataFrame) -> str:
    if summary["seeds"].max() == 1:
        return ", one training seed"
    return f" of scores averaged over {_range(summary['seeds'])} seeds"


def _paper_text(mean: float, ci95: float, decimals: int) -> str:
    """The paper's number with the decimals that it prints."""
    return NOTHING if math.isnan(mean) else f"{mean:.{decimals}f} ± {ci95:.{decimals}f}"


def _millions(value: float) -> str:
    """Parameters in millions, to three digits."""
    return NOTHING if math.isnan(value) or value == 0 else f"{value:#.3g}".rstrip(".")


def _range(counts: pd.Series) -> str:
    return spanned(counts.min(), counts.max())
