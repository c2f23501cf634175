"""RealNVP (Dinh et al. 2017) over vectors, from the couplings of nflows."""

from typing import Any

import torch
from torch import Tensor, nn


class RealNVP(nn.Module):
    """Affine couplings with alternating masks: an invertible map of vectors.

    Every coupling leaves half of the numbers as they are and scales and shifts the others by what
    a residual net makes of the first half.

    Args:
        features: size P of a vector, at least 2.
        num_layers: number of couplings.
        d_hidden: width of the residual nets.
        num_blocks: residual blocks of a net.
        batch_norm: put batch norm into the nets.

    Raises:
        ValueError: a vector of one number cannot be halved.
    """

    def __init__(
        self,
        features: int,
        num_layers: int,
        d_hidden: int = 512,
        num_blocks: int = 2,
        batch_norm: bool = True,
    ) -> None:
        super().__init__()
        if features < 2:
            raise ValueError(f"features={features}: a coupling needs at least two numbers to halve")
        # Imported here: nflows loads a dozen kinds of flow, of which one is wanted.
        from nflows.nn.nets.resnet import ResidualNet  # type: ignore[import-untyped]
        from nflows.transforms.coupling import AffineCouplingTransform  # type: ignore[import-untyped]

        def make_net(features_in: int, features_out: int) -> nn.Module:
            return ResidualNet(
                features_in,
                features_out,
                hidden_features=d_hidden,
                num_blocks=num_blocks,
                use_batch_norm=batch_norm,
            )

        mask = torch.ones(features)
        mask[
            ::2
        ] = -1  # even features pass unchanged through the first coupling, odd ones the second
        self.features = features
        self.couplings = nn.ModuleList(
            AffineCouplingTransform(mask * (-1) ** i, make_net) for i in range(num_layers)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map vectors forward.

        Args:
            x: shape (B, P).

        Returns:
            The image, shape (B, P), and log |det J| of the map there, shape (B,).

        Raises:
            ValueError: the vectors have another size.
        """
        return self._run(x, inverse=False)

    def inverse(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Map images (B, P) back; also return log |det J| of the inverse map, shape (B,)."""
        return self._run(y, inverse=True)

    def _run(self, x: Tensor, inverse: bool) -> tuple[Tensor, Tensor]:
        if x.ndim != 2 or x.shape[1] != self.features:
            raise ValueError(
                f"expected vectors of shape (batch, {self.features}), got {tuple(x.shape)}"
            )
        x = x.float()  # half precision loses too much in a chain of scalings
        log_det = x.new_zeros(len(x))
        coupling: Any
        for coupling in reversed(self.couplings) if inverse else self.couplings:
            x, change = coupling.inverse(x) if inverse else coupling(x)
            log_det = log_det + change
        return x, log_det
