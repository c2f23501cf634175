"""The data module of rendered data sets: interface, files, noise, workers."""

import inspect
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from src.data.batch import Batch
from src.data.epochs import EpochSampler
from src.data.prefetch import PrefetchLoader
from src.data.rendered.bin_statistics import compute_statistics
from src.data.rendered.split import GroupLoader
from src.data.surge_datamodule import SurgeDataModule
from src.symmetry import Symmetry
from tests.data.rendered.files import MEL, WIDTH, draw, edited, make_split

SYMMETRY = Symmetry.of(5, [(0, 1), (2, 3)])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for seed, (split, rows) in enumerate({"train": 43, "val": 20, "test": 11}.items()):
        make_split(tmp_path, rows, shards=2, split=split, seed=seed)
    compute_statistics([tmp_path / "train.h5"]).write(tmp_path / "stats.npz")
    return tmp_path


def ready(root: Path, stage: str | None = None, **settings) -> SurgeDataModule:
    dm = SurgeDataModule(root, **{"batch_size": 8, "ot": False, **settings})
    dm.setup(stage)
    return dm


def contents(batches) -> list[torch.Tensor]:
    fields = [(b.params, b.signal, b.noise, b.index) for b in batches]
    return [value for batch in fields for value in batch if value is not None]


def equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return len(one) == len(other) > 0 and all(map(torch.equal, one, other))


