"""Toy tasks: what is drawn, that nothing is shared, that nothing depends on how it is asked for."""

import pytest
import torch
from scipy import stats

from src.data.toy.task import KOscTask, KSinTask, ToyTask
from src.symmetry import Symmetry
from src.synths.oscillators import make_osc, make_sin

SIZES = {"train_val_test_sizes": (300, 100, 150)}
# Two-sided test of fixed draws: a failure means another distribution, not bad luck.
SMALLEST_P = 1e-3
# float32 sums of k terms in another order
ROUNDING = 1e-5


def everything(task: ToyTask, split: str, field: str = "params") -> torch.Tensor:
    batches = task.split(split)
    return torch.cat([getattr(batches[i], field) for i in range(len(batches))])


@pytest.mark.parametrize(
    ("task", "render", "width"), [(KSinTask, make_sin, 2), (KOscTask, make_osc, 3)]
)
def test_batches_hold_what_they_say(task, render, width) -> None:
    toy = task(4, signal_length=100, batch_size=128, break_symmetry=True, draws=2, **SIZES)
    assert (toy.num_params, toy.tokens, toy.params_per_token) == (4 * width, 4, width)
    assert toy.symmetry == Symmetry.oscillators(4, width)
    train = toy.split("train")
    assert [len(train[i].params) for i in range(len(train))] == [128, 128, 44]  # ragged end
    batch = train[2]
    assert batch.params.shape == (44, 4 * width)
    assert batch.signal.shape == (44, 100)
    assert batch.noise.shape == (2, 44, 4 * width)
    assert batch.index.tolist() == list(range(256, 300))
    assert torch.equal(batch.signal, render(batch.params, 100, True))
    assert toy.split("val")[0].noise is None


def test_parameters_are_uniform() -> None:
    params = everything(KOscTask(4, 8, train_val_test_sizes=(3000, 1, 1)), "train")
    assert params.min() >= -1
    assert params.max() < 1
    assert stats.kstest(params.flatten().numpy(), stats.uniform(-1, 2).cdf).pvalue > SMALLEST_P


@pytest.mark.parametrize("seeds", [(123, 456, 789), (0, 0, 0)])
def test_no_item_is_shared(seeds: tuple[int, int, int]) -> None:
    """Between splits, epochs and the prior, even where the seeds are equal."""
    toy = KSinTask(1, 8, batch_size=100, train_val_test_seeds=seeds, **SIZES)
    train = toy.split("train")
    parts = [everything(toy, split) for split in ("train", "val", "test")]
    parts += [train[1, i].params for i in range(len(train))]
    parts.append(toy.prior(seeds[0], torch.arange(100)))
    rows = torch.cat(parts)
    assert len(torch.unique(rows, dim=0)) == len(rows) == 300 + 100 + 150 + 300 + 100


@pytest.mark.parametrize("coupling", ["none", "permutation"])
@pytest.mark.parametrize("split", ["train", "val"])
def test_bytes_do_not_depend_on_the_batch_size(split: str, coupling: str) -> None:
    small, large = (
        KOscTask(3, 100, batch_size=size, coupling=coupling, **SIZES) for size in (7, 1000)
    )
    for field in ("params", "signal", "index"):
        assert torch.equal(everything(small, split, field), everything(large, split, field))
    if split == "train":
        batches = small.split(split)
        noise = torch.cat([batches[i].noise for i in range(len(batches))], dim=1)
        assert torch.equal(noise, large.split(split)[0].noise)


def test_a_batch_is_the_same_whenever_it_is_asked_for() -> None:
    """Also after its copy was changed: batches made together share no memory."""
    toy = KSinTask(2, 16, batch_size=16, coupling="minibatch", **SIZES)
    train = toy.split("train")
    expected = {position: toy.split("train")[position] for position in [1, 0, (2, 18), 18]}
    for position in [18, 0, 1, (2, 18), 0, 18]:
        batch = train[position]
        for field in ("params", "signal", "noise", "index"):
            assert torch.equal(getattr(batch, field), getattr(expected[position], field))
            getattr(batch, field).zero_()


