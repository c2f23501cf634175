"""What the best of several candidates gains, and what refinement gains after it.

    python -m src.analysis.synth.best_of_n STUDY.parquet... \
        --output results/laptop/figures/vital/best_of_n.pdf --table …/vital_best_of_n.csv

Each file is one of `src.matching.study`, in its run folder. A panel a metric: the score of the
candidate that has the smallest MSS of N, over N, a line a method; a star for the patch that
refinement made of the best, at the number of patches rendered for it. For a sound, the score at N
is the mean over all sets of N of its candidates. Means with 95 % intervals over sounds. Candidates
are chosen by MSS alone, so the other metrics tell whether the gain is heard elsewhere too.
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator
from numpy.typing import NDArray

from src.analysis.figures import style
from src.analysis.intervals import item_means, mean_interval, paired_difference
from src.analysis.run_files import read_parquet
from src.analysis.synth.rows import METRICS, ROWS, Metric
from src.analysis.synth.runs import parse_runs
from src.common.errors import explained
from src.common.files import atomic_path

CHOSEN_BY = "mss"
REFINED = "refined"
PANEL_MM, MARGINS_MM = 52.0, 16.0


def read_studies(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Read studies of one data set.

    Args:
        paths: files in run folders, {scale}/{dataset}/{method}/seed{seed}/.

    Returns:
        Columns method, seed, item, candidate, refined, rendered and the metrics.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a path or file is not usable.
    """
    files = {Path(path).parent: Path(path) for path in paths}
    parts = []
    for run in parse_runs([Path(path).parent for path in paths]):
        remedy = "run src.matching.study for this checkpoint again"
        keys = ["item", "candidate", "refined"]
        table = read_parquet(files[run.folder], keys, ["rendered", *METRICS], remedy)
        parts.append(table.assign(method=run.method, seed=run.seed))
    return pd.concat(parts, ignore_index=True)


def numbers(most: int) -> list[int]:
    """List the N that are shown: powers of two, and the largest.

    Example:
        >>> numbers(64), numbers(5)
        ([1, 2, 4, 8, 16, 32, 64], [1, 2, 4, 5])
    """
    return sorted({2**i for i in range(most.bit_length()) if 2**i <= most} | {most})


def chances(most: int, n: int) -> NDArray[np.float64]:
    """Chance of each rank, best first, to be the best of N candidates out of ``most``.

    Example:
        >>> chances(3, 2).round(3).tolist()
        [0.667, 0.333, 0.0]
    """
    total = math.comb(most, n)
    return np.array([math.comb(most - 1 - rank, n - 1) / total for rank in range(most)])


def best_of(candidates: pd.DataFrame) -> pd.DataFrame:
    """Average the scores of the best of N over all sets of N candidates of a sound.

    Args:
        candidates: of one method: item, seed, candidate and the metrics.

    Returns:
        A row an item, seed and N: item, seed, n and the metrics.

    Raises:
        ValueError: sounds have different numbers of candidates.
    """
    columns = list(METRICS)
    rows = []
    counts = candidates.groupby(["item", "seed"]).size()
    if counts.nunique() != 1:
        raise ValueError(
            f"sounds have {counts.min()} to {counts.max()} candidates; study them with one setting"
        )
    most = int(counts.iloc[0])
    weights = {n: chances(most, n) for n in numbers(most)}
    for (item, seed), part in candidates.groupby(["item", "seed"]):
        ordered = part.sort_values([CHOSEN_BY, "candidate"])[columns].to_numpy()
        for n, weight in weights.items():
            found = weight @ np.where(weight[:, None] > 0, ordered, 0.0)
            rows.append(
                {"item": item, "seed": seed, "n": n} | dict(zip(columns, found, strict=True))
            )
    return pd.DataFrame(rows)


def summarise(study: pd.DataFrame) -> pd.DataFrame:
    """Summarise one method: the best of N for each N, then the refined patch.

    Args:
        study: of one method, as `read_studies` gives it.

    Returns:
        A row a stage and metric: stage ("best of 4", …, "refined"), n (patches rendered a sound),
        metric, items, mean, ci95, and gain, gain_ci95: paired difference from one draw (of the
        refined patch, from the best of all draws it started from).
    """
    per_n = best_of(study[~study["refined"]])
    refined = study[study["refined"]]
    most = int(per_n["n"].max())
    rows = []
    for metric in METRICS:
        values = {n: item_means(per_n[per_n["n"] == n], metric) for n in numbers(most)}
        after = item_means(refined, metric)
        renders = most + float(refined["rendered"].mean())
        stages = [(f"best of {n}", float(n), found, values[1]) for n, found in values.items()]
        stages.append((REFINED, renders, after, values[most]))
        for stage, n, found, reference in stages:
            mean, gain = mean_interval(found), paired_difference(found, reference)
            facts = {"stage": stage, "n": n, "metric": metric, "items": mean.n}
            rows.append(
                facts
                | {"mean": mean.mean, "ci95": mean.ci95, "gain": gain.mean, "gain_ci95": gain.ci95}
            )
    return pd.DataFrame(rows)


