"""Vital, through vita: a real synthesizer that comes with the environment."""

import base64
import json
import math
from collections.abc import Callable, Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import vita
from numpy.typing import NDArray

from src.common.files import write_text
from src.synths.synth import Note, Synth, UnknownParameter

FRAME_SAMPLES = 2048
_LAST_FRAME = 256
# When a note starts, controls glide from the values of the patch before. A short note, whose sound
# is dropped, lets them arrive (a flush without a note does not); it ends before the next note.
_SETTLE = {"note_s": 0.1, "total_s": 0.6}
_BASE_KEYS = ("controls", "modulations", "wavetables", "settle")
_OSCILLATORS = (1, 2, 3)
# Written into presets: vita calls itself 99999.9.9, and Vital refuses what a newer one has saved.
# Every released Vital opens 1.0.7, and under that version a preset sounds the same to the bit.
_RELEASE = "1.0.7"
_EFFECTS = (
    *("chorus", "compressor", "delay", "distortion", "eq"),
    *("filter_fx", "flanger", "phaser", "reverb"),
)

_PHASE = np.arange(FRAME_SAMPLES) / FRAME_SAMPLES
SHAPES: dict[str, Callable[[], NDArray[np.float64]]] = {
    "sine": lambda: np.sin(2 * np.pi * _PHASE),
    "triangle": lambda: 1 - 4 * np.abs((_PHASE + 0.25) % 1 - 0.5),
    "square": lambda: np.where(_PHASE < 0.5, 1.0, -1.0),
    "saw": lambda: 1 - 2 * _PHASE,
    "pulse": lambda: np.where(_PHASE < 0.125, 1.0, -1.0 / 7),  # its mean is 0
}


class Vital(Synth):
    """Vital in a base state, in the same process, without display, files or plug-in host.

    Values are Vital's own, as its presets hold them: an attack of 0.5 stands for 0.5^4 s, a cutoff
    is a MIDI note, a choice its number. Besides Vital's controls there is ``osc_1_pitch`` (2, 3):
    semitones, the sum of the controls transpose (whole ones) and tune (the rest).

    Args:
        base: ``controls`` (values that differ from Vital's initial patch), ``modulations`` (list
            of source, destination and, where it is fixed, amount; number i of the list is
            controlled by ``modulation_i_amount``), ``wavetables`` (shapes by oscillator, spread
            evenly over the frames 0 to 256), ``settle`` (seconds of the note between two patches,
            ``note_s``, and of all of it, ``total_s``: longer where envelopes are longer).
        sample_rate: samples per second.

    Raises:
        UnknownParameter: the base state names what Vital does not have.
        ValueError: a value or shape of the base state is not possible.
    """

    preset_suffix = ".vital"

    def __init__(self, base: Mapping[str, Any], sample_rate: int = 44_100) -> None:
        self.sample_rate = sample_rate
        self.version = f"Vital (vita {metadata.version('vita')})"
        self._synth = vita.Synth()
        self._synth.set_sample_rate(sample_rate)
        self._load(base)
        self._controls = self._synth.get_controls()
        self._base = self.read()
        self._set: dict[str, float] = {}
        self._quiet = _held_still(base)
        self._settling = {**_SETTLE, **(base.get("settle") or {})}

    def names(self) -> Collection[str]:
        """List Vital's controls and the pitches of its oscillators."""
        return self._base.keys()

    def set(self, values: Mapping[str, float]) -> None:
        """See ``Synth.set``; what was set before and is not named returns to its base value."""
        wanted = {name: self._base[name] for name in self._set if name not in values}
        wanted |= values
        if not wanted.keys() <= self._base.keys():
            self.check_names(wanted.keys(), "patch")
        numbers = [pair for name, value in wanted.items() for pair in _controls_of(name, value)]
        for control, number in numbers:
            self._check_range(control, number)
        for control, number in numbers:  # only after all of them were checked
            self._controls[control].set(number)
        self._set = dict(values)

    def read(self) -> dict[str, float]:
        """Read all controls from the state that Vital would save."""
        state = json.loads(self._synth.to_json())["settings"]
        values = {name: float(state[name]) for name in self._synth.get_controls() if name in state}
        for i in _OSCILLATORS:
            values[f"osc_{i}_pitch"] = values[f"osc_{i}_transpose"] + values[f"osc_{i}_tune"]
        return values

    def render(self, note: Note, duration_s: float) -> NDArray[np.float32]:
        """See ``Synth.render``; a later note-on is the delayed sound."""
        velocity = note.velocity / 127
        self._settle(note.pitch, velocity)
        start = round(note.start_s * self.sample_rate)
        samples = round(duration_s * self.sample_rate)
        sound = np.zeros((2, samples), dtype=np.float32)
        if start < samples:
            length_s = (samples - start) / self.sample_rate
            audio = self._synth.render(
                note.pitch, velocity, note.end_s - note.start_s, length_s + 0.01
            )
            sound[:, start:] = audio[:, : samples - start]
        return sound

    def turn_up(self, gain_db: float) -> float:
        """See ``Synth.turn_up``; the control holds the square of what is above -80 dB."""
        now = float(self._set.get("volume", self._base["volume"]))
        details = self._synth.get_control_details("volume")
        wanted = max(0.0, math.sqrt(now) + gain_db) ** 2
        then = float(np.clip(wanted, details.min, details.max))
        self.set({**self._set, "volume": then})
        return math.sqrt(then) - math.sqrt(now)

    def _settle(self, pitch: int, velocity: float) -> None:
        """Forget the last patch: a note in which nothing moves and no effect is on."""
        values = {name: self._controls[name].value() for name in self._quiet}
        for name in values:
            self._controls[name].set(0.0)
        note_s, total_s = self._settling["note_s"], self._settling["total_s"]
        self._synth.render(pitch, velocity, note_s, total_s)
        for name, value in values.items():
            self._controls[name].set(value)

    def save_preset(self, path: Path) -> None:
        """Write a .vital preset, under the version of a released Vital."""
        preset = json.loads(self._synth.to_json())
        preset["synth_version"] = _RELEASE
        for table in preset["settings"]["wavetables"]:
            table["version"] = _RELEASE
        write_text(path, json.dumps(preset))

    def _load(self, base: Mapping[str, Any]) -> None:
        if unknown := base.keys() - _BASE_KEYS:
            raise ValueError(
                f"base state of Vital: unknown {', '.join(sorted(unknown))}; known: "
                f"{', '.join(_BASE_KEYS)}"
            )
        preset = json.loads(self._synth.to_json())
        settings = preset["settings"]
        for name, value in (base.get("controls") or {}).items():
            for control, number in _controls_of(name, float(value)):
                if control not in settings:
                    raise UnknownParameter(f"base state of Vital: there is no control {control}")
                settings[control] = number
        for i, routing in enumerate(base.get("modulations") or []):
            _check_routing(routing)
            settings["modulations"][i] = {
                "source": routing["source"],
                "destination": routing["destination"],
            }
            settings[f"modulation_{i + 1}_amount"] = float(routing.get("amount", 0.0))
        for oscillator, shapes in (base.get("wavetables") or {}).items():
            table = settings["wavetables"][int(oscillator) - 1]
            table["groups"][0]["components"][0]["keyframes"] = _keyframes(shapes)
        if not self._synth.load_json(json.dumps(preset)):
            raise ValueError("Vital refused the base state")

    def _check_range(self, control: str, value: float) -> None:
        details = self._synth.get_control_details(control)
        if not details.min - 1e-4 <= value <= details.max + 1e-4:
            raise ValueError(
                f"{control}: {value:g} lies outside Vital's range [{details.min:g}, "
                f"{details.max:g}]"
            )


