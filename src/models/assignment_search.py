"""A discrete search beside gradient descent for PARAM2TOK's assignment.

Trained by gradients alone, each column of the assignment soon points to one token, and stays there:
a token then holds, say, the frequency of one oscillator and the amplitude of another, and no small
step leads out. A column can be moved, or the roles of two parameters exchanged, in one large step;
whether that lowers the flow-matching loss is measured on a training batch, with the same noise and
times before and after.
"""

from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Generator, Tensor

from src.callbacks import RampedEMA
from src.data.batch import Batch
from src.flow.conditional_flow import ConditionalFlow
from src.models.components.projection import LearntProjection

_STRIDE = 2**40  # of seeds, as in InversionModule
_NAMES = ("assignment", "in_vectors", "out_vectors")


@dataclass(frozen=True)
class Exchange:
    """Two parameters swap their roles: columns of the assignment and both vectors.

    Attributes:
        p: one parameter.
        q: another one.
    """

    p: int
    q: int

    def apply(self, tensors: dict[str, Tensor]) -> None:
        """Swap in place; a second time undoes it."""
        for name, dim in zip(_NAMES, (1, 0, 1), strict=True):
            view = tensors[name].transpose(0, dim)
            view[[self.p, self.q]] = view[[self.q, self.p]]


@dataclass(frozen=True)
class Move:
    """One parameter swaps its weights in two tokens.

    Attributes:
        p: the parameter.
        i: one token.
        j: another one.
    """

    p: int
    i: int
    j: int

    def apply(self, tensors: dict[str, Tensor]) -> None:
        """Swap in place; a second time undoes it."""
        column = tensors["assignment"][:, self.p]
        column[[self.i, self.j]] = column[[self.j, self.i]]


class AssignmentSearch(Callback):
    """Propose exchanges and moves, and keep those that lower the loss.

    Weights, the optimizer's moments and averaged weights change together. Nothing is known of
    oscillators or of kinds of parameters: proposals are uniform. Without a ``LearntProjection`` in
    the field the callback does nothing.

    Args:
        every: steps between searches.
        proposals: proposals a search.
        start: first step; before it the assignment says too little.
        stop: step after which gradients alone go on.
        threshold: standard errors by which the paired loss has to fall.
        seed: seed of the proposals.
    """

    def __init__(
        self,
        every: int,
        proposals: int,
        start: int,
        stop: int,
        threshold: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.every, self.proposals = every, proposals
        self.start, self.stop = start, stop
        self.threshold = threshold
        self.seed = seed
        self.accepted = {"Exchange": 0, "Move": 0}

    @torch.no_grad()
    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Search on the batch that was just trained on."""
        step = trainer.global_step
        flow = pl_module.network
        if not self.start <= step < self.stop or step % self.every:
            return
        if not isinstance(flow, ConditionalFlow):
            return
        projection = getattr(flow.vector_field, "projection", None)
        if not isinstance(projection, LearntProjection):
            return
        generator = Generator(device=pl_module.device)
        generator.manual_seed(self.seed * _STRIDE + step)
        problem = flow.regression(batch, generator)
        copies = _copies(trainer, projection)
        errors = flow.errors(problem)
        proposals = Generator().manual_seed(self.seed * _STRIDE + step)
        for _ in range(self.proposals):
            change = propose(projection.num_params, projection.num_tokens, proposals)
            _apply(change, copies)
            changed = flow.errors(problem)
            if significantly_lower(changed, errors, self.threshold):
                errors = changed
                self.accepted[type(change).__name__] += 1
            else:
                _apply(change, copies)


def propose(num_params: int, num_tokens: int, generator: Generator) -> Exchange | Move:
    """Draw an exchange or a move with equal probability.

    Args:
        num_params: number of parameters, at least 2.
        num_tokens: number of tokens; with one token there are no moves.
        generator: source of chance, on the CPU.

    Returns:
        A proposal that changes something.
    """
    p, q = torch.randperm(num_params, generator=generator)[:2].tolist()
    if num_tokens == 1 or torch.rand((), generator=generator) < 0.5:
        return Exchange(p, q)
    i, j = torch.randperm(num_tokens, generator=generator)[:2].tolist()
    return Move(p, i, j)


def significantly_lower(changed: Tensor, errors: Tensor, threshold: float) -> bool:
    """Tell whether paired errors fell by more than some standard errors of their mean."""
    gain = errors - changed
    return bool(gain.mean() > threshold * gain.std() / len(gain) ** 0.5)


def _copies(trainer: Trainer, projection: LearntProjection) -> list[dict[str, Tensor]]:
    """List what has to change together: weights, optimizer moments, averaged weights."""
    weights = {name: getattr(projection, name) for name in _NAMES}
    copies = [{name: weight.data for name, weight in weights.items()}]
    states = {name: trainer.optimizers[0].state[weight] for name, weight in weights.items()}
    for key, value in states["assignment"].items():
        if isinstance(value, Tensor) and value.shape == weights["assignment"].shape:
            copies.append({name: state[key] for name, state in states.items()})
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, RampedEMA) and callback.averaged is not None:
            averaged = callback.averaged.network.vector_field.projection  # type: ignore[union-attr]
            copies.append({name: getattr(averaged, name).data for name in _NAMES})
    return copies


def _apply(change: Exchange | Move, copies: list[dict[str, Tensor]]) -> None:
    for tensors in copies:
        change.apply(tensors)