def report(method: str, summary: pd.DataFrame) -> list[str]:
    """Tell what more draws and refinement gain, a line a metric."""
    lines = []
    for name, metric in METRICS.items():
        own = summary[summary["metric"] == name]
        draws, refined = own[own["stage"] != REFINED], own[own["stage"] == REFINED].iloc[0]
        first, last = draws.iloc[0], draws.iloc[-1]
        lines.append(
            f"{ROWS[method].label}, {metric.title}: one draw {first['mean']:.4g} ± "
            f"{first['ci95']:.2g}; {last['stage']} {last['mean']:.4g} ± {last['ci95']:.2g} (paired "
            f"{last['gain']:+.3g} ± {last['gain_ci95']:.2g}); refined {refined['mean']:.4g} ± "
            f"{refined['ci95']:.2g} (paired {refined['gain']:+.3g} ± {refined['gain_ci95']:.2g}); "
            f"n = {last['items']:.0f} sounds"
        )
    return lines


def draw(summaries: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw a panel a metric.

    Args:
        summaries: by method, as `summarise` gives them.

    Returns:
        The figure, 174 mm wide.
    """
    figure = style.new_figure(style.TWO_COLUMNS_MM, PANEL_MM + MARGINS_MM)
    panels = figure.subplots(1, len(METRICS))
    for axes, metric in zip(panels, METRICS.values(), strict=True):
        for method, summary in summaries.items():
            _draw_line(axes, method, summary[summary["metric"] == metric.column])
        _finish(axes, metric, list(summaries.values()))
    handles = [Line2D([], [], label=ROWS[method].label, **_look(method)) for method in summaries]
    star: dict[str, Any] = {"marker": "*", "linestyle": "none", "color": "black", "markersize": 8}
    handles.append(Line2D([], [], label="Best one refined (CMA-ES)", **star))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _look(method: str) -> dict[str, Any]:
    return ROWS[method].appearance.keywords()


def _draw_line(axes: Axes, method: str, summary: pd.DataFrame) -> None:
    """The best of N as a line, the refined patch as a star that a thin line leads to."""
    draws, refined = (
        summary[(summary["stage"] == REFINED) == is_refined] for is_refined in (False, True)
    )
    look = _look(method)
    style.error_bars(axes, draws["n"], draws["mean"], draws["ci95"], look)
    ends = pd.concat([draws.tail(1), refined])
    axes.plot(ends["n"], ends["mean"], color=look["color"], linewidth=0.5, linestyle=":")
    star: dict[str, Any] = {
        "marker": "*",
        "markersize": 8,
        "linestyle": "none",
        "color": look["color"],
    }
    style.error_bars(axes, refined["n"], refined["mean"], refined["ci95"], star)


def _finish(axes: Axes, metric: Metric, summaries: list[pd.DataFrame]) -> None:
    """Label a panel."""
    axes.set_title(metric.directed_title)
    axes.set_xscale("log", base=2)
    ticks = sorted({float(n) for s in summaries for n in s[s["stage"] != REFINED]["n"]})
    axes.xaxis.set_major_locator(FixedLocator(ticks[::2]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("Patches rendered, N")
    axes.grid(axis="y")


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw scores over the number of candidates.")
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="best_of_n.parquet of a run")
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    parser.add_argument("--table", type=Path, required=True, help="CSV of the numbers to write")
    options = parser.parse_args(argv)
    studies = read_studies(options.studies)
    summaries = {
        str(method): summarise(part) for method, part in studies.groupby("method", sort=False)
    }
    table = pd.concat([s.assign(method=method) for method, s in summaries.items()])
    with atomic_path(options.table) as path:
        table[["method", *(c for c in table.columns if c != "method")]].to_csv(path, index=False)
    with style.journal_style():
        for path in style.save_figure(draw(summaries), options.output):
            print(path)
    for method, summary in summaries.items():
        print("\n".join(report(method, summary)))


if __name__ == "__main__":
    main()
