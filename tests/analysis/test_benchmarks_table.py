"""Time and memory of jobs, by rule."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.benchmarks_table import main

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
RULES = [
    "train=results/(?P<scale>smoke)/seed(?P<seed>\\d+)/train\\.benchmark\\.tsv",
    "lsd=results/(?P<scale>smoke)/lsd\\.benchmark\\.tsv",
]


def write(path: Path, seconds: float, memory: str, processor: str) -> None:
    """Write a file as Snakemake does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = f"{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t90\t{processor}\n"
    path.write_text(HEADER + values)


def test_jobs_are_summed_by_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("results/smoke")
    write(folder / "seed0/train.benchmark.tsv", 10, "300", "9")
    write(folder / "seed1/train.benchmark.tsv", 20, "500", "18")
    write(folder / "lsd.benchmark.tsv", 0.5, "-", "-")  # too short to be measured
    write(folder / "gone.benchmark.tsv", 99, "9", "9")  # of a rule that is no more
    main([str(folder), "--rules", *RULES, "--output", str(folder / "tables/benchmarks.csv")])
    table = pd.read_csv(folder / "tables/benchmarks.csv").set_index("rule")
    assert list(table.index) == ["train", "lsd", "all"]
    assert table.loc["train", "jobs"] == 2
    assert table.loc["train", "seconds_mean"] == 15
    assert table.loc["all", "seconds_total"] == 30.5
    assert table.loc["all", "memory_mib_max"] == 500
    assert pd.isna(table.loc["lsd", "memory_mib_max"])
    assert "| train" in (folder / "tables/benchmarks.md").read_text()


def test_a_broken_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("results/smoke/lsd.benchmark.tsv")
    path.parent.mkdir(parents=True)
    path.write_text("something else\n")
    with pytest.raises(SystemExit):
        main(["results/smoke", "--rules", *RULES, "--output", "b.csv"])
    assert "results/smoke/lsd.benchmark.tsv: not readable" in capsys.readouterr().err
