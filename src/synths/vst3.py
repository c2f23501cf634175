"""Any VST3 instrument, through pedalboard, without a display. Surge XT is one.

What a plug-in host shows as a parameter's value is its own note of it, which a plug-in need not
share. So values are read from the state that the plug-in itself writes, see ``vst3_readers``.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pedalboard import VST3Plugin

from src.common.files import atomic_path
from src.synths.surge_state import SurgePatch, is_surge
from src.synths.synth import MissingPlugin, Note, ParameterNotTaken, Synth
from src.synths.vst3_readers import MonitorReader, StateReader, SurgeReader, parameters_of

_SETTLE_S = 0.01  # in which the plug-in takes the values that were set
_NUDGE = 2.0**-10  # far from rounding, less than a step of a parameter with a thousand steps
_BASE_KEYS = {"values", "surge"}


class Vst3(Synth):
    """A VST3 instrument in a base state. Values are raw values in [0, 1].

    Parameters have the names that pedalboard gives them (``VCF Freq`` is ``vcf_freq``). A name that
    two parameters share cannot be set and is not listed.

    Args:
        path: of the .vst3 file or folder.
        environment: name of an environment variable that holds the path where ``path`` is None.
        setting: name of the setting that ``path`` comes from, for the message if it is empty.
        plugin_name: which plug-in of the file, where it holds several.
        base: what differs from the plug-in's initial state: ``values`` (raw values by name) and,
            for Surge XT, ``surge`` (see ``SurgePatch.edit``).
        sample_rate: samples per second.
        flush_s: length of a sound that is thrown away after a state was loaded; always the same,
            because effects go on from where it leaves them.
        buffer_size: samples that the plug-in is asked for at once. Some plug-ins keep the times of
            notes only to a buffer, or lose note-offs in long ones.
        tolerances: how far a value read back may lie from the one set, where a parameter rounds.

    Raises:
        MissingPlugin: there is no such plug-in, or it cannot be loaded.
        UnknownParameter: the base state names what the plug-in does not have.
        ParameterNotTaken: the plug-in did not take the base state.
    """

    preset_suffix = ".vstpreset"

    def __init__(
        self,
        path: str | Path | None = None,
        environment: str | None = None,
        setting: str = "path",
        plugin_name: str | None = None,
        base: Mapping[str, Any] | None = None,
        sample_rate: int = 44_100,
        flush_s: float = 0.05,
        buffer_size: int = 512,
        tolerances: Mapping[str, float] | None = None,
    ) -> None:
        self.sample_rate = sample_rate
        self._path = find_plugin(path, environment, setting)
        self._plugin_name = plugin_name
        self._flush_s = flush_s
        self._buffer_size = buffer_size
        self._tolerances = dict(tolerances or {})
        self._plugin = self._open()
        self.version = (
            f"{self._plugin.name} {self._plugin.version} "
            f"(pedalboard {metadata.version('pedalboard')})"
        )
        self._touched: dict[str, float] = {}  # every parameter ever set, with its base value
        self._values: dict[str, float] = {}
        self._is_fresh = False
        self._load_base(base or {})

    def names(self) -> Collection[str]:
        """List the parameters that the plug-in has in its base state."""
        return self._names

    def set(self, values: Mapping[str, float]) -> None:
        """See ``Synth.set``; values are raw, in [0, 1]."""
        self.check_names(values.keys(), "patch")
        for name, value in values.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name}: expected a raw value in [0, 1], got {value:g}")
        self._learn(values.keys())
        self._values = dict(values)
        self._apply()

    def read(self) -> dict[str, float]:
        """Read, from the plug-in's own state, all parameters that were ever set."""
        return self._reader.read(self._reader.capture(self._plugin), self._touched)

    def render(self, note: Note, duration_s: float) -> NDArray[np.float32]:
        """See ``Synth.render``."""
        if not self._is_fresh:
            self._apply()
        self._is_fresh = False
        samples = round(duration_s * self.sample_rate)
        end = min(note.end_s, duration_s)
        # Without a note-off a note goes on sounding in whatever is rendered next.
        messages = [
            (bytes([0x90, note.pitch, note.velocity]), note.start_s),
            (bytes([0x80, note.pitch, 0]), end),
        ]
        played = messages if note.start_s < duration_s else []
        sound = self._process(played, duration_s, reset=True)[:, :samples]
        result = np.zeros((2, samples), dtype=np.float32)
        result[:, : sound.shape[1]] = sound  # a mono plug-in's sound on both sides
        return result

    def save_preset(self, path: Path) -> None:
        """Write the present patch as a .vstpreset file."""
        if not self._is_fresh:
            self._apply()
        with atomic_path(path) as temporary:
            temporary.write_bytes(self._plugin.preset_data)

    def tolerance(self, name: str) -> float:
        """See ``Synth.tolerance``; half a step of a parameter with steps."""
        return self._tolerances.get(name, self._reader.tolerance(name))

    def _open(self) -> VST3Plugin:
        """Load a further instance of the plug-in."""
        try:
            return VST3Plugin(str(self._path), plugin_name=self._plugin_name)
        except (ImportError, ValueError) as error:
            raise MissingPlugin(f"{self._path} cannot be loaded as a VST3: {error}") from error

    def _load_base(self, base: Mapping[str, Any]) -> None:
        unknown = sorted(base.keys() - _BASE_KEYS)
        if unknown:
            raise ValueError(
                f"base state: unknown {', '.join(unknown)}; known: {', '.join(sorted(_BASE_KEYS))}"
            )
        preset = self._plugin.preset_data
        surge = is_surge(preset)
        edits = base.get("surge") or {}
        if edits and not surge:
            raise ValueError(f"base state: surge is for Surge XT only, this is {self.version}")
        if edits:
            patch = SurgePatch.parse(preset)
            patch.edit(edits)
            self._plugin.preset_data = patch.pack()
        self._clear()
        missing = SurgePatch.parse(self._plugin.preset_data).missing(edits) if edits else []
        if missing:
            raise ParameterNotTaken(
                f"{self.version} did not take its base state: {'; '.join(missing[:5])}"
            )
        self._reader: StateReader = SurgeReader() if surge else MonitorReader(self._open())
        self._names = frozenset(parameters_of(self._plugin))
        self._keep_as_base()
        self._set_base_values(base.get("values") or {})

    def _set_base_values(self, values: Mapping[str, float]) -> None:
        if not values:
            return
        self.set({name: float(value) for name, value in values.items()})
        self.verify(values)
        self._keep_as_base()
        self._values = {}
        self._is_fresh = False

    def _keep_as_base(self) -> None:
        """Make the present state the base state."""
        self._base = bytes(self._plugin.raw_state)
        self._base_to_read = self._reader.capture(self._plugin)
        self._touched = self._reader.read(self._base_to_read, self._touched)

    def _learn(self, names: Iterable[str]) -> None:
        """Find out where new parameters are in the state, and their base values."""
        for name in [name for name in names if name not in self._touched]:
            if not self._reader.knows(name):
                at = [self._state_with({name: value}) for value in (0.0, 1.0)]
                if not self._reader.learn(name, *at):
                    raise ParameterNotTaken(f"{self.version}: its state does not show {name}")
            self._touched |= self._reader.read(self._base_to_read, [name])

    def _state_with(self, values: Mapping[str, float]) -> bytes:
        self._restore({**self._touched, **values})
        return self._reader.capture(self._plugin)

    def _apply(self) -> None:
        """Bring the plug-in into the base state and the patch, ready to play."""
        # The host remembers parameter values when a state is loaded, and pedalboard sends them to
        # a plug-in that it restarts for a reset. So every parameter that was ever set is set back.
        self._restore(self._touched | self._values)
        self._is_fresh = True

    def _restore(self, values: Mapping[str, float]) -> None:
        """Load the base state and set values."""
        self._plugin.raw_state = self._base
        self._clear()
        self._send(values)
        self._process([], _SETTLE_S, reset=False)

    def _clear(self) -> None:
        """Let a state that was loaded come into force, and take away what still sounds."""
        # A state is only loaded by the next process(). With a reset, the plug-in would be restarted
        # and given the state before.
        self._process([], _SETTLE_S, reset=False)
        if self._flush_s:
            self._process([], self._flush_s, reset=True)

    def _send(self, values: Mapping[str, float]) -> None:
        """Hand values to the plug-in, each preceded by another one."""
        parameters = parameters_of(self._plugin)
        for name, value in values.items():
            parameter = parameters[name]
            # The host does not send a value that it believes to be set already.
            parameter.raw_value = value + _NUDGE if value < 0.5 else value - _NUDGE
            parameter.raw_value = value

    def _process(self, messages: list[Any], duration_s: float, reset: bool) -> NDArray[np.float32]:
        sound: NDArray[np.float32] = self._plugin.process(
            messages,
            duration=duration_s,
            sample_rate=self.sample_rate,
            num_channels=2,
            buffer_size=self._buffer_size,
            reset=reset,
        )
        return sound


def find_plugin(path: str | Path | None, environment: str | None, setting: str) -> Path:
    """Choose the plug-in's path and see that it exists.

    Raises:
        MissingPlugin: it is not given or does not exist; the message names what to fill.
    """
    given = path or (os.environ.get(environment) if environment else None)
    variable = f" or the environment variable {environment}" if environment else ""
    if not given:
        raise MissingPlugin(f"no plug-in is named: set {setting}{variable} to its .vst3")
    found = Path(given).expanduser()
    if not found.exists():
        raise MissingPlugin(f"there is no plug-in {found}: set {setting}{variable} to its .vst3")
    return found
