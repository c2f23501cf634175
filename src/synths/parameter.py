"""One parameter of a table: how it is drawn, encoded and decoded; rows of CSV files."""

import csv
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KINDS = ("continuous", "integer", "categorical", "note_on_off", "constant")
_REQUIRED = ("name", "kind", "min", "max")
_OPTIONAL = (
    *("constant_value", "constant_probability", "encoding", "choices"),
    *("unit", "group", "symmetry"),
)


@dataclass(frozen=True)
class Choice:
    """One value of a categorical parameter.

    Attributes:
        name: as the synthesizer prints it.
        value: what is set.
        weight: how often it is drawn, relative to the others.
    """

    name: str
    value: float
    weight: float = 1.0


@dataclass(frozen=True)
class Parameter:
    """One row of a table.

    Attributes:
        name: the synthesizer's own name of it.
        kind: one of ``KINDS``.
        low: smallest value; seconds for times of a note.
        high: largest value.
        constant_value: value taken with ``constant_probability``, and always by a constant.
        constant_probability: in [0, 1].
        choices: of a categorical parameter.
        unit: of the values, for people.
        group: unit of the synthesizer that it belongs to, for figures.
        symmetry: (set, member): whole members of a set may be swapped without changing the sound.
    """

    name: str
    kind: str
    low: float = 0.0
    high: float = 1.0
    constant_value: float | None = None
    constant_probability: float = 0.0
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    group: str = ""
    symmetry: tuple[str, str] | None = None

    @property
    def width(self) -> int:
        """Number of columns in a vector."""
        widths = {"categorical": len(self.choices), "note_on_off": 2, "constant": 0}
        return widths.get(self.kind, 1)

    def draw(self, rng: np.random.Generator) -> list[float]:
        """Draw a value, encoded: ``width`` numbers in [0, 1].

        Every draw takes the same count of random numbers, so that one parameter's range does not
        decide what the next one gets.
        """
        u, v = rng.random(2)
        if self.kind == "categorical":
            weights = np.cumsum([choice.weight for choice in self.choices])
            chosen = int(np.searchsorted(weights, u * weights[-1], side="right"))
            return [float(i == chosen) for i in range(len(self.choices))]
        if self.kind == "note_on_off":
            return sorted((u, v))
        if self.kind == "integer":
            count = round(self.high - self.low) + 1
            return [math.floor(u * count) / (count - 1)]
        if self.constant_value is not None and v < self.constant_probability:
            u = (self.constant_value - self.low) / (self.high - self.low)
        return [u] if self.width else []

    def decode(self, columns: NDArray[np.floating]) -> float:
        """Turn the columns of one parameter, clipped to [0, 1], into a value."""
        if self.kind == "categorical":
            return self.choices[int(np.argmax(columns))].value
        value = self.low + float(columns[0]) * (self.high - self.low)
        return float(round(value)) if self.kind == "integer" else value

    def encode(self, value: float) -> list[float]:
        """Turn a value into columns; the nearest choice of a categorical parameter.

        Raises:
            ValueError: the value lies outside the range.
        """
        if self.kind == "categorical":
            distances = [abs(choice.value - value) for choice in self.choices]
            return [float(i == int(np.argmin(distances))) for i in range(len(self.choices))]
        encoded = (value - self.low) / (self.high - self.low)
        if not -1e-6 <= encoded <= 1 + 1e-6:
            raise ValueError(
                f"{self.name}: {value:g} lies outside [{self.low:g}, {self.high:g}] {self.unit}"
            )
        return [min(max(encoded, 0.0), 1.0)]


def read_rows(path: Path) -> list[Parameter]:
    """Read the rows of a table.

    Raises:
        ValueError: a column or a row is wrong.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        _check_header(path, reader.fieldnames or [])
        return [_parse(row, f"{path}, line {reader.line_num}") for row in reader]


def _check_header(path: Path, header: Collection[str]) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    unknown = [name for name in header if name not in (*_REQUIRED, *_OPTIONAL)]
    if missing or unknown:
        raise ValueError(
            f"{path}: columns {', '.join(missing + unknown)} are missing or unknown; expected "
            f"{', '.join((*_REQUIRED, *_OPTIONAL))}"
        )


def _parse(row: Mapping[str, str | None], place: str) -> Parameter:
    if None in row:
        raise ValueError(f"{place}: more cells than columns")
    cells = {name: (text or "").strip() for name, text in row.items()}
    if cells["kind"] not in KINDS:
        raise ValueError(f"{place}: unknown kind {cells['kind']!r}; known: {', '.join(KINDS)}")
    unit, _, member = cells.get("symmetry", "").partition(":")
    try:
        return Parameter(
            name=cells["name"],
            kind=cells["kind"],
            low=float(cells["min"] or 0.0),
            high=float(cells["max"] or 1.0),
            constant_value=_number(cells.get("constant_value", "")),
            constant_probability=_number(cells.get("constant_probability", "")) or 0.0,
            choices=tuple(_parse_choice(t) for t in cells.get("choices", "").split(";") if t),
            unit=cells.get("unit", ""),
            group=cells.get("group", ""),
            symmetry=(unit, member) if unit else None,
        )
    except ValueError as error:
        raise ValueError(f"{place} ({cells['name']}): {error}") from error


def _number(text: str) -> float | None:
    return float(text) if text else None


def _parse_choice(text: str) -> Choice:
    name, equals, rest = text.rpartition("=")
    if not equals:
        raise ValueError(f"expected choices as name=value@weight, got {text!r}")
    value, _, weight = rest.partition("@")
    return Choice(name, float(value), float(weight or 1.0))


def drop_choices(parameter: Parameter, names: set[str], path: Path) -> Parameter:
    """Leave choices out of a categorical parameter."""
    known = {choice.name for choice in parameter.choices}
    if not names < known:
        raise ValueError(
            f"{path}: cannot leave {sorted(names)} out of the choices of {parameter.name}: "
            f"{sorted(known)}"
        )
    return replace(parameter, choices=tuple(c for c in parameter.choices if c.name not in names))
