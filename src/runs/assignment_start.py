"""Where PARAM2TOK's assignment starts: nearly constant, as published, or at groups of parameters.

The published start tells no parameter from another, and the assignment settles within tens of
steps, before the loss can tell right from wrong. A screen of interactions (``src.symmetry.
interactions``) finds which parameters belong together before training: of the synthesizer itself,
which takes renders but no labels, or of a surrogate that is learnt from the training set, which
takes neither renders nor knowledge of the synthesizer. Training is free to leave either.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional

from src.data.batch import Batch
from src.models.components.projection import LearntProjection
from src.models.components.surrogate import learn_answer
from src.models.method import Method
from src.symmetry.interactions import groups, interactions

STARTS = ("published", "screen", "surrogate")
_PAIRS = 64  # of random vectors for the screen
SURROGATE_ITEMS = 24_576  # of the training set for the surrogate
_STEPS_PER_PARAMETER = (
    50  # of the surrogate; 300 are enough for 12 parameters, 16 oscillators need more
)
_POOLED = (
    16,
    8,
)  # bands and frames of a spectrogram, whose finer detail takes more sounds to learn

Render = Callable[[Tensor], Tensor]


def start_assignment(
    network: Method,
    start: str,
    render: Render | None,
    batches: Callable[[], list[Batch]],
    seed: int,
) -> None:
    """Move a learnt projection's assignment to where training is to start.

    Args:
        network: a flow; its field has a ``LearntProjection`` unless the start is "published".
        start: one of ``STARTS``.
        render: parameters in [-1, 1] (N, P) → sounds (N, L), for "screen".
        batches: gives the training batches, for "surrogate", which uses `SURROGATE_ITEMS` items.
        seed: of all chance, which leaves PyTorch's own generator alone.

    Raises:
        ValueError: unknown start, no learnt projection, or no way to render.
    """
    if start not in STARTS:
        raise ValueError(f"model.assignment_start: unknown {start!r}; known: {', '.join(STARTS)}")
    if start == "published":
        return
    projection = getattr(getattr(network, "vector_field", None), "projection", None)
    if not isinstance(projection, LearntProjection):
        raise ValueError(f"model.assignment_start={start}: the network learns no assignment")
    generator = Generator().manual_seed(seed)
    if start == "screen":
        if render is None:
            raise ValueError("model.assignment_start=screen: the task renders nothing in training")
        answer = render
    else:
        answer = _surrogate(batches(), generator)
    strength = interactions(answer, projection.num_params, _PAIRS, generator)
    count = min(projection.num_tokens, projection.num_params)
    projection.start_at(groups(strength, count, seed), generator)


def _surrogate(batches: list[Batch], generator: Generator) -> Callable[[Tensor], Tensor]:
    params = torch.cat([batch.params for batch in batches])[:SURROGATE_ITEMS]
    sounds = torch.cat([_features(batch.signal) for batch in batches])[:SURROGATE_ITEMS]
    return learn_answer(params, sounds, _STEPS_PER_PARAMETER * params.shape[1], generator)


def _features(signal: Tensor | None) -> Tensor:
    """Describe sounds by numbers that nearly add up: magnitudes, or pooled spectrograms.

    Args:
        signal: sounds (B, L), or standardised spectrograms (B, channels, bands, frames).
    """
    if signal is None:
        raise ValueError("expected training batches with signals, they are missing")
    if signal.ndim == 2:
        return torch.fft.rfft(signal * torch.hann_window(signal.shape[1])).abs()
    return functional.adaptive_avg_pool2d(signal, _POOLED).flatten(1)
