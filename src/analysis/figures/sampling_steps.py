"""Error of sounds against the effort of sampling, and against the strength of guidance.

    python -m src.analysis.figures.sampling_steps STUDY.parquet... \
        --output results/laptop/figures/vital/sampling_steps.pdf

Each file is one of `src.runs.sampling_study`, in its run folder. A row of panels a flow: left MSS
over evaluations of the guided field a sound, a line a solver, at the guidance with most settings;
right MSS over guidance. Means with 95 % intervals over sounds (scores averaged over seeds first).
Hollow marks are settings that are measurably worse than the most accurate one (most evaluations,
highest order): the interval of their paired difference lies above 0 and reaches above 1 % of that
setting's MSS. The cheapest setting that is not is printed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, NullLocator

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.solver_settings import (
    METRIC,
    SOLVERS,
    compare,
    main_guidance,
    read_settings_studies,
)
from src.common.errors import explained
from src.study.methods import GREY, METHODS, Appearance

LOOKS = {
    "euler": Appearance("#000000", "o"),
    "midpoint": Appearance("#0072B2", "s"),
    "heun": Appearance("#009E73", "^"),
    "rk4": Appearance("#CC79A7", "D"),
}
ROW_MM, MARGINS_MM = 56.0, 15.0
DODGE = 1.05  # factor between solvers that stand at one number of evaluations


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
    label = METHODS[method].label_on("rendered")
    difference = f"{least['difference']:+.3g} ± {least['difference_ci95']:.2g}"
    return (
        f"{label}: no measurable loss with {least['evaluations']} evaluations "
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
        left.set_title(f"{METHODS[method].label_on('rendered')}, guidance {guidance:g}")
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
            names.append(f"{SOLVERS[str(solver)]}, {steps} steps")
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
    look = LOOKS[solver]
    keywords = look.keywords() | {"label": solver}
    style.error_bars(axes, x, settings["mean"], settings["ci95"], keywords)
    worse = settings["is_worse"].to_numpy()
    hollow = look.keywords() | {"markerfacecolor": "white", "linestyle": "none", "zorder": 3}
    axes.plot(x[worse], settings["mean"][worse], **hollow)


def _legend(figure: Figure, solvers: set[str], hollow: bool) -> None:
    handles = [
        Line2D([], [], label=label, **LOOKS[solver].keywords())
        for solver, label in SOLVERS.items()
        if solver in solvers
    ]
    if hollow:
        look = Appearance(GREY, "o", "none", is_filled=False)
        handles.append(Line2D([], [], label="Worse than most accurate", **look.keywords()))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw error over solver steps and guidance.")
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="sampling.parquet of a run")
    options = parser.parse_args(argv)
    studies = read_settings_studies(options.studies)
    flows = {str(method): compare(part) for method, part in studies.groupby("method", sort=False)}

    def drawn() -> Figure:
        figure = draw(flows)
        style.mark(figure, Evidence.of_scores(studies))
        return figure

    style.write_figure(options, argv, drawn, map(Path, options.studies))
    for method, settings in flows.items():
        print(report(method, settings))


if __name__ == "__main__":
    main()
