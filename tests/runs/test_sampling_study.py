"""The study of solvers: what is compared, that it equals prediction, what it refuses."""

from pathlib import Path
from unittest.mock import patch

import h5py
import numpy as np
import pytest
import torch

from src.data.rendered.fake_rows import FakeRows
from src.data.rendered.hdf5_split import HDF5Split
from src.models.method import Sampling
from src.rendering.patches import Rendering
from src.rendering.scoring import ScoredVectors
from src.runs.configuration import compose
from src.runs.prediction import check_sounds
from src.runs.sampling_study import sample_settings, settings_of, study
from tests.data.rendered.files import make_split
from tests.models.synth_networks import build, synth_config

SHAPE = (1, 128, 51)


def config(*overrides: str, scale: str = "laptop", experiment: str = "rendered/cnf_mlp"):
    return compose("sampling_study", [f"experiment={experiment}", f"scale={scale}", *overrides])


def test_settings_are_listed_once_and_span_the_budgets():
    settings = settings_of(config())
    assert settings[0] == Sampling(25, "midpoint", 2.0)
    assert len(set(settings)) == len(settings) == 6 * 4 + 2
    by_guidance = [s for s in settings if s.guidance != 2.0]
    assert by_guidance == [Sampling(25, "midpoint", 1.0), Sampling(25, "midpoint", 4.0)]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("study.solvers={leapfrog: [1]}", "unknown solver 'leapfrog'"),
        ("study.solvers={rk4: [0]}", "at least one solver step"),
        ("study.sounds=0", "at least 1"),
    ],
)
def test_unknown_settings_are_refused(override, message):
    with pytest.raises(ValueError, match=message):
        settings_of(config(override))


def test_each_setting_is_what_prediction_gives_and_sounds_are_encoded_once():
    torch.manual_seed(0)
    flow = build(synth_config("cnf_mlp", "smoke", 7, SHAPE)).eval()
    for parameter in flow.parameters():  # gates start at zero
        torch.nn.init.normal_(parameter, std=0.1)
    split = HDF5Split(FakeRows("test", 7, SHAPE, 7), None, batch_size=2)
    settings = [Sampling(2, "euler", 1.0), Sampling(1, "rk4", 3.0)]
    with patch.object(flow.encoder, "forward", wraps=flow.encoder.forward) as encoder:
        drawn = sample_settings(flow, split, settings, 5, 3, torch.device("cpu"))
    assert drawn.shape == (5, 2, 7)
    assert encoder.call_count == 3
    for place, way in enumerate(settings):
        with torch.inference_mode():
            expected = torch.cat([flow.predict(split[i], 3, way) for i in range(3)])[:5]
        torch.testing.assert_close(drawn[:, place], expected)


def test_methods_without_a_solver_are_refused(tmp_path):
    cfg = config(f"paths.output_dir={tmp_path}", experiment="rendered/random", scale="smoke")
    with pytest.raises(ValueError, match="RandomTrainingPatch, which has no solver"):
        study(cfg)


def test_vectors_are_scored_against_their_item(tmp_path):
    rendering = Rendering("vital", "small", sample_rate=8000, duration_s=0.5, channels=1)
    rng = np.random.default_rng(0)
    sounds = rng.uniform(-1, 1, (2, 1, 4000)).astype(np.float16)
    with h5py.File(tmp_path / "test.h5", "w") as file:
        file["audio"] = sounds
    vectors = np.arange(4, dtype=np.float32)[:, None]  # two an item

    class FakeRenderer:
        def __init__(self, rendering: Rendering) -> None:
            pass

        def sound(self, vector, verify=False):
            """The first item's sound from vectors 0 and 2, one that is not finite otherwise."""
            return sounds[0].astype(np.float32) * (1 if vector[0] % 2 == 0 else np.nan)

    job = ScoredVectors(rendering, vectors, tmp_path / "test.h5", ways=2)
    with patch("src.rendering.patches.Renderer", FakeRenderer):
        job.start()
        own, silent, other = (job.run(task, 0) for task in (0, 1, 2))
    assert own["mss"] == 0
    assert own["rms"] == pytest.approx(1)
    assert silent["rms"] == 0
    assert 0 < other["rms"] < 1


def test_files_without_the_sounds_are_refused(tmp_path: Path):
    rendering = Rendering("vital", "small", channels=2)
    make_split(tmp_path, 2, 1, "train", stored=False)
    make_split(tmp_path, 2, 1, "test", stored=True)
    with pytest.raises(ValueError, match="not stored"):
        check_sounds(tmp_path / "train.h5", rendering)
    with pytest.raises(ValueError, match="the configuration renders"):
        check_sounds(tmp_path / "test.h5", rendering)
