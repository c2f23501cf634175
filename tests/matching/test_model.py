"""Which models are taken, and which are refused."""

import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from src.common.tensor_files import read_plain
from src.data.rendered.bin_statistics import Statistics
from src.matching.model import find_checkpoint, load_model
from src.runs.configuration import read_recorded, write_recorded
from tests.flipped_bytes import complaints_of_flips
from tests.matching.small_model import write_run


def test_a_run_folder_is_all_a_model_needs(tmp_path: Path):
    model = load_model(write_run(tmp_path), "vital")
    assert model.facts["step"] == 7
    assert model.format.samples == model.rendering.samples == 11_025
    assert model.table.width == 16


def test_statistics_may_lie_with_the_data(tmp_path: Path):
    checkpoint = write_run(tmp_path / "cnf_param2tok" / "seed0")
    (tmp_path / "data").mkdir()
    (checkpoint.parent / "stats.npz").rename(tmp_path / "data" / "stats.npz")
    assert load_model(checkpoint).scaling.mean.mean() == -40


def test_published_models_are_found(tmp_path: Path):
    write_run(tmp_path / "laptop" / "vital" / "cnf_param2tok" / "seed0")
    assert find_checkpoint("vital", tmp_path).parent.name == "seed0"


def test_missing_models_are_told_with_the_remedy(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"no trained model of surge_full.*snakemake"):
        find_checkpoint("surge_full", tmp_path)
    with pytest.raises(ValueError, match=r"unknown 'virtal'; known:.*vital"):
        find_checkpoint("virtal", tmp_path)


@pytest.mark.parametrize("name", ["model.ckpt", "config.yaml", "stats.npz"])
def test_missing_files_are_named(tmp_path: Path, name: str):
    checkpoint = write_run(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        load_model(checkpoint)


def test_models_of_another_data_set_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="is a model of vital, not of jx10"):
        load_model(write_run(tmp_path), "jx10")


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "src.models.conditional_flow.torch.hub.load",  # through what a module imports
        "src.models.conditional_flow.nn.Linear",
        "src.models.conditional_flow.Method",  # not the module that defines it
        "src.models.components.ast.np.load",
        "src.models...ast.AudioSpectrogramTransformer",
    ],
)
def test_configurations_that_name_other_code_are_refused(tmp_path: Path, target: str):
    checkpoint = write_run(tmp_path)
    cfg = OmegaConf.load(tmp_path / "config.yaml")
    cfg.model.network.encoder._target_ = target
    OmegaConf.save(cfg, tmp_path / "config.yaml")
    words = f"names what is no network of src.models that a run folder holds as a whole ({target})"
    with pytest.raises(ValueError, match=re.escape(words)):
        load_model(checkpoint)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("cfg_dropout_rate: 0.1", "cfg_dropout_rate: ${dataset.plugin}"),
        lambda text: text.replace("num_layers: ", "num_layers: !!python/name:os.system "),
        lambda text: text.replace("conditioning_dim:", "conditioning_dim: &a", 1) + "x: *a\n",
        lambda text: text.replace("num_layers:", "_partial_: true\n      num_layers:"),
        lambda text: text.replace("num_heads:", "unknown: 1\n      num_heads:"),
        lambda text: text.replace("dataset:", "dataset: no\nother:"),
        lambda text: "- a list\n",
        lambda text: "a: [",
        lambda text: "[" * 10_000,
    ],
)
def test_configurations_are_data_and_nothing_else(tmp_path: Path, change):
    checkpoint = write_run(tmp_path)
    path = tmp_path / "config.yaml"
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before
    with pytest.raises(ValueError, match=r"config\.yaml: [^\n]+$"):
        load_model(checkpoint)


def test_an_interpolation_through_the_plug_in_runs_nothing(tmp_path: Path, monkeypatch):
    """The path of the plug-in, set after the check, used to complete another target."""
    checkpoint = write_run(tmp_path)
    cfg = OmegaConf.load(tmp_path / "config.yaml")
    cfg.dataset.plugin = "src.models.components.ast.AudioSpectrogramTransformer"
    cfg.model.network.encoder._target_ = "${dataset.plugin}"
    OmegaConf.save(cfg, tmp_path / "config.yaml")
    with pytest.raises(ValueError, match=r"encoder\._target_ holds an interpolation"):
        load_model(checkpoint, plugin="pathlib.Path.touch")


def test_networks_that_read_other_files_are_refused(tmp_path: Path):
    checkpoint = write_run(tmp_path)
    cfg = OmegaConf.load(tmp_path / "config.yaml")
    cfg.model.network = {"_target_": "src.models.patch_baselines.RandomTrainingPatch"}
    cfg.model.network.dataset_root = "/"
    OmegaConf.save(cfg, tmp_path / "config.yaml")
    with pytest.raises(ValueError, match=r"RandomTrainingPatch\) and was refused"):
        load_model(checkpoint)


def test_no_flipped_bit_of_a_run_folder_changes_a_model_silently(tmp_path: Path):
    checkpoint = write_run(tmp_path)
    write_recorded(OmegaConf.load(tmp_path / "config.yaml"), tmp_path / "config.yaml")

    def recorded() -> object:
        return read_recorded(tmp_path / "config.yaml", "train again")

    def statistics() -> list[object]:
        read = Statistics.read(tmp_path / "stats.npz")
        return [read.mean, read.std, read.count, read.table_digest]

    def weights() -> dict[str, object]:
        content = read_plain(checkpoint, "Train again.", state_dict=dict, config=dict, step=int)
        found = {name: value.numpy() for name, value in content["state_dict"].items()}
        return found | {"config": content["config"], "step": content["step"]}

    assert complaints_of_flips(tmp_path / "config.yaml", recorded, count=100) == []
    assert complaints_of_flips(tmp_path / "stats.npz", statistics, count=100) == []
    assert complaints_of_flips(checkpoint, weights, count=100) == []


@pytest.mark.parametrize("name", ["../../downloaded", "/tmp", "vital/../vital", ""])
def test_synthesizers_elsewhere_are_refused(tmp_path: Path, name: str):
    checkpoint = write_run(tmp_path)
    cfg = OmegaConf.load(tmp_path / "config.yaml")
    cfg.dataset.synth = name
    OmegaConf.save(cfg, tmp_path / "config.yaml")
    with pytest.raises(ValueError, match="unknown synthesizer"):
        load_model(checkpoint)


def test_a_configuration_chooses_no_plug_in(tmp_path: Path):
    checkpoint = write_run(tmp_path)
    cfg = OmegaConf.load(tmp_path / "config.yaml")
    cfg.dataset.plugin = "/downloads/other.vst3"
    OmegaConf.save(cfg, tmp_path / "config.yaml")
    assert load_model(checkpoint).rendering.plugin is None
    assert load_model(checkpoint, plugin="mine.vst3").rendering.plugin == "mine.vst3"


def test_tables_and_statistics_have_to_fit(tmp_path: Path):
    checkpoint = write_run(tmp_path)
    statistics = Statistics.read(tmp_path / "stats.npz")
    other = Statistics(statistics.mean, statistics.std, 1, "of another", "", tmp_path)
    other.write(tmp_path / "stats.npz")
    with pytest.raises(ValueError, match="statistics of another data set"):
        load_model(checkpoint)
    cfg = OmegaConf.load(tmp_path / "config.yaml")
    cfg.data.conditioning = "m2l"
    OmegaConf.save(cfg, tmp_path / "config.yaml")
    with pytest.raises(ValueError, match="hears 'm2l'"):
        load_model(checkpoint)
