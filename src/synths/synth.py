"""What a synthesizer is: parameters to set, notes to render. Backends are modules of their own."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class UnknownParameter(ValueError):
    """A parameter table names something that the synthesizer does not have."""


class ParameterNotTaken(ValueError):
    """A parameter was set, but the synthesizer's own state says otherwise."""


class MissingPlugin(FileNotFoundError):
    """The synthesizer is not on this machine, or its path is not configured."""


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes:
        pitch: MIDI note number, 0 to 127.
        start_s: time of the note-on, seconds.
        end_s: time of the note-off, seconds, not before the note-on.
        velocity: MIDI velocity, 1 to 127.
    """

    pitch: int
    start_s: float
    end_s: float
    velocity: int = 100

    def __post_init__(self) -> None:
        """Refuse what no synthesizer can play."""
        if not (0 <= self.pitch <= 127 and 1 <= self.velocity <= 127):
            raise ValueError(f"pitch and velocity have to be MIDI numbers: {self}")
        if not 0 <= self.start_s <= self.end_s:
            raise ValueError(f"a note starts at 0 or later and does not end before that: {self}")


class Synth(ABC):
    """A synthesizer in a base state, into which patches are set.

    Nothing of one patch is heard in the next one, and the same values give the same sound in any
    order, as far as the synthesizer itself leaves nothing to chance.

    Attributes:
        sample_rate: samples per second of what is rendered.
        version: name and version of the synthesizer, recorded with every data set.
        preset_suffix: of the files that ``save_preset`` writes, such as ".vital".
    """

    sample_rate: int
    version: str
    preset_suffix: str

    @abstractmethod
    def names(self) -> Collection[str]:
        """List the parameters that can be set in the base state."""

    @abstractmethod
    def set(self, values: Mapping[str, float]) -> None:
        """Set parameters on top of the base state; what is not named has its base value.

        Args:
            values: in the units of the backend (its docstring says which), by parameter.

        Raises:
            UnknownParameter: a name is not known.
            ValueError: a value lies outside the parameter's range.
        """

    @abstractmethod
    def read(self) -> dict[str, float]:
        """Read parameters from the synthesizer's own state, in the units of ``set``."""

    @abstractmethod
    def render(self, note: Note, duration_s: float) -> NDArray[np.float32]:
        """Render the present patch from silence.

        Args:
            note: what is played.
            duration_s: length of the sound in seconds.

        Returns:
            Stereo, shape (2, round(duration_s * sample_rate)).
        """

    @abstractmethod
    def save_preset(self, path: Path) -> None:
        """Write the present patch as a preset file that the synthesizer's owner can open."""

    def turn_up(self, gain_db: float) -> float:
        """Change the volume of the present patch, so that presets hold it too.

        Args:
            gain_db: wanted, dB; below 0 to turn it down.

        Returns:
            How much of it was done, dB; 0 where no volume is known.
        """
        del gain_db
        return 0.0

    def tolerance(self, name: str) -> float:
        """Return how far a value that was read back may lie from the one that was set."""
        del name
        return 1e-4

    def verify(self, values: Mapping[str, float]) -> None:
        """Read every parameter back that was set.

        Args:
            values: as given to ``set``.

        Raises:
            ParameterNotTaken: a parameter does not have the value it was set to.
        """
        state = self.read()
        wrong = [
            f"{name} was set to {value:.6g} and reads {state.get(name, float('nan')):.6g}"
            for name, value in values.items()
            if not abs(state.get(name, float("inf")) - value) <= self.tolerance(name)
        ]
        if wrong:
            raise ParameterNotTaken(
                f"{self.version} did not take {len(wrong)} of {len(values)} parameters: "
                + "; ".join(wrong[:5])
            )

    def check_names(self, names: Collection[str], source: str) -> None:
        """Refuse names that the synthesizer does not have, before anything is rendered.

        Args:
            names: parameters that a table names.
            source: where they stand, for the message.

        Raises:
            UnknownParameter: with the nearest known names.
        """
        known = list(self.names())
        unknown = [name for name in names if name not in set(known)]
        if unknown:
            lines = [
                f"{name} (nearest: {', '.join(get_close_matches(name, known, 3, 0.0))})"
                for name in unknown[:5]
            ]
            raise UnknownParameter(
                f"{source}: {len(unknown)} parameters that {self.version} does not have: "
                + "; ".join(lines)
            )
