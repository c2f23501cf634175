"""Find a preset for a sound: ``python -m src.match SOUND… --synth vital``.

python -m src.match bell.wav --synth vital --candidates 64 --refine 30 --output matches

Each sound gets a folder with the preset (match.vital, match.vstpreset), the patch in words and
numbers (patch.json), its sound (match.wav), the sound that was matched (target.wav), a picture of
both (spectrograms.png) and scores.json. docs/match.md tells more.
"""

import argparse
import itertools
import logging
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch

from src.common.errors import explained
from src.common.files import DiskFull
from src.common.names import shown
from src.common.processes import available_cores, stop_when_terminated
from src.common.terminal import log_to_terminal
from src.matching.matcher import Settings, estimate, match_sound
from src.matching.model import Model, find_checkpoint, load_model
from src.matching.outputs import describe_scores, prepare_output
from src.matching.target import Target, read_target
from src.metrics.audio_names import METRICS

logger = logging.getLogger(__name__)

DEFAULT = "vital"
# What may be wrong with one sound, and is not to stop the others; GaveUp is a ValueError.
_OF_A_SOUND = (ValueError, OSError, ArithmeticError, RuntimeError, MemoryError)
_LONGEST_NAME = 200  # bytes; file systems take 255, and temporary names are longer


def folders_of(sounds: Sequence[Path], output: Path) -> list[Path]:
    """Name the folder of each sound's match, after the sound; equal names are numbered.

    Names that differ in upper and lower case only count as equal, as some file systems have it.

    Example:
        >>> [path.as_posix() for path in folders_of([Path("a/x.wav"), Path("b/X.wav")], Path("o"))]
        ['o/x', 'o/X-2']
    """
    used: set[str] = set()
    folders = []
    for sound in sounds:
        # Without dots at its ends: ".." is another folder, and ".x" is hidden.
        stem = os.fsencode(sound.stem)[:_LONGEST_NAME].decode(errors="ignore").strip(". ")
        stem = stem or "sound"
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        name = next(name for name in names if name.casefold() not in used)
        used.add(name.casefold())
        folders.append(output / name)
    return folders


def match(
    sounds: Sequence[Path],
    output: Path,
    synth: str | None = None,
    checkpoint: Path | None = None,
    plugin: str | None = None,
    settings: Settings | None = None,
) -> list[str]:
    """Match sounds, each by itself.

    Args:
        sounds: sound files.
        output: receives a folder a sound.
        synth: data set (file of ``configs/dataset/``) whose model is taken; None for that of the
            checkpoint, or Vital.
        checkpoint: the model; None for the published one.
        plugin: path of the plug-in, where the settings do not name it.
        settings: how to match.

    Returns:
        Why sounds got no match, one text a sound.

    Raises:
        FileNotFoundError: the model or the plug-in is missing.
        ValueError: the model is not usable, or the output cannot be written.
    """
    settings = settings or Settings()
    model = load_model(checkpoint or find_checkpoint(synth or DEFAULT), synth, plugin)
    folders = folders_of(sounds, output)
    prepare_output(output, folders, sounds)
    logger.info("model: %s, trained for %d steps", model.path, model.facts["step"])
    targets, problems = _read(sounds, model)
    if targets:
        _announce(model, settings, sum(sound in targets for sound in sounds))
    for sound, folder in zip(sounds, folders, strict=True):
        if sound not in targets:
            continue
        try:
            report = match_sound(model, targets[sound], settings, folder)
        except DiskFull:
            raise  # the others would find no room either
        except _OF_A_SOUND as error:
            problems.append(_named(sound, error))
            continue
        print(f"{shown(folder)}: {describe_scores(report['match'])}", flush=True)
    return problems


def _named(sound: Path, error: Exception) -> str:
    """Put an error into words that name the sound."""
    text = shown(str(error)) or type(error).__name__
    return text if text.startswith(shown(sound)) else f"{shown(sound)}: {text}"


def _read(sounds: Sequence[Path], model: Model) -> tuple[dict[Path, Target], list[str]]:
    """Read sounds and tell what was remarked; and why some cannot be read."""
    targets, problems = {}, {}
    for sound in dict.fromkeys(sounds):
        try:
            least = model.rendering.min_loudness
            targets[sound] = read_target(sound, model.format, model.table, least)
        except _OF_A_SOUND as error:
            problems[sound] = _named(sound, error)
            continue
        for remark in targets[sound].remarks:
            logger.info("%s: %s", shown(sound.name), remark)
    if targets and problems:
        names = ", ".join(shown(sound.name) for sound in problems)
        logger.warning("without a match, for reasons that are told at the end: %s", names)
    return targets, list(problems.values())


def _announce(model: Model, settings: Settings, sounds: int) -> None:
    """Measure and tell how long all sounds take."""
    logger.info("measuring how long a match takes")
    each_s, count = estimate(model, settings)
    # Logging is the first thing that this program loads.
    since_s = logging.makeLogRecord({}).relativeCreated / 1000
    if count == 1 < settings.candidates:
        logger.info("the model draws nothing by chance: 1 candidate, however many are asked for")
    logger.info(
        "%s, %g s of refinement, %s: about %.0f s a sound, %.0f s in all, of which %.0f s are over",
        _counted(count, "candidate", "candidates"),
        settings.refine_s,
        _counted(settings.workers, "process", "processes"),
        *(each_s, since_s + each_s * sounds, since_s),
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m src.match", description="Find a synthesizer preset for a sound."
    )
    parser.add_argument("sounds", nargs="+", type=Path, metavar="SOUND")
    parser.add_argument(
        "--synth", help=f"data set whose model is taken (default: the checkpoint's, or {DEFAULT})"
    )
    parser.add_argument("--checkpoint", type=Path, help="model.ckpt (default: the published one)")
    parser.add_argument("--candidates", type=int, default=64, help="patches drawn (default: 64)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        *("--refine", "--refine-seconds"),
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="time for an evolution strategy that starts from the best candidates (default: 0)",
    )
    parser.add_argument("--metric", default="mss", help=f"ranks them: {', '.join(METRICS)}")
    parser.add_argument("--workers", type=int, help="processes (default: one for each core)")
    parser.add_argument("--plugin", help="path of the VST3, where the settings do not name it")
    parser.add_argument("--output", type=Path, default=Path("matches"), help="folder to write")
    return parser.parse_args(argv)


@partial(explained, hint="")  # this program has nothing to do with Hydra
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    options = _parse(argv)
    log_to_terminal()
    stop_when_terminated()
    settings = Settings(
        candidates=options.candidates,
        seed=options.seed,
        refine_s=options.refine,
        metric=options.metric,
        workers=available_cores() if options.workers is None else options.workers,
    )
    torch.set_num_threads(settings.workers)
    problems = match(
        options.sounds,
        options.output,
        options.synth,
        options.checkpoint,
        options.plugin,
        settings,
    )
    if problems:
        left = f"{len(problems)} of {len(options.sounds)} sounds got no match:"
        alone = len(options.sounds) == 1
        raise ValueError(problems[0] if alone else "\n  ".join([left, *problems]))


if __name__ == "__main__":
    main()
