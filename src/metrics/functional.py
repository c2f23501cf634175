"""Distances between predicted and true sounds or parameters, one value an item.

Conventions:
    - Arguments come as (predicted, target); the first axis, B, counts items.
    - Signals have shape (B, L). Parameters lie in [-1, 1] and have shape (B, P); a `Symmetry` says
      which of their columns may trade places.
    - Every function returns shape (B,), so that a mean over items is exact whatever the batches.
    - Lower is better, and 0 is reached by a perfect prediction.

Metrics:
    - `log_spectral_distance`: how different two sounds are, in dB.
    - `linear_assignment_distance` (LAC), `chamfer_distance`, `symmetric_parameter_error`: parameter
      errors that do not depend on the order of exchangeable units. A free column counts as a unit.
    - `mean_squared_error`: parameter error where the order matters.
"""

import math

import torch
from torch import Tensor

from src.symmetry import Symmetry
from src.symmetry.assignment import blocks, squared_distances
from src.symmetry.columns import take
from src.symmetry.units import UnitSet


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
    predicted: Tensor, target: Tensor, symmetry: Symmetry, squared: bool = False
) -> Tensor:
    r"""Error of the best one-to-one matching of predicted with true units (LAC).

    .. math:: \min_{\sigma} \frac{1}{n} \sum_i \lVert x_i - \hat x_{\sigma(i)} \rVert_2

    where :math:`x_i` are the columns of the i-th unit, in k-osc an oscillator, and :math:`\sigma`
    exchanges units of a set; a free column is a unit that stays. 0 means that the units are right
    in some order. The published figure shows this Euclidean form; the paper's text describes the
    squared one.

    Args:
        predicted: Predicted parameters, shape (B, P).
        target: True parameters, shape (B, P).
        symmetry: Which units may be exchanged.
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
        >>> linear_assignment_distance(predicted, target, Symmetry.oscillators(2, 2))
        tensor([0.2500])
        >>> linear_assignment_distance(predicted, target, Symmetry.oscillators(2, 2), squared=True)
        tensor([0.0625])
    """
    _check_shapes("LAC", predicted, target, symmetry)
    _check_finite("LAC", predicted, target)
    matched = symmetry.nearest(predicted, target, by="squared" if squared else "euclidean")
    # In memory unit by unit, so that sums round as the published ones do.
    errors = [take(matched - target, grid).contiguous() for grid in symmetry.unit_columns]
    if squared:
        return torch.cat([rows.flatten(1) for rows in errors], dim=1).square().mean(dim=1)
    distances = [torch.linalg.vector_norm(rows, dim=-1) for rows in errors]
    return torch.cat(distances, dim=1).mean(dim=1)


def symmetric_parameter_error(predicted: Tensor, target: Tensor, symmetry: Symmetry) -> Tensor:
    r"""Mean squared error to the nearest of a target's equivalent parameter vectors.

    .. math:: \min_{s} \frac{1}{P} \sum_p (\hat x_p - x_{s(p)})^2

    where s runs over the exchanges that leave the sound as it is. 0 means that the parameters are
    right in some of these orders. It is the squared `linear_assignment_distance`, computed as
    validation does.

    Args:
        predicted: In [-1, 1], shape (B, P).
        target: In [-1, 1], shape (B, P).
        symmetry: Which units may be exchanged.

    Returns:
        Errors, shape (B,).

    Raises:
        ValueError: If shapes do not fit, or if any item holds NaN or infinite values.

    Example:
        Two oscillators with level and pitch each, which may be exchanged:

        >>> symmetry = Symmetry.of(4, [(0, 1), (2, 3)])
        >>> target = torch.tensor([[0.5, 1.0, 0.0, -1.0]])
        >>> symmetric_parameter_error(torch.tensor([[0.0, -1.0, 0.5, 0.0]]), target, symmetry)
        tensor([0.2500])
    """
    _check_shapes("symmetric error", predicted, target, symmetry)
    _check_finite("symmetric error", predicted, target)
    nearest = symmetry.nearest(target, predicted, by="squared")
    return (predicted - nearest).square().mean(1)


