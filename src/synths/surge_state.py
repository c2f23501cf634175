"""Surge XT's state: the XML inside its preset, how it is edited and how values are read from it.

The chunk ``Comp`` of a preset of Surge XT starts with ``sub3``, the length of the XML and the
lengths of six wavetables, 32 bits each, little-endian; then come the XML, the wavetables and what
the plug-in format appends.

The names of elements are those of Surge XT's own patch files: ``a_osc1_type``, ``a_env1_attack``
(1 is the amplifier's envelope, 2 the filters'), ``a_lfo0_rate`` (LFO 1), ``fx9_p0``.
"""

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from typing import Any
from xml.etree import ElementTree

from src.synths.vst3_preset import Preset

_PATCH = struct.Struct("<4s7I")  # sub3, length of the XML, lengths of six wavetables
_INT, _FLOAT = 0, 2
# Raw values of a stepped parameter: step k of n lies at 0.005 + 0.99 k / (n - 1).
_MARGIN, _SPAN = 0.005, 0.99
_FIRST_VOICE_LFO = 17
SOURCES = {f"voice_lfo_{i + 1}": _FIRST_VOICE_LFO + i for i in range(6)}
_EDITS = {"parameters", "activate", "routings"}


def is_surge(preset: bytes) -> bool:
    """Tell whether a preset's component chunk holds a patch of Surge XT."""
    return preset[:4] == b"VST3" and Preset.parse(preset).chunks.get(b"Comp", b"")[:4] == b"sub3"


@dataclass
class SurgePatch:
    """A patch of Surge XT within its preset.

    Attributes:
        preset: the file around it.
        sizes: lengths of the wavetables.
        root: the XML.
        rest: the wavetables, and what follows them.
    """

    preset: Preset
    sizes: tuple[int, ...]
    root: ElementTree.Element
    rest: bytes
    _xml: bytes = field(default=b"", repr=False)

    @classmethod
    def parse(cls, data: bytes) -> "SurgePatch":
        """Read the patch inside a preset.

        Raises:
            ValueError: the preset is not one of Surge XT, or its XML cannot be read.
        """
        preset = Preset.parse(data)
        component = preset.chunks.get(b"Comp", b"")
        if component[:4] != b"sub3" or len(component) < _PATCH.size:
            raise ValueError("not a patch of Surge XT: its component does not start with sub3")
        _, length, *sizes = _PATCH.unpack_from(component)
        xml = component[_PATCH.size : _PATCH.size + length]
        if len(xml) != length:
            raise ValueError(f"the patch's XML has {len(xml)} of its {length} bytes")
        try:
            root = ElementTree.fromstring(xml.rstrip(b"\0"))
        except ElementTree.ParseError as error:
            raise ValueError(f"the patch's XML cannot be read: {error}") from error
        return cls(preset, tuple(sizes), root, component[_PATCH.size + length :], xml)

    @property
    def elements(self) -> dict[str, ElementTree.Element]:
        """The parameters' elements, by name."""
        parameters = self.root.find("parameters")
        return {} if parameters is None else {element.tag: element for element in parameters}

    def values(self) -> dict[str, float]:
        """Read all values that are numbers, in Surge XT's own units."""
        found = {}
        for name, element in self.elements.items():
            with suppress(ValueError):
                found[name] = float(element.get("value", ""))
        return found

    def pack(self) -> bytes:
        """Put the patch back into its preset; unedited, the same bytes as were parsed."""
        if ElementTree.canonicalize(self._xml.rstrip(b"\0").decode()) == self._canonical():
            xml = self._xml
        else:
            xml = ElementTree.tostring(self.root, encoding="UTF-8", xml_declaration=True)
        head = _PATCH.pack(b"sub3", len(xml), *self.sizes)
        chunks = self.preset.chunks | {b"Comp": head + xml + self.rest}
        return Preset(self.preset.version, self.preset.class_id, chunks).pack()

    def _canonical(self) -> str:
        return ElementTree.canonicalize(ElementTree.tostring(self.root, encoding="unicode"))

    def edit(self, edits: Mapping[str, Any]) -> None:
        """Change the patch.

        Args:
            edits: ``parameters`` (a value by element, or a mapping of attributes such as value,
                temposync, deactivated; the elements of effects are made where they are missing),
                ``activate`` (patterns of elements whose flag ``deactivated`` is taken back),
                ``routings`` (list of source, target, depth; they replace the patch's own to the
                same target from the same source).

        Raises:
            ValueError: an unknown key, element, pattern or source.
        """
        _check_keys(edits, _EDITS, "the edits of a patch")
        for name, wanted in (edits.get("parameters") or {}).items():
            element = self._element(name)
            for attribute, value in _attributes(wanted).items():
                element.set(attribute, _text(value))
        for pattern in edits.get("activate") or []:
            for name in self._matching(pattern):
                if self.elements[name].get("deactivated") is not None:
                    self.elements[name].set("deactivated", "0")
        for routing in edits.get("routings") or []:
            self._route(routing)

    def missing(self, edits: Mapping[str, Any]) -> list[str]:
        """List what of the edits the patch does not hold, in words; empty if all is there."""
        elements, wrong = self.elements, []
        for name, wanted in (edits.get("parameters") or {}).items():
            for attribute, value in _attributes(wanted).items():
                text = elements[name].get(attribute) if name in elements else None
                # an absent flag is an inactive one
                present = float(text) if text is not None else float("nan")
                if attribute != "value" and text is None:
                    present = 0.0
                if attribute != "type" and not abs(present - float(value)) <= 1e-4:
                    wrong.append(f"{name} {attribute}={text} instead of {value}")
        for pattern in edits.get("activate") or []:
            for name in elements:
                if fnmatchcase(name, pattern) and elements[name].get("deactivated") == "1":
                    wrong.append(f"{name} is deactivated")
        for routing in edits.get("routings") or []:
            element = elements.get(routing["target"])
            found = [] if element is None else _routings(element, routing["source"])
            depths = [float(r.get("depth", "nan")) for r in found if r.get("muted") != "1"]
            if not any(abs(depth - float(routing["depth"])) <= 1e-3 for depth in depths):
                wrong.append(f"no routing {routing['source']} to {routing['target']}: {depths}")
        return wrong

    def _element(self, name: str) -> ElementTree.Element:
        found = self.elements.get(name)
        if found is not None:
            return found
        effect, _, number = name.partition("_p")
        parameters = self.root.find("parameters")
        # The parameters of an effect are in the XML only while its slot is filled.
        if effect.removeprefix("fx").isdigit() and parameters is not None and number.isdigit():
            attributes = {"type": str(_FLOAT), "value": "0", "deactivated": "0"}
            return ElementTree.SubElement(parameters, name, attributes)
        if effect.removesuffix("_type").removeprefix("fx").isdigit() and parameters is not None:
            return ElementTree.SubElement(parameters, name, {"type": str(_INT), "value": "0"})
        raise ValueError(f"the patch has no element {name}; {_nearest(name, list(self.elements))}")

    def _matching(self, pattern: str) -> list[str]:
        names = [name for name in self.elements if fnmatchcase(name, pattern)]
        if not names:
            raise ValueError(f"activate: no element of the patch matches {pattern!r}")
        return names

    def _route(self, routing: Mapping[str, Any]) -> None:
        _check_keys(routing, {"source", "target", "depth"}, "a routing")
        element = self._element(routing["target"])
        for old in _routings(element, routing["source"]):
            element.remove(old)
        attributes = {
            "source": str(_source(routing["source"])),
            "depth": _text(routing["depth"]),
            "muted": "0",
            "source_index": "0",
        }
        ElementTree.SubElement(element, "modrouting", attributes)


