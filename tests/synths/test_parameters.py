"""Parameter tables: inverses, distributions, meaning, and every message of a wrong table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from src.symmetry import Symmetry
from src.synths.definition import SYNTH_DIR
from src.synths.parameters import ParameterTable, Patch
from src.synths.synth import Note

HEADER = (
    "name,kind,min,max,constant_value,constant_probability,encoding,choices,unit,group,symmetry"
)
ROWS = """\
cutoff,continuous,-2,6,0,0.5,,,octaves,filter,
wave,categorical,,,,,onehot,sine=0@3;saw=0.5@1;pulse=1,,oscillator,
voices,integer,1,4,,,,,,oscillator,
pitch,integer,36,72,,,,,MIDI note,note,
note_start_and_end,note_on_off,0,4,,,,,s,note,"""
COLUMNS = [
    *("cutoff", "wave=sine", "wave=saw", "wave=pulse"),
    *("voices", "pitch", "note_start", "note_end"),
]
PAIR = """\
a,continuous,0,1,,,,,,,set:1
b,continuous,0,1,,,,,,,set:2
c,continuous,0,1,,,,,,,"""
SHIPPED = {
    **{("surge_xt", "simple"): 92, ("surge_xt", "full"): 300},
    **{("vital", "small"): 16, ("vital", "simple"): 63, ("vital", "full"): 201},
    **{("dx7", "additive"): 25, ("dx7", "fm"): 22},
    ("jx10", "basic"): 20,
}
LARGE = 4000


def _table(folder: Path, rows: str = ROWS, **kwargs: Any) -> ParameterTable:
    path = folder / "table.csv"
    path.write_text(f"{HEADER}\n{rows}\n", encoding="utf-8")
    return ParameterTable.read(path, **kwargs)


def _draws(table: ParameterTable) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([table.draw(rng) for _ in range(LARGE)])


def test_columns_and_blocks(tmp_path: Path) -> None:
    table = _table(tmp_path)
    assert table.columns == COLUMNS
    assert table.width == len(COLUMNS)
    assert [(c.start, c.stop) for _, c in table.blocks] == [(0, 1), (1, 4), (4, 5), (5, 6), (6, 8)]
    assert table.one_hot_groups == [[1, 4]]
    assert table.names == ["cutoff", "wave", "voices"]


def test_encoding_inverts_decoding(tmp_path: Path) -> None:
    table = _table(tmp_path)
    for vector in _draws(table)[:200]:
        patch = table.decode(vector)
        again = table.encode(patch)
        np.testing.assert_allclose(again, vector, atol=2e-7)
        assert table.decode(again).note.pitch == patch.note.pitch
        assert table.decode(again).values == pytest.approx(dict(patch.values), abs=1e-5)


def test_a_known_patch(tmp_path: Path) -> None:
    patch = _table(tmp_path).decode([0.25, 0.1, 0.7, 0.6, 0.4, 0.5, 0.25, 0.75])
    assert patch.values == {"cutoff": 0.0, "wave": 0.5, "voices": 2.0}
    assert patch.note == Note(54, 1.0, 3.0)


def test_vectors_out_of_range_are_clipped(tmp_path: Path) -> None:
    patch = _table(tmp_path).decode([-3, 2, 2, -1, 9, 1.5, 0.8, 0.2])
    assert patch.values == {"cutoff": -2.0, "wave": 0.0, "voices": 4.0}  # first of equal columns
    assert patch.note == Note(72, 3.2, 3.2)  # no end before the start


@pytest.mark.parametrize("bad", [[0.0] * 7, [[0.0] * 8], [*[0.0] * 7, float("nan")]])
def test_what_is_no_vector(tmp_path: Path, bad: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"table\.csv: (expected 8 numbers|a patch has numbers)"):
        _table(tmp_path).decode(bad)


def test_predictions_as_published_are_flat_and_may_end_before_they_start(tmp_path: Path) -> None:
    """Its `int` takes the semitone below, 36 + 36 x; its note off before note on ends nothing."""
    table = _table(tmp_path)
    sharp, flat, ended = (
        [0, 1, 0, 0, 0, pitch, *times]
        for pitch, times in ((18.01 / 36, (0.2, 0.6)), (17.99 / 36, (0.6, 0.2)), (1.2, (0.4, 0.4)))
    )
    vectors = np.array([sharp, flat, ended], dtype=np.float32)
    patches = [table.decode(vector) for vector in table.as_published(vectors)]
    assert [patch.note.pitch for patch in patches] == [54, 53, 72]
    assert [table.decode(vector).note.pitch for vector in vectors] == [54, 54, 72]
    notes = [(patch.note.start_s, patch.note.end_s) for patch in patches]
    np.testing.assert_allclose(notes, [(0.8, 2.4), (2.4, 4.0), (1.6, 1.6)], atol=1e-6)
    np.testing.assert_array_equal(table.as_published(vectors)[:, :5], vectors[:, :5])


def test_labels_as_published_stay_what_they_are(tmp_path: Path) -> None:
    """Also after the way to [-1, 1] and back in single precision."""
    table = _table(tmp_path)
    labels = _draws(table)
    predicted = ((2 * labels - 1) + 1) / np.float32(2)
    changed = table.as_published(predicted.astype(np.float32))
    for label, vector in zip(labels[:500], changed[:500], strict=True):
        assert table.decode(vector).note.pitch == table.decode(label).note.pitch
    np.testing.assert_allclose(changed, labels, atol=1e-6)


def test_what_cannot_be_encoded(tmp_path: Path) -> None:
    table = _table(tmp_path)
    note = Note(60, 0.0, 1.0)
    with pytest.raises(ValueError, match="no value for wave"):
        table.encode(Patch({"cutoff": 0.0}, note))
    with pytest.raises(ValueError, match=r"cutoff: 7 lies outside \[-2, 6\] octaves"):
        table.encode(Patch({"cutoff": 7.0, "wave": 0.0, "voices": 1.0}, note))


def test_distribution_within_bounds_of_chance(tmp_path: Path) -> None:
    drawn = _draws(_table(tmp_path))
    bound = 4 * np.sqrt(0.25 / LARGE)  # 4 standard errors of a share
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    constant = drawn[:, 0] == np.float32(0.25)
    assert constant.mean() == pytest.approx(0.5, abs=bound)
    assert drawn[~constant, 0].mean() == pytest.approx(0.5, abs=bound)
    assert drawn[:, 1:4].sum(axis=1).tolist() == [1.0] * LARGE
    assert drawn[:, 1:4].mean(axis=0) == pytest.approx([0.6, 0.2, 0.2], abs=bound)
    values, counts = np.unique(drawn[:, 4], return_counts=True)
    assert values == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert counts / LARGE == pytest.approx(0.25, abs=bound)
    assert (drawn[:, 6] <= drawn[:, 7]).all()
    assert drawn[:, 6:].mean(axis=0) == pytest.approx([1 / 3, 2 / 3], abs=bound)


def test_a_range_does_not_move_other_draws(tmp_path: Path) -> None:
    """What is drawn for a parameter depends on its place, not on the parameters before it."""
    first = _draws(_table(tmp_path))
    second = _draws(_table(tmp_path, ROWS.replace("-2,6,0,0.5", "0,1,,")))
    np.testing.assert_array_equal(first[:, 1:], second[:, 1:])


def test_constants_leave_the_vector(tmp_path: Path) -> None:
    rows = f"{ROWS}\nglide,constant,0,1,0.25,,,,,,"
    table = _table(tmp_path, rows, constants={"cutoff": 1.0, "drift": 0.0})
    assert table.columns == COLUMNS[1:]
    assert table.decode(np.zeros(7)).values == {
        **{"cutoff": 1.0, "drift": 0.0, "glide": 0.25},
        **{"wave": 0.0, "voices": 1.0},
    }
    assert set(table.names) == {"cutoff", "drift", "glide", "wave", "voices"}


def test_choices_can_be_left_out(tmp_path: Path) -> None:
    table = _table(tmp_path, without_choices={"wave": ["saw"]})
    assert table.columns[1:3] == ["wave=sine", "wave=pulse"]
    assert table.decode([0, 0, 1, *[0] * 4]).values["wave"] == 1.0


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"without_choices": {"wave": ["noise"]}}, r"cannot leave \['noise'\] .* wave: \['pulse',"),
        ({"without_choices": {"wave": ["sine", "saw", "pulse"]}}, "cannot leave"),
        ({"without_choices": {"wave": ["sine", "saw"]}}, "wave is categorical and needs two"),
        ({"without_choices": {"waves": ["sine"]}}, "names waves, which is no row of it"),
    ],
)
def test_choices_that_cannot_be_left_out(
    tmp_path: Path, kwargs: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        _table(tmp_path, **kwargs)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,kontinuous,0,1,,,,,,,", r"line 2: unknown kind 'kontinuous'; known: continuous, inte"),
        ("x,continuous,low,1,,,,,,,", r"line 2 \(x\): could not convert string to float: 'low'"),
        ("x,categorical,,,,,,sine;saw,,,", r"line 2 \(x\): expected choices as name=value@weight"),
        ("x,categorical,,,,,,sine=0,,,", "x is categorical and needs two choices"),
        ("x,categorical,,,,,,sine=0@0;saw=1@0,,,", "x: weights have to be 0 or more"),
        ("x,categorical,,,,,,sine=0@-1;saw=1@2,,,", "x: weights have to be 0 or more"),
        ("x,continuous,1,1,,,,,,,", "x: min 1 is not below max 1"),
        ("x,continuous,2,1,,,,,,,", "x: min 2 is not below max 1"),
        ("x,continuous,0,1,2,0.5,,,,,", "x: constant_value 2 is outside its range"),
        ("x,note_on_off,0,1,,,,,,,", "x: only note_start_and_end is of kind note_on_off"),
        ("x,continuous,0,1,,,,,,,\nx,integer,0,1,,,,,,,", "x stands twice"),
        ("x,continuous,0,1,,,,,,,\nx,constant,0,1,1,,,,,,", "x stands twice"),
        ("x,continuous,0,1,,,,,,,,,more", "line 2: more cells than columns"),
        ("x,constant,0,1,1,,,,,,", "no parameter is varied"),
        (PAIR.replace("set:2", "set:1"), "symmetry set needs two members or more"),
        (PAIR.replace("b,continuous,0,1", "b,continuous,0,2"), "symmetry set .* the same ranges"),
        (PAIR.replace("b,continuous", "b,integer"), "symmetry set .* the same ranges"),
        (PAIR.replace("b,continuous,0,1,,", "b,continuous,0,1,0,0.5"), "the same ranges"),
    ],
)
def test_wrong_rows(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"table\.csv.*{message}"):
        _table(tmp_path, row)


def test_wrong_columns(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("name,kind,min,maximum\nx,continuous,0,1\n")
    with pytest.raises(ValueError, match="columns max, maximum are missing or unknown; expected"):
        ParameterTable.read(path)


def test_a_missing_file_lists_the_tables_there(tmp_path: Path) -> None:
    _table(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"parameter table .*other\.csv; tables there: tab"):
        ParameterTable.read(tmp_path / "other.csv")


@pytest.mark.parametrize(
    ("old", "new", "kwargs", "is_same"),
    [
        ("octaves,filter", "Hz,tone", {}, True),  # for people
        ("0,0.5,", "0,0.1,", {}, True),  # how often, not what
        ("sine=0@3", "sine=0@1", {}, True),
        ("-2,6", "-2,5", {}, False),
        ("saw=0.5", "saw=0.6", {}, False),
        ("integer,1,4", "continuous,1,4", {}, False),
        ("voices", "unison", {}, False),
        ("", "", {"duration_s": 2.0}, False),
        ("", "", {"constants": {"drift": 0.0}}, False),
        ("", "", {"note": Note(60, 0.0, 3.0, velocity=90)}, False),
    ],
)
def test_digest_follows_the_meaning(
    tmp_path: Path, old: str, new: str, kwargs: Mapping[str, Any], is_same: bool
) -> None:
    note = {"note": Note(60, 0.0, 3.0)}
    changed = _table(tmp_path, ROWS.replace(old, new), **{**note, **kwargs})
    assert (changed.digest == _table(tmp_path, **note).digest) is is_same


def test_digest_follows_the_order_of_rows(tmp_path: Path) -> None:
    rows = "\n".join(reversed(ROWS.splitlines()))
    assert _table(tmp_path, rows).digest != _table(tmp_path).digest


def test_symmetry_of_two_sets(tmp_path: Path) -> None:
    two = "x,continuous,0,1,,,,,,,other:1\ny,continuous,0,1,,,,,,,other:2"
    table = _table(tmp_path, f"{PAIR}\n{two}")
    assert table.units == {"set": [[0], [1]], "other": [[3], [4]]}
    assert table.symmetry == Symmetry.of(5, [(0,), (1,)], [(3,), (4,)])


def test_large_symmetries_are_no_matter(tmp_path: Path) -> None:
    rows = "\n".join(f"x{i},continuous,0,1,,,,,,,set:{i}" for i in range(8))
    assert _table(tmp_path, rows).symmetry.size == 40320


@pytest.mark.parametrize(("name", "width"), SHIPPED.items())
def test_shipped_tables_have_their_widths(name: tuple[str, str], width: int) -> None:
    folder, table = name
    assert ParameterTable.read(SYNTH_DIR / folder / f"{table}.csv").width == width


def test_every_shipped_table_is_tested() -> None:
    assert {(path.parent.name, path.stem) for path in SYNTH_DIR.glob("*/*.csv")} == SHIPPED.keys()


def test_symmetry_of_vital() -> None:
    """Three oscillators and two filters of the small table: 3! 2! orders."""
    symmetry = ParameterTable.read(SYNTH_DIR / "vital" / "small.csv").symmetry
    assert str(symmetry) == "16: [(0, 1, 2), (3, 4, 5), (6, 7, 8)], [(9, 10), (11, 12)]"
    assert symmetry.size == 12
