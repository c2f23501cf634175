"""The DX7, through dexed-py: six sine operators in 32 arrangements, which comes with pip."""

from collections.abc import Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import dexed
import numpy as np
from numpy.typing import NDArray

from src.synths.dx7_voice import (
    FIELDS,
    OPERATOR_FIELDS,
    OPERATORS,
    PITCH_NAMES,
    PITCH_ROUNDING,
    VOICE_BYTES,
    check_voice,
    read_values,
    set_values,
)
from src.synths.synth import Note, Synth, UnknownParameter
from src.synths.syx import save_voice

_BASE_KEYS = ("voice", "operators", "name")


class Dexed(Synth):
    """The DX7's engine in a base state, in the same process, without display, files or host.

    Values are the DX7's own, whole numbers as its voices hold them, but for ``algorithm``, which
    counts from 1 to 32 as on the panel. What is set is rounded to them, and reads rounded: see
    ``tolerance``. Besides there is ``op_1_pitch`` (to 6): semitones above the note, -12 to 71.4,
    rounded to the nearest of the 3200 ratios of ``frequency_coarse`` and ``frequency_fine``.

    A sound depends on nothing but the voice and the note, to the bit; there is nothing to settle.

    Args:
        base: ``voice`` (values by name), ``operators`` (values that all six operators have in
            common, by name without ``op_1_``) and ``name`` (ten letters, what a DX7 displays); the
            rest is that of dexed-py's initial patch: six sounding operators.
        sample_rate: samples per second.
        gain: factor of the sound; six operators at their loudest reach 3.1 without it.

    Raises:
        UnknownParameter: the base state names what the DX7 does not have.
        ValueError: a value of the base state is not possible.
    """

    preset_suffix = ".syx"

    def __init__(
        self, base: Mapping[str, Any], sample_rate: int = 44_100, gain: float = 0.25
    ) -> None:
        self.sample_rate = sample_rate
        self.version = f"DX7 (dexed-py {metadata.version('dexed-py')})"
        self.gain = gain
        self._synth = dexed.DexedSynth(sample_rate)
        self._base = _base_voice(base)
        self.load_voice(self._base)

    def names(self) -> Collection[str]:
        """List what a voice holds, and the pitches of the operators."""
        return [*FIELDS, *PITCH_NAMES]

    def set(self, values: Mapping[str, float]) -> None:
        """See ``Synth.set``; values are rounded as the class says."""
        self.check_names(values.keys(), "patch")
        self.load_voice(set_values(self._base, values))

    def load_voice(self, voice: bytes) -> None:
        """Play a whole voice, as files hold them, until the next patch is set.

        Args:
            voice: 155 bytes.

        Raises:
            ValueError: the bytes are no voice.
        """
        check_voice(voice)
        self._synth.load_patch(dexed.Patch.from_sysex(voice))

    def read_voice(self) -> bytes:
        """Read the present voice from the engine's own state, 155 bytes."""
        *_, voice = self._synth.__getstate__()  # what the engine itself holds, not what was sent
        return bytes(voice[:VOICE_BYTES])

    def read(self) -> dict[str, float]:
        """See ``Synth.read``; no pitch of an operator of fixed frequency."""
        return read_values(self.read_voice())

    def tolerance(self, name: str) -> float:
        """Return how far rounding may take a value: half a step, nothing for a choice."""
        if name in PITCH_NAMES:
            return PITCH_ROUNDING
        return super().tolerance(name) if name not in FIELDS or FIELDS[name].is_choice else 0.5

    def render(self, note: Note, duration_s: float) -> NDArray[np.float32]:
        """See ``Synth.render``; the engine is mono, both channels are the same."""
        start = round(note.start_s * self.sample_rate)
        samples = round(duration_s * self.sample_rate)
        sound = np.zeros((2, samples), dtype=np.float32)
        if start < samples:
            length_s = (samples - start) / self.sample_rate
            mono = self._synth.render(
                note.pitch, note.velocity, note.end_s - note.start_s, length_s + 0.01
            )
            sound[:, start:] = np.float32(self.gain) * mono[: samples - start]
        return sound

    def save_preset(self, path: Path) -> None:
        """Write a .syx file of the present voice; the gain is no part of it."""
        save_voice(path, self.read_voice())


def _base_voice(base: Mapping[str, Any]) -> bytes:
    if unknown := base.keys() - _BASE_KEYS:
        raise ValueError(
            f"base state of the DX7: unknown {', '.join(sorted(unknown))}; known: "
            f"{', '.join(_BASE_KEYS)}"
        )
    common = base.get("operators") or {}
    if wrong := common.keys() - {*OPERATOR_FIELDS, "pitch"}:
        raise UnknownParameter(
            f"base state of the DX7: operators have no {', '.join(sorted(wrong))}; known: pitch, "
            f"{', '.join(OPERATOR_FIELDS)}"
        )
    initial = dexed.Patch(str(base.get("name", "INIT VOICE"))).to_sysex()[:VOICE_BYTES]
    alike = {f"op_{i}_{name}": float(value) for i in OPERATORS for name, value in common.items()}
    own = {name: float(value) for name, value in (base.get("voice") or {}).items()}
    return set_values(initial, alike | own)
