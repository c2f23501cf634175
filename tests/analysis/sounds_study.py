"""Makes run folders of a rendered data set with made-up content."""

import json
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

from src.analysis.figures.assignments import KEY
from src.study.methods import METHODS

ITEMS = 30
# Mean MSS of a method; the other metrics follow from it.
LEVELS = {
    "cnf_param2tok": 6.0,
    "cnf_mlp": 7.0,
    "ast": 14.0,
    "ast_sorted": 11.0,
    "ast_pretrained": 13.0,
    "vae_realnvp": 28.0,
    "rerendered": 0.05,
    "random": 34.0,
}
TABLE = {"synth": "vital", "table": "small", "duration_s": 1.0}  # 16 parameters


def make_scores(method: str, seed: int = 0, items: int = ITEMS) -> pd.DataFrame:
    """Level of the method, times difficulty of the item (shared by methods), times chance."""
    chance = np.random.default_rng([zlib.crc32(method.encode()), seed])
    difficulty = np.random.default_rng(1).uniform(0.4, 1.6, items)
    mss = LEVELS[method] * difficulty * chance.uniform(0.95, 1.05, items) * (1 + 0.01 * seed)
    return pd.DataFrame(
        {
            "item": [f"{item:06d}" for item in range(items)],
            "mss": mss,
            "wmfcc": 0.8 * mss + 0.02,
            "sot": mss / 150,
            "rms": 1 - mss / 100,
            "target_silent": False,
            "predicted_silent": False,
        }
    )


def make_assignment(tokens: int = 12, columns: int = 16, seed: int = 0) -> torch.Tensor:
    """Each parameter goes to the token of its group of three, tokens in random order."""
    generator = torch.Generator().manual_seed(seed)
    assignment = 0.1 * torch.rand(tokens, columns, generator=generator)
    order = torch.randperm(tokens, generator=generator)
    for column in range(columns):
        assignment[order[column // 3], column] = -1.0 if column % 2 else 0.8
    return assignment


def write_run(
    root: Path, method: str, seed: int = 0, dataset: str = "vital", scale: str = "smoke"
) -> Path:
    """Write a run folder with scores.parquet, prediction.json, config.yaml and model.ckpt."""
    folder = root / scale / dataset / method / f"seed{seed}"
    folder.mkdir(parents=True)
    scores = make_scores(method, seed)
    scores.to_parquet(folder / "scores.parquet")
    sizes = {"parameters": 0 if METHODS[method].is_reference else 1_234_000, "not_rendered": 0}
    (folder / "prediction.json").write_text(json.dumps({"n": len(scores), **sizes}))
    (folder / "config.yaml").write_text(yaml.safe_dump({"data": TABLE}))
    if method == "cnf_param2tok":
        torch.save({"state_dict": {KEY: make_assignment(seed=seed)}}, folder / "model.ckpt")
    return folder


# Order of convergence and evaluations a step.
SOLVERS = {"euler": (1, 1), "midpoint": (2, 2), "heun": (2, 2), "rk4": (4, 4)}
BEST_AT = 2.0  # guidance


def write_sampling(folder: Path, level: float = 6.0, items: int = 60) -> Path:
    """Write a study whose error falls with the solver's order; more than 20 calls change nothing.

    Args:
        folder: run folder.
        level: mean MSS of an exact solution at the best guidance.
        items: number of items.

    Returns:
        Path of sampling.parquet.
    """
    settings = [
        (solver, calls // each, 2.0)
        for solver, (_, each) in SOLVERS.items()
        for calls in (4, 8, 24, 48, 100, 200)
    ]
    settings += [("midpoint", 24, 1.0), ("midpoint", 24, 2.0), ("midpoint", 24, 4.0)]
    difficulty = np.random.default_rng(1).uniform(0.4, 1.6, items)
    rows = []
    for solver, steps, guidance in dict.fromkeys(settings):
        order, each = SOLVERS[solver]
        excess = 3.0 * float(steps) ** -order * (steps * each <= 24)
        factor = 1 + excess + 0.2 * abs(np.log2(guidance / BEST_AT))
        chance = np.random.default_rng([steps, each, int(guidance)]).normal(1, 0.02, items)
        mss = level * difficulty * factor * chance
        rows.append(
            pd.DataFrame(
                {
                    "solver": solver,
                    "steps": steps,
                    "guidance": guidance,
                    "evaluations": steps * each,
                    "item": [f"{item:06d}" for item in range(items)],
                    "mss": mss,
                    "wmfcc": mss,
                    "sot": mss / 100,
                    "rms": 1 - mss / 100,
                }
            )
        )
    path = folder / "sampling.parquet"
    pd.concat(rows).to_parquet(path, index=False)
    return path
