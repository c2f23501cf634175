"""Error of sounds against the effort of sampling, and against the strength of guidance.

    python -m src.analysis.synth.sampling_steps STUDY.parquet... \
        --output results/laptop/figures/vital/sampling_steps.pdf

Each file is one of `src.runs.sampling_study`, in its run folder. A row of panels a flow: left MSS
over evaluations of the guided field a sound, a line a solver, at the guidance with most settings;
right MSS over guidance. Means with 95 % intervals over sounds (scores averaged over seeds first).
Hollow marks are settings that are measurably worse than the most accurate one (most evaluations,
highest order): the interval of their paired difference lies above 0 and reaches above 1 % of that
setting's MSS. The cheapest setting that is not is printed.
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, NullLocator

from src.analysis.figures import style
from src.analysis.figures.style import Appearance
from src.analysis.intervals import Interval, item_means, mean_interval, paired_difference
from src.analysis.run_files import read_parquet
from src.analysis.synth.rows import METRICS, ROWS
from src.analysis.synth.runs import parse_runs
from src.common.errors import explained

METRIC = METRICS["mss"]
SETTING = ["solver", "steps", "guidance"]
NEGLIGIBLE = 0.01  # of the most accurate setting's score
# In the order of their accuracy at one effort.
SOLVERS = {
    "euler": ("Euler", Appearance("#000000", "o", "-")),
    "midpoint": ("Midpoint", Appearance("#0072B2", "s", "-")),
    "heun": ("Heun", Appearance("#009E73", "^", "-")),
    "rk4": ("RK4", Appearance("#CC79A7", "D", "-")),
}
ROW_MM, MARGINS_MM = 56.0, 12.0
DODGE = 1.05  # factor between solvers that stand at one number of evaluations


def read_studies(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Read studies of one data set.

    Args:
        paths: files in run folders, {scale}/{dataset}/{method}/seed{seed}/.

    Returns:
        Columns method, seed, solver, steps, guidance, evaluations, item and the metrics.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a path or file is not usable, or holds an unknown solver.
    """
    files = {Path(path).parent: Path(path) for path in paths}
    parts = []
    for run in parse_runs([Path(path).parent for path in paths]):
        path = files[run.folder]
        columns = ["evaluations", *METRICS]
        remedy = "run src.runs.sampling_study for this checkpoint again"
        table = read_parquet(path, [*SETTING, "item"], columns, remedy)
        unknown = sorted(set(table["solver"]) - set(SOLVERS))
        if unknown:
            raise ValueError(
                f"{path}: unknown solvers {', '.join(unknown)}; known: {', '.join(SOLVERS)}; a "
                "new one is entered in SOLVERS of src/analysis/synth/sampling_steps.py"
            )
        parts.append(table.assign(method=run.method, seed=run.seed))
    return pd.concat(parts, ignore_index=True)


def compare(study: pd.DataFrame) -> pd.DataFrame:
    """Summarise a flow's settings, and compare each with the most accurate of its guidance.

    Args:
        study: of one method, as `read_studies` gives it.

    Returns:
        One row a setting: solver, steps, guidance, evaluations, n (items), mean, ci95, difference
        (paired, from the most accurate setting of the same guidance), difference_ci95, reference
        (that setting's mean), is_reference, is_worse (see the module).

    Raises:
        ValueError: settings or seeds were not scored on the same items.
    """
    per_item: dict[tuple[str, int, float], pd.Series] = {}
    evaluations: dict[tuple[str, int, float], int] = {}
    for _, part in study.groupby(SETTING):
        solver, steps, guidance = part[SETTING].iloc[0]
        key = (str(solver), int(steps), float(guidance))
        per_item[key] = item_means(part, METRIC.column)
        evaluations[key] = int(part["evaluations"].iloc[0])
    rows = []
    for key, scores in per_item.items():
        solver, steps, guidance = key
        rivals = [other for other in per_item if other[2] == guidance]
        best = max(rivals, key=lambda k: (evaluations[k], list(SOLVERS).index(k[0])))
        mean, difference = mean_interval(scores), paired_difference(scores, per_item[best])
        reference = mean_interval(per_item[best]).mean
        rows.append(
            {
                "solver": solver,
                "steps": steps,
                "guidance": guidance,
                "evaluations": evaluations[key],
                "n": mean.n,
                "mean": mean.mean,
                "ci95": mean.ci95,
                "difference": difference.mean,
                "difference_ci95": difference.ci95,
                "reference": reference,
                "is_reference": key == best,
                "is_worse": key != best and is_worse(difference, reference),
            }
        )
    order = {solver: place for place, solver in enumerate(SOLVERS)}
    table = pd.DataFrame(rows)
    return table.sort_values(
        ["guidance", "evaluations", "solver"],
        key=lambda column: column.map(order) if column.name == "solver" else column,
        ignore_index=True,
    )


def is_worse(difference: Interval, reference: float) -> bool:
    """Whether an error is measurably larger: above 0, and not below 1 % of the reference.

    Args:
        difference: paired, from the reference; without an interval it counts as worse if above 0.
        reference: mean error of the most accurate setting.

    Example:
        >>> is_worse(Interval(0.5, 0.2, 100), 10.0), is_worse(Interval(0.05, 0.02, 100), 10.0)
        (True, False)
    """
    ci95 = 0.0 if math.isnan(difference.ci95) else difference.ci95
    return difference.mean - ci95 > 0 and difference.mean + ci95 >= NEGLIGIBLE * reference


