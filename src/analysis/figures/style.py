"""How all figures look, and how they are written.

A figure is drawn at the width at which a journal prints it (one column 84 mm, two 174 mm), so that
a font size in points is the size on paper. Colours are those of Okabe and Ito (2008), which
colour-blind readers can tell apart; markers, their filling and line styles tell methods apart in
grey. Fonts are matplotlib's own, embedded as outlines: the same on every machine.
"""

import itertools
import math
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import ArrayLike

from src.analysis.evidence import Evidence
from src.analysis.figures.record import Record
from src.common.files import atomic_path
from src.common.project import CONFIG_DIR, ROOT
from src.common.seals import SEAL, seal
from src.study.methods import DASHED, METHODS
from src.study.settings import read_settings

MARK_MM = 4.0  # of a line
NARROW_LETTERS = 45  # that fit into one column
MARK_COLOR = "#555555"
ONE_COLUMN_MM = 84.0
TWO_COLUMNS_MM = 174.0
MM_PER_INCH = 25.4
PNG_DPI = 300
LOG_FROM = 4.0  # largest over smallest error from which an axis is logarithmic
_RESTS_ON: WeakKeyDictionary[Figure, Evidence] = WeakKeyDictionary()  # of figures that are drawn

_RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.borderpad": 0.6,
    "legend.handlelength": 2.8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.1,
    "lines.markersize": 4.5,
    "lines.markeredgewidth": 0.9,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
}


@contextmanager
def journal_style() -> Iterator[None]:
    """Within the block, figures are made and saved with the project's fonts and lines."""
    with mpl.rc_context():
        mpl.rcdefaults()
        sns.set_theme(context="paper", style="ticks", palette="colorblind", rc=_RC)
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of exactly this size; use within `journal_style`."""
    figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH))
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, output: str | Path, record: Record | None = None) -> list[Path]:
    """Write the figure as PDF and, beside it, as PNG; the same bytes every time.

    Args:
        figure: Made within `journal_style`; save it there too.
        output: Path of the PDF.
        record: Where the figure comes from, for the files' metadata. The PDF is then sealed; a PNG
            has checksums of its own.

    Returns:
        Both paths.

    Raises:
        ValueError: If `output` does not end in .pdf.
    """
    pdf = Path(output)
    if pdf.suffix != ".pdf":
        raise ValueError(f"{output}: a figure's path must end in .pdf (the PNG is written beside)")
    png = pdf.with_suffix(".png")
    with atomic_path(pdf) as path:
        # No date, and no version numbers: equal input gives an equal file.
        plain = {"CreationDate": None, "Creator": None, "Producer": None}
        figure.savefig(path, metadata=plain | (record.metadata(seal=SEAL) if record else {}))
        if record:
            seal(path)
    with atomic_path(png) as path:
        told = record.metadata() if record else {}
        figure.savefig(path, dpi=PNG_DPI, metadata={"Software": None} | told)
    return [pdf, png]


def mark(figure: Figure, evidence: Evidence) -> None:
    """Say above all panels what a figure rests on, unless that is what the paper's rests on.

    Call when the figure is drawn; it grows by the line. What it rests on is kept for its files.
    """
    _RESTS_ON[figure] = evidence
    if evidence.is_papers:
        return
    width, height = figure.get_size_inches()
    is_narrow = width * MM_PER_INCH <= ONE_COLUMN_MM and len(evidence.text) > NARROW_LETTERS
    text = evidence.text.replace(": ", ":\n", 1) if is_narrow else evidence.text
    lines = 1 + text.count("\n")
    figure.set_size_inches(width, height + lines * MARK_MM / MM_PER_INCH)
    figure.suptitle(text, x=0.99, ha="right", fontsize=7, color=MARK_COLOR)


def figure_parser(file: str, description: str) -> ArgumentParser:
    """Start the command line of a figure, with the option that all of them have.

    Args:
        file: of the module whose command it is, ``__file__``.
        description: of the command.
    """
    parser = ArgumentParser(description=description)
    module = ".".join(Path(file).resolve().relative_to(ROOT).with_suffix("").parts)
    parser.set_defaults(module=module)
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    return parser


def write_figure(
    options: Namespace,
    argv: Sequence[str] | None,
    draw: Callable[[], Figure],
    inputs: Iterable[Path],
) -> None:
    """Draw within `journal_style`, write PDF and PNG, and print their paths.

    Args:
        options: as the parser of `figure_parser` read them.
        argv: words of the command line; None for those of the process.
        draw: the figure, on which it calls `mark`.
        inputs: files that were read for it; the settings are added. They are taken when the figure
            is drawn.
    """
    words = sys.argv[1:] if argv is None else argv
    with journal_style():
        figure = draw()
        files = [*inputs, CONFIG_DIR / "workflow.yaml"]
        record = Record.of(options.output, _RESTS_ON[figure], options.module, words, files)
        for path in save_figure(figure, options.output, record):
            print(path)


def method_keywords(name: str, symmetry: str | None = None) -> dict[str, Any]:
    """Look up how a method is drawn, for `Axes.plot` and `Axes.errorbar`.

    Args:
        name: of a method or a variant, which looks as its method does.
        symmetry: the panel's condition. A method that needs symmetry is dashed in the asymmetric
            one: oscillators there have an order of their own, so that sorting them means nothing.

    Returns:
        Keywords for matplotlib.

    Raises:
        ValueError: the method is unknown.
    """
    method = read_settings().variant(name).method
    keywords = method.appearance.keywords()
    if method.needs_symmetry and symmetry == "asymmetric":
        keywords["linestyle"] = DASHED
    return keywords


def method_legend(figure: Figure, names: Iterable[str]) -> Legend:
    """Put a legend of toy tasks' methods below all panels, flows and regressors apart.

    They fill a row each where the figure is two columns wide, else a column each.
    """
    methods = {read_settings().variant(name).method.name for name in names}
    families: list[list[Line2D]] = [[], []]
    for name, method in METHODS.items():
        if name in methods:
            handle = Line2D([], [], label=method.label, **method_keywords(name))
            families[not method.is_sampled and not method.is_reference].append(handle)
    families = [family for family in families if family]
    if figure.get_figwidth() * MM_PER_INCH > ONE_COLUMN_MM:
        # Matplotlib fills columns first.
        pairs = itertools.zip_longest(*families)
        handles = [handle for pair in pairs for handle in pair if handle is not None]
        ncols = max(len(family) for family in families)
    else:
        handles = [handle for family in families for handle in family]
        ncols = 2
    return figure.legend(handles=handles, loc="outside lower center", ncols=ncols)


def error_bars(
    axes: Axes, x: ArrayLike, y: ArrayLike, half_width: ArrayLike, keywords: dict[str, Any]
) -> ErrorbarContainer:
    """Points with 95 % intervals; solid bars whatever the line between the points is."""
    x, y, half_width = (np.asarray(values, dtype=np.float64) for values in (x, y, half_width))
    container = axes.errorbar(x, y, yerr=half_width, capsize=2, elinewidth=0.8, **keywords)
    for bars in container[2]:
        bars.set_linestyle("solid")
    return container


def error_axis(axes: Axes) -> None:
    """Make the y axis logarithmic where values span much; call when everything is drawn."""
    low, high = axes.dataLim.intervaly
    if low <= 0 or high / low < LOG_FROM:
        return
    axes.set_yscale("log", nonpositive="clip")
    decades = math.log10(high / low)
    subs = (1, 2, 3, 5) if decades < 1.2 else (1, 3) if decades < 2 else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_minor_locator(LogLocator(subs=range(1, 10)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
