"""Baselines without a network: another item's patch, and the true one."""

from pathlib import Path

import pytest
import torch

from src.data.batch import Batch
from src.models.method import Sampling
from src.models.patch_baselines import RandomTrainingPatch, TruePatch
from tests.data.rendered.files import WIDTH, make_split

ITEMS = 600


def _batch(index: torch.Tensor) -> Batch:
    count = len(index)
    params = torch.linspace(-1, 1, count * WIDTH).reshape(count, WIDTH)
    return Batch(params, torch.zeros(count, 1), torch.zeros(0, count, WIDTH), index)


def test_true_patches_are_returned() -> None:
    batch = _batch(torch.arange(4))
    predicted = TruePatch().predict(batch, 0, Sampling())
    assert torch.equal(predicted, batch.params)
    assert predicted.data_ptr() != batch.params.data_ptr()


def test_random_patches_are_training_items(tmp_path: Path) -> None:
    """Each as often as another, within five standard errors."""
    _, params, _ = make_split(tmp_path, rows=6, shards=2)
    network = RandomTrainingPatch(tmp_path)
    predicted = network.predict(_batch(torch.arange(ITEMS)), 0, Sampling())
    distance = ((predicted[:, None] + 1) / 2 - torch.from_numpy(params)).abs().amax(dim=2)
    assert distance.amin(dim=1).max() < 1e-6
    counts = torch.bincount(distance.argmin(dim=1), minlength=6)
    assert (counts - ITEMS / 6).abs().max() < 5 * (ITEMS * 5 / 36) ** 0.5


def test_a_draw_depends_on_seed_and_item_alone(tmp_path: Path) -> None:
    make_split(tmp_path, rows=50, shards=1)
    network = RandomTrainingPatch(tmp_path)
    index = torch.arange(12)
    whole = network.predict(_batch(index), 1, Sampling())
    parts = [network.predict(_batch(part), 1, Sampling()) for part in index.split(5)]
    assert torch.equal(torch.cat(parts), whole)
    assert not torch.equal(network.predict(_batch(index), 2, Sampling()), whole)


@pytest.mark.parametrize("network", [RandomTrainingPatch("nowhere"), TruePatch()])
def test_nothing_is_trained(network: torch.nn.Module) -> None:
    assert network.is_trained is False
    assert not list(network.parameters())
    with pytest.raises(TypeError, match="has no loss"):
        network.loss(_batch(torch.arange(1)), torch.Generator())


def test_no_training_set(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"train\.h5: no such data set file"):
        RandomTrainingPatch(tmp_path).predict(_batch(torch.arange(1)), 0, Sampling())
