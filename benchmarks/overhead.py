"""How much of a study's time is framework: imports, start-up, Lightning's loop, Snakemake.

    python -m benchmarks.overhead [--results results/laptop/kosc] [--steps 100]

Three measurements. A bare loop (same network, same batches, same optimizer, clipping and averaged
weights, nothing else) beside Lightning's on the same steps. The jobs of a finished study: seconds
of each job as Snakemake saw them, less those spent fitting and scoring. A dry run of Snakemake.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from hydra.utils import instantiate
from rich.console import Console
from rich.table import Table
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from src.runs.configuration import compose

EXPERIMENTS = ("toy/cnf_equivariant", "toy/ffn_mse")


def bare_loop(overrides: list[str], steps: int) -> float:
    """Train without a framework; return the seconds."""
    cfg = compose("train", overrides)
    torch.manual_seed(0)
    task = instantiate(cfg.data, _convert_="all")
    network = instantiate(cfg.model.network, _convert_="all")
    optimizer = instantiate(cfg.optimizer)(network.parameters())
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(cfg.scale.ema_decay))
    batches = task.split("train")
    start = time.perf_counter()
    for step in range(steps):
        generator = torch.Generator().manual_seed(step)
        loss = network.loss(batches[step], generator)["loss"]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), cfg.scale.gradient_clip)
        optimizer.step()
        averaged.update_parameters(network)
    return time.perf_counter() - start


def lightning_loop(overrides: list[str], steps: int) -> float:
    """Train as `src.train` does, without validation; return the seconds of the fit."""
    from src.train import train

    with tempfile.TemporaryDirectory() as folder:
        extra = [
            f"paths.output_dir={folder}",
            f"trainer.max_steps={steps}",
            "scale.validate_every=1000000",  # none
        ]
        train(compose("train", [*overrides, *extra]))
        return float(json.loads(Path(folder, "run.json").read_text())["fit_seconds"])


def finished_jobs(results: Path) -> tuple[float, float, float]:
    """Sum up a study: seconds of all jobs, of their fits, of their scoring."""
    jobs = sum(
        float(next(csv.DictReader(path.open(), delimiter="\t"))["s"])
        for path in results.rglob("*.benchmark.tsv")
    )
    fits = sum(json.loads(path.read_text())["fit_seconds"] for path in results.rglob("run.json"))
    scoring = sum(
        json.loads(path.read_text())["seconds"] for path in results.rglob("evaluation.json")
    )
    return jobs, fits, scoring


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results/laptop/kosc"))
    parser.add_argument("--steps", type=int, default=100)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    console = Console()

    table = Table("experiment", "bare loop, ms/step", "Lightning, ms/step", "overhead")
    shares = []
    for experiment in EXPERIMENTS:
        overrides = [f"experiment={experiment}", "scale=laptop"]
        bare_loop(overrides, 5)  # warm the allocator
        bare = bare_loop(overrides, arguments.steps) / arguments.steps
        full = lightning_loop(overrides, arguments.steps) / arguments.steps
        shares.append(max(0.0, 1 - bare / full))
        table.add_row(experiment, f"{bare * 1e3:.1f}", f"{full * 1e3:.1f}", f"{shares[-1]:.0%}")
    console.print(table)

    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "-n", "figures/lsd.pdf", "--quiet", "all"]
    subprocess.run([*command, "--config", "scale=paper"], check=True, capture_output=True)
    console.print(f"snakemake -n figures/lsd.pdf, paper scale: {time.perf_counter() - start:.2f} s")

    if not arguments.results.is_dir():
        console.print(f"{arguments.results} does not exist: no jobs to sum up")
        return
    jobs, fits, scoring = finished_jobs(arguments.results)
    loop = sum(shares) / len(shares) * fits
    overhead = jobs - fits - scoring + loop
    console.print(
        f"{arguments.results}: {jobs:.0f} s of jobs, {fits:.0f} s fitting (of it about {loop:.0f} "
        f"s Lightning's), {scoring:.0f} s scoring; framework overhead {overhead / jobs:.0%} "
        "(goal: under 25 %)"
    )


if __name__ == "__main__":
    main()