def test_epochs_bring_new_items_or_at_least_new_noise() -> None:
    fresh, same = (KSinTask(2, 8, batch_size=64, fresh=f, **SIZES).split("train") for f in (1, 0))
    assert torch.equal(fresh[0].params, same[0].params)
    assert fresh[3, 1].index.tolist() == list(range(3 * 300 + 64, 3 * 300 + 128))
    assert not torch.equal(fresh[3, 1].params, fresh[1].params)
    assert torch.equal(same[3, 1].params, same[1].params)
    assert not torch.equal(same[3, 1].noise, same[1].noise)


def test_noise_is_normal_and_coupled_per_draw() -> None:
    sizes = {"train_val_test_sizes": (200, 1, 1), "batch_size": 200, "draws": 3}
    free, matched, permuted, priced = (
        KSinTask(4, 8, coupling=coupling, **sizes).split("train")[0]
        for coupling in ("none", "minibatch", "permutation", "c2ot")
    )
    assert stats.kstest(free.noise.flatten().numpy(), "norm").pvalue > SMALLEST_P
    for draw in range(3):
        distance = [(b.noise[draw] - b.params).norm(dim=1).mean() for b in (free, matched)]
        assert distance[1] < 0.9 * distance[0]
        for reordered in (matched, priced):
            assert sorted(reordered.noise[draw].tolist()) == sorted(free.noise[draw].tolist())
        moved = [(b.noise[draw] != free.noise[draw]).any(1).sum() for b in (matched, priced)]
        assert moved[0] > moved[1] > 0
        cost = [(b.noise[draw] - b.params).square().sum(1) for b in (free, permuted)]
        assert (cost[1] <= cost[0] + ROUNDING).all()
        assert torch.equal(permuted.noise[draw].sort(1).values, free.noise[draw].sort(1).values)


def test_c2ot_goes_from_minibatch_to_none_with_its_weight() -> None:
    sizes = {"train_val_test_sizes": (60, 1, 1), "batch_size": 60}
    free, matched, without, much = (
        KOscTask(2, 32, coupling=coupling, condition_weight=weight, **sizes).split("train")[0]
        for coupling, weight in (("none", 1), ("minibatch", 1), ("c2ot", 0), ("c2ot", 1e6))
    )
    assert torch.equal(without.noise, matched.noise)
    assert torch.equal(much.noise, free.noise)


def test_methods_without_noise_get_none() -> None:
    assert KSinTask(2, 8, draws=0, coupling="minibatch").split("train")[0].noise is None


@pytest.mark.parametrize("task", [KSinTask, KOscTask])
def test_the_ends_of_the_strength_are_the_two_conditions(task) -> None:
    settings = {"signal_length": 64, "batch_size": 50, **SIZES}
    whole, own, least, half, full = (
        task(4, break_symmetry=broken, break_strength=strength, **settings).split("test")[1]
        for broken, strength in ((False, None), (True, None), (True, 0), (True, 0.5), (True, 1))
    )
    assert torch.equal(least.signal, whole.signal)
    assert torch.equal(full.signal, own.signal)
    assert not torch.equal(half.signal, whole.signal)
    assert not torch.equal(half.signal, own.signal)
    assert all(torch.equal(batch.params, whole.params) for batch in (own, least, half, full))


@pytest.mark.parametrize("break_symmetry", [False, True])
def test_sorting_reorders_labels_and_leaves_the_sound(break_symmetry: bool) -> None:
    settings = {"break_symmetry": break_symmetry, "batch_size": 50, **SIZES}
    drawn, in_order = (
        KOscTask(4, 64, sort_frequencies=s, **settings).split("test")[1] for s in (False, True)
    )
    rows, sorted_rows = (b.params.unflatten(1, (3, 4)).mT for b in (drawn, in_order))  # (B, k, 3)
    assert (sorted_rows[..., 0].diff(dim=1) >= 0).all()
    for one, other in zip(rows.tolist(), sorted_rows.tolist(), strict=True):
        assert sorted(one) == sorted(other)
    assert torch.equal(drawn.signal, in_order.signal)


