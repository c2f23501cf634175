"""Options, names and refusals of a match; what it says beforehand. Nothing is matched here."""

import logging
import time
from pathlib import Path
from typing import Any

import pytest

from src.match import folders_of, main, match
from src.matching import matcher
from src.matching.matcher import Settings
from tests.matching.small_model import write_run
from tests.matching.sounds import tone, write


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Vital model that was never trained."""
    return write_run(tmp_path_factory.mktemp("model"))


def test_a_checkpoint_alone_may_be_of_any_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(path: Path, synth: str | None, plugin: str | None) -> None:
        asked.append((path.name, synth, plugin))
        raise ValueError("far enough")

    monkeypatch.setattr("src.match.load_model", load)
    for options in ([], ["--checkpoint", "x.ckpt"], ["--checkpoint", "x.ckpt", "--synth", "vital"]):
        with pytest.raises(SystemExit):
            main(["sound.wav", *options])
    assert asked == [("model.ckpt", None, None), ("x.ckpt", None, None), ("x.ckpt", "vital", None)]


def test_the_estimate_takes_warm_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher, "try_drawing", lambda *_: (1.0, 40))

    def timed(model: Any, patches: int, workers: int) -> list[float]:
        cold_s = 100.0 if workers == 1 else 3.0
        return [cold_s + 0.1 * number for number in range(patches)]

    monkeypatch.setattr(matcher, "_try_scoring", timed)
    seconds, count = matcher.estimate(Any, Settings(64, refine_s=20, workers=2))
    assert count == 40
    start = 3.1
    assert seconds == pytest.approx(1 + 3 * start + 20 + 0.1 * 19)


def test_refinement_is_seen_to_go_on(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), matcher._clock("refining", 1.5):
        time.sleep(2.3)
    assert "refining: 2 seconds in 2 s" in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--candidates", "0"], "--candidates: expected 1 or more"),
        (["--candidates", "-1"], "--candidates: expected 1 or more, at most 1000000, got -1"),
        (["--candidates", "999999999999"], "--candidates: expected 1 or more, at most 1000000"),
        (["--seed", "-1"], "--seed: expected 0 or more"),
        (["--refine", "-1"], "--refine: expected seconds"),
        (["--metric", "lsd"], "unknown 'lsd'; known: mss"),
        (["--synth", "virtal"], "unknown 'virtal'; known:"),
        (["--synth", "surge_full"], "no trained model of surge_full"),
        (["--checkpoint", "nowhere.ckpt"], "nowhere.ckpt: no such checkpoint"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["sound.wav", *options])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sounds", "names"),
    [
        (["a/x.wav", "b/x.flac", "y.wav"], ["x", "x-2", "y"]),
        (["a.wav", "a.flac", "a-2.wav"], ["a", "a-2", "a-2-2"]),
        (["Bell.wav", "bell.wav"], ["Bell", "bell-2"]),
        (["..wav", "...wav", ".x.wav", "é" * 120 + ".wav"], ["sound", "sound-2", "x", "é" * 100]),
    ],
)
def test_every_sound_gets_a_folder_of_its_own(sounds: list[str], names: list[str]) -> None:
    folders = folders_of([Path(sound) for sound in sounds], Path("o"))
    assert [path.relative_to("o").as_posix() for path in folders] == names


def refusal(sounds: list[Path], output: Path, checkpoint: Path) -> str:
    """Match sounds, which has to be refused before anything is read or rendered; tell why."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        match(sounds, output, checkpoint=checkpoint, settings=Settings(1))
    return str(caught.value)


def test_files_of_the_user_are_never_replaced(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.match.estimate", lambda *_: pytest.fail("work was begun"))
    bell = tmp_path / "bell"
    bell.mkdir()
    sound = write(bell / "bell.wav", tone(0.5))
    other = write(tmp_path / "match.wav", tone(0.5))
    assert "bell: is not replaced, since it holds bell.wav" in refusal(
        [sound], tmp_path, checkpoint
    )
    (tmp_path / "match").mkdir()
    other = other.rename(tmp_path / "match" / "match.wav")
    assert "holds a sound to match" in refusal([other], tmp_path, checkpoint)
    assert "holds no match" in refusal([tmp_path / "match.wav"], tmp_path, checkpoint)
    assert sound.exists()
    assert other.exists()


def test_an_output_that_cannot_be_written_is_told_first(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.match.estimate", lambda *_: pytest.fail("work was begun"))
    sound = write(tmp_path / "tone.wav", tone(0.5))
    for output in (sound, sound / "matches"):
        expected = f"--output: nothing can be written to {output}"
        assert refusal([sound], output, checkpoint).startswith(expected)
    (tmp_path / "tone").touch()
    assert "tone: is no folder" in refusal([sound], tmp_path, checkpoint)
