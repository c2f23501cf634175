"""A training as its configuration describes it: task, network, trainer, and what they are told."""

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from lightning.pytorch import Callback, LightningDataModule, Trainer, seed_everything
from omegaconf import DictConfig, OmegaConf

from src.data.batch import Batch
from src.data.task import Task
from src.data.tasks import TASKS
from src.models.inversion_module import InversionModule
from src.models.method import Method, Sampling
from src.models.networks import NETWORKS
from src.runs.assignment_start import SURROGATE_ITEMS, start_assignment
from src.runs.callbacks import interactive_progress
from src.runs.device import prepare_torch
from src.runs.resumption import Resumption, WholeCheckpoints, identity_of

logger = logging.getLogger(__name__)
# Advice of Lightning that does not apply.
_QUIET = (
    # The loader makes whole batches by arithmetic, where worker processes only add overhead.
    ".*does not have many workers.*",
    ".*isinstance\\(treespec.*",
    # A run that starts again writes its folder again.
    ".*Experiment logs directory.*",
    ".*Checkpoint directory.*exists and is not empty.*",
    # Processes are started by the workflow, not by Slurm's srun.
    ".*The `srun` command is available.*",
    # The data module continues at the batch where it was interrupted.
    ".*your dataloader is not resumable.*",
)
# Lightning logs which device it uses, and advertisements.
logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.WARNING)


@dataclass
class Training:
    """One training, ready to run.

    Attributes:
        cfg: composed from ``configs/train.yaml``.
        task: what is trained on.
        datamodule: its loaders.
        network: what is trained.
        model: the network with optimisation and validation, as Lightning runs it.
        callbacks: those that the configuration names.
        resumption: saves the state of the training and finds it again.
        run_logger: Lightning's logger of metrics.
        trainer: Lightning's trainer.
    """

    cfg: DictConfig
    task: Task
    datamodule: LightningDataModule
    network: Method
    model: InversionModule
    callbacks: list[Callback]
    resumption: Resumption
    run_logger: Any
    trainer: Trainer

    def fit(self) -> None:
        """Train to the end, from the saved state of an interrupted training if there is one.

        Raises:
            FloatingPointError: the loss is not finite.
            SystemExit: a signal asked to stop.
        """
        logger.info("training %s in %s", describe(self.cfg, self.task), self.cfg.paths.output_dir)
        with warnings.catch_warnings():
            for message in _QUIET:
                warnings.filterwarnings("ignore", message=message)
            self.trainer.fit(
                self.model,
                datamodule=self.datamodule,
                ckpt_path=self.resumption.find(self.trainer),
                weights_only=True,
            )

    def metrics(self) -> dict[str, Any]:
        """Return the last training and validation metrics."""
        return {name: float(value) for name, value in self.trainer.callback_metrics.items()}

    def objects(self) -> dict[str, Any]:
        """Name the parts, as ``src.train.train`` returns them."""
        return {
            "cfg": self.cfg,
            "datamodule": self.datamodule,
            "model": self.model,
            "network": self.network,
            "trainer": self.trainer,
            "callbacks": self.callbacks,
            "logger": self.run_logger,
        }


def build_training(cfg: DictConfig) -> Training:
    """Build a training; the seed is set here, before the network draws its weights.

    Args:
        cfg: composed from ``configs/train.yaml``.

    Raises:
        ValueError: a setting does not fit, or the method has nothing to train.
    """
    prepare_torch(cfg)
    seed_everything(cfg.seed, workers=True, verbose=False)
    task: Task = TASKS.build(cfg.data)
    _warn_of_budgets(cfg, task)
    datamodule = task.datamodule()
    network: Method = NETWORKS.build(cfg.model.network)
    if not network.is_trained:
        raise ValueError(
            f"{type(network).__name__} has nothing to train; score it with "
            f"python -m {cfg.task.scorer.command} and ckpt_path=null"
        )
    if cfg.trainer.max_steps == 0:
        raise ValueError("trainer.max_steps: expected at least 1, got 0")
    start_assignment(
        network,
        cfg.model.get("assignment_start", "published"),
        getattr(task, "render", None),
        lambda: _first_batches(datamodule),
        cfg.seed,
    )
    model = InversionModule(
        network=network,
        metrics=task.validation_metrics(),
        optimizer=instantiate(cfg.optimizer),
        scheduler=instantiate(cfg.scheduler),
        warmup_steps=cfg.warmup_steps,
        lr_scales=OmegaConf.to_container(cfg.model.lr_scales, resolve=True),  # type: ignore[arg-type]
        validation=Sampling(**cfg.validation),
        seed=cfg.seed,
        compile=cfg.compile,
    )
    callbacks = [c for c in (instantiate(node) for node in cfg.callbacks.values()) if c]
    resumption = Resumption(Path(cfg.paths.output_dir) / "resume", identity_of(cfg), **cfg.resume)
    run_logger = instantiate(cfg.logger)
    trainer = _build_trainer(cfg, [*callbacks, resumption], run_logger)
    return Training(
        cfg, task, datamodule, network, model, callbacks, resumption, run_logger, trainer
    )


def _first_batches(datamodule: LightningDataModule) -> list[Batch]:
    """Return training batches in their order, as many as a surrogate may use."""
    datamodule.setup("fit")
    found: list[Batch] = []
    for batch in datamodule.train_dataloader():
        found.append(batch)
        if sum(len(one.index) for one in found) >= SURROGATE_ITEMS:
            break
    return found


def describe(cfg: DictConfig, task: Task) -> str:
    """Name a run for people: task, condition, network and scale."""
    problem = f"{cfg.task.name} {task.condition}".rstrip()
    network = cfg.model.network._target_.rsplit(".", 1)[-1]
    return f"{problem}: {network} at scale {cfg.scale.name}"


def _build_trainer(cfg: DictConfig, callbacks: list[Callback], run_logger: Any) -> Trainer:
    bar = interactive_progress()
    trainer: Trainer = instantiate(
        cfg.trainer,
        callbacks=[*callbacks, *([bar] if bar else [])],
        logger=run_logger,
        enable_progress_bar=bar is not None,
    )
    trainer.strategy.checkpoint_io = WholeCheckpoints()
    return trainer


def _warn_of_budgets(cfg: DictConfig, task: Task) -> None:
    """Warn where steps and epochs are both limited and disagree: the smaller one ends the run."""
    steps, epochs, batches = cfg.trainer.max_steps, cfg.trainer.max_epochs, task.batches_per_epoch
    if steps <= 0 or epochs <= 0 or batches is None:
        return
    if epochs * batches != steps:
        logger.warning(
            "trainer.max_epochs=%d stands for %d steps, trainer.max_steps is %d: the smaller ends "
            "the run (set scale.steps to change the second)",
            epochs,
            epochs * batches,
            steps,
        )
