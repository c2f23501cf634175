"""Data modules: the documented interface, and what Lightning is given."""

import inspect
import warnings

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from src.data.batch import Batch
from src.data.kosc_datamodule import KOscDataModule, make_osc
from src.data.ksin_datamodule import KSinDataModule, make_sin
from src.data.prefetch import PrefetchLoader

SMALL = {"k": 2, "signal_length": 16, "train_val_test_sizes": (40, 20, 10), "batch_size": 16}
# What the loaders promise; other devices round differently.
TOLERANCE = 1e-4


def contents(loader) -> list[Tensor]:
    return [
        value
        for batch in loader
        for value in (batch.params, batch.signal, batch.noise, batch.index)
        if value is not None
    ]


def equal(one: list[Tensor], other: list[Tensor]) -> bool:
    return len(one) == len(other) > 0 and all(map(torch.equal, one, other))


def test_documented_example_of_the_data_module() -> None:
    dm = KSinDataModule(k=4, signal_length=1024, sort_frequencies=True, batch_size=64, ot=True)
    dm.setup()
    train_loader = dm.train_dataloader()
    batch = next(iter(train_loader))
    assert batch.signal.shape == (64, 1024)
    assert len(train_loader) == 1563  # 100 000 items, the last batch is short
    assert (batch.params[:, :4].diff(dim=1) >= 0).all()


def test_documented_example_of_make_sin() -> None:
    params = torch.randn(1, 8, generator=torch.Generator().manual_seed(0))
    assert make_sin(params, length=1024).shape == (1, 1024)


@pytest.mark.parametrize("module", [KSinDataModule, KOscDataModule])
def test_signature_is_the_documented_one(module) -> None:
    parameters = inspect.signature(module).parameters.values()
    positional = {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    assert positional == {
        "k": inspect.Parameter.empty,
        "signal_length": 1024,
        "sort_frequencies": False,
        "break_symmetry": False,
        "shift_test_distribution": False,
        "train_val_test_sizes": (100_000, 10_000, 10_000),
        "train_val_test_seeds": (123, 456, 789),
        "batch_size": 1024,
        "ot": False,
        "num_workers": 0,
    }


def test_setup_without_a_stage_prepares_every_split() -> None:
    dm = KOscDataModule(**SMALL, frequency_range=(0.0, 1.0))
    dm.setup()
    loaders = [dm.train_dataloader(), dm.val_dataloader(), dm.test_dataloader()]
    sizes = [[len(batch.params) for batch in loader] for loader in loaders]
    assert sizes == [[16, 16, 8], [16, 4], [10]]
    assert equal(contents(dm.predict_dataloader()), contents(dm.test_dataloader()))
    batch = next(iter(dm.test_dataloader()))
    assert torch.equal(batch.signal, make_osc(batch.params, 16, frequency_range=(0.0, 1.0)))


def test_loaders_before_setup_are_explained() -> None:
    with pytest.raises(RuntimeError, match=r"call setup\(\)"):
        KSinDataModule(2).train_dataloader()


# Python 3.12 warns of every fork of a process with threads, such as those of BLAS.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("coupling", ["none", "permutation"])
def test_threads_and_workers_give_the_same_bytes(coupling: str) -> None:
    loaders = []
    for workers in (0, 2):
        dm = KSinDataModule(**SMALL, coupling=coupling, num_workers=workers)
        dm.setup()
        loaders.append(dm.train_dataloader())
    split = dm.task.split("train")
    assert isinstance(loaders[0], PrefetchLoader) == (coupling != "none")
    for epoch in (0, 3):
        expected = contents(split[epoch, i] for i in range(len(split)))
        for loader in loaders:
            loader.sampler.set_epoch(epoch)
            assert equal(contents(loader), expected)


def test_loaders_leave_the_global_generator_alone() -> None:
    dm = KSinDataModule(**SMALL)
    dm.setup()
    state = torch.random.get_rng_state()
    contents(dm.train_dataloader())
    assert torch.equal(torch.random.get_rng_state(), state)


class Recorder(LightningModule):
    """A model of one number that notes the items it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.seen: list[int] = []
        self.validated: list[int] = []

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        assert batch.signal is not None
        self.seen += batch.index.tolist()
        return (self.weight - batch.signal.mean()) ** 2

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self.validated += batch.index.tolist()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fit(dm: KSinDataModule, accelerator: str = "cpu") -> Recorder:
    model = Recorder()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers and logging
        trainer = Trainer(
            max_epochs=3,
            accelerator=accelerator,
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(model, datamodule=dm)
    return model


@pytest.mark.parametrize("coupling", ["none", "minibatch"])
def test_every_epoch_of_a_trainer_has_its_own_items(coupling: str) -> None:
    model = fit(KSinDataModule(**SMALL, coupling=coupling))
    assert model.seen == list(range(120))
    assert model.validated == 3 * list(range(20))


def test_batches_without_signal_are_rendered_after_the_transfer() -> None:
    dm = KSinDataModule(**SMALL)
    dm.setup()
    batch = next(iter(dm.train_dataloader()))
    bare = Batch(batch.params, None, batch.noise, batch.index)
    rendered = dm.on_after_batch_transfer(bare.to("cpu"), 0)
    assert torch.equal(rendered.signal, batch.signal)
    assert dm.on_after_batch_transfer(batch, 0) is batch


@pytest.mark.gpu
def test_a_gpu_trainer_renders_on_the_device() -> None:
    dm = KOscDataModule(**SMALL)
    model = fit(dm, "gpu")
    assert model.seen == list(range(120))
    assert not dm.splits["train"].render
    batch = dm.splits["train"][0]
    on_device = dm.on_after_batch_transfer(batch.to("cuda"), 0)
    torch.testing.assert_close(
        on_device.signal.cpu(), dm.task.render(batch.params), rtol=0, atol=TOLERANCE
    )
