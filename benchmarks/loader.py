"""Time the training loader of k-osc for each coupling, alone and beside a step of fixed work.

    python -m benchmarks.loader [--k 16 --length 1024 --batch 1024 --draws 1 --step-ms 300]

The step multiplies matrices for about --step-ms. Inline: the loader makes a batch when the step
asks for one; prefetched: a thread makes it during the step. The data's share is the time spent
waiting for a batch, of the whole. The defaults are the laptop scale's. One thread each.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator

import torch
from rich.console import Console
from rich.table import Table

from src.data.batch import Batch
from src.data.prefetch import PrefetchLoader
from src.data.toy.split import ToySplit
from src.data.toy.task import KOscTask
from src.flow.coupling import COUPLINGS

GOAL = 0.10  # largest share of data in a step
_SIZE = 256  # rows of the step's matrices
_CALIBRATION = 100  # products


def make_step(milliseconds: float) -> Callable[[], None]:
    """Return work that takes about so long on this machine when nothing else runs."""
    a = torch.randn(_SIZE, _SIZE, generator=torch.Generator().manual_seed(0)) / _SIZE**0.5

    def work(products: int) -> None:
        for _ in range(products):
            torch.mm(a, a)

    work(_CALIBRATION)
    start = time.perf_counter()
    work(_CALIBRATION)
    per_product = (time.perf_counter() - start) / _CALIBRATION
    products = max(1, round(milliseconds / 1e3 / per_product))
    return lambda: work(products)


def run(batches: Iterable[Batch], step: Callable[[], None] | None) -> tuple[float, float]:
    """Consume batches with a step after each; return seconds a batch waited for and in all.

    The first batch, which starts threads, is not counted.
    """
    items = iter(batches)
    next(items)
    waiting, count = 0.0, 0
    start = mark = time.perf_counter()
    for _ in items:
        waiting += time.perf_counter() - mark
        count += 1
        if step:
            step()
        mark = time.perf_counter()
    return waiting / count, (time.perf_counter() - start) / count


def measure(
    coupling: str, options: argparse.Namespace, step: Callable[[], None]
) -> list[list[str]]:
    """Measure one coupling; return the table's rows."""
    task = KOscTask(
        options.k,
        options.length,
        batch_size=options.batch,
        coupling=coupling,
        draws=options.draws,
        train_val_test_sizes=(options.batch * (options.batches + 1), 1, 1),
    )
    split = task.split("train")
    alone, _ = run(in_order(split), None)
    rows = []
    for mode in ("inline", "prefetched"):
        ahead = PrefetchLoader(split, range(len(split)))
        waited, whole = run(ahead if mode == "prefetched" else in_order(split), step)
        share = waited / whole
        times = (f"{alone * 1e3:.2f}", f"{whole * 1e3:.1f}", f"{waited * 1e3:.2f}")
        used = (mode == "prefetched") == (coupling != "none")  # by the data module
        verdict = ("met" if share < GOAL else "MISSED") if used else "not used"
        speed = f"{options.batch / alone:,.0f}"
        rows.append([coupling, mode, speed, *times, f"{share:.1%}", verdict])
    return rows


def in_order(split: ToySplit) -> Iterator[Batch]:
    """Iterate over an epoch."""
    return (split[i] for i in range(len(split)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time the loader beside a step of fixed work.")
    parser.add_argument("--k", type=int, default=4, help="oscillators")
    parser.add_argument("--length", type=int, default=128, help="samples")
    parser.add_argument("--batch", type=int, default=128, help="items")
    parser.add_argument("--draws", type=int, default=3, help="noise vectors a sound")
    parser.add_argument("--batches", type=int, default=50, help="batches to time")
    parser.add_argument("--step-ms", type=float, default=30.0, help="work between two batches")
    options = parser.parse_args()
    torch.set_num_threads(1)
    title = (
        f"k-osc, k = {options.k}, L = {options.length}, batch {options.batch}, "
        f"{options.draws} draws, {options.step_ms:.0f} ms of work a step"
    )
    headers = ("coupling", "mode", "items/s", "alone, ms", "step, ms", "waiting, ms", "share")
    table = Table(*headers, f"< {GOAL:.0%}", title=title)
    step = make_step(options.step_ms)
    for coupling in COUPLINGS:
        for row in measure(coupling, options, step):
            table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
