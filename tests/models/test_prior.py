"""The random baseline."""

import torch

from src.data.toy.task import KSinTask
from src.models.method import Sampling
from src.models.prior import PriorSampler


def test_prior_has_the_training_distribution_and_ignores_the_sound() -> None:
    task = KSinTask(k=2, signal_length=32, train_val_test_sizes=(4000, 10, 4000))
    batch = task.split("test", batch_size=4000)[0]
    predicted = PriorSampler(task).predict(batch, 0, Sampling())
    assert predicted.min() >= -1
    assert predicted.max() <= 1
    assert abs(float(predicted.mean())) < 0.02  # 3 standard errors of 0.58 / sqrt(16000)
    together = torch.stack([predicted.flatten(), batch.params.flatten()])
    assert abs(float(torch.corrcoef(together)[0, 1])) < 0.03


def test_an_item_s_draw_depends_on_seed_and_number() -> None:
    task = KSinTask(k=2, signal_length=32)
    batch = task.split("test", batch_size=6)[0]
    sampler = PriorSampler(task)
    whole = sampler.predict(batch, 0, Sampling())
    assert torch.equal(sampler.predict(batch.copy_items(slice(2, 4)), 0, Sampling()), whole[2:4])
    assert not torch.equal(sampler.predict(batch, 1, Sampling()), whole)
