"""Candidates are counted before they are drawn, and matches measured against test sounds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from src.matching import candidates
from src.matching.candidates import Yardstick, try_drawing
from src.matching.model import Model, find_checkpoint
from tests.matching.small_model import load


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(tmp_path_factory.mktemp("model"))


def test_a_model_without_chance_gives_one_candidate(model: Model, monkeypatch: pytest.MonkeyPatch):
    seconds, count = try_drawing(model, 5)
    assert seconds > 0
    assert count == 5
    monkeypatch.setattr(candidates, "draw", lambda *_: torch.ones(5, model.table.width))
    assert try_drawing(model, 5)[1] == 1


def write_study(folder: Path) -> Path:
    """Two sounds with three candidates each, and a refined one that is better than they are."""
    mss = {"000000": [5.0, 3.0, 4.0, 0.1], "000001": [9.0, 7.0, 2.0, 0.1]}
    rows = [
        {"item": item, "candidate": min(i, 2), "refined": i == 3, "rendered": 1, "mss": value}
        | {"wmfcc": 10 - value, "sot": value, "rms": 1.0}
        for item, values in mss.items()
        for i, value in enumerate(values)
    ]
    pd.DataFrame(rows).to_parquet(folder / "best_of_n.parquet")
    return folder / "model.ckpt"


def test_the_yardstick_is_the_best_of_as_many_candidates(tmp_path: Path):
    checkpoint = write_study(tmp_path)
    assert Yardstick.beside(checkpoint, 2, "mss") == Yardstick(2, 2, mean=5.0, worst=7.0)
    assert Yardstick.beside(checkpoint, 64, "mss") == Yardstick(2, 3, mean=2.5, worst=3.0)
    assert Yardstick.beside(checkpoint, 3, "wmfcc") == Yardstick(2, 3, mean=7.0, worst=9.0)
    assert Yardstick.beside(tmp_path / "other" / "model.ckpt", 2, "mss") is None


def test_only_what_is_worse_than_every_test_sound_is_remarked():
    yardstick = Yardstick(sounds=40, draws=64, mean=3.0, worst=6.2)
    assert yardstick.remark(6.2) is None
    said = yardstick.remark(17.28)
    assert said is not None
    assert "17.3 dB is above that of all 40 test sounds" in said
    assert "best of 64: 3.0 dB on average, 6.2 dB at most" in said


def test_the_published_model_has_its_yardstick():
    yardstick = Yardstick.beside(find_checkpoint("vital"), 64, "mss")
    assert yardstick is not None
    assert np.isclose(yardstick.mean, 2.99, atol=0.01)  # docs/match.md
