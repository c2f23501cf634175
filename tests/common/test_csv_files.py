"""CSV files hold no formulas, and histories are read as they were written."""

import pandas as pd
import pytest

from src.common.csv_files import read_sealed_csv, write_csv, write_sealed_csv
from src.common.json_files import read_json, write_json
from tests.flipped_bytes import complaints_of_flips


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx"])
def test_no_cell_is_a_formula(tmp_path, name):
    write_csv(pd.DataFrame({"item": [name, "a"], name: [-1.5, 2]}), tmp_path / "t.csv")
    found = pd.read_csv(tmp_path / "t.csv")
    assert list(found) == ["item", f"'{name}"]
    assert list(found["item"]) == [f"'{name}", "a"]
    assert list(found[f"'{name}"]) == [-1.5, 2]


def test_numbers_stay_also_as_text(tmp_path):
    write_csv(pd.DataFrame({"lsd": ["-1.5", "+2", "-inf"]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b"lsd\n-1.5\n+2\n-inf\n"


def test_no_flipped_bit_of_a_history_or_record_changes_a_value_silently(tmp_path):
    history = pd.DataFrame({"step": [1, 2], "val/lsd": [9.5, 8.25], "seconds": [0.1, None]})
    path, record = tmp_path / "history.csv", tmp_path / "run.json"
    write_sealed_csv(history, path)
    write_json(record, {"parameters": 12, "seconds": 0.5})
    assert read_sealed_csv(path, "train again").equals(history)
    assert read_json(record, "train again") == {"parameters": 12, "seconds": 0.5}
    assert complaints_of_flips(path, lambda: read_sealed_csv(path, "train again"), 400) == []
    assert complaints_of_flips(record, lambda: read_json(record, "train again"), 400) == []