def test_sorting_moves_whole_rows() -> None:
    params = torch.tensor([[0.3, -0.2, 0.1, 1.0, 2.0, 3.0]])
    label = KSinTask(3, sort_frequencies=True).label(params)
    assert label.tolist() == [pytest.approx([-0.2, 0.1, 0.3, 2, 3, 1])]


def test_shifted_frequencies_follow_truncated_normals() -> None:
    toy = KSinTask(2, 8, shift_test_distribution=True, train_val_test_sizes=(3000, 3000, 3000))
    plain = KSinTask(2, 8, train_val_test_sizes=(3000, 3000, 3000))
    samples = {split: everything(toy, split) for split in ("train", "val", "test")}
    samples["prior"] = toy.prior(0, torch.arange(3000))
    for split, params in samples.items():
        mean = 1 / 3 if split == "test" else -1 / 3
        law = stats.truncnorm((-1 - mean) * 3, (1 - mean) * 3, loc=mean, scale=1 / 3)
        assert stats.kstest(params[:, :2].flatten().numpy(), law.cdf).pvalue > SMALLEST_P
    assert torch.equal(samples["test"][:, 2:], everything(plain, "test")[:, 2:])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "k: expected at least 1, got 0"),
        ({"signal_length": 0}, "signal_length"),
        ({"batch_size": 0}, "batch_size"),
        ({"num_workers": -1}, "num_workers"),
        ({"draws": -1}, "draws"),
        ({"train_val_test_sizes": (1, 2)}, "train_val_test_sizes: expected three integers"),
        ({"train_val_test_sizes": (1, 0, 2)}, "train_val_test_sizes, val: expected at least 1"),
        ({"coupling": "optimal"}, "unknown 'optimal'; known: none, minibatch, permutation, c2ot"),
        ({"condition_weight": -1.0}, "condition_weight: expected at least 0"),
        ({"break_strength": 0.5}, "break_strength: 0.5 is one of the asymmetric task"),
        ({"break_symmetry": True, "break_strength": 2}, "break_strength: expected a number from"),
        ({"ot": True, "coupling": "none"}, "ot=True means coupling 'minibatch'"),
        ({"shift_test_distribution": True}, "shift_test_distribution: k-osc has none"),
        ({"frequency_range": (0.0, 4.0)}, "frequency_range"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KOscTask(**{"k": 2, **arguments})


def test_ot_is_short_for_minibatch() -> None:
    assert KSinTask(2, ot=True).coupling == KSinTask(2, coupling="minibatch").coupling


def test_wrong_batches_are_named() -> None:
    toy = KSinTask(2, 8, batch_size=100, **SIZES)
    with pytest.raises(ValueError, match="unknown 'validation'; known: train, val, test"):
        toy.split("validation")
    with pytest.raises(ValueError, match="batch_size"):
        toy.split("val", batch_size=0)
    with pytest.raises(IndexError, match="no batch 3 of 3 in epoch 0"):
        toy.split("train")[3]
    with pytest.raises(IndexError, match="test: no batch 0 of 2 in epoch 1"):
        toy.split("test")[1, 0]
    assert len(list(toy.split("val"))) == 1  # iterating ends


@pytest.mark.parametrize(("items", "batches"), [(64, 2), (65, 3), (1, 1)])
def test_batches_of_an_epoch(items: int, batches: int) -> None:
    toy = KSinTask(2, 32, train_val_test_sizes=(items, 1, 1), batch_size=32)
    assert toy.batches_per_epoch == len(toy.split("train")) == batches


def test_condition_names_what_differs_between_runs() -> None:
    assert KOscTask(3, 32).condition == "k=3 symmetric"
    assert KSinTask(2, 32, break_symmetry=True).condition == "k=2 asymmetric"
    partly = KOscTask(2, 32, break_symmetry=True, break_strength=0.25)
    assert partly.condition == "k=2 asymmetric, strength 0.25"
