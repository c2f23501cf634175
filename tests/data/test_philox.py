"""Counter-based random numbers: published answers, distribution, independence of the batch."""

import math

import pytest
import torch
from scipy import stats

from src.data import philox

# Two-sided tests of fixed draws: a failure means a changed generator, not bad luck.
SMALLEST_P = 1e-3


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000",
         "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
         "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
         "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)  # fmt: skip
def test_known_answers_of_random123(counter: str, key: str, expected: str) -> None:
    def words(text: str) -> list[int]:
        return [int(word, 16) for word in text.split()]

    k0, k1 = words(key)
    assert philox.philox4x32(torch.tensor(words(counter)), (k0, k1)).tolist() == words(expected)


def plain_philox(counter: list[int], key: tuple[int, int]) -> list[int]:
    """Ten rounds as the paper states them, in integers of any size."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        high_0, low_0 = divmod(0xD2511F53 * c0, 2**32)
        high_1, low_1 = divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = high_1 ^ c1 ^ k0, low_1, high_0 ^ c3 ^ k1, low_0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [c0, c1, c2, c3]


def test_equals_plain_integers() -> None:
    counters = torch.randint(2**32, (200, 4), generator=torch.Generator().manual_seed(0))
    for key in ((0, 0), (2**32 - 1, 1), (0x12345678, 0x9ABCDEF0)):
        expected = [plain_philox(counter, key) for counter in counters.tolist()]
        assert philox.philox4x32(counters, key).tolist() == expected


def test_uniform_numbers_are_uniform() -> None:
    values = philox.uniform(0, "test", torch.arange(5000), 7)
    assert values.shape == (5000, 7)
    assert values.dtype == torch.float32
    assert values.min() >= 0
    assert values.max() < 1
    assert stats.kstest(values.flatten().numpy(), "uniform").pvalue > SMALLEST_P
    correlation = torch.corrcoef(values.T) - torch.eye(7)
    assert correlation.abs().max() < 4 / math.sqrt(5000)


def test_normal_numbers_are_normal() -> None:
    values = philox.normal(0, "test", torch.arange(5000), 7)
    assert values.shape == (5000, 7)
    assert stats.kstest(values.flatten().numpy(), "norm").pvalue > SMALLEST_P
    correlation = torch.corrcoef(values.T) - torch.eye(7)
    assert correlation.abs().max() < 4 / math.sqrt(5000)


@pytest.mark.parametrize("draw", [philox.uniform, philox.normal])
def test_an_item_is_a_function_of_its_index(draw: "type[philox.uniform]") -> None:
    index = torch.arange(1000) + 2**33  # beyond one word of the counter
    whole = draw(5, "train", index, 13)
    for size in (1, 3, 128):
        assert torch.equal(torch.cat([draw(5, "train", i, 13) for i in index.split(size)]), whole)
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(0))
    assert torch.equal(draw(5, "train", index[order], 13), whole[order])
    assert torch.equal(draw(5, "train", index, 6), whole[:, :6])


def test_seed_stream_and_index_separate() -> None:
    index = torch.arange(100)
    draws = [
        philox.uniform(seed, stream, items, 4)
        for seed, stream, items in [
            (0, "train", index),
            (1, "train", index),
            (2**32, "train", index),
            (-1, "train", index),
            (0, "val", index),
            (0, 7, index),
            (0, "train", index + 100),
            (0, "train", index + 2**32),
        ]
    ]
    rows = torch.cat(draws)
    assert len(torch.unique(rows, dim=0)) == len(rows)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"counter: expected int64 of shape \(..., 4\)"):
        philox.philox4x32(torch.zeros(4), (0, 0))
    with pytest.raises(ValueError, match="index: expected int64"):
        philox.uniform(0, "train", torch.zeros(3), 4)


@pytest.mark.gpu
def test_device_draws_the_same_bits() -> None:
    index = torch.arange(1000)
    on_device = philox.uniform(3, "train", index, 9, device="cuda")
    assert torch.equal(on_device.cpu(), philox.uniform(3, "train", index, 9))
