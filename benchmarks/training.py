"""Training steps per second at a scale, and the hours that its budget takes.

    python -m benchmarks.training [--scale paper] [--steps 20] [--device cpu]

Times the network's step on a batch that is at hand, the making of batches alone, and the loop that
a run goes through (loader with its prefetching threads, transfer, rendering on the device, step).
Where the loop takes as long as the step, the network is the limit. CUDA work is waited for.
"""

import argparse
import time

import torch
from hydra.utils import instantiate
from rich.console import Console
from rich.table import Table

from src.data.batch import Batch
from src.data.prefetch import PrefetchLoader, threads_beside_a_device
from src.data.toy.split import ToySplit
from src.models.method import Method
from src.runs.configuration import compose

EXPERIMENTS = ("cnf_equivariant", "cnf_param2tok", "cnf_mlp", "ffn_mse")


class Loop:
    """A run's step without its framework."""

    def __init__(self, experiment: str, scale: str, k: int, device: torch.device) -> None:
        self.cfg = compose("train", [f"experiment=toy/{experiment}", f"scale={scale}"])
        self.cfg.data.k = k
        self.device = device
        self.task = instantiate(self.cfg.data, _convert_="all")
        self.network: Method = instantiate(self.cfg.model.network, _convert_="all").to(device)
        self.optimizer = instantiate(self.cfg.optimizer)(self.network.parameters())
        on_device = device.type == "cuda"
        self.split = ToySplit(self.task, "train", self.task.batch_size, render=not on_device)

    def ready(self, batch: Batch) -> Batch:
        """Bring a batch to the device and render its signals there, as the data module does."""
        batch = batch.to(self.device)
        if batch.signal is None:
            batch.signal = self.task.render(batch.params)
        return batch

    def step(self, batch: Batch, seed: int) -> None:
        """Take one optimisation step."""
        generator = torch.Generator(device=self.device).manual_seed(seed)
        loss = self.network.loss(batch, generator)["loss"]
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.cfg.scale.gradient_clip)
        self.optimizer.step()

    def seconds(self, kind: str, steps: int) -> float:
        """Time `steps` of a kind: "step", "data" or "loop"."""
        at_hand = self.ready(self.split[0])
        self.step(at_hand, 0)
        self._wait()
        start = time.perf_counter()
        if kind == "step":
            for number in range(steps):
                self.step(at_hand, number)
        elif kind == "data":
            for number in range(steps):
                self.ready(self.split[number])
        else:
            threads = threads_beside_a_device() if self.device.type == "cuda" else 1
            ahead = PrefetchLoader(self.split, range(steps), threads)
            for number, batch in enumerate(ahead):
                self.step(self.ready(batch), number)
        self._wait()
        return (time.perf_counter() - start) / steps

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="laptop")
    parser.add_argument("--k", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    if device.type == "cpu":
        torch.set_num_threads(1)
    budget = compose("train", [f"scale={arguments.scale}"]).scale.steps
    title = f"k-osc, k = {arguments.k}, scale {arguments.scale}, {device}"
    columns = ("experiment", "step, ms", "data, ms", "loop, ms", "loop, steps/s")
    table = Table(*columns, f"hours for {budget} steps", title=title)
    for experiment in EXPERIMENTS:
        loop = Loop(experiment, arguments.scale, arguments.k, device)
        step, data, whole = (loop.seconds(k, arguments.steps) for k in ("step", "data", "loop"))
        table.add_row(
            experiment,
            *(f"{seconds * 1e3:.1f}" for seconds in (step, data, whole)),
            f"{1 / whole:.1f}",
            f"{whole * budget / 3600:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
