"""Lightning callbacks: averaged weights, progress and the facts of a run."""

import logging
import resource
import sys
import time
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import RichProgressBar, WeightAveraging
from lightning.pytorch.profilers import SimpleProfiler
from torch import Tensor

logger = logging.getLogger(__name__)


class RampedEMA(WeightAveraging):
    """Exponential moving average of the weights that forgets the start of a run.

    The decay at update n is min(decay, (1 + n) / (10 + n)) (as in TensorFlow's
    ExponentialMovingAverage), so that early validations see the weights of their time.

    Args:
        decay: the decay that is reached in the end, in (0, 1).
    """

    def __init__(self, decay: float) -> None:
        def average(averaged: Tensor, current: Tensor, updates: Tensor | int) -> Tensor:
            n = int(updates)
            return averaged.lerp(current, 1 - min(decay, (1 + n) / (10 + n)))

        super().__init__(avg_fn=average, use_buffers=False)  # buffers are copied


def ema(decay: float) -> Callback | None:
    """Build the moving average of the weights, None where ``decay`` is 0."""
    return RampedEMA(decay) if decay else None


def interactive_progress() -> Callback | None:
    """Build a progress bar where somebody watches a terminal, else None."""
    return RichProgressBar(refresh_rate=10) if sys.stderr.isatty() else None


class Progress(Callback):
    """Write a line at each validation: step, metrics, speed and time left."""

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the line; the trainer has no step to speak of outside fitting."""
        if trainer.state.fn != "fit" or not trainer.global_step:
            return
        seconds = time.perf_counter() - self._start
        rate = trainer.global_step / seconds
        metrics = {
            name.removeprefix("val/"): float(value)
            for name, value in trainer.callback_metrics.items()
            if name.startswith("val/")
        }
        left = ""
        if trainer.max_steps > 0:
            left = f", {(trainer.max_steps - trainer.global_step) / rate:.0f} s left"
        logger.info(
            "step %d/%s: %s, %.1f steps/s%s",
            trainer.global_step,
            trainer.max_steps if trainer.max_steps > 0 else "?",
            ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()),
            rate,
            left,
        )


class _QuietProfiler(SimpleProfiler):
    """Lightning's profiler without the report it prints at the end of a fit."""

    def summary(self) -> str:
        """Return nothing: ``RunRecord`` takes what it needs from the recorded durations."""
        return ""


class RunRecord(Callback):
    """Measure a fit: seconds, steps per second, share of time spent waiting for data, memory."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Put Lightning's own profiler in place of none: it times the loader."""
        if stage == "fit" and type(_profiler(trainer)).__name__ == "PassThroughProfiler":
            vars(trainer)["profiler"] = _QuietProfiler()

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self._start = time.perf_counter()
        self._first_step = trainer.global_step

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log the seconds so far beside the metrics."""
        if trainer.state.fn == "fit":
            pl_module.log("seconds", time.perf_counter() - self._start)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Gather the facts."""
        seconds = time.perf_counter() - self._start
        steps = trainer.global_step - self._first_step
        self.facts = {
            "steps": trainer.global_step,
            "fit_seconds": seconds,
            "steps_per_second": steps / seconds,
            "data_fraction": _data_fraction(_profiler(trainer)),
            "peak_memory_mb": peak_memory_mb(),
            "device": device_name(pl_module.device),
        }


def peak_memory_mb() -> float:
    """Return the largest resident size of this process so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def device_name(device: torch.device) -> str:
    """Name the device a model ran on."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _profiler(trainer: Trainer) -> Any:
    """Return the trainer's profiler, an attribute that its type does not declare."""
    return vars(trainer)["profiler"]


def _data_fraction(profiler: Any) -> float | None:
    """Return the share of training time spent in the loader, None if it was not profiled."""
    durations = getattr(profiler, "recorded_durations", {})
    waiting = sum(durations.get("[_TrainingEpochLoop].train_dataloader_next", []))
    working = sum(durations.get("run_training_batch", []))
    return waiting / (waiting + working) if working else None