def test_signature_is_the_documented_one() -> None:
    parameters = inspect.signature(SurgeDataModule).parameters.values()
    positional = {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    assert positional == {
        "dataset_root": inspect.Parameter.empty,
        "use_saved_mean_and_variance": True,
        "batch_size": 1024,
        "ot": True,
        "num_workers": 0,
        "fake": False,
        "repeat_first_batch": False,
        "predict_file": None,
        "conditioning": "mel",
    }


def test_documented_example(root: Path) -> None:
    dm = SurgeDataModule(dataset_root=str(root), batch_size=64, ot=True, conditioning="mel")
    dm.setup()
    batch = next(iter(dm.train_dataloader()))
    assert isinstance(batch, Batch)
    assert batch.signal.shape == (43, *MEL)
    assert (batch.params.shape, batch.noise.shape) == ((43, WIDTH), (1, 43, WIDTH))
    assert batch.signal.mean().abs() < 0.01
    assert abs(batch.signal.std() - 1) < 0.01


def test_evaluation_is_in_order_and_without_noise(root: Path) -> None:
    dm = ready(root)
    for loader, rows in ((dm.val_dataloader(), 20), (dm.test_dataloader(), 11)):
        batches = list(loader)
        assert torch.equal(torch.cat([b.index for b in batches]), torch.arange(rows))
        assert all(batch.noise is None for batch in batches)
        assert len(loader) == len(batches)
    assert equal(contents(dm.predict_dataloader()), contents(dm.test_dataloader()))


# Python 3.12 warns of every fork of a process with threads, such as those of BLAS.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("in_memory", [True, False])
def test_workers_give_the_same_batches(root: Path, in_memory: bool, monkeypatch) -> None:
    two_batches = 2 * 8 * 2 * int(np.prod(MEL))
    monkeypatch.setattr("src.data.rendered.hdf5_split.POOL_BYTES", two_batches)
    loaders = [
        ready(
            root, in_memory=in_memory, coupling="minibatch", num_workers=workers
        ).train_dataloader()
        for workers in (0, 2)
    ]
    groups = loaders[1].split.batches.groups
    assert groups == (6 if in_memory else 3)
    epochs = []
    for epoch in (0, 1):
        for loader in loaders:
            loader.sampler.set_epoch(epoch)
        here, there = (list(loader) for loader in loaders)
        assert equal(contents(here), contents(there))
        assert [len(loader) for loader in loaders] == 2 * [len(here)]
        rows = torch.cat([batch.index for batch in here])
        assert torch.equal(rows.sort().values, torch.arange(43))
        epochs.append(here)
    assert not equal(contents(epochs[0]), contents(epochs[1]))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_resumed_run_starts_where_it_was(root: Path, workers: int, monkeypatch) -> None:
    monkeypatch.setattr("src.data.rendered.hdf5_split.POOL_BYTES", 2 * 8 * 2 * int(np.prod(MEL)))
    whole, resumed = (ready(root, in_memory=False, num_workers=workers) for _ in range(2))
    resumed.load_state_dict({"epoch": 1, "done": 3})
    loaders = [dm.train_dataloader() for dm in (whole, resumed)]
    for epoch, done in ((1, 3), (2, 0)):
        for loader in loaders:
            loader.sampler.set_epoch(epoch)
        expected, got = (list(loader) for loader in loaders)
        assert equal(contents(expected[done:]), contents(got))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_share_the_batches_of_an_epoch(root: Path) -> None:
    split = ready(root)._split("train")
    for workers in (0, 2):
        orders = [EpochSampler(len(split), rank=rank, ranks=2) for rank in range(2)]
        if workers:
            shares = [list(GroupLoader(split, workers, order)) for order in orders]
        else:
            shares = [list(PrefetchLoader(split, order)) for order in orders]
        whole = [split[0, number] for number in range(len(split))]
        assert len(whole) == 6
        assert equal(contents(whole[0::2]), contents(shares[0]))
        assert equal(contents(whole[1::2]), contents(shares[1]))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_workers_read_evaluation_in_order(root: Path) -> None:
    one, two = (ready(root, num_workers=workers).val_dataloader() for workers in (0, 2))
    assert equal(contents(one), contents(two))


def test_noise_belongs_to_item_and_epoch(root: Path) -> None:
    noise = []
    for epoch, batch_size in ((0, 8), (0, 43), (1, 43)):
        loader = ready(root, draws=3, batch_size=batch_size).train_dataloader()
        loader.sampler.set_epoch(epoch)
        batches = list(loader)
        order = torch.cat([b.index for b in batches]).argsort()
        noise.append(torch.cat([b.noise for b in batches], dim=1)[:, order])
    assert noise[0].shape == (3, 43, WIDTH)
    assert torch.equal(noise[0], noise[1])
    assert not torch.isclose(noise[1], noise[2]).any()
    assert next(iter(ready(root, draws=0).train_dataloader())).noise is None


def test_couplings_reorder_the_noise_alone(root: Path) -> None:
    first = {
        name: next(iter(ready(root, coupling=name, symmetry=SYMMETRY).train_dataloader()))
        for name in ("none", "minibatch", "permutation", "c2ot")
    }
    plain = first["none"]
    for batch in first.values():
        assert equal(
            [batch.params, batch.signal, batch.index], [plain.params, plain.signal, plain.index]
        )
    cost = {name: (b.noise[0] - b.params).square().sum().item() for name, b in first.items()}
    assert cost["minibatch"] < cost["none"]
    assert cost["permutation"] < cost["none"]
    assert torch.equal(first["minibatch"].noise.sort(1).values, plain.noise.sort(1).values)
    assert torch.equal(first["c2ot"].noise.sort(1).values, plain.noise.sort(1).values)
    free = ready(root, coupling="c2ot", condition_weight=0.0).train_dataloader()
    assert torch.equal(next(iter(free)).noise, first["minibatch"].noise)
    assert torch.equal(first["permutation"].noise.sort(2).values, plain.noise.sort(2).values)
    ot = next(iter(ready(root, ot=True).train_dataloader()))
    assert torch.equal(ot.noise, first["minibatch"].noise)


def test_targets_are_sorted_in_every_split(root: Path) -> None:
    dm = ready(root, symmetry=SYMMETRY, sort_targets=True)
    for loader in (dm.train_dataloader(), dm.val_dataloader(), dm.test_dataloader()):
        for batch in loader:
            assert (batch.params[:, 0] <= batch.params[:, 2]).all()


def test_a_symmetry_of_another_table_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match=r"one of 6 columns, but .* holds vectors of 5"):
        ready(root, symmetry=Symmetry.of(6, [(0, 1), (2, 3)]), sort_targets=True)


