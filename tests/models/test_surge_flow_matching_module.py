"""The documented module for real synthesizers: its example, and a fit with it."""

from pathlib import Path

import pytest
import torch
from lightning.pytorch import Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from src.data.batch import Batch
from src.models.components.ast import AudioSpectrogramTransformer
from src.models.components.residual_mlp import ConditionalResidualMLP
from src.models.surge_flow_matching_module import SurgeFlowMatchingModule
from src.symmetry import Symmetry

ITEMS, PARAMS, BANDS, FRAMES = 4, 6, 16, 20


def _batch(ndim: int = 4) -> Batch:
    g = torch.Generator().manual_seed(0)
    shape = (ITEMS, 1, BANDS, FRAMES) if ndim == 4 else (ITEMS, BANDS, FRAMES)
    return Batch(
        params=2 * torch.rand(ITEMS, PARAMS, generator=g) - 1,
        signal=torch.randn(shape, generator=g),
        noise=torch.randn(1, ITEMS, PARAMS, generator=g),
        index=torch.arange(ITEMS),
    )


def _loader(ndim: int = 4) -> DataLoader[Batch]:
    return DataLoader([_batch(ndim)] * 2, batch_size=None)  # type: ignore[arg-type]


def _module(**kwargs: object) -> SurgeFlowMatchingModule:
    torch.manual_seed(0)
    settings = {
        "optimizer": torch.optim.AdamW,
        "scheduler": torch.optim.lr_scheduler.CosineAnnealingLR,
        "num_params": PARAMS,
        "validation_sample_steps": 2,
        "test_sample_steps": 2,
    } | kwargs
    encoder = AudioSpectrogramTransformer(
        16, 8, 2, 1, 1, 8, 8, in_channels=1, spectrogram_shape=(BANDS, FRAMES)
    )
    field = ConditionalResidualMLP(PARAMS, 16, 1, conditioning_dim=8)
    return SurgeFlowMatchingModule(encoder, field, **settings)  # type: ignore[arg-type]


def _trainer(folder: Path, **kwargs: object) -> Trainer:
    settings = {
        "max_steps": 2,
        "accelerator": "cpu",
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "default_root_dir": folder,
    } | kwargs
    return Trainer(**settings)  # type: ignore[arg-type]


quiet = pytest.mark.filterwarnings(
    "ignore:.*does not have many workers", "ignore:.*isinstance.treespec"
)


@quiet
def test_plain_classes_fit_two_steps(tmp_path: Path) -> None:
    """The cosine's length is what the warm-up leaves of the trainer's steps."""
    module, trainer = _module(warmup_steps=1), _trainer(tmp_path, max_steps=5)
    before = [p.detach().clone() for p in module.network.parameters()]
    trainer.fit(module, _loader(), _loader())
    assert trainer.global_step == 5
    assert any(not torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))
    assert trainer.callback_metrics["val/parameter_error"] > 0
    cosine = trainer.lr_scheduler_configs[0].scheduler._schedulers[1]
    assert cosine.T_max == 4
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


@quiet
def test_embeddings_testing_and_prediction(tmp_path: Path) -> None:
    module, trainer = _module(conditioning="m2l", warmup_steps=0), _trainer(tmp_path)
    trainer.fit(module, _loader(3), _loader(3))
    assert trainer.test(module, _loader(3), verbose=False)[0]["test/parameter_error"] > 0
    (predicted, _) = trainer.predict(module, _loader(3))
    assert isinstance(predicted, Tensor)
    assert predicted.shape == (ITEMS, PARAMS)


@quiet
def test_an_endless_fit_needs_a_length_of_its_schedule(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"set trainer\.max_steps"):
        _trainer(tmp_path, max_steps=-1, max_epochs=-1).fit(_module(), _loader(), _loader())


def test_swaps_that_are_not_heard_are_no_error() -> None:
    symmetry = Symmetry.of(PARAMS, [(0, 1, 2), (3, 4, 5)])
    module, batch = _module(symmetry=symmetry), _batch()
    module.metrics.update(batch.params.roll(3, dims=1), batch.params, batch.signal)
    assert module.metrics.compute()["parameter_error"] == 0


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="num_params=7, but the vector field has 6"):
        _module(num_params=7)
    with pytest.raises(ValueError, match="unknown conditioning 'mfcc'; known: mel, m2l"):
        _module(conditioning="mfcc")
    with pytest.raises(ValueError, match=r"'m2l' expects .* got \(4, 1, 16, 20\)"):
        _module(conditioning="m2l").training_step(_batch(), 0)


@pytest.mark.filterwarnings("ignore:.*learn_projection=True")
def test_documented_example() -> None:
    from src.models.components.cnn import ASTWithProjectionHead
    from src.models.components.transformer import ApproxEquivTransformer, LearntProjection

    encoder = ASTWithProjectionHead(d_model=512, d_out=128)
    vector_field = ApproxEquivTransformer(
        projection=LearntProjection(d_model=512, d_token=128, num_params=90, num_tokens=32),
        d_model=512,
        conditioning_dim=128,
    )
    model = SurgeFlowMatchingModule(
        encoder=encoder,
        vector_field=vector_field,
        optimizer=torch.optim.AdamW,
        scheduler=torch.optim.lr_scheduler.CosineAnnealingLR,
        conditioning="mel",
        num_params=90,
    )
    assert (model.warmup_steps, model.network.cfg_dropout_rate) == (5000, 0.1)
    assert (model.validation.steps, model.validation.guidance) == (50, 4.0)
    assert (model.testing.steps, model.testing.guidance) == (100, 4.0)
