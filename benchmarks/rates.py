"""Measure what the plan of a scale counts with, and write it as configs/rates.yaml has it.

    python -m benchmarks.rates --scale paper [--device cuda] [--steps 2] [--batch 64] [--output F]

Seconds of one thread, or of a GPU: an item of a training step (loss, gradients, optimizer, and for
the toy tasks the making of the batch), an item predicted, and an item's share of each evaluation of
a field. Networks, losses and toy sounds are the scale's; spectrograms are noise, which costs the
same. On a processor also the rendering of a patch and the scoring of a pair of sounds.
"""

import argparse
import datetime
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from hydra.utils import instantiate
from omegaconf import DictConfig

from src.common.files import write_text
from src.data.batch import Batch
from src.data.toy.split import ToySplit
from src.metrics.audio import score_pair
from src.models.method import Method, Sampling
from src.render import rendering_of
from src.rendering.patches import DatasetJob, RenderedPatch
from src.runs.configuration import compose

TOYS = ("cnf_equivariant", "cnf_param2tok", "cnf_mlp", "ffn_mse", "ffn_sort", "ffn_chamfer")
GROUPS = {
    "surge": ("cnf_param2tok", "cnf_mlp", "ast", "vae_realnvp"),
    "vital": ("cnf_param2tok", "cnf_mlp", "ast", "ast_sorted", "vae_realnvp"),
}
CLIPS = 12  # patches rendered, pairs scored


class Run:
    """A network, its optimizer and a maker of batches.

    Args:
        words: Hydra overrides.
        batch: items a batch.
        device: where the network is.
    """

    def __init__(self, words: list[str], batch: int, device: torch.device) -> None:
        self.cfg: DictConfig = compose("train", words)
        self.batch, self.device = batch, device
        self.task = instantiate(self.cfg.data, _convert_="all")
        network: Method = instantiate(self.cfg.model.network, _convert_="all")
        self.network = network.to(device)
        self.optimizer = instantiate(self.cfg.optimizer)(self.network.parameters())
        self.split = None if "dataset" in self.cfg else self._toys()
        self.mixed = device.type == "cuda" and self.cfg.trainer.precision == "bf16-mixed"

    def _toys(self) -> ToySplit:
        return ToySplit(self.task, "train", self.batch, render=self.device.type == "cpu")

    def made(self, number: int) -> Batch:
        """Make a batch: of a toy task, or of noise in a data set's shapes."""
        if self.split is not None:
            batch = self.split[number].to(self.device)
            if batch.signal is None:
                batch.signal = self.task.render(batch.params)
            return batch
        width = self.task.num_params
        return Batch(
            params=torch.rand(self.batch, width) * 2 - 1,
            signal=torch.randn(self.batch, *self.task.spectrogram_shape),
            noise=torch.randn(max(1, self.cfg.data.draws), self.batch, width),
            index=torch.arange(self.batch),
        ).to(self.device)

    def train(self, steps: int) -> None:
        """Take optimisation steps."""
        for number in range(steps):
            batch = self.made(number)
            generator = torch.Generator(device=self.device).manual_seed(number)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
                loss = self.network.loss(batch, generator)["loss"]
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    @torch.inference_mode()
    def predict(self, evaluations: int) -> None:
        """Predict a batch, a field being evaluated so many times."""
        guidance = self.cfg.evaluation.guidance
        self.network.eval().predict(self.made(0), 0, Sampling(evaluations, "euler", guidance))

    def seconds(self, work: Callable[[int], None], count: int) -> float:
        """Time a piece of work, after one that is not counted."""
        work(1)
        self._wait()
        start = time.perf_counter()
        work(count)
        self._wait()
        return time.perf_counter() - start

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def rates(self, steps: int) -> dict[str, float]:
        """Measure seconds an item, by kind of work."""
        found = {"trained": self.seconds(self.train, steps) / steps / self.batch}
        one = self.seconds(self.predict, 1)
        three = self.seconds(self.predict, 3)
        evaluated = max(0.0, three - one) / 2
        if len(self.cfg.model.network.get("vector_field", {})):
            found["evaluated"] = evaluated / self.batch
        else:
            evaluated = 0.0
        return {**found, "predicted": max(0.0, one - evaluated) / self.batch}


def networks(scale: str, toy_batch: int, batch: int, device: Any, steps: int) -> Iterator[Any]:
    """Measure every method that the workflow trains at a scale."""
    settings = yaml.safe_load(Path("configs/workflow.yaml").read_text(encoding="utf-8"))
    of_scale = settings["scales"][scale]
    for k in of_scale["k"]:
        for method in TOYS:
            words = [f"experiment=toy/{method}", f"scale={scale}", f"data.k={k}"]
            about = {"group": "toy", "method": method, "k": k}
            yield about, Run(words, toy_batch, device).rates(steps)
    for dataset in of_scale["datasets"]:
        group = settings["datasets"][dataset]["group"]
        for method in GROUPS[group]:
            words = [f"experiment={group}/{method}", f"dataset={dataset}", f"scale={scale}"]
            about = {"group": dataset, "method": method}
            yield about, Run(words, batch, device).rates(steps)


def sounds(scale: str) -> dict[str, float]:
    """Measure an item rendered with Vital and a pair of sounds scored, processor seconds."""
    dataset = "vital_simple" if scale == "paper" else "vital"
    words = [f"dataset={dataset}", f"scale={scale}", "output=x"]
    rendering = rendering_of(compose("render", words))
    job = DatasetJob(rendering, "rates", "train")
    job.start()
    made: list[Any] = []
    for task in range(-1, CLIPS):  # one that is not counted
        if task == 0:
            start = time.process_time()
        tried = (job.run(task + 1, attempt) for attempt in range(200))
        made.append(next(item.audio for item in tried if isinstance(item, RenderedPatch)))
    rendered = (time.process_time() - start) / CLIPS
    pairs = [np.asarray(sound, dtype=np.float32) for sound in made]
    score_pair(pairs[0], pairs[1], rendering.sample_rate)
    start = time.process_time()
    for target, predicted in pairwise(pairs):
        score_pair(target, predicted, rendering.sample_rate)
    return {"rendered": rendered, "scored": (time.process_time() - start) / CLIPS}


def main() -> None:
    """Print rates, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="laptop")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--toy-batch", type=int, default=128)
    parser.add_argument("--batch", type=int, default=16, help="of rendered data sets")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--machine", required=True, help="its name in configs/rates.yaml")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    device = torch.device(options.device)
    torch.set_num_threads(1)
    common = {
        "scale": options.scale,
        "machine": options.machine,
        "measured": datetime.date.today().isoformat(),
        "device": "gpu" if device.type == "cuda" else "cpu",
    }
    found: list[dict[str, Any]] = []
    if device.type == "cpu":
        for work, seconds in sounds(options.scale).items():
            found.append({"work": work, "seconds": float(f"{seconds:.3g}"), **common})
    measured = networks(options.scale, options.toy_batch, options.batch, device, options.steps)
    for about, rates in measured:
        for work, seconds in rates.items():
            found.append({"work": work, **about, "seconds": float(f"{seconds:.3g}"), **common})
        print(about, rates, flush=True)
        write_text(options.output, yaml.safe_dump(found, sort_keys=False, width=200))


if __name__ == "__main__":
    main()
