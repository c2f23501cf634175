"""How values are read from the state that a VST3 plug-in itself writes."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cache
from typing import Any

from pedalboard import VST3Plugin
from pedalboard._pedalboard import normalize_python_parameter_name

from src.synths.surge_state import Link, SurgePatch, find_link


class StateReader(ABC):
    """Reads raw values, in [0, 1], from a plug-in's state."""

    @abstractmethod
    def capture(self, plugin: VST3Plugin) -> bytes:
        """Return the plug-in's present state in the form that is read here."""

    @abstractmethod
    def knows(self, name: str) -> bool:
        """Tell whether the parameter can be read."""

    @abstractmethod
    def learn(self, name: str, at_zero: bytes, at_one: bytes) -> bool:
        """Find a parameter in the state.

        Args:
            name: of the parameter.
            at_zero: state with the parameter at raw value 0, all else equal.
            at_one: state with the parameter at raw value 1.

        Returns:
            Whether it was found.
        """

    @abstractmethod
    def read(self, state: bytes, names: Iterable[str]) -> dict[str, float]:
        """Read parameters that are known from a captured state."""

    @abstractmethod
    def tolerance(self, name: str) -> float:
        """Return how far a value read may lie from the one set."""


class MonitorReader(StateReader):
    """Loads the state into a second instance of the plug-in, which nothing else was told.

    Args:
        monitor: that instance.
    """

    def __init__(self, monitor: VST3Plugin) -> None:
        self._monitor = monitor

    def capture(self, plugin: VST3Plugin) -> bytes:
        """See ``StateReader.capture``."""
        return bytes(plugin.raw_state)

    def knows(self, name: str) -> bool:
        """See ``StateReader.knows``."""
        return name in parameters_of(self._monitor)

    def learn(self, name: str, at_zero: bytes, at_one: bytes) -> bool:
        """See ``StateReader.learn``; there is nothing to learn."""
        return self.knows(name)

    def read(self, state: bytes, names: Iterable[str]) -> dict[str, float]:
        """See ``StateReader.read``."""
        self._monitor.raw_state = state
        parameters = parameters_of(self._monitor)
        return {name: float(parameters[name].raw_value) for name in names}

    def tolerance(self, name: str) -> float:
        """See ``StateReader.tolerance``: the rounding of a float32."""
        del name
        return 1e-4


class SurgeReader(StateReader):
    """Reads Surge XT's patch XML; which element a parameter is in, is found by moving it."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}

    def capture(self, plugin: VST3Plugin) -> bytes:
        """See ``StateReader.capture``."""
        return bytes(plugin.preset_data)

    def knows(self, name: str) -> bool:
        """See ``StateReader.knows``."""
        return name in self._links

    def learn(self, name: str, at_zero: bytes, at_one: bytes) -> bool:
        """See ``StateReader.learn``."""
        link = find_link(name, SurgePatch.parse(at_zero), SurgePatch.parse(at_one))
        linked = {known.element for known in self._links.values()}
        if link is None or link.element in linked:
            return False
        self._links[name] = link
        return True

    def read(self, state: bytes, names: Iterable[str]) -> dict[str, float]:
        """See ``StateReader.read``."""
        values = SurgePatch.parse(state).values()
        links = {name: self._links[name] for name in names}
        return {name: link.raw(values[link.element]) for name, link in links.items()}

    def tolerance(self, name: str) -> float:
        """See ``StateReader.tolerance``."""
        return self._links[name].tolerance


def parameters_of(plugin: VST3Plugin) -> dict[str, Any]:
    """Map names to a plug-in's parameters.

    Args:
        plugin: an instance.

    Returns:
        Parameters by the names that pedalboard gives them, without names that two share. They are
        dangling pointers after a process() with a reset, which may start the plug-in anew.
    """
    found: dict[str, Any] = {}
    shared = set()
    for parameter in plugin._parameters:
        name = _python_name(parameter.name, parameter.label)
        if name in found:
            shared.add(name)
        found[name] = parameter
    return {name: p for name, p in found.items() if name and name not in shared}


@cache
def _python_name(name: str, label: str) -> str:
    """Name a parameter as pedalboard does."""
    with_label = f"{name} {label}" if label and not label.startswith(":") else name
    return str(normalize_python_parameter_name(with_label)) if with_label else ""
