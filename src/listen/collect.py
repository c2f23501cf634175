"""Gather what a page lets one hear of a set of sounds: ``python -m src.listen.collect RUN_DIR…``.

    python -m src.listen.collect results/laptop/vital/*/seed0 \
        --targets results/laptop/vital/targets --data results/laptop/vital/data/test.h5 \
        --output results/laptop/listen/vital

The folder receives ``sounds/`` (FLAC), ``spectrograms/`` (PNG), ``downloads/`` (ZIP of sound and
preset: browsers show what they can, and save archives) and ``items.json``. Targets and methods are
brought to one loudness, item by item.
"""

import argparse
import json
import logging
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.analysis.run_folders import RunFolder, parse_runs
from src.analysis.scores import read_run_scores
from src.common.errors import explained
from src.common.files import atomic_path, write_text
from src.common.hdf5 import open_hdf5
from src.common.terminal import log_to_terminal
from src.data.sound_files import read_sound, whole_folder
from src.listen.choice import SEED, choose_items
from src.listen.presets import PresetWriter, open_writer, predicted_vectors, target_vectors
from src.listen.sounds import (
    Gain,
    Sound,
    describe,
    match_loudness,
    spectrogram_of,
    write_flac,
    write_picture,
)
from src.study.metrics import METRICS
from src.synths.synth import Note

TARGET = "target"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sources:
    """What a set of sounds is gathered from.

    Attributes:
        runs: with sounds, patches and scores, one a method; the first one's MSS chooses items.
        targets: folder of the target sounds.
        data: split that tells the synthesizer, and the true patches unless there are recordings.
        recordings: file of prepared recordings that the targets are from; None for those of
            ``data``.
        plugin: path of the plug-in; None where an environment variable names it.
    """

    runs: Sequence[RunFolder]
    targets: Path
    data: Path
    recordings: Path | None
    plugin: str | None


def collect(sources: Sources, samples: int, output: Path) -> dict[str, Any]:
    """Write the folder of a set of sounds; it appears whole.

    Args:
        sources: the runs, and what they were to match.
        samples: how many items are drawn by chance.
        output: the folder.

    Returns:
        The content of ``items.json``: paths are relative to the folder.

    Raises:
        FileNotFoundError: a file of a run, a target or the plug-in is missing.
        ValueError: files do not go together.
    """
    first = sources.runs[0]
    scores = {run.method: read_run_scores(run) for run in sources.runs}
    chosen = choose_items(scores[first.method], samples)
    writer = open_writer(sources.data, sources.plugin)
    vectors = _vectors(sources, list(chosen), writer)
    titles = _titles(sources.recordings, list(chosen))
    with whole_folder(output) as folder:
        items = []
        for item, reasons in chosen.items():
            versions = _write_versions(sources, item, folder)
            for version in versions["versions"]:
                vector = vectors.get(version["name"], {}).get(item)
                sound = folder / version["sound"]
                version |= _write_download(writer, vector, sound, first.task.name)
                version["scores"] = _scores(scores.get(version["name"]), item, version["label"])
            items.append({"title": titles[item], "reasons": reasons, **versions})
        content = {
            "sounds": first.task.name,
            "label": first.task.label,
            "scale": first.scale,
            "chosen_by": first.label,
            "seed": SEED,
            "n": len(scores[first.method]),
            "synth": writer.synth.version,
            "metrics": [
                asdict(metric) | {"higher_is_better": metric.higher_is_better}
                for metric in METRICS["rendered"].values()
            ],
            "items": items,
        }
        write_text(folder / "items.json", json.dumps(content, indent=1) + "\n")
    return content


def _vectors(
    sources: Sources, items: list[str], writer: PresetWriter
) -> dict[str, dict[str, NDArray[np.float32]]]:
    """Read patches by version and item: of the methods and, where they are known, the targets."""
    found = {
        run.method: predicted_vectors(run.file("patches.parquet"), items, writer.table)
        for run in sources.runs
        if not run.variant.method.is_reference
    }
    if sources.recordings is None:
        found[TARGET] = target_vectors(sources.data, items)
    return found


def _titles(recordings: Path | None, items: list[str]) -> dict[str, str]:
    """Name items for people: by number, or by the file that a recording came from."""
    if recordings is None:
        return {item: f"Sound {int(item)}" for item in items}
    with open_hdf5(recordings) as file:
        names = file["name"].asstr()
        return {item: str(names[int(item)]) for item in items}


