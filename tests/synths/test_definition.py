"""Synthesizers as folders: what is merged, and what a wrong folder is told."""

import shutil
from pathlib import Path

import pytest
import yaml

from src.synths.definition import SYNTH_DIR, load_definition
from src.synths.synth import Note, UnknownParameter

SYNTH = """\
backend: src.synths.vital.Vital
base:
  controls: {osc_1_on: 1, filter_1_on: 1}
  wavetables: {1: [sine]}
note: {velocity: 90}
tables:
  small: {parameters: small.csv, base: {controls: {osc_1_on: 0}}, note: {pitch: 48}}
  file: {parameters: small.csv, base: extra.yaml, constants: {polyphony: 1}, fresh_every: 5}
"""
TABLE = "name,kind,min,max\nosc_1_level,continuous,0,1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a synthesizer's folder; return the one that it lies in."""
    synth = tmp_path / "mine"
    synth.mkdir()
    (synth / "synth.yaml").write_text(SYNTH)
    (synth / "small.csv").write_text(TABLE)
    (synth / "extra.yaml").write_text("controls: {volume: 0.5}\nsettle: {note_s: 0.1}\n")
    return tmp_path


def test_a_table_changes_the_base_state(folder: Path) -> None:
    base = load_definition("mine", "small", 4.0, folder).base
    assert base == {
        "controls": {"osc_1_on": 0, "filter_1_on": 1},
        "wavetables": {1: ["sine"]},
    }
    base = load_definition("mine", "file", 4.0, folder).base
    assert base["controls"] == {"osc_1_on": 1, "filter_1_on": 1, "volume": 0.5}
    assert base["settle"] == {"note_s": 0.1}


def test_note_constants_and_fresh_starts(folder: Path) -> None:
    definition = load_definition("mine", "small", 2.0, folder)
    assert definition.table.note == Note(48, 0.0, 1.5, velocity=90)
    assert definition.fresh_every == 0
    definition = load_definition("mine", "file", 2.0, folder)
    assert definition.table.note.pitch == 60
    assert definition.table.constants == {"polyphony": 1}
    assert definition.fresh_every == 5


def test_unknown_names_list_the_known_ones(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown synthesizer 'yours': .* known: mine"):
        load_definition("yours", "small", 4.0, folder)
    with pytest.raises(ValueError, match=r"synth\.yaml: no table 'large'; known: small, file"):
        load_definition("mine", "large", 4.0, folder)
    with pytest.raises(ValueError, match="known: dx7, jx10, surge_xt, vital"):
        load_definition("vitall", "small", 4.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("backend:", "plugin:", "plugin, backend unknown or missing; known: backend, base, note"),
        ("fresh_every", "fresh", r"tables\.file\.fresh unknown or missing; known: base, const"),
        ("parameters: small.csv, base: e", "base: e", r"tables\.file\.parameters unknown or miss"),
        ("{velocity", "{loudness", r"note\.loudness unknown or missing; known: end_s, pitch"),
        ("small.csv, base: extra.yaml", "none.csv", r"parameter table .*none\.csv; tables there"),
    ],
)
def test_wrong_keys(folder: Path, old: str, new: str, message: str) -> None:
    (folder / "mine" / "synth.yaml").write_text(SYNTH.replace(old, new))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        load_definition("mine", "file", 4.0, folder)


def test_a_table_that_is_no_mapping(folder: Path) -> None:
    (folder / "mine" / "synth.yaml").write_text(f"{SYNTH}  empty:\n")
    with pytest.raises(ValueError, match=r"tables\.empty\. has to be a mapping"):
        load_definition("mine", "empty", 4.0, folder)


def test_a_parameter_that_the_synthesizer_lacks(folder: Path) -> None:
    """The nearest names are told before anything is rendered."""
    (folder / "mine" / "small.csv").write_text(TABLE.replace("osc_1_level", "osc_1_levle"))
    with pytest.raises(UnknownParameter, match=r"small\.csv: 1 .* osc_1_levle \(nearest: osc_1_l"):
        load_definition("mine", "file", 4.0, folder).make(22_050)


def test_every_shipped_table_can_be_read() -> None:
    for path in SYNTH_DIR.glob("*/synth.yaml"):
        for table in yaml.safe_load(path.read_text())["tables"]:
            definition = load_definition(path.parent.name, table, 4.0)
            assert definition.table.width == len(definition.table.columns) > 0


def test_a_path_for_what_is_no_plug_in_is_refused() -> None:
    definition = load_definition("vital", "simple", 1.0)
    with pytest.raises(ValueError, match=r"vital: is no plug-in; leave out its path \(--plugin\)"):
        definition.make(22_050, path="Vital.vst3")


def test_a_mistyped_parameter_is_found_without_rendering(tmp_path: Path) -> None:
    shutil.copytree(SYNTH_DIR / "vital", tmp_path / "vital")
    table = tmp_path / "vital" / "small.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("osc_1_level", "osc_1_leval"))
    definition = load_definition("vital", "small", 1.0, tmp_path)
    with pytest.raises(UnknownParameter, match=r"osc_1_leval \(nearest: osc_1_level"):
        definition.check_parameters(22_050)
