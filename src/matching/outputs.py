"""What a match leaves behind: preset, patch, sounds, a picture and scores."""

from __future__ import annotations

import errno
import json
import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.analysis.figures import style
from src.analysis.figures.spectrogram_panel import draw_spectrogram, level_bar
from src.common.files import atomic_path, write_text
from src.data.sound_files import check_replaceable, write_wav
from src.metrics.audio import SILENT_PEAK, mss, score_pair
from src.rendering.patches import Rendering, VectorJob
from src.study.metrics import METRICS
from src.synths.parameters import ParameterTable
from src.synths.synth import Note

_PICTURE_MM = (160.0, 62.0)
_FIRST_NOTE = (
    "play the note twice: the first one after loading may glide from the patch before it, from the "
    "second one on it sounds as match.wav does"
)
MATCH_FILES = r"match\.\w+|(patch|scores)\.json|spectrograms\.png|target\.wav"  # of one sound


@dataclass(frozen=True)
class Played:
    """A patch as it was played and kept.

    Attributes:
        sound: shape (channels, samples).
        scores: against the target.
        version: of the synthesizer.
        preset: name of the preset file.
        note: that was played.
        is_held: whether the note ends later than the patch says, with the sound.
        gain_db: by which the patch was turned up to the target's level.
        preset_gain_db: what the preset holds of it; the rest is done to ``sound`` alone.
    """

    sound: NDArray[np.float32]
    scores: dict[str, float]
    version: str
    preset: str
    note: Note
    is_held: bool
    gain_db: float
    preset_gain_db: float