def _write_download(
    writer: PresetWriter, vector: NDArray[np.float32] | None, sound: Path, prefix: str
) -> dict[str, str | None]:
    """Pack a sound and its preset, where there is one.

    Args:
        writer: of presets.
        vector: the patch; None where it is not known or made no sound.
        sound: FLAC file of a version, in the set's folder ``sounds``.
        prefix: of the names in the archive.

    Returns:
        The archive's path in the set's folder, and the note to play the preset with.
    """
    name, note = f"{prefix}-{sound.stem}", None
    archive = sound.parents[1] / "downloads" / f"{name}.zip"
    with tempfile.TemporaryDirectory() as temporary, atomic_path(archive) as path:
        files = {f"{name}{sound.suffix}": sound}
        if vector is not None:
            preset = Path(temporary, f"{name}{writer.suffix}")
            note = _played(writer.write(vector, preset), writer.glides)
            files[preset.name] = preset
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for inside, file in files.items():
                entry = zipfile.ZipInfo(inside)  # without a time: equal content, equal bytes
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, file.read_bytes())
    return {"download": f"downloads/{archive.name}", "note": note}


def _write_versions(sources: Sources, item: str, folder: Path) -> dict[str, Any]:
    """Write sounds and spectrograms of an item: of the target, and of every run."""
    files = {TARGET: _target_file(sources.targets, item)}
    files |= {run.method: run.folder / "sounds" / f"{item}.wav" for run in sources.runs}
    labels = {TARGET: "Target"} | {run.method: run.label for run in sources.runs}
    sounds, rate = _read(files)
    level, gains = match_loudness(sounds, rate)
    versions = []
    for name, sound in sounds.items():
        sound_file, picture = f"sounds/{item}-{name}.flac", f"spectrograms/{item}-{name}.png"
        (folder / sound_file).parent.mkdir(exist_ok=True)
        write_flac(folder / sound_file, sound, rate, gains[name].gain_db)
        decibels, duration_s = spectrogram_of(sound, rate), sound.shape[1] / rate
        write_picture(folder / picture, decibels)
        versions.append(
            {
                "name": name,
                "label": labels[name],
                "sound": sound_file,
                "spectrogram": picture,
                "shows": describe(decibels, duration_s, rate),
                "level": _said(gains[name]),
            }
        )
    longest = max(sound.shape[1] for sound in sounds.values()) / rate
    return {"lufs": level, "duration_s": longest, "rate": rate, "versions": versions}


def _read(files: dict[str, Path]) -> tuple[dict[str, Sound], int]:
    """Read the versions of an item, which have to be of one sample rate.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: sample rates differ.
    """
    sounds, rates = {}, {}
    for name, path in files.items():
        if not path.is_file():
            raise FileNotFoundError(f"{path}: missing; predict with the run again")
        sounds[name], rates[name] = read_sound(path)
    if len(set(rates.values())) > 1:
        found = ", ".join(f"{files[name]}: {rate} Hz" for name, rate in rates.items())
        raise ValueError(f"sounds of different sample rates cannot be compared: {found}")
    return sounds, rates[TARGET]


def _target_file(targets: Path, item: str) -> Path:
    found = sorted(targets.glob(f"{item}.*"))
    if not found:
        raise FileNotFoundError(f"{targets}: holds no sound {item}; name the folder of the targets")
    return found[0]


def _scores(scores: pd.DataFrame | None, item: str, label: str) -> dict[str, float | None] | None:
    """Take an item's scores; a number that is not finite is None, the target has none at all."""
    if scores is None:
        return None
    rows = scores[scores["item"].astype(str) == item]
    if rows.empty:
        raise ValueError(f"{label} was not scored on item {item}; score all runs on the same items")
    row = rows.iloc[0]
    values = {name: float(row[name]) for name in METRICS["rendered"]}
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def _said(gain: Gain) -> str:
    """Say in words what was done to a version's level."""
    if gain.loudness is None:
        return "silent"
    short = f", {gain.short_db:.1f} dB short" if gain.short_db >= 0.1 else ""
    return f"{gain.gain_db:+.1f} dB{short}".replace("-", "−")  # noqa: RUF001


def _played(note: Note, glides: bool) -> str:
    """Say in words how to play a preset."""
    times = f"{note.start_s:.2f} to {note.end_s:.2f} s"
    twice = ", twice: the first note glides" if glides else ""
    return f"note {note.pitch}, {times}, velocity {note.velocity}{twice}"


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    log_to_terminal()
    parser = argparse.ArgumentParser(description="Gather the sounds of a listening page.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--targets", type=Path, required=True, help="folder of the target sounds")
    parser.add_argument("--data", type=Path, required=True, help="split of the rendered data set")
    parser.add_argument(
        "--recordings", type=Path, help="file of src.recordings, where the targets are from there"
    )
    parser.add_argument("--plugin", help="path of the plug-in that the data set was rendered with")
    parser.add_argument("--samples", type=int, default=6, help="items drawn by chance")
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    options = parser.parse_args(argv)
    sources = Sources(
        runs=parse_runs(options.run_folders),
        targets=options.targets,
        data=options.data,
        recordings=options.recordings,
        plugin=options.plugin,
    )
    content = collect(sources, options.samples, options.output)
    size = sum(path.stat().st_size for path in options.output.rglob("*") if path.is_file())
    _log.info("%s: %d items, %.1f MB", options.output, len(content["items"]), size / 1e6)


if __name__ == "__main__":
    main()
