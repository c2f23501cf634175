"""Train one model: ``python -m src.train experiment=toy/cnf_mlp data.k=4``."""

import sys
import time
from pathlib import Path

_STARTED = time.perf_counter()
if not __package__:  # run as `python src/train.py`: the folder above src holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import json
import logging
import math
import warnings
from contextlib import nullcontext
from typing import Any

import hydra
import pandas as pd
import torch
from hydra.utils import instantiate
from lightning.pytorch import Callback, Trainer, seed_everything
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import DictConfig, OmegaConf

from src.common.errors import explained
from src.common.files import alone_in, atomic_path, naming_full_disk
from src.common.project import CONFIG_DIR
from src.common.tensor_files import read_plain
from src.eval import evaluate_network, prepare_torch
from src.models.inversion_module import InversionModule
from src.models.method import Sampling
from src.runs.callbacks import RunRecord, interactive_progress
from src.runs.checkpoint import save_checkpoint
from src.runs.provenance import provenance
from src.runs.resumption import Resumption, WholeCheckpoints, identity_of

logger = logging.getLogger(__name__)
# Lightning's advice that does not apply: the loader makes whole batches by arithmetic, where worker
# processes only add overhead; a run folder is written again by a run that starts again.
_QUIET = (
    ".*does not have many workers.*",
    ".*isinstance\\(treespec.*",
    ".*Experiment logs directory.*",
    ".*Checkpoint directory.*exists and is not empty.*",
    ".*The `srun` command is available.*",  # processes are started from here
    ".*your dataloader is not resumable.*",  # the data module goes on where it was
)
# What device is used, and advertisements.
logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.WARNING)
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
    output_dir = Path(cfg.paths.output_dir)
    output_dir.mkdir(parents=True, exist_ok=True)
    is_first = rank_zero_only.rank == 0  # type: ignore[attr-defined]
    with alone_in(output_dir) if is_first else nullcontext(), naming_full_disk(output_dir):
        return _train(cfg, output_dir)