def chamfer_distance(
    predicted: Tensor, target: Tensor, symmetry: Symmetry, *, check_finite: bool = True
) -> Tensor:
    r"""Squared distance of each unit to its nearest counterpart, both ways.

    .. math:: \frac{1}{n} \sum_i \min_j \lVert x_i - \hat x_j \rVert^2
              + \frac{1}{n} \sum_j \min_i \lVert x_i - \hat x_j \rVert^2

    Like LAC it does not depend on the order of units, but several may share one nearest
    counterpart, so that it forgives predictions that LAC does not. Counterparts are of the same
    set; a free column is a unit of its own, and the only counterpart of itself. n counts the units
    of all sets and the free columns, so that each column has the same weight. Where units hold
    units, the distance of two includes half the sum, both ways, over those within.

    Args:
        predicted: Predicted parameters, shape (B, P).
        target: True parameters, shape (B, P).
        symmetry: Which units may be exchanged.
        check_finite: Look for NaN first. A training loss turns it off: the look waits for the GPU.

    Returns:
        Distances, shape (B,); differentiable in both arguments.

    Raises:
        ValueError: If shapes do not fit, or if any item holds NaN or infinite values.

    Example:
        >>> predicted = torch.tensor([[0.0, 0.0, 0.0, 0.0]])
        >>> target = torch.tensor([[0.0, 1.0, 0.0, 0.0]])
        >>> chamfer_distance(predicted, target, Symmetry.oscillators(2, 2))
        tensor([0.5000])
    """
    _check_shapes("Chamfer", predicted, target, symmetry)
    if check_finite:
        _check_finite("Chamfer", predicted, target)
    pairs = blocks(target, predicted, symmetry.most_units)
    return torch.cat([_chamfer(y, x, symmetry) for x, y in pairs])


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


def _chamfer(predicted: Tensor, target: Tensor, symmetry: Symmetry) -> Tensor:
    """Chamfer distances of a block of items, (B, P) twice -> (B,)."""
    parts, count = [], sum(map(len, symmetry.unit_columns))
    for units in symmetry.sets:
        distances = _unit_distances(units, units, target, predicted)
        both_ways = distances.amin(dim=1).mean(dim=1) + distances.amin(dim=2).mean(dim=1)
        parts.append(both_ways if len(units) == count else both_ways * (len(units) / count))
    if symmetry.free:
        errors = predicted[:, list(symmetry.free)] - target[:, list(symmetry.free)]
        parts.append(errors.square().sum(dim=1) * (2 / count))
    return parts[0] if len(parts) == 1 else torch.stack(parts).sum(dim=0)


def _unit_distances(places: UnitSet, units: UnitSet, target: Tensor, predicted: Tensor) -> Tensor:
    """Squared distances of target units to predicted ones, (B, P) twice -> (B, n, n)."""
    own = tuple(unit.columns for unit in units)
    distances = squared_distances(
        take(target, tuple(p.columns for p in places)), take(predicted, own)
    )
    for i in range(len(units[0].sets)):
        held = [
            _unit_distances(place.sets[i], unit.sets[i], target, predicted)
            for place in places
            for unit in units
        ]
        sums = [(d.amin(dim=1).sum(dim=1) + d.amin(dim=2).sum(dim=1)) / 2 for d in held]
        distances = distances + torch.stack(sums, dim=1).view_as(distances)
    return distances


def _check_shapes(
    metric: str, predicted: Tensor, target: Tensor, symmetry: Symmetry | None = None
) -> None:
    if predicted.ndim != 2 or predicted.shape != target.shape:
        raise ValueError(
            f"{metric}: predicted has shape {tuple(predicted.shape)}, target "
            f"{tuple(target.shape)}; both must be (items, values) and equal"
        )
    if symmetry is not None and predicted.shape[1] != symmetry.num_params:
        raise ValueError(
            f"{metric}: expected parameters of shape (batch, {symmetry.num_params}), got "
            f"{tuple(predicted.shape)}"
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
