"""Tables as text for readers: Markdown, and LaTeX with booktabs."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

TEXT_COLUMNS = ("Method", "A", "B")  # the others hold numbers
NOTHING = "-"  # where there is no number
_TINY = 1e-6
_LATEX = str.maketrans(
    {character: rf"\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"±": r"$\pm$", "<": r"$<$", "↓": r"$\downarrow$", "↑": r"$\uparrow$"}
)


@dataclass(frozen=True)
class Markup:
    """What differs between Markdown and LaTeX within a cell."""

    bold: Callable[[str], str]
    escape: Callable[[str], str]


@dataclass(frozen=True)
class Block:
    """A part of a table.

    Attributes:
        heading: above the part; None for a table of one part.
        cells: all text, in the markup of the document.
    """

    heading: str | None
    cells: pd.DataFrame


def escape_latex(text: str) -> str:
    r"""Write plain text in LaTeX.

    Example:
        >>> escape_latex("k_1 & 5 %: -0.5 ± 0.1")
        'k\\_1 \\& 5 \\%: $-$0.5 $\\pm$ 0.1'
    """
    # A hyphen follows a letter, a minus does not; one alone stands for nothing.
    return re.sub(r"(?<!\w)-(?=.)", "$-$", text.translate(_LATEX))


def escape_markdown(text: str) -> str:
    """Write plain text in a cell of a Markdown table."""
    return text.replace("|", r"\|")


MARKDOWN = Markup(bold=lambda text: f"**{text}**", escape=escape_markdown)
LATEX = Markup(bold=lambda text: rf"\textbf{{{text}}}", escape=escape_latex)


def format_interval(mean: float, ci95: float) -> str:
    """Print a mean with as many decimals as two digits of its interval have.

    Args:
        mean: to be printed.
        ci95: half width of the interval; NaN or 0 where there is none.

    Returns:
        Text such as "0.0548 ± 0.0039"; where the interval is tiny, without a row of zeros or nines.

    Example:
        >>> format_interval(9.9012, 0.2123), format_interval(0.05478, 0.00391)
        ('9.90 ± 0.21', '0.0548 ± 0.0039')
        >>> format_interval(0.99999999996, 7.8e-12)
        '1 ± <1e-6'
    """
    if math.isnan(mean):
        return "NaN"
    if math.isnan(ci95):
        return f"{mean:.4g}"
    if ci95 == 0:
        return f"{mean:.4g} ± 0"
    if ci95 < _TINY:
        return f"{mean:.4g} ± <1e-6"
    decimals = max(0, 1 - math.floor(math.log10(ci95)))
    return f"{mean:.{decimals}f} ± {ci95:.{decimals}f}"


def markdown(title: str, note: str, blocks: Sequence[Block]) -> str:
    """Write a document.

    Args:
        title: of the document.
        note: what the numbers are.
        blocks: in Markdown.

    Returns:
        The document, a table a block.
    """
    parts = [f"# {title}", note]
    for block in blocks:
        if block.heading is not None:
            parts.append(f"## {block.heading}")
        names = block.cells.columns
        sides = ["left" if name in TEXT_COLUMNS else "right" for name in names]
        table = block.cells.to_markdown(index=False, disable_numparse=True, colalign=sides)
        parts.append(table)
    return "\n\n".join(parts) + "\n"


def latex(title: str, note: str, blocks: Sequence[Block], is_long: bool = False) -> str:
    r"""Write a tabular, to be put into a table by \input, or a longtable.

    Args:
        title: what the table is about.
        note: what the numbers are: the caption of a longtable, else a comment at the head.
        blocks: in LaTeX.
        is_long: a longtable with a caption, which may break over pages.

    Returns:
        The table; the document must load booktabs, and longtable for one.
    """
    names = blocks[0].cells.columns
    alignment = "".join("l" if name in TEXT_COLUMNS else "r" for name in names)
    environment = "longtable" if is_long else "tabular"
    caption = escape_latex(f"{title}. {note}")
    begin = rf"\begin{{{environment}}}{{{alignment}}}"
    head = (
        [r"% needs \usepackage{booktabs,longtable}", begin, rf"\caption{{{caption}}}\\"]
        if is_long
        else [r"% needs \usepackage{booktabs}", f"% {caption}", begin]
    )
    body = [line for block in blocks for line in (r"\midrule", *_rows(block))][1:]
    end = [r"\bottomrule", rf"\end{{{environment}}}"]
    return "\n".join([*head, r"\toprule", *body, *end]) + "\n"


def _rows(block: Block) -> list[str]:
    """Heading, names of columns and rows of a block; those of one k stand together."""
    cells = block.cells
    lines = []
    if block.heading is not None:
        width = len(cells.columns)
        lines.append(rf"\multicolumn{{{width}}}{{l}}{{\textit{{{block.heading}}}}} \\")
    names = ("$k$" if name == "k" else escape_latex(name) for name in cells.columns)
    lines.append(" & ".join(names) + r" \\")
    groups = [rows for _, rows in cells.groupby("k", sort=False)] if "k" in cells else [cells]
    for rows in groups:
        lines.append(r"\midrule")
        lines += [" & ".join(row) + r" \\" for row in rows.itertuples(index=False)]
    return lines
