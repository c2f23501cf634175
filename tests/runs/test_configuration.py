"""Composition: every shipped experiment, useful errors, digests that see what matters."""

import pytest
from hydra.utils import instantiate

from src.common.project import CONFIG_DIR
from src.runs.configuration import compose, flatten

EXPERIMENTS = sorted(
    str(path.relative_to(CONFIG_DIR / "experiment").with_suffix(""))
    for path in (CONFIG_DIR / "experiment").rglob("*.yaml")
)
TOY = [name for name in EXPERIMENTS if name.startswith("toy/")]
SYNTHESIZERS = [name for name in EXPERIMENTS if name.startswith("rendered/")]
SCALES = sorted(path.stem for path in (CONFIG_DIR / "scale").glob("*.yaml"))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("data", ["kosc", "ksin"])
@pytest.mark.parametrize("experiment", TOY)
def test_every_experiment_builds_its_network_at_every_scale(
    experiment: str, data: str, scale: str
) -> None:
    words = [f"experiment={experiment}", f"data={data}", f"scale={scale}", "data.k=2"]
    cfg = compose("eval", words)
    network = instantiate(cfg.model.network, _convert_="all")
    task = instantiate(cfg.data, _convert_="all")
    assert hasattr(network, "predict")
    assert cfg.task.name == data
    assert (task.name, task.params_per_token) == (cfg.task.name, cfg.task.params_per_token)


def test_the_documented_baseline_is_the_plain_regressor_of_k_sin() -> None:
    baseline = compose("train", ["experiment=ksin/baseline"])
    assert baseline == compose("train", ["experiment=toy/ffn_mse", "data=ksin"])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("experiment", SYNTHESIZERS)
def test_every_synthesizer_experiment_composes_and_builds(experiment: str, scale: str) -> None:
    if experiment == "rendered/ast_pretrained":
        folder = ["scale.synth.networks.ast_pretrained.folder=weights"]
    else:
        folder = []
    cfg = compose("predict", [f"experiment={experiment}", f"scale={scale}", *folder])
    task = instantiate(cfg.data, _convert_="all")
    assert task.num_params == task.table.width == cfg.data.num_params
    assert task.table_digest == task.table.digest
    if scale == "smoke" and not folder:  # the sizes of the others: test_published_synth_sizes
        assert hasattr(instantiate(cfg.model.network, _convert_="all"), "predict")
    if scale == "paper":
        assert list(cfg.data.spectrogram_shape) == [2, 128, 401]
        assert (cfg.trainer.precision, cfg.callbacks.best.monitor) == ("bf16-mixed", None)


def test_paper_scale_holds_the_published_numbers() -> None:
    cfg = compose("train", ["experiment=toy/cnf_equivariant", "scale=paper"])
    assert (cfg.data.signal_length, cfg.data.batch_size, cfg.trainer.max_steps) == (
        1024,
        1024,
        400_000,
    )
    assert list(cfg.data.train_val_test_sizes[1:]) == [10_240, 51_200]
    field = cfg.model.network.vector_field
    assert (field.num_layers, field.d_model, field.num_heads, field.d_ff) == (5, 128, 4, 256)
    assert (cfg.optimizer.lr, cfg.data.coupling, cfg.evaluation.guidance) == (1e-4, "minibatch", 2)


def test_an_experiment_states_only_what_differs() -> None:
    lengths = {
        path: len(path.read_text().splitlines())
        for path in (CONFIG_DIR / "experiment").rglob("*.yaml")
    }
    assert max(lengths.values()) <= 14, lengths


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("experiment=toy/cnf_mpl", "cnf_mlp"),
        ("scale=labtop", "laptop"),
        ("data.kk=3", r"known keys of data: .*batch_size"),
    ],
)
def test_wrong_overrides_are_explained(override: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        compose("train", ["experiment=toy/cnf_mlp", override])


def test_scoring_is_set_for_one_run_or_for_a_scale() -> None:
    for override in ("evaluation.steps=7", "scale.evaluation.steps=7"):
        assert compose("eval", ["experiment=toy/cnf_mlp", override]).evaluation.steps == 7


def test_flatten_names_leaves() -> None:
    assert flatten({"a": {"b": 1, "c": [2]}, "d": None}) == {"a.b": 1, "a.c": [2], "d": None}
