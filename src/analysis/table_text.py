"""Summaries as text for readers: Markdown and LaTeX (booktabs)."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from src.analysis.runs import SYMMETRIES, TASK_LABELS
from src.analysis.scores import METRICS, PARAMETER_ERROR

SUMMARY_NOTE = (
    "Mean ± 95 % confidence interval over {n} test items (scores averaged over {seeds}); lower is "
    "better, the best of each column and k in bold."
)
SPREAD_NOTE = " In brackets: standard deviation over seeds."
PAIRED_NOTE = (
    "Mean of A - B ± 95 % confidence interval over {n} test items; below 0, A is better; in bold "
    "where 0 lies outside the interval (no correction for the number of pairs)."
)


@dataclass(frozen=True)
class Markup:
    """What differs between Markdown and LaTeX within a cell."""

    bold: Callable[[str], str]
    escape: Callable[[str], str]


_LATEX = str.maketrans(
    {character: rf"\{character}" for character in "&#$%_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"±": r"$\pm$", "\n": " ", "\r": " "}
)


def _escape_latex(text: str) -> str:
    text = text.translate(_LATEX)
    return re.sub(r"(?<!\w)-", "$-$", text)  # a minus; a hyphen follows a letter


MARKDOWN = Markup(bold=lambda text: f"**{text}**", escape=lambda text: text)
LATEX = Markup(bold=lambda text: rf"\textbf{{{text}}}", escape=_escape_latex)


def format_interval(mean: float, ci95: float) -> str:
    """A mean with as many decimals as two digits of its interval have.

    Args:
        mean: To be printed.
        ci95: Half width of the interval; NaN or 0 where there is none.

    Returns:
        Text such as "0.0548 ± 0.0039".

    Example:
        >>> format_interval(9.9012, 0.2123), format_interval(0.05478, 0.00391)
        ('9.90 ± 0.21', '0.0548 ± 0.0039')
    """
    if math.isnan(mean):
        return "NaN"
    if math.isnan(ci95):
        return f"{mean:.4g}"
    if ci95 == 0:
        return f"{mean:.4g} ± 0"
    decimals = max(0, 1 - math.floor(math.log10(ci95)))
    return f"{mean:.{decimals}f} ± {ci95:.{decimals}f}"


def metric_order(symmetry: str) -> list[str]:
    """LSD, then the condition's own parameter error, then the rest."""
    first = ["lsd", PARAMETER_ERROR[symmetry]]
    return first + [metric for metric in METRICS if metric not in first]


def summary_cells(summary: pd.DataFrame, symmetry: str, markup: Markup) -> pd.DataFrame:
    """Cells of the summary in one condition, one row a (k, method).

    Args:
        summary: As `src.analysis.summary.summary_table` gives it.
        symmetry: Which condition.
        markup: Of the text.

    Returns:
        Columns k, Method, and the metrics' titles; all text.
    """
    half = summary[summary["symmetry"] == symmetry]
    cells = pd.DataFrame({"k": half["k"].astype(str), "Method": half["method"]})
    for metric in metric_order(symmetry):
        best = half.groupby("k")[metric].transform("min")
        column = []
        for row, least in zip(half.to_dict("records"), best, strict=True):
            text = format_interval(row[metric], row[f"{metric}_ci95"])
            if not math.isnan(row[f"{metric}_seed_spread"]):
                text += f" [{row[f'{metric}_seed_spread']:.2g}]"
            if row[f"{metric}_nan"]:
                text += f" ({row[f'{metric}_nan']} NaN)"
            text = markup.escape(text)
            column.append(markup.bold(text) if row[metric] == least else text)
        cells[METRICS[metric].title] = column
    return cells


def paired_cells(paired: pd.DataFrame, symmetry: str, markup: Markup) -> pd.DataFrame:
    """Cells of the paired differences in one condition, one row a (k, pair of methods).

    Args:
        paired: As `src.analysis.summary.paired_table` gives it.
        symmetry: Which condition.
        markup: Of the text.

    Returns:
        Columns k, A, B, and the titles of LSD and of the condition's parameter error; all text.
    """
    half = paired[paired["symmetry"] == symmetry]
    keys = ["k", "method_a", "method_b"]
    cells = half[keys].drop_duplicates().astype(str)
    cells.columns = pd.Index(["k", "A", "B"])
    for metric in metric_order(symmetry)[:2]:
        column = []
        for row in half[half["metric"] == metric].to_dict("records"):
            text = markup.escape(format_interval(row["difference"], row["ci95"]))
            column.append(markup.bold(text) if row["significant"] else text)
        cells[METRICS[metric].title] = column
    return cells