def _held_still(base: Mapping[str, Any]) -> list[str]:
    """List what keeps something of the last patch while it is not 0: modulations and effects.

    An envelope starts from where the last note left it, so those in use are brought to 0. That of
    the level being one of them, the note is over at once, and what follows costs little.
    """
    routings = base.get("modulations") or []
    sources = {"env_1", *(routing["source"] for routing in routings)}
    envelopes = {source for source in sources if source.startswith("env_")}
    fields = ("delay", "attack", "hold", "decay", "sustain", "release")
    return [
        *(f"{effect}_on" for effect in _EFFECTS),
        *(f"modulation_{i + 1}_amount" for i in range(len(routings))),
        *(f"{envelope}_{field}" for envelope in sorted(envelopes) for field in fields),
    ]


def _controls_of(name: str, value: float) -> list[tuple[str, float]]:
    """Take a parameter apart into controls of Vital; only pitches are more than one."""
    unit, _, last = name.rpartition("_")
    if last != "pitch" or unit not in {f"osc_{i}" for i in _OSCILLATORS}:
        return [(name, value)]
    whole = math.floor(value + 0.5)
    return [(f"{unit}_transpose", float(whole)), (f"{unit}_tune", value - whole)]


def _check_routing(routing: Mapping[str, Any]) -> None:
    known = {
        "source": vita.get_modulation_sources(),
        "destination": vita.get_modulation_destinations(),
    }
    for key, names in known.items():
        if routing.get(key) not in names:
            raise UnknownParameter(
                f"base state of Vital: modulation {key} {routing.get(key)!r} is unknown; known: "
                f"{', '.join(names)}"
            )


def _keyframes(shapes: Collection[str]) -> list[dict[str, Any]]:
    unknown = sorted(set(shapes) - SHAPES.keys())
    if unknown or not shapes:
        raise ValueError(
            f"wavetable of unknown shapes {unknown}; expected some of {', '.join(SHAPES)}"
        )
    steps = max(len(shapes) - 1, 1)
    return [
        {
            "position": round(i * _LAST_FRAME / steps),
            "wave_data": base64.b64encode(SHAPES[shape]().astype("<f4").tobytes()).decode(),
        }
        for i, shape in enumerate(shapes)
    ]
