"""Any sound in, a preset out that sounds as the match does; or a clear error."""

import contextlib
import io
import json
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vita
from PIL import Image

from src.data.sound_files import write_wav
from src.match import main, match
from src.matching import matcher
from src.matching.matcher import Settings
from src.matching.outputs import describe_scores
from src.matching.refinement import Refined
from src.metrics.audio_names import METRICS
from src.synths.definition import load_definition
from tests.matching.small_model import SECONDS, write_run
from tests.matching.sounds import RATE, Sound, read, tone, write

CANDIDATES = 5
FILES = {
    "match.vital",
    "match.wav",
    "patch.json",
    "scores.json",
    "spectrograms.png",
    "target.wav",
}
HEARD = 1e-3  # of the sound's level


def scores(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Vital model that was never trained."""
    return write_run(tmp_path_factory.mktemp("model"))


def write_wav_as(path: Path, sound: Sound) -> Path:
    write_wav(path, sound, RATE)
    return path


@pytest.fixture(scope="module")
def matched(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Match sounds of all kinds with one command; its folder, and what it said at the end."""
    sounds = tmp_path_factory.mktemp("sounds")
    stereo = np.concatenate([tone(1, 44_100), 0.5 * tone(1, 44_100)])
    paths = [
        write(sounds / "long.wav", tone(70, level=0.9)),
        write(sounds / "short.wav", tone(0.02)),
        write(sounds / "silent.wav", np.zeros((1, RATE), np.float32)),
        write(sounds / "clipped.wav", np.clip(3 * tone(0.5, level=0.9), -1, 1)),
        write(sounds / "mono.flac", tone(0.5)),
        write(sounds / "stereo.flac", stereo, 44_100),
        write(sounds / "8_khz.wav", tone(0.5, 8_000), 8_000),
    ]
    paths.append(write_wav_as(sounds / os.fsdecode(b"caf\xe9.wav"), tone(0.5)))
    paths.append(write_wav_as(sounds / "huge.wav", 3e38 * tone(0.5)))
    broken = sounds / "broken.wav"
    broken.write_bytes(paths[0].read_bytes()[:20])
    output = sounds / "matches"
    said = io.StringIO()
    with pytest.raises(SystemExit), contextlib.redirect_stderr(said):
        main(
            [
                *(str(path) for path in (*paths, broken, sounds / "missing.wav")),
                *("--checkpoint", str(checkpoint), "--candidates", str(CANDIDATES)),
                *("--output", str(output), "--workers", "1"),
            ]
        )
    return {"folder": output, "message": said.getvalue()}


@pytest.mark.parametrize(
    "name", ["long", "short", "clipped", "mono", "stereo", "8_khz", "caf", "huge"]
)
def test_sounds_of_all_kinds_get_a_whole_folder(name: str, matched: Mapping[str, Any]) -> None:
    folder = matched["folder"] / name
    assert {path.name for path in folder.iterdir()} == FILES
    for file in ("match.wav", "target.wav"):
        sound = read(folder / file)
        assert sound.shape == (1, round(SECONDS * RATE))
        assert np.abs(sound).max() > 1e-3
    with Image.open(folder / "spectrograms.png") as picture:
        assert picture.width > 1000
    report = scores(folder)
    found = [candidate["mss"] for candidate in report["candidates"] if candidate["has_sound"]]
    assert len(report["candidates"]) == CANDIDATES
    assert found == sorted(found)
    assert report["ranked_by"] == "mss"
    assert report["match"]["mss"] == pytest.approx(found[0], rel=1e-3)
    assert set(METRICS) < set(report["match"])
    assert len(report["model"]["sha256"]) == 64
    assert report["provenance"]["seed"] == 0


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("long", "only 0.5 s of its 70 s are matched"),
        ("short", "very short (20 ms)"),
        ("clipped", "is clipped"),
        ("stereo", "2 channels were mixed to 1"),
        ("8_khz", "nothing above 4000 Hz"),
    ],
)
def test_what_may_disappoint_is_told(name: str, remark: str, matched: Mapping[str, Any]) -> None:
    remarks = scores(matched["folder"] / name)["remarks"]
    assert any(remark in found for found in remarks), remarks


def test_what_cannot_be_matched_is_told_and_does_not_stop_the_rest(
    matched: Mapping[str, Any],
) -> None:
    message = matched["message"]
    assert "3 of 11 sounds got no match" in message
    assert "silent.wav: is silent" in message
    assert "broken.wav: cannot be read" in message
    assert "missing.wav: no such sound file" in message
    assert message[message.index("3 of 11") :].count("missing.wav") == 1
    assert "HYDRA" not in message
    assert {path.name for path in matched["folder"].iterdir()} == {
        *("long", "short", "clipped", "mono", "stereo", "8_khz", "caf", "huge")
    }


def level_db(sound: Sound) -> float:
    return float(10 * np.log10(np.mean(np.square(sound))))


@pytest.mark.parametrize("name", ["long", "short", "mono", "huge"])
def test_a_match_has_the_level_of_its_sound(name: str, matched: Mapping[str, Any]) -> None:
    folder = matched["folder"] / name
    found, wanted = (level_db(read(folder / f"{file}.wav")) for file in ("match", "target"))
    assert found == pytest.approx(wanted, abs=0.1)


