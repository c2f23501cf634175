"""What a batch holds."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Batch:
    """Sounds and the parameters that made them.

    Attributes:
        params: labels in [-1, 1], shape (B, P).
        signal: sounds, shape (B, L); None until rendered, where that is left to the device.
        noise: starting points of a flow, coupled with params, shape (draws, B, P); None outside
            training.
        index: item numbers within the split, int64, shape (B,).
    """

    params: Tensor
    signal: Tensor | None
    noise: Tensor | None
    index: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "Batch":
        """Copy every tensor to a device."""
        return Batch(
            *(
                None if value is None else value.to(device, non_blocking=non_blocking)
                for value in (self.params, self.signal, self.noise, self.index)
            )  # type: ignore[arg-type]
        )

    def copy_items(self, items: slice) -> "Batch":
        """Copy some items into a batch of their own."""
        return Batch(
            params=self.params[items].clone(),
            signal=None if self.signal is None else self.signal[items].clone(),
            noise=None if self.noise is None else self.noise[:, items].clone(),
            index=self.index[items].clone(),
        )
