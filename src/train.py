"""Train one model: ``python -m src.train experiment=toy/cnf_mlp data.k=4``."""

import sys
import time
from pathlib import Path

_STARTED = time.perf_counter()
if not __package__:  # run as `python src/train.py`: the folder above src holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from contextlib import nullcontext
from typing import Any

from hydra.utils import get_method
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import DictConfig

from src.common.files import explain_full_disk, lock_folder, make_folder
from src.runs.best_weights import keep_best_weights
from src.runs.command_line import hydra_command
from src.runs.record import write_record
from src.runs.training import Training, build_training

_IMPORT_SECONDS = time.perf_counter() - _STARTED


def train(cfg: DictConfig) -> tuple[dict[str, Any], dict[str, Any]]:
    """Train the model that a configuration describes and write its run folder.

    The folder ``cfg.paths.output_dir`` receives model.ckpt, config.yaml, history.csv, run.json and
    provenance.json; each appears whole or not at all. A run that was interrupted goes on from the
    state in ``resume/`` of that folder, which is removed at the end. One that outlived a killed
    workflow is waited for, since both would write the same log.

    Args:
        cfg: composed from ``configs/train.yaml``.

    Returns:
        Metrics (last training and validation values, test means where ``cfg.test``) and objects
        (``cfg``, ``datamodule``, ``model``, ``network``, ``trainer``, ``callbacks``, ``logger``).

    Raises:
        ValueError: a setting does not fit.
        FloatingPointError: the loss is not finite.
        DiskFull: there was no room; the next call goes on.
        SystemExit: with status 75, a signal asked to stop; the next call goes on.
    """
    folder = Path(cfg.paths.output_dir)
    make_folder(folder)
    is_first = rank_zero_only.rank == 0  # type: ignore[attr-defined]
    with lock_folder(folder) if is_first else nullcontext(), explain_full_disk(folder):
        training = build_training(cfg)
        training.fit()
        metrics = training.metrics()
        if training.trainer.is_global_zero:  # one process of several writes the folder
            metrics |= _finish(training, folder)
        return metrics, training.objects()


def _finish(training: Training, folder: Path) -> dict[str, float]:
    """Write the run folder; return the means of the test split where they are asked for."""
    cfg, model = training.cfg, training.model
    step = keep_best_weights(folder / "model.ckpt", cfg, training.trainer, model)
    means = _test(training) if cfg.test else {}
    facts = {
        "best_step": step,
        "import_seconds": _IMPORT_SECONDS,
        "seconds": time.perf_counter() - _STARTED,
    }
    history = training.resumption.history(folder / "metrics.csv")
    write_record(folder, cfg, model.network, training.callbacks, history, facts)
    training.resumption.finish()
    return means


def _test(training: Training) -> dict[str, float]:
    """Score the network by the function that the configuration names, and return the means.

    The function's module is named there alone, so that no training depends on its text.
    """
    scorer = training.cfg.task.scorer
    if scorer.function is None:
        raise ValueError(f"test: sounds of synthesizers are scored by python -m {scorer.command}")
    score = get_method(scorer.function)
    means: dict[str, float] = score(training.cfg, training.network, training.task)[0]
    return means


@hydra_command("train")
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    train(cfg)


if __name__ == "__main__":
    main()
