"""Time a batch of k-sin and k-osc: ours beside item-wise and straightforward vectorised torch.

    python -m benchmarks.oscillators [--k 16] [--length 1024] [--batch 1024]

Each makes parameters and sounds of a batch from nothing. Item-wise: for each item a seeded
generator, one draw, one rendering, all collated (the published design). Vectorised: the same
formulae over the whole batch. Both in float32, where ours is checked against float64. One thread,
medians of interleaved repeats.
"""

import argparse
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.utils.data import default_collate

from benchmarks.timing import interleaved
from src.data.toy.task import KOscTask, KSinTask, ToyTask
from src.synths import reference

TOLERANCE = 1e-4  # largest difference to float64
GOALS = {"item-wise": 10.0, "vectorised": 3.0}
TASKS = {"k-sin": (KSinTask, "make_sin"), "k-osc": (KOscTask, "make_osc")}

Renderer = Callable[..., Tensor]


def item_wise(task: ToyTask, render: Renderer) -> list[Tensor]:
    """Make one item after the other, then collate parameters and sounds."""
    items = []
    for i in range(task.batch_size):
        generator = torch.Generator().manual_seed(task.seeds["val"] * i)
        params = 2 * torch.rand(task.num_params, generator=generator) - 1
        items.append((params, render(params, task.signal_length, dtype=torch.float32)))
    return default_collate(items)


def vectorised(task: ToyTask, render: Renderer) -> tuple[Tensor, Tensor]:
    """Make the whole batch by the same formulae."""
    generator = torch.Generator().manual_seed(task.seeds["val"])
    params = 2 * torch.rand(task.batch_size, task.num_params, generator=generator) - 1
    return params, render(params, task.signal_length, dtype=torch.float32)


def largest_error(task: ToyTask, render: Renderer) -> float:
    """Compare a batch of ours with float64, a few items at a time."""
    parts = task.draw("val", torch.arange(task.batch_size)).split(32)
    return max(
        float((task.render(params) - render(params, task.signal_length)).abs().max())
        for params in parts
    )


def measure(name: str, options: argparse.Namespace) -> list[list[str]]:
    """Measure one task; return the table's rows.

    Raises:
        ValueError: ours is not what float64 says.
    """
    make_task, function = TASKS[name]
    sizes = (1, options.batch, 1)
    task = make_task(
        options.k, options.length, train_val_test_sizes=sizes, batch_size=options.batch
    )
    render = getattr(reference, function)
    error = largest_error(task, render)
    if error > TOLERANCE:
        raise ValueError(f"{name}: off by {error:.1e} from float64, more than {TOLERANCE}")
    index = torch.arange(options.batch)
    seconds = interleaved(
        {
            "item-wise": lambda: item_wise(task, render),
            "vectorised": lambda: vectorised(task, render),
            "ours": lambda: task.render(task.draw("val", index)),
        },
        options.repeats,
    )
    rows = []
    for reference_name, goal in GOALS.items():
        slow, fast = seconds[reference_name], seconds["ours"]
        ratio = slow / fast
        verdict = f"{goal:.0f}, {'met' if ratio >= goal else 'MISSED'}"
        times = (f"{slow * 1e3:.1f}", f"{fast * 1e3:.1f}", f"{ratio:.1f}")
        rows.append([name, reference_name, *times, verdict, f"{error:.1e}"])
    return rows


@torch.inference_mode()
def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time the oscillators against two references.")
    parser.add_argument("--k", type=int, default=16, help="oscillators")
    parser.add_argument("--length", type=int, default=1024, help="samples")
    parser.add_argument("--batch", type=int, default=1024, help="items")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    headers = ("task", "reference", "reference, ms", "ours, ms", "ratio", "goal", "max error")
    table = Table(*headers, title=f"batch {options.batch}, k = {options.k}, L = {options.length}")
    for name in TASKS:
        for row in measure(name, options):
            table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