@dataclass(frozen=True)
class Link:
    """How a plug-in parameter's raw value in [0, 1] and its element's value belong together.

    Attributes:
        element: name in the XML.
        low: value at raw value 0.
        high: value at raw value 1.
        stepped: whether only whole numbers occur.
    """

    element: str
    low: float
    high: float
    stepped: bool

    def raw(self, value: float) -> float:
        """Turn an element's value into a raw value."""
        position = (value - self.low) / (self.high - self.low)
        return _MARGIN + _SPAN * position if self.stepped else position

    @property
    def tolerance(self) -> float:
        """How far a raw value may lie from the one that was set: half a step."""
        return _SPAN / 2 / abs(self.high - self.low) + 1e-6 if self.stepped else 1e-4


def find_link(name: str, at_zero: SurgePatch, at_one: SurgePatch) -> Link | None:
    """Find the element that follows a parameter.

    Args:
        name: of the plug-in's parameter.
        at_zero: the patch with the parameter at raw value 0, all else equal.
        at_one: the same at raw value 1.

    Returns:
        The link, or None if nothing in the patch follows the parameter. Where several elements do
        (a filter's type resets its subtype), the one whose name is most alike.
    """
    low, high = at_zero.values(), at_one.values()
    moved = [key for key in low if key in high and low[key] != high[key]]
    if not moved:
        return None
    key = max(moved, key=lambda key: SequenceMatcher(None, name, key, autojunk=False).ratio())
    stepped = at_one.elements[key].get("type") == str(_INT)
    return Link(key, low[key], high[key], stepped)


def _attributes(wanted: Any) -> dict[str, Any]:
    return dict(wanted) if isinstance(wanted, Mapping) else {"value": wanted}


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool | int) else repr(float(value))


def _source(name: str | int) -> int:
    if isinstance(name, int):
        return name
    if name not in SOURCES:
        raise ValueError(f"unknown source of modulation {name!r}; known: {', '.join(SOURCES)}")
    return SOURCES[name]


def _routings(element: ElementTree.Element, source: str | int) -> list[ElementTree.Element]:
    number = str(_source(source))
    return [r for r in element.findall("modrouting") if r.get("source") == number]


def _check_keys(content: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(content.keys() - known)
    if unknown:
        raise ValueError(f"{what}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _nearest(name: str, known: Sequence[str]) -> str:
    best = sorted(known, key=lambda k: -SequenceMatcher(None, name, k).ratio())[:3]
    return f"nearest: {', '.join(best) or 'none'}"