def test_repeating_the_first_batch_changes_its_noise_only(root: Path) -> None:
    loader = ready(root, repeat_first_batch=True).train_dataloader()
    batches = list(loader)
    loader.sampler.set_epoch(1)
    batches += list(loader)
    assert len(batches) == 12
    assert all(torch.equal(batch.index, batches[0].index) for batch in batches)
    assert len({batch.noise.sum().item() for batch in batches}) == 12


def test_statistics_can_be_computed_in_set_up(root: Path) -> None:
    saved = contents(ready(root).val_dataloader())
    (root / "stats.npz").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"stats.npz: no such file .*python -m src.*bin_stat"
    ):
        ready(root)
    computed = ready(root, use_saved_mean_and_variance=False)
    assert equal(contents(computed.val_dataloader()), saved)


def test_fake_data_need_no_files() -> None:
    dm = ready(Path("nowhere"), fake=True, batch_size=2, spectrogram_shape=(1, 8, 5))
    batches = list(dm.train_dataloader())
    assert len(batches) == 4
    assert batches[0].signal.shape == (2, 1, 8, 5)
    assert batches[0].params.shape == (2, 90)
    assert batches[0].params.min() >= -1
    assert not torch.equal(batches[0].signal, next(iter(dm.val_dataloader())).signal)
    assert len(list(ready(Path(), "predict", fake=True, batch_size=1).predict_dataloader())) == 4


def test_sounds_without_parameters_can_be_predicted_for(root: Path) -> None:
    mel, *_ = draw(5)
    with h5py.File(root / "sounds.h5", "w") as file:
        file["mel_spec"] = mel
    dm = ready(root, "predict", predict_file=str(root / "sounds.h5"))
    batch = next(iter(dm.predict_dataloader()))
    assert torch.equal(batch.params, torch.zeros(5, WIDTH))
    assert batch.signal.shape == (5, *MEL)


def test_music2latent_conditioning(root: Path) -> None:
    with pytest.raises(ValueError, match=r"no data set 'music2latent', which conditioning='m2l'"):
        ready(root, conditioning="m2l")
    latents = np.random.default_rng(0).normal(size=(20, 128, 42)).astype("f4")
    with edited(root / "val.h5") as file:
        file["music2latent"] = latents
    batch = next(iter(ready(root, "validate", conditioning="m2l").val_dataloader()))
    np.testing.assert_array_equal(batch.signal.numpy(), latents[:8])


def test_a_missing_split_is_named(root: Path) -> None:
    (root / "test.h5").unlink()
    dm = ready(root)  # every split that exists
    with pytest.raises(FileNotFoundError, match=r"test.h5: no such data set file; render"):
        dm.test_dataloader()
    with pytest.raises(FileNotFoundError, match=r"test.h5: no such data set file; render"):
        ready(root, "test")
    with pytest.raises(FileNotFoundError, match=r"expected train.h5, val.h5 or test.h5"):
        ready(root / "elsewhere")


def test_statistics_of_another_set_are_refused(root: Path) -> None:
    with edited(root / "val.h5") as file:
        file.attrs["table_digest"] = "other"
    with pytest.raises(ValueError, match=r"stats.npz does not belong to .*val.h5: table digests"):
        ready(root)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
        ({"conditioning": "wav"}, "conditioning: unknown 'wav'; known: mel, m2l"),
        ({"coupling": "optimal"}, "coupling: unknown 'optimal'; known: none"),
        ({"coupling": "permutation"}, "symmetry: .*'permutation' need one"),
        ({"sort_targets": True}, "symmetry: sort_targets"),
    ],
)
def test_settings_are_checked(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SurgeDataModule("somewhere", **settings)


def test_loaders_before_setup_are_explained() -> None:
    with pytest.raises(RuntimeError, match=r"call setup\(\)"):
        SurgeDataModule("somewhere").train_dataloader()
