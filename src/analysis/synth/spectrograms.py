"""Log-mel spectrograms of targets and of what methods made of them.

    python -m src.analysis.synth.spectrograms RUN_DIR... --targets results/laptop/vital/targets \
        --output results/laptop/figures/vital/spectrograms.pdf

Rows are the first item and, by the MSS of the first run in the order of tables, the best, the
median and the worst. Columns are the target and every run. Decibels are relative to each sound's
own maximum, 80 dB deep, as models and MSS see them; sounds with more channels are shown as the
mean power of these. Numbers in panels are MSS in dB.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from numpy.typing import NDArray

from src.analysis.figures import style
from src.analysis.synth.runs import SynthRun, parse_runs
from src.analysis.synth.scores import read_run_scores
from src.common.errors import explained
from src.data.sound_files import read_sound
from src.metrics.audio import is_silent
from src.rendering.spectrogram import MelSettings, mel_spectrogram

COLORS = "magma"  # dark to light, so that it reads in grey
RANGE_DB = 80.0
BANDS = 128
TICKS_HZ = (200.0, 1000.0, 4000.0, 16000.0)
ROW_MM, MARGINS_MM = 25.0, 20.0
LEAST_MM = 30.0  # of width for a column, up to the page's
SMALL_FROM = 6  # columns from which heads are printed smaller
BREAK_FROM = 8  # letters from which a column's head is broken


def choose_items(run: SynthRun) -> dict[str, str]:
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
    scores = read_run_scores(run.file("scores.parquet"))
    ordered = scores.dropna(subset="mss").sort_values("mss", kind="stable")["item"].tolist()
    chosen = {"First": str(scores["item"].iloc[0])}
    if ordered:
        middle = ordered[(len(ordered) - 1) // 2]
        chosen |= {"Best": ordered[0], "Median": middle, "Worst": ordered[-1]}
    return chosen


def level(path: Path) -> tuple[NDArray[np.float32] | None, float, int]:
    """Spectrogram of a sound file.

    Args:
        path: of the file.

    Returns:
        Decibels in [-80, 0], shape (bands, frames), None for silence; length in seconds; sample
        rate in Hz.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file cannot be read.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: missing; render the run's sounds again")
    sound, rate = read_sound(path)
    duration_s = sound.shape[1] / rate
    if is_silent(sound):
        return None, duration_s, rate
    decibels = mel_spectrogram(sound, MelSettings(rate, BANDS))
    power = (10 ** (decibels / 10)).mean(axis=0)
    relative = 10 * np.log10(np.maximum(power / power.max(), 10 ** (-RANGE_DB / 10)))
    return relative.astype(np.float32), duration_s, rate


def draw(runs: Sequence[SynthRun], targets: str | Path) -> Figure:
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
        axes.set_title(_broken(run.row.label) + seed, **small)
    for axes in panels[-1]:
        axes.set_xlabel("Time (s)")
    if mesh is not None:
        bar = figure.colorbar(mesh, ax=panels, location="right", aspect=30, shrink=0.7, pad=0.01)
        bar.set_label("Level (dB rel. to sound's maximum)")
        bar.outline.set_linewidth(0.5)
    return figure


def _draw_panel(axes: Axes, path: Path, mss: float | None) -> QuadMesh | None:
    """One spectrogram; None for a silent sound, which has none."""
    from librosa import hz_to_mel  # imports numba: seconds that other command lines can spare

    decibels, duration_s, rate = level(path)
    top = float(hz_to_mel(rate / 2))
    mesh = None
    axes.set_facecolor("black")
    if decibels is None:
        axes.text(0.5, 0.5, "silent", color="white", transform=axes.transAxes, ha="center")
    else:
        bands, frames = decibels.shape
        mesh = axes.pcolormesh(
            np.linspace(0, duration_s, frames + 1),
            np.linspace(0, top, bands + 1),  # bands are evenly spaced in mel
            decibels,
            cmap=COLORS,
            vmin=-RANGE_DB,
            vmax=0,
            rasterized=True,
        )
    ticks = [hz for hz in TICKS_HZ if hz < rate / 2]
    axes.set_yticks([float(hz_to_mel(hz)) for hz in ticks], [f"{hz / 1000:g}" for hz in ticks])
    axes.set_ylim(0, top)
    axes.set_xlim(0, duration_s)
    axes.locator_params(axis="x", nbins=3)
    axes.tick_params(length=2, pad=1.5)
    if mss is not None:
        box = {"facecolor": "black", "alpha": 0.6, "linewidth": 0, "pad": 1.0}
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "top"}
        text = "NaN" if np.isnan(mss) else f"{mss:.2g}" if mss < 1 else f"{mss:.1f}"
        axes.text(0.96, 0.95, text, color="white", fontsize=7, bbox=box, **place)
    return mesh


def _mss(run: SynthRun, item: str) -> float:
    path = run.file("scores.parquet")
    scores = read_run_scores(path).set_index("item")["mss"]
    if item not in scores:
        raise ValueError(f"{path}: has no item {item}; score all runs on the same targets")
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


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw spectrograms of targets and predictions.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--targets", type=Path, required=True, help="folder of the target sounds")
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    options = parser.parse_args(argv)
    runs = parse_runs(options.run_folders)
    with style.journal_style():
        for path in style.save_figure(draw(runs, options.targets), options.output):
            print(path)


if __name__ == "__main__":
    main()