def _train(cfg: DictConfig, output_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    prepare_torch(cfg)
    _warn_of_budgets(cfg)
    seed_everything(cfg.seed, workers=True, verbose=False)

    task = instantiate(cfg.data, _convert_="all")
    datamodule = task.datamodule()
    network = instantiate(cfg.model.network, _convert_="all")
    if not network.is_trained:
        raise ValueError(
            f"{type(network).__name__} has nothing to train; score it with "
            f"python -m {scorer(cfg)} and ckpt_path=null"
        )
    model = InversionModule(
        network=network,
        task=None,
        metrics=task.metrics(),
        optimizer=instantiate(cfg.optimizer),
        scheduler=instantiate(cfg.scheduler),
        warmup_steps=cfg.warmup_steps,
        lr_scales=OmegaConf.to_container(cfg.model.lr_scales, resolve=True),  # type: ignore[arg-type]
        validation=Sampling(**cfg.validation),
        seed=cfg.seed,
        compile=cfg.compile,
    )
    callbacks = [c for c in (instantiate(node) for node in cfg.callbacks.values()) if c]
    resumption = Resumption(output_dir / "resume", identity_of(cfg), **cfg.resume)
    bar = interactive_progress()
    run_logger = instantiate(cfg.logger)
    trainer: Trainer = instantiate(
        cfg.trainer,
        callbacks=[*callbacks, resumption, *([bar] if bar else [])],
        logger=run_logger,
        enable_progress_bar=bar is not None,
    )
    trainer.strategy.checkpoint_io = WholeCheckpoints()
    logger.info("training %s in %s", describe(cfg), output_dir)
    with warnings.catch_warnings():
        for message in _QUIET:
            warnings.filterwarnings("ignore", message=message)
        trainer.fit(
            model, datamodule=datamodule, ckpt_path=resumption.find(trainer), weights_only=True
        )
    metrics: dict[str, Any] = {k: float(v) for k, v in trainer.callback_metrics.items()}
    objects = {
        "cfg": cfg,
        "datamodule": datamodule,
        "model": model,
        "network": network,
        "trainer": trainer,
        "callbacks": callbacks,
        "logger": run_logger,
    }
    if not trainer.is_global_zero:  # one process of several writes the folder
        return metrics, objects
    step = _keep_best(trainer, model)
    if not (step or trainer.fast_dev_run):  # type: ignore[attr-defined]
        logger.info("no validation ran, so the last weights are kept")
    step = step or trainer.global_step
    weights = {k: v.cpu() for k, v in model.state_dict().items() if k.startswith("network.")}
    save_checkpoint(output_dir / "model.ckpt", cfg, weights, step)
    if cfg.test:
        if scorer(cfg) != "src.eval":
            raise ValueError(f"test: sounds of synthesizers are scored by python -m {scorer(cfg)}")
        metrics |= evaluate_network(cfg, network, task)[0]
    history = resumption.history(output_dir / "metrics.csv")
    _write_record(cfg, model, callbacks, output_dir, step, history)
    resumption.finish()
    return metrics, objects


def scorer(cfg: DictConfig) -> str:
    """Name the command that goes on with a trained network of this configuration."""
    return "src.eval" if "k" in cfg.data else "src.predict"


def describe(cfg: DictConfig) -> str:
    """Name a run for people: task, k, condition, network and scale."""
    network = cfg.model.network._target_.rsplit(".", 1)[-1]
    if "k" not in cfg.data:
        return f"{cfg.task.name}: {network} at scale {cfg.scale.name}"
    symmetry = "asymmetric" if cfg.data.get("break_symmetry") else "symmetric"
    return f"{cfg.task.name} k={cfg.data.k} {symmetry} {network} at scale {cfg.scale.name}"


def _warn_of_budgets(cfg: DictConfig) -> None:
    """Say so where both steps and epochs are limited: the smaller one ends the run."""
    steps, epochs = cfg.trainer.max_steps, cfg.trainer.max_epochs
    if steps <= 0 or epochs <= 0 or "k" not in cfg.data:
        return
    of_epochs = epochs * math.ceil(cfg.data.train_val_test_sizes[0] / cfg.data.batch_size)
    if of_epochs != steps:
        logger.warning(
            "trainer.max_epochs=%d stands for %d steps, trainer.max_steps is %d: the smaller ends "
            "the run (set scale.steps to change the second)",
            epochs,
            of_epochs,
            steps,
        )


def _keep_best(trainer: Trainer, model: InversionModule) -> int | None:
    """Load the weights that validated best into the model; return their step, None without any."""
    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    if not best:
        return None
    remedy = "Delete it to start anew."
    content = read_plain(Path(best), remedy, state_dict=dict, global_step=int)
    model.load_state_dict(content["state_dict"])
    return int(content["global_step"])


def _write_record(
    cfg: DictConfig,
    model: InversionModule,
    callbacks: list[Callback],
    folder: Path,
    step: int,
    history: pd.DataFrame,
) -> None:
    """Write config.yaml, history.csv, run.json and provenance.json."""
    facts = next((c.facts for c in callbacks if isinstance(c, RunRecord)), {})
    parts = _count_parameters(model.network)
    run = {
        "best_step": step,
        "parameters": sum(parts.values()),
        "parameters_by_part": parts,
        "import_seconds": _IMPORT_SECONDS,
        "seconds": time.perf_counter() - _STARTED,
        **facts,
    }
    with atomic_path(folder / "config.yaml") as path:
        OmegaConf.save(cfg, path, resolve=True)
    with atomic_path(folder / "history.csv") as path:
        _numbered_from_one(history).to_csv(path, index=False)
    (folder / "metrics.csv").unlink(missing_ok=True)
    (folder / "hparams.yaml").unlink(missing_ok=True)
    for name, content in {"run": run, "provenance": provenance(cfg.seed)}.items():
        with atomic_path(folder / f"{name}.json") as path:
            path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _numbered_from_one(history: pd.DataFrame) -> pd.DataFrame:
    """Count the steps of Lightning's log from 1, in the first column."""
    if history.empty:
        return pd.DataFrame(columns=["step", "train/loss", "val/lsd", "seconds"])
    others = [name for name in history.columns if name not in ("step", "epoch")]
    return history.assign(step=history["step"] + 1)[["step", *others]]


def _count_parameters(network: torch.nn.Module) -> dict[str, int]:
    """Count the trainable parameters of each part of the network."""
    return {
        name: sum(p.numel() for p in child.parameters() if p.requires_grad)
        for name, child in network.named_children()
    }


@hydra.main(version_base="1.3", config_path=str(CONFIG_DIR), config_name="train")
@explained
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    train(cfg)


if __name__ == "__main__":
    main()
