"""A small network that answers in a synthesizer's place: parameters → features of the sound.

Learnt from the sounds and labels of a training set, it lets the screen of interactions
(``src.symmetry.interactions``) ask for vectors that nobody has rendered. It need not be accurate:
after a few hundred steps it tells which parameters belong together, long before it predicts well.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

_HIDDEN = 256
_BATCH = 512
_LEARNING_RATE = 4e-3
_WEIGHT_DECAY = 1e-3


def learn_answer(
    params: Tensor, features: Tensor, steps: int, generator: Generator
) -> Callable[[Tensor], Tensor]:
    """Learn to predict features of sounds from parameters.

    Args:
        params: in [-1, 1], shape (N, P).
        features: of the sounds, shape (N, …). They should add up over units as far as they can:
            magnitudes rather than decibels.
        steps: of AdamW, batches of 512 drawn from the N items.
        generator: source of initial weights and batches.

    Returns:
        Function from parameters (n, P) to standardised features (n, F), without gradient.

    Raises:
        ValueError: shapes do not fit, or the features are all alike.
    """
    if len(params) != len(features) or params.ndim != 2:
        raise ValueError(
            f"surrogate: expected as many rows of features {tuple(features.shape)} as of "
            f"parameters {tuple(params.shape)}"
        )
    targets = features.flatten(1)
    targets = targets - targets.mean(dim=0)
    spread = targets.std(dim=0).mean()  # one number: what is loud counts more
    if not spread > 0:
        raise ValueError("surrogate: the features of all sounds are alike")
    targets = targets / spread
    network = _network(params.shape[1], targets.shape[1], generator)
    optimizer = torch.optim.AdamW(network.parameters(), _LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, steps)
    with torch.enable_grad():
        for _ in range(steps):
            rows = torch.randint(len(params), (_BATCH,), generator=generator)
            loss = functional.mse_loss(network(params[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
    return torch.no_grad()(network.eval())


def _network(d_in: int, d_out: int, generator: Generator) -> nn.Sequential:
    """Build the network with weights from a generator of its own, so that no other chance moves."""
    with torch.random.fork_rng(devices=[]):  # the layers draw weights, which are replaced below
        layers = [
            nn.Linear(*size) for size in ((d_in, _HIDDEN), (_HIDDEN, _HIDDEN), (_HIDDEN, d_out))
        ]
    for layer in layers:
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="linear", generator=generator)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.GELU(), layers[1], nn.GELU(), layers[2])
