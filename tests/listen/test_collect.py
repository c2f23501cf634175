"""What is gathered for a page."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from src.analysis.run_folders import parse_runs
from src.listen.collect import Sources, collect
from src.listen.page import write_page
from src.listen.presets import open_writer, predicted_vectors
from tests.listen.study import ITEMS, METHODS, TABLE, mss_of, runs_of

GLIDES = ", twice: the first note glides"


def contents(scale_folder: Path) -> dict:
    return json.loads((scale_folder / "listen/vital/items.json").read_text())


def test_every_version_has_sound_picture_and_words(scale_folder: Path) -> None:
    folder = scale_folder / "listen/vital"
    for item in contents(scale_folder)["items"]:
        assert [v["name"] for v in item["versions"]] == ["target", *METHODS]
        for version in item["versions"]:
            files = [version["sound"], version["spectrogram"], version["download"]]
            assert [name for name in files if not (folder / name).stat().st_size] == []
            assert "strongest near" in version["shows"]


def test_scores_are_those_of_the_item(scale_folder: Path) -> None:
    for item in contents(scale_folder)["items"]:
        number = int(item["title"].removeprefix("Sound "))
        found = {v["name"]: v["scores"] and v["scores"]["mss"] for v in item["versions"]}
        assert found == {"target": None} | {name: mss_of(name, number) for name in METHODS}


def test_presets_hold_the_predicted_patch(scale_folder: Path) -> None:
    patches = pd.read_parquet(scale_folder / "vital/ast/seed0/patches.parquet")
    folder = scale_folder / "listen/vital"
    with_preset = 0
    for item in contents(scale_folder)["items"]:
        version = next(v for v in item["versions"] if v["name"] == "ast")
        row = patches.iloc[int(item["title"].removeprefix("Sound "))]
        with zipfile.ZipFile(folder / version["download"]) as archive:
            presets = [name for name in archive.namelist() if name.endswith(".vital")]
            assert len(presets) == (1 if row["rendered"] else 0)
            assert [name for name in presets if not version["note"].endswith(GLIDES)] == []
            for name in presets:
                state = json.load(io.BytesIO(archive.read(name)))["settings"]
                wanted = TABLE.decode(row[TABLE.columns].to_numpy(dtype=np.float32)).values
                assert state["filter_1_cutoff"] == pytest.approx(wanted["filter_1_cutoff"])
                with_preset += 1
    assert with_preset


def test_the_same_is_written_again(scale_folder: Path, tmp_path: Path) -> None:
    vital = scale_folder / "vital"
    sources = Sources(
        parse_runs(runs_of(scale_folder)), vital / "targets", vital / "data/test.h5", None, None
    )
    collect(sources, 2, tmp_path / "again")
    first, second = scale_folder / "listen/vital", tmp_path / "again"
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert [n for n in names if _content(first / n) != _content(second / n)] == []


def _content(path: Path) -> bytes | dict:
    """What is in a file; of presets all but the noise that Vital draws as it starts."""
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        dates = {entry.date_time for entry in archive.infolist()}
    assert dates == {(1980, 1, 1, 0, 0, 0)}
    presets = {name: json.loads(text) for name, text in files.items() if name.endswith(".vital")}
    for preset in presets.values():
        assert preset["settings"].pop("sample")["name"] == "White Noise"
    return files | presets


def test_recordings_are_called_by_their_names(scale_folder: Path, tmp_path: Path) -> None:
    vital = scale_folder / "vital"
    with h5py.File(tmp_path / "test.h5", "w") as file:
        file["name"] = np.array([f"flute {i} <&>.wav" for i in range(ITEMS)], dtype=object)
    sources = Sources(
        parse_runs(runs_of(scale_folder)),
        vital / "targets",
        vital / "data/test.h5",
        tmp_path / "test.h5",
        None,
    )
    content = collect(sources, 2, tmp_path / "listen/mine")
    assert all(item["title"].startswith("flute") for item in content["items"])
    assert all(item["versions"][0]["note"] is None for item in content["items"])  # unknown patch
    write_page([tmp_path / "listen/mine"], tmp_path / "listen/index.html")
    assert "&lt;&amp;&gt;.wav" in (tmp_path / "listen/index.html").read_text()


def test_files_that_do_not_go_together(scale_folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "test.h5"
    shutil.copy(scale_folder / "vital/data/test.h5", data)
    with h5py.File(data, "a") as file:
        file.attrs["table_digest"] = "other"
    with pytest.raises(ValueError, match=r"test\.h5: rendered with another parameter table"):
        open_writer(data, None)
    with h5py.File(data, "a") as file:
        del file.attrs["table"]
    with pytest.raises(ValueError, match=r"test\.h5: lacks table; name a split"):
        open_writer(data, None)
    patches = scale_folder / "vital/ast/seed0/patches.parquet"
    with pytest.raises(ValueError, match=r"has no items 000099; predict with the run again"):
        predicted_vectors(patches, ["000099"], TABLE)
    with pytest.raises(FileNotFoundError, match=r"items\.json: missing"):
        write_page([tmp_path], tmp_path / "index.html")
