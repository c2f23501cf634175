"""Metric classes: means over items whatever the batches."""

import pytest
import torch
from torch import Tensor

import src.metrics
from src.metrics import (
    ChamferDistance,
    LinearAssignmentDistance,
    LogSpectralDistance,
    MeanSquaredError,
    complex_to_dbfs,
    functional,
)
from src.symmetry import Symmetry

OSCILLATORS = Symmetry.oscillators(4, 2)
# float32 values a item, summed in float64: only the last rounding to float32 may differ.
LAST_BIT = 2e-7

CLASSES = [
    (
        lambda: ChamferDistance(params_per_token=2),
        lambda x, y: functional.chamfer_distance(x, y, OSCILLATORS),
    ),
    (
        lambda: LinearAssignmentDistance(params_per_token=2),
        lambda x, y: functional.linear_assignment_distance(x, y, OSCILLATORS),
    ),
    (
        lambda: LinearAssignmentDistance(params_per_token=2, squared=True),
        lambda x, y: functional.linear_assignment_distance(x, y, OSCILLATORS, squared=True),
    ),
    (
        lambda: LinearAssignmentDistance(OSCILLATORS),
        lambda x, y: functional.linear_assignment_distance(x, y, OSCILLATORS),
    ),
    (MeanSquaredError, functional.mean_squared_error),
]
IDS = ["chamfer", "lac", "lac_squared", "lac_symmetry", "mse"]


def draw(items: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    predicted, target = 2 * torch.rand((2, items, 8), generator=generator) - 1
    return predicted, target


def hold(params: Tensor) -> Tensor:
    """Stands in for a synthesizer: repeats the parameters, (B, P) -> (B, 4P)."""
    return params.repeat(1, 4)


@pytest.mark.parametrize(("make", "function"), CLASSES, ids=IDS)
@pytest.mark.parametrize("batch_size", [1, 4, 9, 10])
def test_ragged_batches_change_nothing(make, function, batch_size: int) -> None:
    predicted, target = draw(10)
    metric = make()
    for x, y in zip(predicted.split(batch_size), target.split(batch_size), strict=True):
        metric.update(x, y)
    expected = function(predicted, target).mean().item()
    assert metric.compute().item() == pytest.approx(expected, rel=LAST_BIT)


def test_lsd_renders_predictions_and_ignores_batches() -> None:
    predicted, target = draw(10)
    metric = LogSpectralDistance(eps=1e-6)
    for x, y in zip(predicted.split(4), target.split(4), strict=True):
        metric.update(x, hold(y), hold)
    expected = functional.log_spectral_distance(hold(predicted), hold(target), eps=1e-6)
    assert metric.compute().item() == pytest.approx(expected.mean().item(), rel=LAST_BIT)


def test_a_small_error_still_counts_after_many_items() -> None:
    metric = MeanSquaredError()
    metric.total += 1e9  # as if after very many items; float32 would swallow the next
    before = metric.total.clone()
    metric.update(torch.full((1, 1), 0.1), torch.zeros(1, 1))
    assert (metric.total - before).item() == pytest.approx(0.01, rel=1e-4)


@pytest.mark.parametrize("make", [make for make, _ in CLASSES] + [LogSpectralDistance])
def test_direction_and_differentiability_are_declared(make) -> None:
    metric = make()
    assert metric.higher_is_better is False
    assert metric.is_differentiable is True


def test_reset_forgets_and_forward_gives_the_batch() -> None:
    metric = MeanSquaredError()
    assert metric(torch.ones(2, 1), torch.zeros(2, 1)).item() == 1.0
    assert metric(torch.zeros(6, 1), torch.zeros(6, 1)).item() == 0.0
    assert metric.compute().item() == 0.25
    metric.reset()
    assert metric.count.item() == 0


def test_diverged_model_stops_with_the_number_of_items() -> None:
    predicted, target = draw(5)
    predicted[3] = torch.nan
    with pytest.raises(ValueError, match=r"LAC: 1 of 5 predicted items"):
        LinearAssignmentDistance(params_per_token=2).update(predicted, target)
    with pytest.raises(ValueError, match=r"LSD: 1 of 5 predicted items"):
        LogSpectralDistance().update(predicted, hold(target), hold)


def test_examples_of_the_interface() -> None:
    predicted_params, target_params = draw(3)
    target_audio = hold(target_params)
    lsd_metric = LogSpectralDistance()
    lsd_metric.update(predicted_params, target_audio, hold)
    chamfer_metric = ChamferDistance(params_per_token=2)
    chamfer_metric.update(predicted_params, target_params)
    lad_metric = LinearAssignmentDistance(params_per_token=2)
    lad_metric.update(predicted_params, target_params)
    for metric in (lsd_metric, chamfer_metric, lad_metric):
        assert metric.compute().item() > 0
    dbfs = complex_to_dbfs(torch.fft.rfft(target_audio))
    assert dbfs.shape == (3, 17)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="EarthMover"):
        _ = src.metrics.EarthMover
    assert set(src.metrics.__all__) <= set(dir(src.metrics))