def prepare_output(output: Path, folders: Sequence[Path], sounds: Sequence[Path]) -> None:
    """Make the folder that receives matches, and refuse what could not be written in the end.

    Args:
        output: receives ``folders``.
        folders: of the matches; an older match is replaced.
        sounds: files that are matched, none of which may be lost.

    Raises:
        ValueError: the output cannot be written, or a folder in it is none of a match or holds one
            of the sounds.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output, prefix="."):
            pass
        for folder in folders:
            _check_folder(folder, sounds)
    except OSError as error:
        raise ValueError(
            f"--output: nothing can be written to {output} ({error.strerror}); name another folder"
        ) from error


def _check_folder(folder: Path, sounds: Sequence[Path]) -> None:
    check_replaceable(folder, MATCH_FILES)
    if not folder.exists():
        return
    if any(folder.resolve() in sound.resolve().parents for sound in sounds):
        raise ValueError(
            f"{folder}: is not replaced, since it holds a sound to match; name another folder with "
            "--output"
        )
    if any(folder.iterdir()) and not (folder / "scores.json").exists():
        raise ValueError(
            f"{folder}: is not replaced, since it holds no match; name another folder with --output"
        )
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


class PresetJob(VectorJob):
    """Render patches from a fresh start, level and score them, and save each as a preset.

    Args:
        rendering: how patches become sounds.
        vectors: encoded patches, shape (n, P).
        target: the sound, shape (channels, samples).
        folder: receives a preset for each patch.
        may_hold: whether the note is held to the end of the sound where that is closer in MSS.
    """

    def __init__(
        self,
        rendering: Rendering,
        vectors: NDArray[np.float32],
        target: NDArray[np.float32],
        folder: Path,
        may_hold: bool = False,
    ) -> None:
        super().__init__(rendering, vectors)
        self.target, self.folder, self.may_hold = target, folder, may_hold

    def run(self, task: int, attempt: int) -> Played | None:  # type: ignore[override]
        """Render, level, score and save a patch; None where the synthesizer makes no sound."""
        sound = super().run(task, attempt)
        if sound is None:
            return None
        assert self._renderer is not None
        synth, rate = self._renderer.synth, self.rendering.sample_rate
        note, is_held = self._renderer.table.decode(self.vectors[task]).note, False
        if self.may_hold:
            longer = replace(note, end_s=self.rendering.duration_s)
            held = self._play(longer)
            if np.isfinite(held).all() and mss(self.target, held, rate) < mss(
                self.target, sound, rate
            ):
                sound, note, is_held = held, longer, True
        gain_db = level_difference(self.target, sound)
        preset_gain_db = synth.turn_up(gain_db)
        if preset_gain_db:
            sound = self._play(note)
        sound = sound * np.float32(10 ** ((gain_db - preset_gain_db) / 20))
        preset = f"{task}{synth.preset_suffix}"
        synth.save_preset(self.folder / preset)
        scores = score_pair(self.target, sound, rate)
        return Played(sound, scores, synth.version, preset, note, is_held, gain_db, preset_gain_db)

    def _play(self, note: Note) -> NDArray[np.float32]:
        """Play the patch that is set; shape (channels, samples)."""
        assert self._renderer is not None
        sound = self._renderer.synth.render(note, self.rendering.duration_s)
        return sound if self.rendering.channels == 2 else sound.mean(axis=0, keepdims=True)


def level_difference(target: NDArray[np.float32], sound: NDArray[np.float32]) -> float:
    """Tell by how much a sound is quieter than another, in dB of their root mean squares.

    Returns:
        The gain that makes them equal; 0 where one of them is silent.

    Example:
        >>> round(level_difference(np.ones((1, 9), "f4"), np.full((1, 9), 0.1, "f4")), 3)
        20.0
    """
    powers = [float(np.mean(np.square(x, dtype=np.float64))) for x in (target, sound)]
    return 10 * math.log10(powers[0] / powers[1]) if min(powers) > SILENT_PEAK**2 else 0.0


def patch_facts(
    table: ParameterTable, vector: NDArray[np.float32], played: Played, rendering: Rendering
) -> dict[str, Any]:
    """Describe a patch in the synthesizer's own units.

    Args:
        table: what the vector means.
        vector: encoded, shape (P,).
        played: the patch's sound and preset.
        rendering: how it was rendered.

    Returns:
        JSON-ready: parameters with value and unit (and choice, where there are names), constants,
        the note, and the vector.
    """
    patch = table.decode(vector)
    parameters: dict[str, Any] = {}
    for parameter, _ in table.blocks:
        if parameter.name not in patch.values:
            continue  # of the note
        value = patch.values[parameter.name]
        parameters[parameter.name] = {"value": value, "unit": parameter.unit}
        names = {choice.value: choice.name for choice in parameter.choices}
        if value in names:
            parameters[parameter.name]["choice"] = names[value]
    note = played.note
    return {
        "synthesizer": played.version,
        "synth": rendering.synth,
        "table": rendering.table,
        "table_digest": table.digest,
        "parameters": parameters,
        "constants": dict(table.constants or {}),
        "note": {
            "pitch": note.pitch,
            "velocity": note.velocity,
            "start_s": note.start_s,
            "end_s": note.end_s,
        },
        "note_hint": _FIRST_NOTE,
        "level": {
            "gain_db": played.gain_db,
            "of_it_in_the_preset_db": played.preset_gain_db,
        },
        "encoded": {
            name: float(number) for name, number in zip(table.columns, vector, strict=True)
        },
    }


def write_sounds(
    folder: Path, target: NDArray[np.float32], match: NDArray[np.float32], sample_rate: int
) -> None:
    """Write target.wav, match.wav and the picture of both.

    Args:
        folder: that receives them.
        target: shape (channels, samples).
        match: shape (channels, samples).
        sample_rate: of both, Hz.
    """
    write_wav(folder / "target.wav", target, sample_rate)
    write_wav(folder / "match.wav", match, sample_rate)
    draw_spectrograms(folder, folder / "spectrograms.png")


def draw_spectrograms(folder: Path, output: Path) -> None:
    """Draw target.wav and match.wav of a folder side by side, as models and MSS see them."""
    with style.journal_style():
        figure = style.new_figure(*_PICTURE_MM)
        panels = figure.subplots(1, 2, sharey=True)
        mesh = None
        for axes, name in zip(panels, ("target", "match"), strict=True):
            mesh = draw_spectrogram(axes, folder / f"{name}.wav") or mesh
            axes.set_title(name.capitalize())
            axes.set_xlabel("Time (s)")
        panels[0].set_ylabel("Frequency (kHz)")
        if mesh is not None:
            level_bar(figure, mesh, panels)
        with atomic_path(output) as path:
            figure.savefig(path, dpi=200, metadata={"Software": None})


def write_json(path: Path, content: Any) -> None:
    """Write JSON whole; what is not finite becomes null, which JSON has a word for."""
    write_text(path, json.dumps(_finite(content), indent=2, allow_nan=False) + "\n")


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, np.generic):
        content = content.item()
    return None if isinstance(content, float) and not math.isfinite(content) else content


def describe_scores(scores: dict[str, float]) -> str:
    """Put scores into words.

    Example:
        >>> describe_scores({"mss": 17.28, "wmfcc": 18.4, "sot": 0.2131, "rms": 0.9766})
        'MSS 17.28 dB, wMFCC 18.40, SOT 0.213 (lower is better), RMS 0.977 (higher is better)'
    """
    groups = []
    for is_higher, direction in ((False, "lower"), (True, "higher")):
        metrics = [m for m in METRICS["rendered"].values() if m.higher_is_better == is_higher]
        values = (f"{m.name} {scores[m.column]:.{m.decimals}f} {m.unit}".rstrip() for m in metrics)
        groups.append(f"{', '.join(values)} ({direction} is better)")
    return ", ".join(groups)
