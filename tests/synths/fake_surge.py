"""A stand-in for Surge XT in a plug-in host, made from what is known of its state; no sound model.

It has the traps of the real one: a state that is set comes into force with the next process(), over
the values sent before; a value that equals the host's note of it is not sent; and these notes
outlive the loading of a state. Where ``starts_anew``, a reset sends them.
"""

import struct
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from src.synths.vst3_preset import Preset

# name of the plug-in, element, lowest and highest value, whole numbers only
PARAMETERS = [
    ("A Osc 1 Octave", "a_osc1_octave", -3, 3, True),
    ("A Filter 1 Type", "a_filter1_type", 0, 33, True),
    ("A Filter 1 Cutoff", "a_filter1_cutoff", -60, 70, False),
    ("A Osc 1 Mute", "a_mute_o1", 0, 1, True),
    ("A Pan", "a_pan", -1, 1, False),
]
ELEMENTS = {
    "a_osc1_octave": ("0", "0"),
    "a_mute_o1": ("0", "0"),
    "a_filter1_type": ("0", "0"),
    "a_filter1_subtype": ("0", "0"),
    "a_filter1_cutoff": ("2", "3.00000000000000"),
    "a_pan": ("2", "0.00000000000000"),
    "a_drift": ("2", "0.00000000000000"),
}


def make_xml(elements: dict[str, tuple[str, str]] = ELEMENTS) -> bytes:
    """Write a patch in the form that Surge XT gives it."""
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>', '<patch revision="21">']
    lines += ['    <meta name="Init" category="" comment="" author="" />', "    <parameters>"]
    for name, (kind, value) in elements.items():
        flag = ' deactivated="1"' if name == "a_filter1_type" else ""
        lines.append(f'        <{name} type="{kind}" value="{value}"{flag} />')
    lines += ["    </parameters>", '    <nonparamconfig><a v="1" /></nonparamconfig>', "</patch>"]
    return "\n".join(lines).encode() + b"\n"


def make_preset(xml: bytes, rest: bytes = b"wavetables and private data") -> bytes:
    """Put a patch into a preset."""
    component = struct.pack("<4s7I", b"sub3", len(xml), 0, 0, 0, 0, 0, 0) + xml + rest
    return Preset(1, b"0" * 32, {b"Comp": component, b"Cont": b"editor"}).pack()


@dataclass
class FakeParameter:
    """One parameter as the host shows it."""

    plugin: "FakeSurge"
    name: str
    label: str = ""

    @property
    def raw_value(self) -> float:
        """The host's note of the value."""
        return self.plugin.noted[self.name]

    @raw_value.setter
    def raw_value(self, value: float) -> None:
        if np.float32(value) != np.float32(self.plugin.noted[self.name]):
            self.plugin.pending[self.name] = value
        self.plugin.noted[self.name] = value
        self.plugin.was_set.add(self.name)


class FakeSurge:
    """The parts of pedalboard's VST3Plugin that the backend uses."""

    name = "Fake XT"
    version = "0.1"
    deaf: frozenset[str] = frozenset()  # parameters whose values are not taken

    starts_anew = False

    def __init__(self, path: str, plugin_name: str | None = None) -> None:
        del path, plugin_name
        self.state = make_preset(make_xml())
        self.loading: bytes | None = None
        self.noted = {name: 0.5 for name, *_ in PARAMETERS}
        self.was_set: set[str] = set()
        self.pending: dict[str, float] = {}
        self._parameters = [FakeParameter(self, name) for name, *_ in PARAMETERS]

    @property
    def preset_data(self) -> bytes:
        """The state; one that is still to be loaded is not seen yet."""
        return self.state

    @preset_data.setter
    def preset_data(self, data: bytes) -> None:
        self.loading = data

    raw_state = preset_data

    def process(self, messages: list[object], **settings: object) -> NDArray[np.float32]:
        """Send values, then load a state over them, as the real one does."""
        del messages
        if settings["reset"] and self.starts_anew:
            self.pending |= {name: self.noted[name] for name in self.was_set}
        for name, element, low, high, stepped in PARAMETERS:
            if name in self.pending and name not in self.deaf:
                self._write(element, self.pending[name], low, high, stepped)
        self.pending = {}
        if self.loading is not None:
            self.state, self.loading = self.loading, None
        samples = round(float(str(settings["duration"])) * float(str(settings["sample_rate"])))
        return np.zeros((2, samples), dtype=np.float32)

    def _write(self, name: str, raw: float, low: float, high: float, stepped: bool) -> None:
        preset = Preset.parse(self.state)
        component = preset.chunks[b"Comp"]
        length = struct.unpack_from("<I", component, 4)[0]
        root = ElementTree.fromstring(component[32 : 32 + length])
        position = min(max((raw - 0.005) / 0.99, 0), 1) if stepped else raw
        value = low + position * (high - low)
        text = str(int(np.floor(value + 0.5))) if stepped else f"{value:.14f}"
        element = root.find(f"parameters/{name}")
        assert element is not None
        element.set("value", text)
        if name == "a_filter1_type":  # the real one has another subtype with each type
            subtype = root.find("parameters/a_filter1_subtype")
            assert subtype is not None
            subtype.set("value", str(int(text) % 4))
        xml = ElementTree.tostring(root)
        head = struct.pack("<4sI", b"sub3", len(xml)) + component[8:32]
        preset.chunks[b"Comp"] = head + xml + component[32 + length :]
        self.state = preset.pack()
