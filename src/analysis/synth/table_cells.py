"""Tables of a rendered data set as text for readers: Markdown and LaTeX (booktabs)."""

import math

import pandas as pd

from src.analysis.synth.rows import METRICS, ROWS
from src.analysis.table_text import Markup, format_interval

_TEXT_COLUMNS = ("Method", "A", "B")
_TINY = 1e-6
_ARROWS = {"↓": r"$\downarrow$", "↑": r"$\uparrow$"}


def interval_text(mean: float, ci95: float) -> str:
    """A mean with its interval; where the interval is tiny, without a row of zeros or nines.

    Example:
        >>> interval_text(11.296, 2.77), interval_text(0.99999999996, 7.8e-12)
        ('11.3 ± 2.8', '1 ± 8e-12')
    """
    if 0 < ci95 < _TINY:
        return f"{mean:.6g} ± {ci95:.0e}".replace("e-0", "e-")
    return format_interval(mean, ci95)


def summary_cells(summary: pd.DataFrame, markup: Markup) -> pd.DataFrame:
    """Cells of the summary, one row a method, the best method of each column in bold.

    Args:
        summary: as `src.analysis.synth.summary.summary_table` gives it.
        markup: of the text.

    Returns:
        Columns Method, the metrics' titles with arrows, the paper's numbers where there are any,
        sizes and counts; all text.
    """
    is_method = ~summary["method"].map(lambda name: ROWS[name].is_reference)
    columns: dict[str, list[str]] = {"Method": [markup.escape(name) for name in summary["label"]]}
    for name, metric in METRICS.items():
        methods = summary.loc[is_method, name]
        best = methods.max() if metric.higher_is_better else methods.min()
        texts = []
        for row, counts in zip(summary.to_dict("records"), is_method, strict=True):
            text = interval_text(row[name], row[f"{name}_ci95"])
            if not math.isnan(row[f"{name}_seed_spread"]):
                text += f" [{row[f'{name}_seed_spread']:.2g}]"
            text = markup.escape(text)
            texts.append(markup.bold(text) if counts and row[name] == best else text)
        columns[metric.directed_title] = texts
    if has_paper(summary):
        for name, metric in METRICS.items():
            columns[f"{metric.name} (paper)"] = [
                markup.escape(_paper_text(mean, ci95, metric.decimals))
                for mean, ci95 in zip(
                    summary[f"paper_{name}"], summary[f"paper_{name}_ci95"], strict=True
                )
            ]
    columns["Parameters (million)"] = [_millions(value) for value in summary["parameters_million"]]
    if has_paper(summary):
        sizes = summary["paper_parameters_million"]
        columns["Parameters (paper)"] = [_millions(value) for value in sizes]
    for title, name in (
        ("Pairs", "n"),
        ("NaN", "nan"),
        ("Silent", "predicted_silent"),
        ("Not rendered", "not_rendered"),
    ):
        columns[title] = summary[name].astype(str).tolist()
    return pd.DataFrame(columns)


def paired_cells(paired: pd.DataFrame, markup: Markup) -> pd.DataFrame:
    """Cells of the paired differences, one row a pair of methods.

    Args:
        paired: as `src.analysis.synth.summary.paired_table` gives it.
        markup: of the text.

    Returns:
        Columns A, B, and the metrics' titles with arrows; all text, in bold where the interval
        excludes 0.
    """
    pairs = paired[["label_a", "label_b"]].drop_duplicates()
    columns: dict[str, list[str]] = {
        "A": [markup.escape(label) for label in pairs["label_a"]],
        "B": [markup.escape(label) for label in pairs["label_b"]],
    }
    for name, metric in METRICS.items():
        texts = []
        for row in paired[paired["metric"] == name].to_dict("records"):
            text = markup.escape(interval_text(row["difference"], row["ci95"]))
            texts.append(markup.bold(text) if row["excludes_zero"] else text)
        columns[metric.directed_title] = texts
    return pd.DataFrame(columns)


def has_paper(summary: pd.DataFrame) -> bool:
    """Whether the paper has a number for any row."""
    return bool(summary[[f"paper_{name}" for name in METRICS]].notna().any(axis=None))


def summary_note(summary: pd.DataFrame) -> str:
    """What the numbers of the summary are."""
    several = bool(summary["seeds"].max() > 1)
    scores = f" of scores averaged over {_seeds(summary)}" if several else ""
    parts = [
        f"Mean ± 95 % confidence interval over {_range(summary['n'])} pairs of sounds{scores}"
        f"{'' if several else ', one training seed'}; arrows point to where a metric is good, the "
        "best method of each column in bold.",
    ]
    if several:
        parts.append("In square brackets: standard deviation of the seeds' means.")
    if has_paper(summary):
        parts.append("Columns (paper): Table 1 of the paper, with intervals as printed there.")
    targets = _range(summary["target_silent"])
    parts.append(
        "NaN: scores of the four metrics that are not numbers; Silent: predictions without sound, "
        "among them patches that the synthesizer did not render (Not rendered)"
        f"{', all summed over seeds' if several else ''}. Silent targets: {targets}."
    )
    return " ".join(parts)


def paired_note(summary: pd.DataFrame) -> str:
    """What the numbers of the paired differences are."""
    several = bool(summary["seeds"].max() > 1)
    scores = f" of scores averaged over {_seeds(summary)}" if several else ", one training seed"
    return (
        f"Mean of A - B ± 95 % confidence interval over {_range(summary['n'])} pairs of sounds"
        f"{scores}; where the arrow points down, A is better below 0, where it points up, above "
        "0; in bold where 0 lies outside the interval (no correction for the number of pairs)."
    )


def markdown(title: str, note: str, cells: pd.DataFrame) -> str:
    """A document with one table.

    Args:
        title: of the data set.
        note: what the numbers are.
        cells: in Markdown.

    Returns:
        The document.
    """
    align = ["left" if name in _TEXT_COLUMNS else "right" for name in cells.columns]
    table = cells.to_markdown(index=False, disable_numparse=True, colalign=align)
    return f"# {title}\n\n{note}\n\n{table}\n"


def latex(title: str, note: str, cells: pd.DataFrame) -> str:
    r"""A tabular, to be put into a table by \input.

    Args:
        title: of the data set.
        note: what the numbers are; a comment at the head, from where a caption may take it.
        cells: in LaTeX.

    Returns:
        The tabular; the document must load booktabs.
    """
    alignment = "".join("l" if name in _TEXT_COLUMNS else "r" for name in cells.columns)
    header = " & ".join(cells.columns)
    for arrow, command in _ARROWS.items():
        header = header.replace(arrow, command)
    lines = [
        r"% needs \usepackage{booktabs}",
        f"% {title}. {note}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        rf"{header} \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" for row in cells.itertuples(index=False)),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _paper_text(mean: float, ci95: float, decimals: int) -> str:
    """The paper's number with the decimals that it prints; a dash where it has none."""
    return "-" if math.isnan(mean) else f"{mean:.{decimals}f} ± {ci95:.{decimals}f}"


def _millions(value: float) -> str:
    """Parameters in millions, to three digits; a dash for none."""
    return "-" if math.isnan(value) or value == 0 else f"{value:#.3g}".rstrip(".")


def _seeds(summary: pd.DataFrame) -> str:
    return f"{_range(summary['seeds'])} seeds"


def _range(counts: pd.Series) -> str:
    low, high = counts.min(), counts.max()
    return f"{low}" if low == high else f"{low} to {high}"