def main_guidance(settings: pd.DataFrame) -> float:
    """The guidance at which most settings were tried, the one of the main table."""
    return float(settings["guidance"].value_counts(sort=False).sort_values().index[-1])


def report(method: str, settings: pd.DataFrame) -> str:
    """Tell in one line where fewer evaluations cost nothing.

    Args:
        method: of the flow.
        settings: of it, as `compare` gives them.

    Returns:
        The line.
    """
    at = settings[settings["guidance"] == main_guidance(settings)]
    best = at[at["is_reference"]].iloc[0]
    least = at[~at["is_worse"]].iloc[0]  # sorted by evaluations; the reference is one of them
    difference = f"{least['difference']:+.3g} ± {least['difference_ci95']:.2g}"
    return (
        f"{ROWS[method].label}: no measurable loss with {least['evaluations']} evaluations "
        f"({least['solver']}, {least['steps']} steps) against {best['evaluations']} "
        f"({best['solver']}, {best['steps']} steps): {METRIC.name} {least['mean']:.4g}, "
        f"paired difference {difference} {METRIC.unit} "
        f"({100 * least['difference'] / best['mean']:+.2g} %), "
        f"guidance {best['guidance']:g}, n = {least['n']}"
    )


def draw(flows: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw both panels of every flow.

    Args:
        flows: settings by method, as `compare` gives them.

    Returns:
        The figure, 174 mm wide.
    """
    height = ROW_MM * len(flows) + MARGINS_MM
    figure = style.new_figure(style.TWO_COLUMNS_MM, height)
    panels = figure.subplots(
        len(flows), 2, sharey="row", sharex="col", squeeze=False, width_ratios=(2, 1)
    )
    for (left, right), (method, settings) in zip(panels, flows.items(), strict=True):
        guidance = main_guidance(settings)
        _draw_steps(left, settings[settings["guidance"] == guidance])
        used = _draw_guidance(right, settings)
        left.set_title(f"{ROWS[method].label}, guidance {guidance:g}")
        right.set_title(used)
        left.set_ylabel(METRIC.directed_title)
        style.error_axis(left)
        for axes in (left, right):
            axes.grid(axis="y")
            axes.tick_params(labelleft=True, labelbottom=True)
    panels[-1, 0].set_xlabel("Evaluations of the field a sound")
    panels[-1, 1].set_xlabel("Guidance")
    every = pd.concat(flows.values())
    _legend(figure, set(every["solver"]), bool(every["is_worse"].any()))
    return figure


def _draw_steps(axes: Axes, settings: pd.DataFrame) -> None:
    """A line a solver over evaluations, side by side where these are the same."""
    present = [solver for solver in SOLVERS if (settings["solver"] == solver).any()]
    for place, solver in enumerate(present):
        mine = settings[settings["solver"] == solver]
        shift = DODGE ** (place - (len(present) - 1) / 2)
        _draw_line(axes, mine["evaluations"] * shift, mine, solver)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(LogLocator(subs=range(1, 10)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_guidance(axes: Axes, settings: pd.DataFrame) -> str:
    """A line a (solver, steps) that was tried with several strengths; tells which those are."""
    names = []
    for (solver, steps), mine in settings.groupby(["solver", "steps"]):
        if len(mine) > 1:
            names.append(f"{SOLVERS[str(solver)][0]}, {steps} steps")
            # Worse than other settings of one guidance is no matter here.
            _draw_line(axes, mine["guidance"], mine.assign(is_worse=False), str(solver))
    strengths = sorted(settings["guidance"].unique())
    if strengths[0] > 0:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
        if len(strengths) > 1:
            axes.set_xlim(strengths[0] / 1.2, strengths[-1] * 1.2)
    axes.xaxis.set_major_locator(FixedLocator([float(s) for s in strengths]))
    axes.xaxis.set_major_formatter("{x:g}")
    return "\n".join(names)


def _draw_line(axes: Axes, x: pd.Series, settings: pd.DataFrame, solver: str) -> None:
    """Means with intervals; marks of worse settings are made hollow."""
    look = SOLVERS[solver][1]
    keywords = look.keywords() | {"label": solver}
    style.error_bars(axes, x, settings["mean"], settings["ci95"], keywords)
    worse = settings["is_worse"].to_numpy()
    hollow = look.keywords() | {"markerfacecolor": "white", "linestyle": "none", "zorder": 3}
    axes.plot(x[worse], settings["mean"][worse], **hollow)


def _legend(figure: Figure, solvers: set[str], hollow: bool) -> None:
    handles = [
        Line2D([], [], label=label, **look.keywords())
        for solver, (label, look) in SOLVERS.items()
        if solver in solvers
    ]
    if hollow:
        look = Appearance(style.GREY, "o", "none", is_filled=False)
        handles.append(Line2D([], [], label="Worse than most accurate", **look.keywords()))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw error over solver steps and guidance.")
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="sampling.parquet of a run")
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    options = parser.parse_args(argv)
    studies = read_studies(options.studies)
    flows = {str(method): compare(part) for method, part in studies.groupby("method", sort=False)}
    with style.journal_style():
        for path in style.save_figure(draw(flows), options.output):
            print(path)
    for method, settings in flows.items():
        print(report(method, settings))


if __name__ == "__main__":
    main()
