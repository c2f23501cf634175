r"""Which parameters belong together, found by how a synthesizer, or a model of it, answers.

Parameters of different units add up: what one does to the sound does not depend on the other.
Parameters of one unit interact: an amplitude matters where its oscillator's frequency puts it. The
screen measures that from outside, as elementary effects of second order do:

.. math:: I_{pq} = \sqrt{\mathrm{E}\,\lVert f(x_{pq}) - f(x_p) - f(x_q) + f(x) \rVert^2}

where x is a random vector and indices name the parameters that are drawn anew.

References:
    F. Campolongo, R. Braddock: The use of graph theory in the sensitivity analysis of the model
    output: a second order screening method. Reliability Engineering & System Safety 64 (1999).
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

Answer = Callable[[Tensor], Tensor]  # parameters (N, P) → what is heard (N, …)


def interactions(answer: Answer, num_params: int, pairs: int, generator: Generator) -> Tensor:
    """Measure how much every two parameters interact.

    The answer is asked for ``pairs * (P * (P - 1) / 2 + P + 1)`` vectors, uniform in [-1, 1].

    Args:
        answer: a synthesizer, or a model of one; the sounds themselves or features of them. It
            sums over exchangeable units only where it is linear in the sound.
        num_params: P.
        pairs: number of random pairs of vectors to average over.
        generator: source of the vectors.

    Returns:
        Symmetric matrix with zeros on its diagonal, float64, shape (P, P).

    Raises:
        ValueError: ``pairs`` is below 1.
    """
    if pairs < 1:
        raise ValueError(f"interactions: expected at least one pair of vectors, got {pairs}")
    base, other = (2 * torch.rand(2, pairs, num_params, generator=generator) - 1).unbind()

    def changed(*columns: int) -> Tensor:
        vectors = base.clone()
        for column in columns:
            vectors[:, column] = other[:, column]
        return answer(vectors).double()

    unchanged = changed()
    single = [changed(p) for p in range(num_params)]
    found = torch.zeros(num_params, num_params, dtype=torch.float64)
    for p in range(num_params):
        for q in range(p):
            mixed = changed(p, q) - single[p] - single[q] + unchanged
            found[p, q] = found[q, p] = mixed.square().mean().sqrt()
    return found


def groups(strength: Tensor, count: int, seed: int = 0) -> Tensor:
    """Divide parameters into groups that interact among themselves, by spectral clustering.

    Args:
        strength: of the interactions, as `interactions` gives it, shape (P, P).
        count: number of groups, 1 to P.
        seed: of the clustering.

    Returns:
        The number of each parameter's group, int64, shape (P,).

    Raises:
        ValueError: the strengths are not finite, or there are more groups than parameters.

    References:
        J. Shi, J. Malik: Normalized cuts and image segmentation. IEEE PAMI 22 (2000).
    """
    from sklearn.cluster import SpectralClustering  # takes a second that nothing else needs

    if not torch.isfinite(strength).all():
        raise ValueError("groups: interactions hold values that are not finite")
    if not 1 <= count <= len(strength):
        raise ValueError(f"groups: cannot divide {len(strength)} parameters into {count} groups")
    if count == 1:
        return torch.zeros(len(strength), dtype=torch.int64)
    # Without a connection between groups the clustering warns, and the result is the same.
    floor = 1e-6 * float(strength.max())
    affinity = strength.clamp(min=floor).numpy()
    clustering = SpectralClustering(count, affinity="precomputed", random_state=seed)
    return torch.as_tensor(clustering.fit_predict(affinity), dtype=torch.int64)
