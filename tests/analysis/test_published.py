"""Published results: whole, listed, and refused where they are not what was published."""

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from src.analysis.published import main, take, verify, write
from src.common import checksums
from src.common.checksums import read_sums
from src.runs.provenance import provenance


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results of a scale: a run and a table of scores."""
    folder = tmp_path / "results/laptop"
    run = folder / "kosc/k2-symmetric/cnf_mlp/seed0"
    run.mkdir(parents=True)
    (run / "provenance.json").write_text(json.dumps(provenance(seed=0)))
    frame = pd.DataFrame({"item": ["a", "b"], "lsd": [0.1, 0.25], "seed": [0, 0]})
    frame["lac"] = frame["lsd"].astype("float32")
    frame.to_parquet(folder / "kosc/scores.parquet", index=False)
    return folder


@pytest.fixture
def published(results: Path, tmp_path: Path) -> Path:
    """The folder of the scale after publishing the table."""
    folder = tmp_path / "published/laptop"
    write(results, folder, ["kosc/scores.parquet"])
    return folder


def test_published_scores_are_the_same_numbers(results, published):
    original = pd.read_parquet(results / "kosc/scores.parquet")
    kept = pd.read_parquet(published / "kosc/scores.parquet")
    pd.testing.assert_frame_equal(kept, original, check_exact=True)


def test_sha256sum_itself_reads_the_list(published):
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=published, check=True)


def test_a_file_says_which_runs_it_comes_from(published):
    told = pd.read_json(published / "provenance.json")["files"]["kosc/scores.parquet"]
    assert told["runs"][0]["seeds"] == [0]
    assert told["runs"][0]["commit"] == provenance()["commit"]


def test_what_was_published_before_stays(results, published):
    (results / "tables").mkdir()
    (results / "tables/runs.csv").write_text("task\n")
    sums = write(results, published, ["tables/runs.csv"])
    assert list(read_sums(published)) == sorted(sums)
    assert {"kosc/scores.parquet", "tables/runs.csv", "provenance.json"} == set(sums)
    assert verify(published.parent) == []


def test_taking_copies_the_published_bytes(published, tmp_path):
    take(published, tmp_path / "mine", ["kosc/scores.parquet"])
    copy = tmp_path / "mine/kosc/scores.parquet"
    assert copy.read_bytes() == (published / "kosc/scores.parquet").read_bytes()


def test_each_kind_of_damage_is_named(published, capsys):
    path = published / "kosc/scores.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    assert verify(published.parent) == [
        f"{path}: changed since it was published; restore it, or publish again"
    ]
    path.unlink()
    (published / "kosc/more.parquet").write_bytes(content)
    missing, unlisted = verify(published.parent)
    assert "scores.parquet: missing" in missing
    assert "more.parquet: in no list" in unlisted
    with pytest.raises(SystemExit):
        main(["verify", str(published.parent)])
    assert "2 published files fail" in capsys.readouterr().err


def test_a_file_of_no_scale_is_named(published):
    (published.parent / "README.md").write_text("about all of it")
    assert verify(published.parent) == []
    stray = published.parent / "stray.txt"
    stray.write_text("?")
    assert verify(published.parent) == [f"{stray}: of no scale; remove it"]


def test_a_changed_file_is_not_taken(published, tmp_path):
    (published / "kosc/scores.parquet").write_bytes(b"other")
    with pytest.raises(ValueError, match="changed since it was published"):
        take(published, tmp_path / "mine", ["kosc/scores.parquet"])
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("line", ["no digest", f"{'0' * 64}  ../outside", f"{'0' * 64}  /etc/motd"])
def test_a_list_that_leads_out_of_its_folder_is_refused(published, line):
    (published / "SHA256SUMS").write_text(line + "\n")
    with pytest.raises(ValueError, match="SHA256SUMS, line 1"):
        read_sums(published)


def test_what_is_not_made_is_not_published(results, published):
    with pytest.raises(FileNotFoundError, match="has no vital/scores"):
        write(results, published, ["vital/scores.parquet"])
    with pytest.raises(FileNotFoundError, match="nothing is published there"):
        verify(results)


def test_an_empty_list_is_no_success(published, capsys):
    (published / "SHA256SUMS").write_text("")
    with pytest.raises(SystemExit):
        main(["verify", str(published.parent)])
    assert "laptop/SHA256SUMS: lists no file" in capsys.readouterr().err


def test_a_list_has_a_digest_of_its_own(published):
    sums = published / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(lines[:1]))
    with pytest.raises(ValueError, match=r"laptop/SHA256SUMS: changed since it was published"):
        verify(published.parent)
    sums.write_text("".join([*lines, lines[0]]))
    with pytest.raises(ValueError, match=r"SHA256SUMS, line 3: .* stands in the list twice"):
        verify(published.parent)
    sums.write_text("".join(lines))
    (published.parent / "SHA256SUMS").unlink()
    with pytest.raises(ValueError, match=r"laptop/SHA256SUMS: not in .*published/SHA256SUMS"):
        verify(published.parent)


def test_links_are_named(published, tmp_path):
    (published / "more").symlink_to(tmp_path)
    (published / "kosc/none.csv").symlink_to("nowhere")
    (published.parent / "paper").symlink_to(tmp_path)
    problems = verify(published.parent)
    assert [line.partition(":")[0] for line in problems] == [
        str(published / "kosc/none.csv"),
        str(published / "more"),
        str(published.parent / "paper"),
    ]
    assert all("is a link" in line for line in problems)


def test_a_published_file_behind_a_link_is_not_taken(published, tmp_path):
    shutil.move(published / "kosc", tmp_path / "elsewhere")
    (published / "kosc").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="is a link or lies behind one"):
        take(published, tmp_path / "mine", ["kosc/scores.parquet"])


def test_published_files_are_checked_when_they_are_used(published, tmp_path, monkeypatch):
    monkeypatch.setattr(checksums, "PUBLISHED", published.parent)
    path = published / "kosc/scores.parquet"
    checksums.check_if_published(path)
    path.write_bytes(b"other")
    with pytest.raises(ValueError, match="changed since it was published"):
        checksums.check_if_published(path)
    checksums.check_if_published(tmp_path / "mine.parquet")  # not a published one
