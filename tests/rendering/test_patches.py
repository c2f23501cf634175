"""Items of a data set: repeatable, audible, and what the settings say."""

import numpy as np
import pytest

from src.rendering.patches import DatasetJob, RenderedPatch, Rendering, VectorJob, blocks_of
from src.rendering.pool import Retry
from src.rendering.spectrogram import mel_spectrogram

RENDERING = Rendering("vital", "small", 22_050, 0.6, channels=1, frames_per_second=50)


def _job(rendering: Rendering = RENDERING, dataset: str = "vital", split: str = "train", seed=0):
    job = DatasetJob(rendering, dataset, split, seed)
    job.start()
    return job


@pytest.fixture(scope="module")
def job() -> DatasetJob:
    """Start Vital once."""
    return _job()


def _audible(job: DatasetJob, task: int) -> RenderedPatch:
    for attempt in range(20):
        result = job.run(task, attempt)
        if isinstance(result, RenderedPatch):
            return result
    pytest.fail("20 silent patches in turn")


def test_an_item_holds_what_it_says(job: DatasetJob) -> None:
    item = _audible(job, 0)
    assert item.params.shape == (16,)
    assert item.audio.shape == (1, RENDERING.samples)
    assert item.mel.shape == RENDERING.mel_shape
    np.testing.assert_array_equal(item.mel, mel_spectrogram(item.audio, RENDERING.mel))
    again = VectorJob(RENDERING, item.params[None])
    again.start()
    np.testing.assert_array_equal(again.run(0, 0), item.audio)
    assert item.version.startswith("Vital (vita ")


def test_items_depend_on_nothing_but_their_number(job: DatasetJob) -> None:
    forwards = [_audible(job, task) for task in (0, 1, 2)]
    backwards = [_audible(job, task) for task in (2, 1, 0)][::-1]
    for item, again in zip(forwards, backwards, strict=True):
        np.testing.assert_array_equal(item.params, again.params)
        np.testing.assert_array_equal(item.audio, again.audio)
    assert len({item.params.tobytes() for item in forwards}) == 3


@pytest.mark.parametrize(
    "other",
    [{"dataset": "vital2"}, {"split": "val"}, {"seed": 1}],
    ids=lambda other: next(iter(other)),
)
def test_data_sets_splits_and_seeds_differ(job: DatasetJob, other: dict) -> None:
    """Without rendering: what decides the draw is the seed's entropy."""
    changed = DatasetJob(RENDERING, **{"dataset": "vital", "split": "train", "seed": 0, **other})
    assert changed.entropy != job.entropy
    assert len(changed.entropy) == len(job.entropy)


def test_silent_patches_ask_for_another_attempt(job: DatasetJob, monkeypatch) -> None:
    monkeypatch.setattr("src.rendering.patches.integrated_loudness", lambda *_: -70.0)
    assert job.run(0, 0) == Retry("silent: -70.0 LUFS")
    monkeypatch.setattr(job._renderer, "sound", lambda *_, **__: np.full((1, 9), np.nan))
    assert job.run(0, 0) == Retry("samples that are not finite")


def test_another_attempt_draws_another_patch(job: DatasetJob) -> None:
    drawn = [job.run(0, attempt) for attempt in range(4)]
    params = [item.params for item in drawn if isinstance(item, RenderedPatch)]
    assert len(params) > 1
    assert not np.array_equal(params[0], params[1])


def test_a_vector_at_which_the_synthesizer_died_is_given_up() -> None:
    assert VectorJob(RENDERING, np.zeros((1, 16), np.float32)).run(0, 1) is None


def test_one_channel_is_the_mean_of_both(job: DatasetJob) -> None:
    item = _audible(job, 1)
    stereo = VectorJob(Rendering("vital", "small", 22_050, 0.6), item.params[None])
    stereo.start()
    both = stereo.run(0, 0)
    assert both.shape == (2, RENDERING.samples)
    np.testing.assert_allclose(both.mean(axis=0, keepdims=True), item.audio, atol=1e-6)


def test_blocks_start_at_multiples_of_a_fresh_start() -> None:
    full = Rendering("vital", "full")
    assert blocks_of(range(25, 80), full) == [range(25, 50), range(50, 75), range(75, 80)]
    assert blocks_of(range(3, 5), RENDERING) == [range(3, 4), range(4, 5)]
    with pytest.raises(ValueError, match="start at 30, expected a multiple of fresh_every = 25"):
        blocks_of(range(30, 60), full)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": 3}, "channels has to be 1 or 2, got 3"),
        ({"sample_rate": 0}, "sample_rate, duration_s and verify_every have to be positive"),
        ({"duration_s": 0.3}, r"duration_s has to be 0\.4 or more, got 0\.3: loudness is measured"),
    ],
)
def test_settings_that_cannot_be_rendered(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Rendering("vital", "small", **settings)


def test_unknown_split() -> None:
    with pytest.raises(ValueError, match="unknown split 'dev'; known: train, val, test"):
        DatasetJob(RENDERING, "vital", "dev")
