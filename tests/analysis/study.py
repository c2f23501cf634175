"""Makes run folders with made-up content, for the tests of tables and figures."""

import json
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from src.analysis.figures.assignments import KEY
from src.study.methods import METHODS

ITEMS = 40
KS = (2, 4)
SEEDS = (0, 1)
VARIANTS = ("cnf_mlp_minibatch", "cnf_mlp_permutation", "cnf_equivariant_minibatch")
# LSD and parameter error that a method has on average, the same in both conditions.
LEVELS = {
    "cnf_equivariant": (8.0, 0.05),
    "cnf_param2tok": (8.5, 0.06),
    "cnf_mlp": (9.0, 0.10),
    "ffn_mse": (12.0, 0.30),
    "ffn_sort": (10.0, 0.12),
    "ffn_chamfer": (11.0, 0.20),
    "random": (16.0, 0.60),
}


def run_folder(root: Path, k: int, symmetry: str, experiment: str, seed: int) -> Path:
    return root / "kosc" / f"k{k}-{symmetry}" / experiment / f"seed{seed}"


def make_scores(experiment: str, k: int, seed: int, items: int = ITEMS) -> pd.DataFrame:
    """Level of the method, times difficulty of the item (shared by methods), times chance."""
    base = next(name for name in LEVELS if experiment.startswith(name))
    lsd, error = LEVELS[base]
    if experiment != base:
        lsd, error = 1.3 * lsd, 1.5 * error
    chance = np.random.default_rng([zlib.crc32(experiment.encode()), k, seed])
    difficulty = np.random.default_rng(k).uniform(0.4, 1.6, items)

    def around(level: float) -> np.ndarray:
        return level * difficulty * chance.uniform(0.98, 1.02, items) * (1 + 0.01 * seed)

    return pd.DataFrame(
        {
            "item": np.arange(items),
            "lsd": around(lsd),
            "lac": around(error),
            "lac_squared": around(error**2),
            "mse": around(2 * error),
            "chamfer": around(2 * error**2),
        }
    )


def make_history(experiment: str, steps: int = 60) -> pd.DataFrame:
    """A loss every 10 steps, validation every 20, as training logs them."""
    base = next(name for name in LEVELS if experiment.startswith(name))
    step = np.arange(10, steps + 1, 10)
    lsd, error = LEVELS[base]
    decay = 1 + np.exp(-step / 20)
    validated = step % 20 == 0
    history = pd.DataFrame({"step": step, "train/loss": decay})
    for metric, level in (("lsd", lsd), ("lac", error), ("mse", 2 * error), ("chamfer", error)):
        history[f"val/{metric}"] = np.where(validated, level * decay, np.nan)
    history["seconds"] = step / 10
    return history


def make_assignment(k: int, params_per_token: int = 3, seed: int = 0) -> torch.Tensor:
    """Tokens in random order, each serving one oscillator, with random signs."""
    generator = torch.Generator().manual_seed(seed)
    eye = torch.eye(k)[torch.randperm(k, generator=generator)]
    noise = 0.1 * torch.rand(k, k * params_per_token, generator=generator)
    signs = 1 - 2 * torch.randint(0, 2, (k, k * params_per_token), generator=generator)
    return signs * (eye.repeat(1, params_per_token) + noise)


def write_run(root: Path, k: int, symmetry: str, experiment: str, seed: int) -> Path:
    """Write what training and evaluation leave in a run folder."""
    folder = run_folder(root, k, symmetry, experiment, seed)
    folder.mkdir(parents=True)
    make_scores(experiment, k, seed).to_parquet(folder / "scores.parquet", index=False)
    evaluation = {"means": {}, "n": ITEMS, "seconds": 1.5, "provenance": {}}
    (folder / "evaluation.json").write_text(json.dumps(evaluation))
    if experiment in METHODS and not METHODS[experiment].is_trained:
        return folder
    run = {
        "scale": root.name,
        "task": "kosc",
        "k": k,
        "symmetry": symmetry,
        "experiment": experiment,
        "seed": seed,
        "parameters": 1234,
        "steps": 60,
        "seconds": 6.0,
        "steps_per_second": 10.0,
        "peak_memory_mb": 300.5,
        "data_fraction": 0.02,
        "import_seconds": 4.0,
        "device": "cpu",
    }
    (folder / "run.json").write_text(json.dumps(run))
    make_history(experiment).to_csv(folder / "history.csv", index=False)
    if experiment.startswith("cnf_param2tok"):
        torch.save({"state_dict": {KEY: make_assignment(k, seed=seed)}}, folder / "model.ckpt")
    return folder


def write_study(root: Path) -> None:
    """Write all runs; `random` has one seed, coupling variants are at k = 4 only."""
    for symmetry in ("symmetric", "asymmetric"):
        for k in KS:
            for experiment in LEVELS:
                for seed in SEEDS if experiment != "random" else SEEDS[:1]:
                    write_run(root, k, symmetry, experiment, seed)
        for experiment in VARIANTS:
            write_run(root, 4, symmetry, experiment, 0)
