"""The LightningModule of every method: optimisation, validation, nothing of the method itself."""

import hashlib
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Generator, Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LinearLR, LRScheduler, SequentialLR

from src.data.batch import Batch
from src.metrics.validation import ValidationMetrics
from src.models.method import Method, Sampling

# On an accelerator reading the loss waits for the device, so it is read seldom.
_CHECK_EVERY = 100


def step_seed(seed: int, step: int, rank: int = 0) -> int:
    """Hash a run's seed and a step to the 32 bits that PyTorch's CPU generator is seeded with.

    Args:
        seed: of the run.
        step: counted from 0.
        rank: of the process in a data-parallel run, each of which draws its own.
    """
    words = [seed, step, *([rank] if rank else [])]
    return int.from_bytes(hashlib.sha256(":".join(map(str, words)).encode()).digest()[:4], "big")


class InversionModule(LightningModule):
    """Train a network that maps sounds to parameters.

    Args:
        network: has ``loss(batch, generator)`` and ``predict(batch, seed, sampling)``.
        metrics: what validation measures.
        optimizer: partial that takes parameter groups.
        scheduler: partial that takes the optimizer, stepped every step; None for a constant rate.
            A ``T_max`` that it still lacks is the number of steps after the warm-up.
        warmup_steps: steps over which the rate rises linearly.
        lr_scales: factors of the learning rate for parameters whose name in the network starts
            with the key, such as ``{"vector_field.projection.": 5.0}``.
        validation: how parameters are drawn in validation.
        seed: seed of times, dropped conditions and validation noise.
        compile: compile the network with torch.compile.
    """

    def __init__(
        self,
        network: Method,
        metrics: ValidationMetrics,
        optimizer: Callable[[Iterable[Any]], Optimizer],
        scheduler: Callable[[Optimizer], LRScheduler] | None = None,
        warmup_steps: int = 0,
        lr_scales: dict[str, float] | None = None,
        validation: Sampling | None = None,
        seed: int = 0,
        compile: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.make_optimizer = optimizer
        self.make_scheduler = scheduler
        self.warmup_steps = warmup_steps
        self.lr_scales = dict(lr_scales or {})
        self.validation = validation or Sampling()
        self.seed = seed
        # A metric that is a module goes to the device with the network.
        self.metrics = metrics
        if compile:
            for part in self.network.children():
                part.compile()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch; chance depends on seed, step and process alone.

        Raises:
            FloatingPointError: the loss is not finite.
        """
        generator = Generator(device=self.device)
        generator.manual_seed(step_seed(self.seed, self.global_step, self.global_rank))
        losses = self.network.loss(batch, generator)
        self._check_finite(losses["loss"])
        self.log_dict({f"train/{name}": value.detach() for name, value in losses.items()})
        return losses["loss"]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add a batch to the validation metrics."""
        predicted = self.network.predict(batch, self.seed, self.validation)
        self.metrics.update(predicted, batch.params, batch.signal)

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics and forget their state."""
        for name, value in self.metrics.compute().items():
            self.log(f"val/{name}", value)
        self.metrics.reset()

    def configure_optimizers(self) -> Any:
        """Build the optimizer and, where asked for, warm-up and scheduler."""
        optimizer = self._build_optimizer()
        schedules: list[LRScheduler] = []
        if self.warmup_steps:
            schedules.append(LinearLR(optimizer, 1 / self.warmup_steps, 1.0, self.warmup_steps))
        if self.make_scheduler is not None:
            schedules.append(self.make_scheduler(optimizer, **self._schedule_length()))
        if not schedules:
            return {"optimizer": optimizer}
        scheduler = schedules[0]
        if len(schedules) == 2:
            scheduler = SequentialLR(optimizer, schedules, milestones=[self.warmup_steps])
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def _build_optimizer(self) -> Optimizer:
        """Build the optimizer, its groups split by the learning-rate factors."""
        groups: dict[float, list[Tensor]] = {}
        used = set()
        for name, parameter in self.network.named_parameters():
            if not parameter.requires_grad:
                continue
            prefix = next((p for p in self.lr_scales if name.startswith(p)), None)
            used.add(prefix)
            groups.setdefault(1.0 if prefix is None else self.lr_scales[prefix], []).append(
                parameter
            )
        if unused := set(self.lr_scales) - used:
            known = sorted({name.rsplit(".", 1)[0] for name, _ in self.network.named_parameters()})
            raise ValueError(
                f"lr_scales names no trainable parameter with {sorted(unused)}; "
                f"the network has {', '.join(known)}"
            )
        optimizer = self.make_optimizer([{"params": group} for group in groups.values()])
        for group, scale in zip(optimizer.param_groups, groups, strict=True):
            group["lr"] *= scale
        return optimizer

    def _schedule_length(self) -> dict[str, int]:
        """Return the length that a cosine still lacks, as keyword arguments."""
        assert self.make_scheduler is not None
        wanted = inspect.signature(self.make_scheduler).parameters.get("T_max")
        if wanted is None or wanted.default is not inspect.Parameter.empty:
            return {}
        steps = self.trainer.estimated_stepping_batches
        if steps == float("inf"):
            raise ValueError(
                "the scheduler has no T_max and the trainer no end: set trainer.max_steps"
            )
        return {"T_max": max(1, int(steps) - self.warmup_steps)}

    def _check_finite(self, loss: Tensor) -> None:
        if self.device.type != "cpu" and self.global_step % _CHECK_EVERY:
            return
        if not torch.isfinite(loss):
            raise FloatingPointError(
                f"the training loss is {loss.item()} at step {self.global_step}; lower the "
                "learning rate (scale.optimizer.lr) or check the data; the run has no result"
            )