def test_an_error_of_one_sound_does_not_stop_the_rest(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(model: Any, target: Any, *_: Any) -> dict[str, Any]:
        if target.path.stem == "bad":
            raise FloatingPointError("the checkpoint predicts numbers that are not finite")
        return {"match": dict.fromkeys(METRICS, 0.0)}

    monkeypatch.setattr("src.match.match_sound", fails)
    monkeypatch.setattr("src.match.estimate", lambda *_: (0.0, 1))
    sounds = [write(tmp_path / f"{name}.wav", tone(0.5)) for name in ("bad", "good")]
    (problem,) = match(sounds, tmp_path / "out", checkpoint=checkpoint)
    assert problem == f"{sounds[0]}: the checkpoint predicts numbers that are not finite"


@pytest.mark.parametrize("name", ["long", "mono"])
def test_a_fresh_vital_that_loads_the_preset_makes_the_match(
    name: str, matched: Mapping[str, Any]
) -> None:
    folder = matched["folder"] / name
    patch = json.loads((folder / "patch.json").read_text(encoding="utf-8"))
    note = patch["note"]
    vital = vita.Synth()
    vital.set_sample_rate(RATE)
    assert vital.load_json((folder / "match.vital").read_text(encoding="utf-8"))
    velocity = note["velocity"] / 127
    vital.render(note["pitch"], velocity, 0.1, 3.0)  # controls glide from the initial patch
    length_s = note["end_s"] - note["start_s"]
    longer_s = SECONDS + 0.01  # the host fades out the end of what it renders
    loaded = vital.render(note["pitch"], velocity, length_s, longer_s).mean(axis=0, keepdims=True)
    expected = read(folder / "match.wav")
    start = round(note["start_s"] * RATE)
    difference = loaded[:, : expected.shape[1] - start] - expected[:, start:]
    assert np.linalg.norm(difference) < HEARD * np.linalg.norm(expected)


def test_the_patch_is_in_the_synthesizers_units(matched: Mapping[str, Any]) -> None:
    folder = matched["folder"] / "mono"
    patch = json.loads((folder / "patch.json").read_text(encoding="utf-8"))
    preset = json.loads((folder / "match.vital").read_text(encoding="utf-8"))["settings"]
    cutoff = patch["parameters"]["filter_1_cutoff"]
    assert cutoff == {
        "value": pytest.approx(preset["filter_1_cutoff"], abs=1e-3),
        "unit": "MIDI note",
    }
    assert "Vital" in patch["synthesizer"]
    assert "play the note twice" in patch["note_hint"]
    assert set(patch["encoded"]) >= {"filter_1_cutoff", "osc_1_level"}


@pytest.fixture(scope="module")
def refined(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound matched with refinement."""
    folder = tmp_path_factory.mktemp("refined")
    sound = write(folder / "tone.wav", tone(0.5))
    problems = match(
        [sound], folder / "out", checkpoint=checkpoint, settings=Settings(CANDIDATES, refine_s=3.0)
    )
    assert problems == []
    return folder / "out" / "tone"


def test_refinement_is_never_worse_and_leaves_one_preset(refined: Path) -> None:
    report = scores(refined)
    assert report["match"]["mss"] <= report["unrefined"]["mss"]
    (search,) = report["refinement"]["searches"]
    assert search["end"] <= search["start"]
    assert search["evaluations"] >= 1
    assert {path.name for path in refined.iterdir()} == FILES


def test_a_search_that_ends_worse_is_not_taken(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worse(model: Any, *_: Any) -> list[Refined]:
        quiet = np.zeros(model.table.width, np.float32)
        return [Refined(quiet, start=1.0, objective=0.0, evaluations=9)]

    monkeypatch.setattr(matcher, "_refine", worse)
    monkeypatch.setattr("src.match.estimate", lambda *_: (0.0, CANDIDATES))
    sound = write(tmp_path / "tone.wav", tone(0.5))
    settings = Settings(CANDIDATES, refine_s=1.0)
    match([sound], tmp_path / "out", checkpoint=checkpoint, settings=settings)
    report = scores(tmp_path / "out" / "tone")
    assert report["match"]["from"] == "candidates"
    assert report["match"]["mss"] == report["unrefined"]["mss"]
    assert {path.name for path in (tmp_path / "out" / "tone").iterdir()} == FILES


def test_a_seed_says_which_preset_whatever_the_number_of_processes(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.match.estimate", lambda *_: (0.0, 2))
    sound = write(tmp_path / "tone.wav", tone(0.5))
    for name, seed, workers in (("one", 1, 1), ("again", 1, 2), ("other", 2, 1)):
        settings = Settings(2, seed, workers=workers)
        match([sound], tmp_path / name, checkpoint=checkpoint, settings=settings)
    one, again, other = (
        json.loads((tmp_path / name / "tone" / "patch.json").read_text())["encoded"]
        for name in ("one", "again", "other")
    )
    assert one == again != other


def test_the_published_model_matches_a_sound_of_vital(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    definition = load_definition("vital", "small", 1.0)
    patch = definition.table.decode(definition.table.draw(np.random.default_rng(101)))
    vital = definition.make(RATE)
    vital.set(patch.values)
    sound = vital.render(patch.note, 1.0).mean(axis=0, keepdims=True)
    path = write(tmp_path / "vital.wav", sound / np.abs(sound).max())
    with caplog.at_level(logging.INFO):
        assert match([path], tmp_path, settings=Settings(8)) == []
    assert "measuring how long" in caplog.text
    assert "8 candidates, 0 s of refinement, 1 process: about" in caplog.text
    assert scores(tmp_path / "vital")["match"]["mss"] < 6  # of a random patch: 12 dB


def test_scores_are_said_with_their_unit_and_direction(
    matched: Mapping[str, Any],
) -> None:
    scored = describe_scores(scores(matched["folder"] / "mono")["match"])
    assert re.fullmatch(
        r"MSS [\d.]+ dB, wMFCC [\d.]+, SOT [\d.]+ \(lower is better\), "
        r"RMS [\d.]+ \(higher is better\)",
        scored,
    )
