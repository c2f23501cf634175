"""A match with a real VST3 instrument, mda JX10, run by test_vst3_match.py in a process of its own.

``python -m tests.matching.vst3_match FOLDER PYTHON BUNDLE`` matches a sound, loads the preset's
state into a fresh instance, and prints as JSON what was found. PYTHON is what starts a process that
can load the instrument, for those that render.
"""

import json
import sys
from pathlib import Path

import numpy as np
from pedalboard.io import AudioFile

from src.data.sound_files import write_wav
from src.match import match
from src.matching.matcher import Settings
from src.synths.definition import load_definition
from src.synths.synth import Note
from src.synths.vst3 import Vst3
from src.synths.vst3_preset import Preset
from tests.matching.small_model import SECONDS, write_run

RATE = 22_050
_LETTERS = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def state_of(preset: bytes) -> bytes:
    """Put a preset's component state into the form in which pedalboard loads states.

    pedalboard does not load a preset file itself into this instrument.
    """
    component = Preset.parse(preset).chunks[b"Comp"]
    bits = np.unpackbits(np.frombuffer(component, np.uint8), bitorder="little")
    sixes = np.pad(bits, (0, -len(bits) % 6)).reshape(-1, 6) @ (1 << np.arange(6))
    letters = "".join(_LETTERS[number] for number in sixes)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?> <VST3PluginState><IComponent>'
        f"{len(component)}.{letters}</IComponent></VST3PluginState>"
    ).encode()
    return b"VC2!" + len(text).to_bytes(4, "little") + text + b"\0"


def main() -> None:
    """Match, load, compare."""
    folder, sys.executable, bundle = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    times = np.arange(RATE // 2) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 220 * times) * np.exp(-3 * times)
    write_wav(folder / "tone.wav", tone[None].astype(np.float32), RATE)
    checkpoint = write_run(folder / "model", "dataset=jx10")
    settings = Settings(candidates=4, refine_s=2.0)
    problems = match(
        [folder / "tone.wav"], folder, "jx10", checkpoint, str(bundle), settings=settings
    )
    patch = json.loads((folder / "tone" / "patch.json").read_text(encoding="utf-8"))
    synth = load_definition("jx10", "basic", SECONDS).make(RATE, path=bundle)
    assert isinstance(synth, Vst3)
    note = Note(**patch["note"])
    unset = synth.render(note, SECONDS).mean(axis=0)
    synth._base = state_of((folder / "tone" / "match.vstpreset").read_bytes())
    synth.set({})
    loaded = synth.render(note, SECONDS).mean(axis=0)
    with AudioFile(str(folder / "tone" / "match.wav")) as file:
        expected = file.read(file.frames)[0]
    # The plug-in's volume is not known here, so match.wav alone was turned up.
    gain_db = patch["level"]["gain_db"] - patch["level"]["of_it_in_the_preset_db"]
    expected = expected / 10 ** (gain_db / 20)
    level = float(np.linalg.norm(expected))
    print(
        json.dumps(
            {
                "problems": problems,
                "level": level,
                "difference": float(np.linalg.norm(loaded - expected)) / level,
                "difference_of_base": float(np.linalg.norm(unset - expected)) / level,
                "files": sorted(path.name for path in (folder / "tone").iterdir()),
            }
        )
    )


if __name__ == "__main__":
    main()
