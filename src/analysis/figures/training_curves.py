"""Validation error over training steps, a line a method.

    python -m src.analysis.figures.training_curves RUN_DIR... \
        --output results/laptop/figures/training_curves.pdf [--k 4] [--symmetry symmetric]

A column of panels a k; a row LSD and a row the parameter error for each condition. A mark is a
validation. With several seeds the line is their mean, the band their range. Shows where lines are
going when training ends.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.run_folders import RunFolder, parse_runs
from src.common.csv_files import read_sealed_csv
from src.common.errors import explained
from src.study.layout import SYMMETRIES, Condition
from src.study.metrics import METRICS, PARAMETER_ERROR

ROW_MM = 36.0
MARK_SIZE = 3.2  # points; there may be many
REST_MM = 22.0  # titles, step axis and legend


def read_history(run: RunFolder) -> pd.DataFrame:
    """Read the validation errors of one training of a toy task.

    Returns:
        Columns step, lsd, parameter_error; one row a validation.

    Raises:
        ValueError: If history.csv is missing, broken or without any validation.
    """
    path = run.file("history.csv")
    error = PARAMETER_ERROR[condition_of(run).symmetry]
    columns = {"step": "step", "val/lsd": "lsd", f"val/{error}": "parameter_error"}
    history = read_sealed_csv(path, "train the run again")
    missing = [name for name in columns if name not in history]
    if missing:
        raise ValueError(f"{path}: lacks the columns {', '.join(missing)}; train the run again")
    history = history[list(columns)].rename(columns=columns).dropna()
    if history.empty:
        raise ValueError(
            f"{path}: no validation was logged; train more steps than there are between two "
            "validations"
        )
    return history


def condition_of(run: RunFolder) -> Condition:
    """Return the condition of a run of a toy task.

    Raises:
        ValueError: it is of another task.
    """
    if run.condition is None:
        raise ValueError(f"{run.folder}: expected the run of a toy task, with k and symmetry")
    return run.condition


def draw(runs: Sequence[RunFolder]) -> Figure:
    """Draw a panel for each metric, condition and k.

    Args:
        runs: Of one task; methods without training are left out.

    Returns:
        The figure, 174 mm wide (84 mm for a single k).

    Raises:
        ValueError: If a history is not usable, tasks are mixed, or no run is trained.
    """
    trained = [run for run in runs if run.variant.method.is_trained]
    tasks = sorted({run.task.name for run in trained})
    if len(tasks) != 1:
        raise ValueError(f"expected trained runs of one task, got {', '.join(tasks) or 'none'}")
    histories = {run: read_history(run) for run in trained}
    conditions = [condition_of(run) for run in trained]
    ks = sorted({condition.k for condition in conditions})
    present = [s for s in SYMMETRIES if any(c.symmetry == s for c in conditions)]
    rows = [(s, metric) for s in present for metric in ("lsd", "parameter_error")]
    ends = [int(history["step"].max()) for history in histories.values()]
    unit = 1000 if max(ends) >= 10_000 else 1
    width = style.TWO_COLUMNS_MM if len(ks) > 1 else style.ONE_COLUMN_MM
    figure = style.new_figure(width, ROW_MM * len(rows) + REST_MM)
    panels = figure.subplots(len(rows), len(ks), sharex=True, sharey="row", squeeze=False)
    for row, (symmetry, metric) in enumerate(rows):
        for column, k in enumerate(ks):
            axes = panels[row, column]
            here = {r: h for r, h in histories.items() if r.condition == Condition(k, symmetry)}
            _draw_panel(axes, here, metric, unit)
            name = "lsd" if metric == "lsd" else PARAMETER_ERROR[symmetry]
            axes.set_title(f"{symmetry.capitalize()}, $k$ = {k}" if metric == "lsd" else "")
            if column == 0:
                axes.set_ylabel(f"Validation {METRICS['toy'][name].title}")
            if row == len(rows) - 1:
                axes.set_xlabel(f"Training step{'' if unit == 1 else ' (thousands)'}")
        if metric == "parameter_error":
            style.error_axis(panels[row, 0])  # shared by the row
    figure.align_ylabels(panels[:, 0])
    style.method_legend(figure, [run.method for run in trained])
    style.mark(figure, Evidence.of_runs(trained, ends))
    return figure


def _draw_panel(
    axes: Axes, histories: dict[RunFolder, pd.DataFrame], metric: str, unit: int
) -> None:
    """One condition and k: mean and range over seeds of every method."""
    for method in dict.fromkeys(run.method for run in histories):
        seeds = [h for run, h in histories.items() if run.method == method]
        by_step = pd.concat(seeds).groupby("step")[metric]
        mean = by_step.mean()
        keywords = style.method_keywords(method, condition_of(next(iter(histories))).symmetry)
        axes.plot(mean.index / unit, mean, markersize=MARK_SIZE, label=method, **keywords)
        if len(seeds) > 1:
            axes.fill_between(
                mean.index / unit,
                by_step.min(),
                by_step.max(),
                color=keywords["color"],
                alpha=0.2,
                lw=0,
            )
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(axis="y")


def read_files(runs: Sequence[RunFolder]) -> Iterator[Path]:
    """Name the files that `draw` reads."""
    return (run.file("history.csv") for run in runs if run.variant.method.is_trained)


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw validation error over training steps.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--k", type=int, nargs="+", help="numbers of oscillators (default: all)")
    parser.add_argument("--symmetry", choices=SYMMETRIES, help="condition (default: both)")
    options = parser.parse_args(argv)
    runs = [
        run
        for run in parse_runs(options.run_folders)
        if (options.k is None or condition_of(run).k in options.k)
        and (options.symmetry is None or condition_of(run).symmetry == options.symmetry)
    ]
    style.write_figure(options, argv, lambda: draw(runs), read_files(runs))


if __name__ == "__main__":
    main()
