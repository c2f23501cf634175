"""Log-mel spectrograms of targets and of what methods made of them.

    python -m src.analysis.figures.spectrograms RUN_DIR... --targets results/laptop/vital/targets \
        --output results/laptop/figures/vital/spectrograms.pdf

Rows are the first item and, by the MSS of the first run in the order of tables, the best, the
median and the worst. Columns are the target and every run. Decibels are relative to each sound's
own maximum, 80 dB deep, as models and MSS see them; sounds with more channels are shown as the
mean power of these. Numbers in panels are MSS in dB.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.figures.spectrogram_panel import draw_spectrogram, level_bar
from src.analysis.run_folders import RunFolder, parse_runs
from src.analysis.scores import read_run_scores
from src.common.errors import explained

ROW_MM, MARGINS_MM = 25.0, 20.0
LEAST_MM = 30.0  # of width for a column, up to the page's
SMALL_FROM = 6  # columns from which heads are printed smaller
BREAK_FROM = 8  # letters from which a column's head is broken


def choose_items(run: RunFolder) -> dict[str, str]:
    """The items that are shown.

    Args:
        run: whose MSS says which.

    Returns:
        Item by what it is: "First", "Best", "Median" (of an even number the lower one) and
        "Worst"; items without MSS are left out of the last three.

    Raises:
        FileNotFoundError: the run has no scores.
        ValueError: the scores are not usable.
    """
    scores = read_run_scores(run)
    ordered = scores.dropna(subset="mss").sort_values("mss", kind="stable")["item"].tolist()
    chosen = {"First": str(scores["item"].iloc[0])}
    if ordered:
        middle = ordered[(len(ordered) - 1) // 2]
        chosen |= {"Best": ordered[0], "Median": middle, "Worst": ordered[-1]}
    return chosen


def draw(runs: Sequence[RunFolder], targets: str | Path) -> Figure:
    """Draw a row of panels an item.

    Args:
        runs: with sounds and scores; the first one's scores choose the items.
        targets: folder of the target sounds.

    Returns:
        The figure, 174 mm wide (84 mm for one run).

    Raises:
        FileNotFoundError: a sound or scores are missing.
        ValueError: a file is not usable, or a run was not scored on a chosen item.
    """
    items = choose_items(runs[0])
    columns = 1 + len(runs)
    width = min(max(style.ONE_COLUMN_MM, LEAST_MM * columns), style.TWO_COLUMNS_MM)
    width = style.ONE_COLUMN_MM if width == style.ONE_COLUMN_MM else style.TWO_COLUMNS_MM
    figure = style.new_figure(width, ROW_MM * len(items) + MARGINS_MM)
    panels = figure.subplots(len(items), columns, sharex=True, sharey=True, squeeze=False)
    suffix = _suffix(Path(targets), next(iter(items.values())))
    for axes_row, (what, item) in zip(panels, items.items(), strict=True):
        mesh = _draw_panel(axes_row[0], Path(targets) / f"{item}{suffix}", None)
        axes_row[0].set_ylabel(f"{what} ({_number(item)})\nFrequency (kHz)")
        for axes, run in zip(axes_row[1:], runs, strict=True):
            mss = _mss(run, item)
            mesh = _draw_panel(axes, run.folder / "sounds" / f"{item}.wav", mss) or mesh
    several = len({run.seed for run in runs}) > 1
    small: dict[str, Any] = {"fontsize": 7} if columns > SMALL_FROM else {}
    panels[0, 0].set_title("Target", **small)
    for axes, run in zip(panels[0, 1:], runs, strict=True):
        seed = f"\nseed {run.seed}" if several else ""
        axes.set_title(_broken(run.label) + seed, **small)
    for axes in panels[-1]:
        axes.set_xlabel("Time (s)")
    if mesh is not None:
        level_bar(figure, mesh, panels)
    scored = len(read_run_scores(runs[0]))
    style.mark(figure, Evidence.of_runs(runs, items=scored, unit="sounds to choose from"))
    return figure


def _draw_panel(axes: Axes, path: Path, mss: float | None) -> QuadMesh | None:
    """One spectrogram with its MSS; None for a silent sound."""
    mesh = draw_spectrogram(axes, path)
    if mss is not None:
        box = {"facecolor": "black", "alpha": 0.6, "linewidth": 0, "pad": 1.0}
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "top"}
        text = "NaN" if np.isnan(mss) else f"{mss:.2g}" if mss < 1 else f"{mss:.1f}"
        axes.text(0.96, 0.95, text, color="white", fontsize=7, bbox=box, **place)
    return mesh


def _mss(run: RunFolder, item: str) -> float:
    scores = read_run_scores(run).set_index("item")["mss"]
    if item not in scores:
        raise ValueError(
            f"{run.folder}: has no score of item {item}; score all runs on the same targets"
        )
    return float(scores[item])


def _suffix(targets: Path, item: str) -> str:
    """Ending of the target files: rendered ones are WAV, a folder of recordings may differ."""
    found = sorted(path.suffix for path in targets.glob(f"{item}.*"))
    if not found:
        raise FileNotFoundError(f"{targets}: holds no sound {item}; name the folder of the targets")
    return found[0]


def _number(item: str) -> str:
    """Item number without leading zeros; names of recordings stay as they are."""
    return f"no. {int(item)}" if item.isdigit() else item


def _broken(label: str) -> str:
    """A label over two or three lines, so that it fits above a narrow panel."""
    lines: list[str] = []
    for word in label.split():
        if lines and len(lines[-1]) + len(word) < BREAK_FROM:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def read_files(runs: Sequence[RunFolder], targets: Path) -> Iterator[Path]:
    """Name the files that `draw` reads."""
    items = dict.fromkeys(choose_items(runs[0]).values())
    suffix = _suffix(targets, next(iter(items)))
    yield from (targets / f"{item}{suffix}" for item in items)
    for run in runs:
        yield run.file("scores.parquet")
        yield from (run.folder / "sounds" / f"{item}.wav" for item in items)


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw spectrograms of targets and predictions.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--targets", type=Path, required=True, help="folder of the target sounds")
    options = parser.parse_args(argv)
    runs = parse_runs(options.run_folders)
    files = read_files(runs, options.targets)
    style.write_figure(options, argv, lambda: draw(runs, options.targets), files)


if __name__ == "__main__":
    main()
