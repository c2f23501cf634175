"""Time what makes an item of a data set beside the bare synthesizer's render of the same patch.

    python -m benchmarks.rendering [--clips 8] [--rows 128] [--repeats 5] [--workers 2]

For Vital's small table (1 s, mono, 22.05 kHz) and its simple one (4 s, stereo, 44.1 kHz). Bare: the
synthesizer plays the note, nothing else. An item is drawn, set, settled, rendered, its loudness
measured and its spectrogram computed; then it is written, in a shard of --rows. Parts are timed
alone too. Then: clips a second of the command line's pool with one and more workers, whose start is
not counted. One thread a process.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.timing import interleaved
from src.data.rendered.shards import ShardWriter
from src.rendering.loudness import integrated_loudness
from src.rendering.patches import DatasetJob, RenderedPatch, Rendering, blocks_of
from src.rendering.pool import WorkerPool
from src.rendering.spectrogram import mel_spectrogram
from src.synths.parameters import Patch
from src.synths.vital import Vital

GOAL = 0.40  # of the bare render
RENDERINGS = {
    "small": Rendering("vital", "small", 22_050, 1.0, channels=1, frames_per_second=50),
    "simple": Rendering("vital", "simple", 44_100, 4.0),
}


class Clips:
    """The same items, by the pipeline and by its parts.

    Args:
        rendering: how patches become sounds.
        count: number of items.
        rows: of the shard that is written.
        folder: for shards.
    """

    def __init__(self, rendering: Rendering, count: int, rows: int, folder: Path) -> None:
        self.rendering = rendering
        self.rows = rows
        self.path = folder / "shard-0000.h5"
        self.table = rendering.definition().table
        self.synth = rendering.start()
        self.job = DatasetJob(rendering, "benchmark", "train")
        self.job.start()
        self.tasks: list[tuple[int, int]] = []
        self.items: list[RenderedPatch] = []
        for task in range(count):  # the attempts that are audible
            for attempt in range(100):
                item = self.job.run(task, attempt)
                if isinstance(item, RenderedPatch):
                    self.tasks.append((task, attempt))
                    self.items.append(item)
                    break
        self.patches: list[Patch] = [self.table.decode(item.params) for item in self.items]

    def items_made(self) -> None:
        """Make the items."""
        for task in self.tasks:
            self.job.run(*task)

    def bare(self) -> None:
        """Play the notes; setting the patches takes a hundredth of it."""
        assert isinstance(self.synth, Vital)
        for patch in self.patches:
            self.synth.set(patch.values)
            note = patch.note
            length_s = self.rendering.duration_s - note.start_s
            if length_s > 0:
                self.synth._synth.render(
                    note.pitch, note.velocity / 127, note.end_s - note.start_s, length_s
                )

    def settle(self) -> None:
        """Forget the last patch."""
        assert isinstance(self.synth, Vital)
        for patch in self.patches:
            self.synth.set(patch.values)
            self.synth._settle(patch.note.pitch, patch.note.velocity / 127)

    def loudness(self) -> None:
        """Measure loudness."""
        for item in self.items:
            integrated_loudness(item.audio, self.rendering.sample_rate)

    def spectrograms(self) -> None:
        """Compute spectrograms."""
        for item in self.items:
            mel_spectrogram(item.audio, self.rendering.mel)

    def writing(self) -> None:
        """Write a shard of the items in turn."""
        with ShardWriter(
            self.path,
            self.rows,
            mel_shape=self.rendering.mel_shape,
            num_params=self.table.width,
            audio_shape=(self.rendering.channels, self.rendering.samples),
            attributes={},
            root_attributes={},
        ) as shard:
            for row in range(self.rows):
                item = self.items[row % len(self.items)]
                shard.append(mel_spec=item.mel, param_array=item.params)


def pool_rates(rendering: Rendering, workers: list[int], clips: int) -> dict[int, float]:
    """Measure clips a second of pools, after the first clips."""
    rates = {}
    for count in workers:
        pool = WorkerPool(DatasetJob(rendering, "benchmark", "train"), workers=count)
        warm = 2 * count
        times: list[float] = []
        for _ in pool.run(blocks_of(range(clips + warm), rendering)):
            times.append(time.perf_counter())
        rates[count] = clips / (times[-1] - times[warm - 1])
    return rates


def measure(name: str, options: argparse.Namespace, folder: Path) -> None:
    """Print the table of one rendering."""
    clips = Clips(RENDERINGS[name], options.clips, options.rows, folder)
    functions: dict[str, Callable[[], object]] = {
        "bare render": clips.bare,
        "item": clips.items_made,
        "settle": clips.settle,
        "loudness": clips.loudness,
        "spectrogram": clips.spectrograms,
    }
    seconds = interleaved({**functions, "writing": clips.writing}, options.repeats)
    each = {part: seconds[part] / options.clips for part in functions}
    each["writing"] = seconds["writing"] / options.rows
    table = Table("part", "ms a clip", "of the bare render", title=f"Vital, {name}")
    for part, duration in each.items():
        table.add_row(part, f"{duration * 1e3:.2f}", f"{duration / each['bare render']:.2f}")
    Console().print(table)
    over = (each["item"] + each["writing"]) / each["bare render"] - 1
    verdict = "met" if over <= GOAL else "MISSED"
    print(f"{name}: {over:.0%} on top of the bare render (goal: {GOAL:.0%} at most, {verdict})")
    silent = sum(attempt for _, attempt in clips.tasks)
    print(f"{name}: {silent} silent patches were drawn besides {options.clips} audible ones")
    rates = pool_rates(RENDERINGS[name], [1, options.workers], 6 * options.clips)
    print(
        f"{name}: "
        + ", ".join(f"{count} workers {rate:.1f} clips/s" for count, rate in rates.items())
        + f", {rates[options.workers] / rates[1]:.2f} times as many"
    )


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description="Time the making of data sets.")
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--rows", type=int, default=128, help="of the shard that is written")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for rendering in RENDERINGS:
            measure(rendering, options, Path(name))


if __name__ == "__main__":
    main()
