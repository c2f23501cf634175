"""Which models are taken, and which are refused."""

import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from src.data.rendered.bin_statistics import Statistics
from src.matching.model import find_checkpoint, load_model
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
    words = f"names what is no network of src.models ({target}) and was refused"
    with pytest.raises(ValueError, match=re.escape(words)):
        load_model(checkpoint)


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
