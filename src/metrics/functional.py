"""Distances between predicted and true sounds or parameters, one value an item.

Conventions:
    - Arguments come as (predicted, target); the first axis, B, counts items.
    - Signals have shape (B, L). Parameters lie in [-1, 1] and have shape (B, P) with
      P = k * params_per_token: first all k frequencies, then all k amplitudes, and so on.
    - Every function returns shape (B,), so that a mean over items is exact whatever the batches.
    - Lower is better, and 0 is reached by a perfect prediction.

Metrics:
    - `log_spectral_distance`: how different two sounds are, in dB.
    - `linear_assignment_distance` (LAC), `chamfer_distance`: parameter errors that do not depend
      on the order of the oscillators.
    - `mean_squared_error`: parameter error where the order matters.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

CELLS_PER_BLOCK = 2**20  # 4 MiB; a training batch of 1024 with k = 32 is one block


def complex_to_dbfs(z: Tensor, eps: float = 1e-8) -> Tensor:
    r"""Power of complex amplitudes in dB relative to full scale.

    .. math:: 10 \log_{10} \max(|z|^2, \epsilon)

    Args:
        z: Complex (or real) amplitudes, any shape.
        eps: Least power; the default, 1e-8, puts the floor at -80 dBFS.

    Returns:
        Level in dBFS, same shape, real.

    Example:
        >>> complex_to_dbfs(torch.tensor([1 + 0j, 0.06 + 0.08j, 0j]))
        tensor([  0., -20., -80.])
    """
    power = z.real.square() + z.imag.square() if z.is_complex() else z.square()
    return 10 * power.clamp(min=eps).log10()


def log_spectral_distance(
    predicted_signal: Tensor, target_signal: Tensor, eps: float = 1e-8
) -> Tensor:
    r"""Root mean squared difference of two power spectra in dB (LSD).

    .. math:: \sqrt{\frac{1}{F} \sum_f (S_f - \hat S_f)^2}, \quad
              S_f = 10 \log_{10} \max(|\mathrm{rfft}(y)_f / L|^2, \epsilon)

    0 dB means equal magnitude spectra; phase is not heard. The floor `eps` keeps empty bins from
    dominating: 80 dB is the most that a bin of a full-scale sound can differ.

    Args:
        predicted_signal: Rendered from the predicted parameters, shape (B, L).
        target_signal: The sound that was to be matched, shape (B, L).
        eps: Least power in a bin.

    Returns:
        Distances in dB, shape (B,).

    Raises:
        ValueError: If the shapes differ, or if any item holds NaN or infinite values.

    Example:
        A constant of 1 against silence: one of three bins differs, by 80 dB.

        >>> log_spectral_distance(torch.ones(1, 4), torch.zeros(1, 4))
        tensor([46.1880])
    """
    _check_shapes("LSD", predicted_signal, target_signal)
    _check_finite("LSD", predicted_signal, target_signal)
    predicted_db = complex_to_dbfs(torch.fft.rfft(predicted_signal, norm="forward"), eps)
    target_db = complex_to_dbfs(torch.fft.rfft(target_signal, norm="forward"), eps)
    # A vector norm has gradient 0 where two spectra are equal; the square root's would be NaN.
    distance = torch.linalg.vector_norm(predicted_db - target_db, dim=-1)
    return distance / math.sqrt(predicted_db.shape[-1])


def linear_assignment_distance(
    predicted: Tensor, target: Tensor, params_per_token: int, squared: bool = False
) -> Tensor:
    r"""Error of the best one-to-one matching of predicted with true oscillators (LAC).

    .. math:: \min_{\sigma \in S_k} \frac{1}{k} \sum_i \lVert x_i - \hat x_{\sigma(i)} \rVert_2

    where :math:`x_i` is the i-th oscillator's row of parameters. 0 means that the oscillators are
    right in some order. The published figure shows this Euclidean form; the paper's text describes
    the squared one.

    Args:
        predicted: Predicted parameters, shape (B, P).
        target: True parameters, shape (B, P).
        params_per_token: Parameters of one oscillator, P / k.
        squared: Match by squared distance and return the mean over all P parameters of the
            squared error, which is at most `mean_squared_error`.

    Returns:
        Distances, shape (B,); differentiable in both arguments, the matching held fixed.

    Raises:
        ValueError: If shapes do not fit, or if any item holds NaN or infinite values.

    Example:
        Two oscillators, (frequency, amplitude) rows given in the other order; one amplitude is
        wrong by 0.5.

        >>> predicted = torch.tensor([[0.1, 0.9, -1.0, 1.0]])
        >>> target = torch.tensor([[0.9, 0.1, 0.5, -1.0]])
        >>> linear_assignment_distance(predicted, target, params_per_token=2)
        tensor([0.2500])
        >>> linear_assignment_distance(predicted, target, params_per_token=2, squared=True)
        tensor([0.0625])
    """
    _check_shapes("LAC", predicted, target)
    _check_finite("LAC", predicted, target)
    predicted_rows = to_rows(predicted, params_per_token)
    target_rows = to_rows(target, params_per_token)
    columns = torch.cat(
        [
            _optimal_columns(x.detach(), y.detach(), squared)
            for x, y in _blocks(target_rows, predicted_rows)
        ]
    )
    matched = predicted_rows.gather(1, columns[..., None].expand_as(predicted_rows))
    if squared:
        return (matched - target_rows).square().mean(dim=(1, 2))
    return torch.linalg.vector_norm(matched - target_rows, dim=-1).mean(dim=-1)


def chamfer_distance(
    predicted: Tensor, target: Tensor, params_per_token: int, *, check_finite: bool = True
) -> Tensor:
    r"""Squared distance of each oscillator to its nearest counterpart, both ways.

    .. math:: \frac{1}{k} \sum_i \min_j \lVert x_i - \hat x_j \rVert^2
              + \frac{1}{k} \sum_j \min_i \lVert x_i - \hat x_j \rVert^2

    Like LAC it does not depend on the order of oscillators, but several may share one nearest
    counterpart, so that it forgives predictions that LAC does not.

    Args:
        predicted: Predicted parameters, shape (B, P).
        target: True parameters, shape (B, P).
        params_per_token: Parameters of one oscillator, P / k.
        check_finite: Look for NaN first. A training loss turns it off: the look waits for the GPU.

    Returns:
        Distances, shape (B,); differentiable in both arguments.

    Raises:
        ValueError: If shapes do not fit, or if any item holds NaN or infinite values.

    Example:
        >>> predicted = torch.tensor([[0.0, 0.0, 0.0, 0.0]])
        >>> target = torch.tensor([[0.0, 1.0, 0.0, 0.0]])
        >>> chamfer_distance(predicted, target, params_per_token=2)
        tensor([0.5000])
    """
    _check_shapes("Chamfer", predicted, target)
    if check_finite:
        _check_finite("Chamfer", predicted, target)
    rows = to_rows(target, params_per_token), to_rows(predicted, params_per_token)
    values = []
    for x, y in _blocks(*rows):
        distances = _squared_distances(x, y)
        values.append(distances.amin(dim=1).mean(dim=1) + distances.amin(dim=2).mean(dim=1))
    return torch.cat(values)


def mean_squared_error(predicted: Tensor, target: Tensor, *, check_finite: bool = True) -> Tensor:
    r"""Mean over an item's parameters of the squared error (MSE).

    .. math:: \frac{1}{P} \sum_p (x_p - \hat x_p)^2

    Args:
        predicted: Predicted parameters, shape (B, P).
        target: True parameters, shape (B, P).
        check_finite: Look for NaN first; see `chamfer_distance`.

    Returns:
        Errors, shape (B,).

    Raises:
        ValueError: If shapes differ, or if any item holds NaN or infinite values.

    Example:
        >>> mean_squared_error(torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, 0.0]]))
        tensor([0.5000])
    """
    _check_shapes("MSE", predicted, target)
    if check_finite:
        _check_finite("MSE", predicted, target)
    return (predicted - target).square().mean(dim=-1)


def to_rows(params: Tensor, params_per_token: int) -> Tensor:
    """Arrange parameters by oscillator.

    Args:
        params: Shape (B, P), all frequencies first, then all amplitudes, and so on.
        params_per_token: Parameters of one oscillator, P / k.

    Returns:
        Rows (frequency, amplitude, ...), one an oscillator, shape (B, k, params_per_token).

    Raises:
        ValueError: If P is no multiple of `params_per_token`.

    Example:
        >>> to_rows(torch.tensor([[1, 2, 10, 20]]), params_per_token=2)
        tensor([[[ 1, 10],
                 [ 2, 20]]])
    """
    items, num_params = params.shape
    if params_per_token < 1 or num_params % params_per_token:
        raise ValueError(
            f"parameters have shape {tuple(params.shape)}: {num_params} cannot be divided into "
            f"tokens of params_per_token={params_per_token} (2 for k-sin, 3 for k-osc)"
        )
    k = num_params // params_per_token
    return params.reshape(items, params_per_token, k).transpose(1, 2)


def _blocks(first: Tensor, second: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Cut rows (B, k, d) along B so that the k x k distances of a block stay in the cache."""
    items = max(1, CELLS_PER_BLOCK // first.shape[1] ** 2)
    return zip(first.split(items), second.split(items), strict=True)


def _squared_distances(first: Tensor, second: Tensor) -> Tensor:
    """Squared Euclidean distances between rows, (B, k, d) and (B, k, d) -> (B, k, k).

    One parameter at a time, since the difference of all would need d times the memory; and by
    differences, not products, since equal rows must be at distance 0 exactly.
    """
    distances = (first[:, :, None, 0] - second[:, None, :, 0]).square()
    for p in range(1, first.shape[-1]):
        distances = distances + (first[:, :, None, p] - second[:, None, :, p]).square()
    return distances


def _optimal_columns(first: Tensor, second: Tensor, squared: bool) -> Tensor:
    """For each row of `first` the row of `second` matched to it, (B, k, d) twice -> (B, k) int64.

    One SciPy call takes 1 (k = 4) to 30 (k = 32) microseconds: enumerating permutations in whole
    batches is faster only for k below 5, where there is nothing to gain.
    """
    cost = _squared_distances(first, second)
    matrices = (cost if squared else cost.sqrt()).cpu().double().numpy()
    columns = np.empty(matrices.shape[:2], dtype=np.int64)
    for item, matrix in enumerate(matrices):
        columns[item] = linear_sum_assignment(matrix)[1]
    return torch.from_numpy(columns).to(first.device)


def _check_shapes(metric: str, predicted: Tensor, target: Tensor) -> None:
    if predicted.ndim != 2 or predicted.shape != target.shape:
        raise ValueError(
            f"{metric}: predicted has shape {tuple(predicted.shape)}, target "
            f"{tuple(target.shape)}; both must be (items, values) and equal"
        )


def _check_finite(metric: str, predicted: Tensor, target: Tensor) -> None:
    for name, values in (("predicted", predicted), ("target", target)):
        # The sum is finite only if every value is: one pass in the usual case.
        if torch.isfinite(values.detach().sum()):
            continue
        bad = (~torch.isfinite(values)).any(dim=1)
        count = int(bad.sum())
        if count:
            raise ValueError(
                f"{metric}: {count} of {len(values)} {name} items hold NaN or infinite values "
                f"(the first is item {int(bad.nonzero()[0])}); if a model made them, its training "
                "diverged: lower the learning rate and train again"
            )