def summary_note(summary: pd.DataFrame) -> str:
    """What the numbers of the summary are."""
    several = bool(summary["seeds"].max() > 1)
    seeds = _range(summary["seeds"]) + (" seeds" if several else " seed")
    note = SUMMARY_NOTE.format(n=_range(summary["n"]), seeds=seeds)
    return note + SPREAD_NOTE if several else note


def paired_note(paired: pd.DataFrame) -> str:
    """What the numbers of the paired differences are."""
    return PAIRED_NOTE.format(n=_range(paired["n"]))


def markdown(task: str, note: str, blocks: dict[str, pd.DataFrame]) -> str:
    """A document with one table a condition.

    Args:
        task: Such as "kosc".
        note: What the numbers are.
        blocks: Cells by condition, in Markdown.

    Returns:
        The document.
    """
    parts = [f"# {TASK_LABELS.get(task, task)}", note]
    for symmetry, cells in blocks.items():
        parts += [
            f"## {symmetry.capitalize()}",
            cells.to_markdown(index=False, disable_numparse=True),
        ]
    return "\n\n".join(parts) + "\n"


def latex(task: str, note: str, blocks: dict[str, pd.DataFrame]) -> str:
    r"""A tabular with a block a condition, to be put into a table by \input.

    Args:
        task: Such as "kosc".
        note: What the numbers are; a comment at the head, from where a caption may take it.
        blocks: Cells by condition, in LaTeX.

    Returns:
        The tabular; the document must load booktabs.
    """
    alignment, body = _latex_body(blocks)
    head = [
        r"% needs \usepackage{booktabs}",
        f"% {_latex_caption(task, note)}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
    ]
    return "\n".join([*head, *body, r"\bottomrule", r"\end{tabular}"]) + "\n"


def latex_long(task: str, note: str, blocks: dict[str, pd.DataFrame]) -> str:
    r"""Like `latex`, but a longtable with a caption, which may break over pages."""
    alignment, body = _latex_body(blocks)
    head = [
        r"% needs \usepackage{booktabs,longtable}",
        rf"\begin{{longtable}}{{{alignment}}}",
        rf"\caption{{{_latex_caption(task, note)}}}\\",
        r"\toprule",
    ]
    return "\n".join([*head, *body, r"\bottomrule", r"\end{longtable}"]) + "\n"


def _latex_caption(task: str, note: str) -> str:
    return LATEX.escape(f"{TASK_LABELS.get(task, task)}. {note}")


def _latex_body(blocks: dict[str, pd.DataFrame]) -> tuple[str, list[str]]:
    """Column alignment, and the rows of all blocks with their headings."""
    names = next(iter(blocks.values())).columns
    alignment = "".join("l" if name in ("Method", "A", "B") else "r" for name in names)
    lines = []
    for number, (symmetry, cells) in enumerate(blocks.items()):
        if number:
            lines.append(r"\midrule")
        lines.append(rf"\multicolumn{{{len(names)}}}{{l}}{{\textit{{{symmetry.capitalize()}}}}} \\")
        header = ["$k$" if name == "k" else LATEX.escape(name) for name in cells.columns]
        lines.append(" & ".join(header) + r" \\")
        for _, rows in cells.groupby("k", sort=False):
            lines.append(r"\midrule")
            lines += [" & ".join(row) + r" \\" for row in rows.itertuples(index=False)]
    return alignment, lines


def blocks(
    table: pd.DataFrame,
    cells: Callable[[pd.DataFrame, str, Markup], pd.DataFrame],
    markup: Markup,
) -> dict[str, pd.DataFrame]:
    """Cells of every condition that the table has, symmetric first."""
    present = [symmetry for symmetry in SYMMETRIES if (table["symmetry"] == symmetry).any()]
    return {symmetry: cells(table, symmetry, markup) for symmetry in present}


def _range(counts: pd.Series) -> str:
    low, high = counts.min(), counts.max()
    return f"{low}" if low == high else f"{low} to {high}"
