"""Predict patches for sounds, and render them: ``python -m src.predict experiment=rendered/ast``.

Imports neither Lightning nor torchmetrics, which take seconds.
"""

import sys
from pathlib import Path

if not __package__:  # run as `python src/predict.py`: the folder above src holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import time

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from src.common.files import make_folder
from src.common.json_files import write_json
from src.common.parquet import write_parquet
from src.common.processes import stop_when_terminated
from src.data.rendered.task import SynthTask
from src.data.tasks import TASKS
from src.runs.command_line import hydra_command
from src.runs.device import prepare_torch
from src.runs.prediction import load_network, predict_vectors, render_vectors
from src.runs.provenance import provenance


def predict(cfg: DictConfig) -> pd.DataFrame:
    """Predict a patch for every sound of a file, and render the patches.

    The folder ``cfg.paths.output_dir`` receives ``sounds/`` (a WAV file an item), patches.parquet
    and prediction.json.

    Args:
        cfg: composed from ``configs/predict.yaml`` with the overrides of the training run.

    Returns:
        A row an item: ``item``, ``rendered`` (False where the synthesizer made no sound of it) and
        the encoded parameters, in [0, 1].

    Raises:
        FileNotFoundError: a checkpoint, data set or plug-in is missing.
        ValueError: the checkpoint belongs to another experiment, or files do not go together.
    """
    make_folder(cfg.paths.output_dir)
    prepare_torch(cfg)
    started = time.perf_counter()
    task: SynthTask = TASKS.build(cfg.data)
    network = load_network(cfg)
    vectors = predict_vectors(cfg, task, network)
    predicted_s = time.perf_counter() - started
    folder = Path(cfg.paths.output_dir)
    is_rendered = render_vectors(cfg, vectors, folder / "sounds")
    patches = pd.DataFrame(vectors, columns=task.table.columns)
    patches.insert(0, "item", np.arange(len(vectors)))
    patches.insert(1, "rendered", is_rendered)
    write_parquet(patches, folder / "patches.parquet")
    summary = {
        "n": len(vectors),
        "not_rendered": int((~is_rendered).sum()),
        "parameters": sum(p.numel() for p in network.parameters()),
        "predict_seconds": predicted_s,
        "seconds": time.perf_counter() - started,
        "ckpt_path": cfg.ckpt_path and str(cfg.ckpt_path),
        "evaluation": dict(cfg.evaluation),
        "provenance": provenance(cfg.evaluation.seed),
    }
    write_json(folder / "prediction.json", summary)
    return patches


@hydra_command("predict")
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    stop_when_terminated()
    predict(cfg)


if __name__ == "__main__":
    main()
