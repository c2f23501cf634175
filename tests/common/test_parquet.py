"""Parquet files: what is read is what was written, or one sentence that names the file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.common.parquet import read_parquet, write_parquet
from tests.flipped_bytes import complaints_of_flips


@pytest.fixture
def scores() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = {"item": np.arange(64), "lsd": rng.random(64), "lac": rng.random(64).astype("f4")}
    return pd.DataFrame(values).assign(method="cnf", silent=False)


@pytest.fixture
def path(scores: pd.DataFrame, tmp_path: Path) -> Path:
    write_parquet(scores, tmp_path / "scores.parquet")
    return tmp_path / "scores.parquet"


def test_a_table_comes_back_as_it_was(scores, path):
    pd.testing.assert_frame_equal(read_parquet(path), scores, check_exact=True)
    assert list(read_parquet(path, ["lac", "item"])) == ["lac", "item"]


def test_other_readers_read_it_and_can_verify_its_pages(scores, path):
    found = pd.read_parquet(path, page_checksum_verification=True)
    pd.testing.assert_frame_equal(found, scores, check_exact=True)


def test_the_same_table_gives_the_same_bytes(scores, path, tmp_path):
    write_parquet(scores, tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == path.read_bytes()


def test_no_flipped_bit_changes_a_value_silently(path):
    assert complaints_of_flips(path, lambda: read_parquet(path)) == []


def test_files_without_checksums_are_read(scores, tmp_path):
    scores.to_parquet(tmp_path / "old.parquet")
    assert read_parquet(tmp_path / "old.parquet").equals(scores)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: b"", "empty"),
        (lambda content: b"not a table", "not readable as Parquet"),
        (lambda content: content[: len(content) // 2], "not readable as Parquet"),
        (lambda content: content[:-1] + b"x", "damaged or changed since it was written"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(path, damage, message):
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=rf"scores\.parquet: {message}[^\n]*; score it again$"):
        read_parquet(path, remedy="score it again")


def test_a_missing_file_and_a_missing_column_are_named(path, tmp_path):
    with pytest.raises(ValueError, match=r"scores\.parquet: lacks the columns mss, wmfcc; make"):
        read_parquet(path, ["item", "mss", "wmfcc"], "make it again")
    with pytest.raises(FileNotFoundError, match=r"none\.parquet: missing"):
        read_parquet(tmp_path / "none.parquet")
    with pytest.raises(ValueError, match="expected a file"):
        read_parquet(tmp_path)
