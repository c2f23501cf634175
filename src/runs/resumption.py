"""An interrupted training goes on: its state saved as it runs, found again at the next start.

The state lies in ``resume/`` of the run folder, where no rule of the workflow looks for results. A
resumed run ends with the weights of an uninterrupted one, bit for bit on a CPU: chance depends on
seed and step, batches on epoch and number, and everything else is part of the state.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.plugins.io import TorchCheckpointIO
from omegaconf import DictConfig

from src.common.files import make_folder
from src.common.tensor_files import read_plain, write_plain
from src.runs import dependence
from src.runs.configuration import plain

logger = logging.getLogger(__name__)

INTERRUPTED = 75  # EX_TEMPFAIL of sysexits.h: the same command goes on from here
SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
# Settings that may change between two starts of one run: where it lies, how often its state is
# saved, how it is scored later.
_FREE = {"evaluation", "logger", "paths", "resume", "test", "callbacks"}
_IDENTITY = "run"


def identity_of(cfg: DictConfig) -> str:
    """Name what a run's course depends on, settings, code and data, by a short hash."""
    nodes = plain(cfg, *(str(name) for name in cfg if name not in _FREE))
    code = dependence.digest("src.train", *dependence.targets(nodes))
    name = hashlib.sha256(json.dumps([code, nodes], sort_keys=True).encode())
    statistics = Path(nodes["data"].get("dataset_root") or "", "stats.npz")  # of all training rows
    if statistics.is_file():
        name.update(statistics.read_bytes())
    return name.hexdigest()[:16]


class WholeCheckpoints(TorchCheckpointIO):
    """Has Lightning write its checkpoints, best weights and state, whole or not at all.

    By itself it writes to the system's folder of temporary files first, which may be small and on
    another disk, so that the way from there is a copy that can break off.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write a checkpoint."""
        write_plain(path, checkpoint)


class Resumption(Callback):
    """Save the state of a training every so often and when a signal asks to stop.

    SIGTERM and SIGUSR1 save at the beginning of the next step, which is after the validation of the
    step before, and end the process with status 75.

    Args:
        folder: where the state lies; made when it is first saved.
        identity: of the run, see ``identity_of``; the state of another run is not taken up.
        every_minutes: time between two saves.
        every_steps: steps between two saves, None for no such limit.

    Raises:
        ValueError: a setting is not positive.
    """

    def __init__(
        self, folder: Path, identity: str, every_minutes: float, every_steps: int | None = None
    ) -> None:
        if every_minutes <= 0 or (every_steps is not None and every_steps < 1):
            raise ValueError(
                "resume: every_minutes and every_steps have to be positive, got "
                f"{every_minutes} and {every_steps}"
            )
        self.folder = folder
        self.path = folder / "state.ckpt"
        self.identity = identity
        self.every_minutes = every_minutes
        self.every_steps = every_steps
        self._stop = False
        self._earlier = ""  # rows that Lightning's logger wrote before the interruption, as CSV
        self._random: dict[str, Any] | None = None

    def find(self, trainer: Trainer) -> Path | None:
        """Return the file to go on from, None for a new start, for which the folder is cleared.

        Args:
            trainer: tells which process this is; one of several clears the folder.

        Raises:
            ValueError: the file is damaged.
        """
        if not self.path.is_file():
            self._clear(trainer)
            return None
        remedy = "The run cannot go on from it; delete it to start anew."
        content = read_plain(self.path, remedy, callbacks=dict, global_step=int, state_dict=dict)
        if content["callbacks"].get(self.state_key, {}).get(_IDENTITY) != self.identity:
            logger.warning("%s is of other settings, code or data: starting anew", self.path)
            self._clear(trainer)
            return None
        logger.info("resuming at step %d", content["global_step"])
        return self.path

    def finish(self) -> None:
        """Remove the state of a run that has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def history(self, log: Path) -> pd.DataFrame:
        """Join the rows that Lightning logged before the interruption and after it.

        Args:
            log: Lightning's CSV file; it may be missing.

        Returns:
            All rows; empty where nothing was logged.
        """
        tables = [pd.read_csv(io.StringIO(self._earlier))] if self._earlier else []
        if log.is_file():
            tables.append(pd.read_csv(log))
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Listen to signals in place of Lightning, which puts the former handlers back."""
        self._saved_at, self._saved_step = time.monotonic(), trainer.global_step
        for number in SIGNALS:
            signal.signal(number, self._ask_to_stop)

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Save where it is time to.

        Raises:
            SystemExit: a signal asked to stop; the state is saved.
        """
        if self._random is not None:
            _set_random_state(self._random)
            self._random = None
            # Lightning miscounts steps when resumed at a validation; set the count.
            trainer.fit_loop.epoch_loop._batches_that_stepped = trainer.global_step
        stop = _anywhere(trainer, self._stop)
        if stop or _anywhere(trainer, self._is_due(trainer.global_step)):
            self._save(trainer)
        if stop:
            if trainer.is_global_zero:
                logger.info(
                    "stopped at step %d; the same command goes on from there", trainer.global_step
                )
            raise SystemExit(INTERRUPTED)

    def state_dict(self) -> dict[str, Any]:
        """Return the state of this callback, for Lightning's checkpoint."""
        return {_IDENTITY: self.identity, "log": self._earlier, "random": _random_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the state; random generators are set when the first step begins."""
        self._earlier = state_dict["log"]
        self._random = state_dict["random"]

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self._stop = True

    def _is_due(self, step: int) -> bool:
        minutes = (time.monotonic() - self._saved_at) / 60
        steps = step - self._saved_step
        return minutes >= self.every_minutes or (
            self.every_steps is not None and steps >= self.every_steps
        )

    def _save(self, trainer: Trainer) -> None:
        """Write the state, whole or not at all; Lightning asks for this on every process."""
        earlier = self._earlier
        batches = trainer.fit_loop.epoch_loop.batch_progress
        for count in (batches.current, batches.total):
            count.ready -= 1  # the batch at hand is not part of the state
        is_last, batches.is_last_batch = batches.is_last_batch, False
        if trainer.is_global_zero:
            make_folder(self.folder)
            for log in trainer.loggers:
                log.save()
            rows = self.history(Path(str(trainer.log_dir)) / "metrics.csv")
            self._earlier = rows.to_csv(index=False) if len(rows) else ""
        trainer.save_checkpoint(self.path, weights_only=False)  # all take part, one writes
        for count in (batches.current, batches.total):
            count.ready += 1
        batches.is_last_batch = is_last
        self._earlier = earlier
        self._saved_at, self._saved_step = time.monotonic(), trainer.global_step

    def _clear(self, trainer: Trainer) -> None:
        """Remove what an earlier run left, such as its best weights."""
        if trainer.is_global_zero:
            self.finish()


def _anywhere(trainer: Trainer, value: bool) -> bool:
    """Say whether something holds in any process of a data-parallel run."""
    if trainer.world_size == 1:
        return value
    return bool(trainer.strategy.reduce_boolean_decision(value, all=False))


def _random_state() -> dict[str, Any]:
    """Return the states of the global generators, as types that load without pickled code."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 - the global generator is what is meant
    return {
        "python": random.getstate(),
        "numpy": (kind, torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def _set_random_state(state: dict[str, Any]) -> None:
    kind, keys, *rest = state["numpy"]
    random.setstate(state["python"])
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(state["torch"].cpu())
    if state["cuda"] and torch.cuda.device_count() == len(state["cuda"]):
        torch.cuda.set_rng_state_all([part.cpu() for part in state["cuda"]])
