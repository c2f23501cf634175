"""The LightningModule of a flow for a real synthesizer, built from its parts."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from src.data.batch import Batch
from src.metrics.validation import RenderedMetrics
from src.models.components.conditioning import ConditionalField
from src.models.conditional_flow import ConditionalFlow
from src.models.inversion_module import InversionModule
from src.models.method import Sampling
from src.symmetry import Symmetry

# Axes of what the encoder sees, the batch's among them.
_AXES = {"mel": ("channels", "bands", "frames"), "m2l": ("channels", "frames")}


class SurgeFlowMatchingModule(InversionModule):
    """Flow matching of a synthesizer's parameters given a sound.

    The encoder sees what a batch has for a signal: standardised mel spectrograms, or Music2Latent
    embeddings, as the data module's ``conditioning`` says.

    Args:
        encoder: spectrogram or embedding → (B, C), or (B, layers, C) with a vector for each layer
            of the field.
        vector_field: ``field(x, t, conditioning)``, such as ``ApproxEquivTransformer``.
        optimizer: class or partial that takes parameter groups, such as ``torch.optim.AdamW``.
        scheduler: class or partial that takes the optimizer, stepped every step; None for a
            constant rate. A ``T_max`` that it still lacks is the number of steps after the warm-up.
        conditioning: ``mel``: spectrograms (B, channels, bands, frames); ``m2l``: embeddings (B,
            128, 42).
        warmup_steps: steps over which the learning rate rises linearly.
        cfg_dropout_rate: probability with which an item is trained unconditionally.
        rectified_sigma_min: standard deviation left at the end of the path.
        validation_sample_steps: solver steps in validation.
        validation_cfg_strength: guidance in validation, 1 for none.
        test_sample_steps: solver steps in testing and prediction.
        test_cfg_strength: guidance in testing and prediction, 1 for none.
        compile: compile encoder and field with torch.compile.
        num_params: size P of the parameter vector.
        symmetry: which columns may trade places, for the parameter error in validation; None for
            none.
        seed: seed of times, dropped conditions and noise.

    Raises:
        ValueError: an argument has an unknown value, or the field has another number of parameters.
    """

    def __init__(
        self,
        encoder: nn.Module,
        vector_field: ConditionalField,
        optimizer: Callable[[Iterable[Any]], Optimizer],
        scheduler: Callable[[Optimizer], LRScheduler] | None,
        conditioning: Literal["mel", "m2l"] = "mel",
        warmup_steps: int = 5000,
        cfg_dropout_rate: float = 0.1,
        rectified_sigma_min: float = 0.0,
        validation_sample_steps: int = 50,
        validation_cfg_strength: float = 4.0,
        test_sample_steps: int = 100,
        test_cfg_strength: float = 4.0,
        compile: bool = False,
        num_params: int = 90,
        *,
        symmetry: Symmetry | None = None,
        seed: int = 0,
    ) -> None:
        if conditioning not in _AXES:
            raise ValueError(f"unknown conditioning {conditioning!r}; known: {', '.join(_AXES)}")
        if vector_field.num_params != num_params:
            raise ValueError(
                f"num_params={num_params}, but the vector field has {vector_field.num_params}"
            )
        super().__init__(
            network=ConditionalFlow(encoder, vector_field, cfg_dropout_rate, rectified_sigma_min),
            metrics=RenderedMetrics(symmetry or Symmetry(num_params)),
            optimizer=optimizer,
            scheduler=scheduler,
            warmup_steps=warmup_steps,
            validation=Sampling(validation_sample_steps, guidance=validation_cfg_strength),
            seed=seed,
            compile=compile,
        )
        self.conditioning = conditioning
        self.testing = Sampling(test_sample_steps, guidance=test_cfg_strength)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch; see ``InversionModule.training_step``."""
        self._check_signal(batch)
        return super().training_step(batch, batch_idx)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add a batch to the validation metrics."""
        self._check_signal(batch)
        super().validation_step(batch, batch_idx)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Add a batch to the metrics, sampled as in testing."""
        predicted = self.predict_step(batch, batch_idx)
        self.metrics.update(predicted, batch.params, batch.signal)

    def on_test_epoch_end(self) -> None:
        """Log the metrics of testing and forget their state."""
        for name, value in self.metrics.compute().items():
            self.log(f"test/{name}", value)
        self.metrics.reset()

    def predict_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Draw parameters (B, P) for each sound, not clipped."""
        self._check_signal(batch)
        return self.network.predict(batch, self.seed, self.testing)

    def _check_signal(self, batch: Batch) -> None:
        axes = _AXES[self.conditioning]
        shape = None if batch.signal is None else tuple(batch.signal.shape)
        if shape is None or len(shape) != 1 + len(axes):
            raise ValueError(
                f"conditioning={self.conditioning!r} expects signals of shape (batch, "
                f"{', '.join(axes)}), got {shape}; the data module's conditioning has to agree"
            )
