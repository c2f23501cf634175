"""The LightningModule of every method: optimisation, validation, nothing of the method itself."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Generator, Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LinearLR, LRScheduler, SequentialLR
from torchmetrics import Metric

from src.data.batch import Batch
from src.data.toy_task import ToyTask
from src.metrics import (
    ChamferDistance,
    LinearAssignmentDistance,
    LogSpectralDistance,
    MeanSquaredError,
)
from src.models.method import Method, Sampling

# On an accelerator reading the loss waits for the device, so it is read seldom.
_CHECK_EVERY = 100


def step_seed(seed: int, step: int) -> int:
    """Hash a run's seed and a step to the 32 bits that PyTorch's CPU generator is seeded with."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{step}".encode()).digest()[:4], "big")


class InversionModule(LightningModule):
    """Train a network that maps sounds to parameters.

    Args:
        network: has ``loss(batch, generator)`` and ``predict(batch, seed, sampling)``.
        task: renders predictions for the validation metrics.
        optimizer: partial that takes parameter groups.
        scheduler: partial that takes the optimizer, stepped every step; None for a constant rate.
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
        task: ToyTask,
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
        self.task = task
        self.make_optimizer = optimizer
        self.make_scheduler = scheduler
        self.warmup_steps = warmup_steps
        self.lr_scales = dict(lr_scales or {})
        self.validation = validation or Sampling()
        self.seed = seed
        self.lsd = LogSpectralDistance()
        self.errors: dict[str, Metric] = {
            "lac": LinearAssignmentDistance(params_per_token=task.params_per_token),
            "mse": MeanSquaredError(),
            "chamfer": ChamferDistance(params_per_token=task.params_per_token),
        }
        self.error_modules = nn.ModuleList(self.errors.values())  # moves them to the device
        if compile:
            for part in self.network.children():
                part.compile()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch; chance depends on the seed and the step alone.

        Raises:
            FloatingPointError: the loss is not finite.
        """
        generator = Generator(device=self.device)
        generator.manual_seed(step_seed(self.seed, self.global_step))
        losses = self.network.loss(batch, generator)
        self._check_finite(losses["loss"])
        self.log_dict({f"train/{name}": value.detach() for name, value in losses.items()})
        return losses["loss"]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add a batch to the validation metrics."""
        predicted = self.network.predict(batch, self.seed, self.validation)
        assert batch.signal is not None  # the data module renders what its loaders leave out
        self.lsd.update(predicted, batch.signal, self.task.render)
        for error in self.errors.values():
            error.update(predicted, batch.params)

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics and forget their state."""
        for name, metric in {"lsd": self.lsd, **self.errors}.items():
            self.log(f"val/{name}", metric.compute())
            metric.reset()

    def configure_optimizers(self) -> Any:
        """Build the optimizer and, where asked for, warm-up and scheduler."""
        optimizer = self.make_optimizer(self._parameter_groups())
        schedules: list[LRScheduler] = []
        if self.warmup_steps:
            schedules.append(LinearLR(optimizer, 1 / self.warmup_steps, 1.0, self.warmup_steps))
        if self.make_scheduler is not None:
            schedules.append(self.make_scheduler(optimizer))
        if not schedules:
            return {"optimizer": optimizer}
        scheduler = schedules[0]
        if len(schedules) == 2:
            scheduler = SequentialLR(optimizer, schedules, milestones=[self.warmup_steps])
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def _parameter_groups(self) -> list[dict[str, Any]]:
        """Split the parameters by the learning-rate factors."""
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
        base = self.make_optimizer.keywords["lr"]  # type: ignore[attr-defined]
        return [{"params": group, "lr": base * scale} for scale, group in groups.items()]

    def _check_finite(self, loss: Tensor) -> None:
        if self.device.type != "cpu" and self.global_step % _CHECK_EVERY:
            return
        if not torch.isfinite(loss):
            raise FloatingPointError(
                f"the training loss is {loss.item()} at step {self.global_step}; lower the "
                "learning rate (scale.optimizer.lr) or check the data; the run has no result"
            )
