"""Tables: numbers, text, and which differences are real."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.analysis import table_columns
from src.analysis.intervals import mean_interval
from src.analysis.markup import MARKDOWN, escape_latex, format_interval
from src.analysis.summary import paired_table, summary_table
from src.analysis.table_cells import summary_blocks
from src.analysis.tables import main, write_tables
from tests.analysis.study import ITEMS, LEVELS, VARIANTS, make_scores

STORED = Path(__file__).with_name("stored")


@pytest.fixture(scope="module")
def summary(scores: pd.DataFrame) -> pd.DataFrame:
    return summary_table(scores)


@pytest.fixture(scope="module")
def paired(scores: pd.DataFrame) -> pd.DataFrame:
    return paired_table(scores)


@pytest.fixture(scope="module")
def written(scores_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    main([str(scores_path), "--output", str(folder / "kosc")])
    return folder


def test_one_row_a_method_with_its_numbers(summary: pd.DataFrame) -> None:
    assert len(summary) == 4 * len(LEVELS) + 2 * len(VARIANTS)
    row = summary.query("k == 2 and symmetry == 'asymmetric' and method == 'ffn_mse'").iloc[0]
    seeds = [make_scores("ffn_mse", 2, seed) for seed in (0, 1)]
    for metric in ("lsd", "lac", "mse"):
        expected = mean_interval((seeds[0][metric] + seeds[1][metric]) / 2)
        assert row[metric] == pytest.approx(expected.mean)
        assert row[f"{metric}_ci95"] == pytest.approx(expected.ci95)
        means = [s[metric].mean() for s in seeds]
        assert row[f"{metric}_seed_spread"] == pytest.approx(np.std(means, ddof=1))
    assert (row["n"], row["seeds"], row["lsd_nan"], row["label"]) == (ITEMS, 2, 0, "FFN (MSE)")


def test_parameter_error_is_lac_or_mse(summary: pd.DataFrame) -> None:
    for symmetry, metric in (("symmetric", "lac"), ("asymmetric", "mse")):
        half = summary[summary["symmetry"] == symmetry]
        for suffix in ("", "_ci95", "_seed_spread", "_nan"):
            expected = half[f"{metric}{suffix}"].rename(f"parameter_error{suffix}")
            pd.testing.assert_series_equal(half[f"parameter_error{suffix}"], expected)


def test_pairs_are_alike_in_method_or_in_variant(
    paired: pd.DataFrame,
) -> None:
    lsd = paired[paired["metric"] == "lsd"]
    methods = len(LEVELS) * (len(LEVELS) - 1) // 2
    couplings = 3 + 1  # MLP: own, minibatch, permutation; Equivariant: own, minibatch
    same = 1  # Equivariant and MLP, both minibatch
    assert len(lsd) == 4 * methods + 2 * (couplings + same)
    row = lsd.query("k == 4 and symmetry == 'symmetric' and method_a == 'cnf_equivariant'")
    row = row[row["method_b"] == "cnf_mlp"].iloc[0]
    assert row["difference"] == pytest.approx(8.0 - 9.0, rel=0.1)
    assert row["excludes_zero"]
    # Unpaired, the two intervals would overlap.
    alone = mean_interval(make_scores("cnf_mlp", 4, 0)["lsd"]).ci95
    assert row["ci95"] < 0.2 * alone
    assert alone > 0.5


def test_csv_gives_the_numbers_back(written: Path, summary: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        pd.read_csv(written / "kosc.csv"),
        table_columns.printed(summary, table_columns.SUMMARY["toy"]),
        check_exact=True,
        check_dtype=False,
    )
    assert pd.read_csv(written / "kosc_paired.csv")["significant"].dtype == bool
    assert sorted(p.name for p in written.iterdir()) == [
        *("kosc.csv", "kosc.md", "kosc.tex"),
        *("kosc_paired.csv", "kosc_paired.md", "kosc_paired.tex"),
    ]


def test_markdown_says_what_it_shows_and_marks_the_best(written: Path) -> None:
    content = (written / "kosc.md").read_text(encoding="utf-8")
    assert content.startswith("# k-osc (scale: smoke)\n")
    assert "Scale smoke, not the paper's: 40 test items, seeds 0, 1." in content
    assert "over 40 test items (scores averaged over 1 to 2 seeds)" in content
    symmetric, asymmetric = content.split("## ")[1:]
    rows = [[c.strip() for c in row.split("|")[1:-1]] for row in symmetric.splitlines()[2:-1]]
    metrics = ["LSD (dB) ↓", "LAC ↓", "LAC (squared) ↓", "MSE ↓", "Chamfer ↓"]
    assert rows[0] == ["k", "Method", *metrics, "Diverged"]
    assert asymmetric.splitlines()[2].split("|")[4].strip() == "MSE ↓"
    best = {tuple(row[:2]) for row in rows[2:] for cell in row[2:] if cell.startswith("**")}
    assert best == {("2", "CNF (Equivariant)"), ("4", "CNF (Equivariant)")}
    assert sum(cell.startswith("**") for row in rows[2:] for cell in row) == 2 * 5


def test_latex_is_balanced_and_escaped(written: Path) -> None:
    for name, environment in (("kosc", "tabular"), ("kosc_paired", "longtable")):
        content = (written / f"{name}.tex").read_text(encoding="utf-8")
        assert content.count(rf"\begin{{{environment}}}") == 1
        assert content.endswith(f"\\bottomrule\n\\end{{{environment}}}\n")
        rows = [line for line in content.splitlines() if line.endswith(r"\\") and "&" in line]
        assert len({row.count("&") for row in rows}) == 1
        assert content.count("{") == content.count("}")
        assert content.count("$") % 2 == 0
        assert content.isascii()


@pytest.mark.parametrize(
    ("mean", "ci95", "expected"),
    [
        (9.9012, 0.2123, "9.90 ± 0.21"),
        (0.05478, 0.00391, "0.0548 ± 0.0039"),
        (-0.00001, 0.0005, "-0.00001 ± 0.00050"),
        (123.4, 12.3, "123 ± 12"),
        (123.4, 4567.0, "123 ± 4567"),
        (0.5, 0.0, "0.5 ± 0"),
        (0.51239, math.nan, "0.5124"),
        (math.nan, math.nan, "NaN"),
    ],
)
def test_two_digits_of_the_interval_decide(mean: float, ci95: float, expected: str) -> None:
    assert format_interval(mean, ci95) == expected


def test_nan_scores_are_shown_not_skipped(scores: pd.DataFrame) -> None:
    broken = scores.copy()
    mine = (broken["method"] == "ffn_mse") & (broken["k"] == 2) & (broken["item"] < 3)
    broken.loc[mine, "lsd"] = math.nan
    summary = summary_table(broken)
    row = summary[(summary["method"] == "ffn_mse") & (summary["k"] == 2)].iloc[0]
    assert row["lsd_nan"] == 6  # 3 items, 2 seeds
    cells = summary_blocks(summary, "toy", MARKDOWN)[0].cells
    cell = cells[(cells["Method"] == "FFN (MSE)") & (cells["k"] == "2")]["LSD (dB) ↓"].item()
    assert cell.endswith("(6 NaN)")


def test_items_that_leave_the_range_of_parameters_are_counted(scores: pd.DataFrame) -> None:
    astray = scores.copy()
    mine = (astray["method"] == "cnf_mlp") & (astray["k"] == 4) & (astray["item"] < 3)
    before = summary_table(scores).set_index(["symmetry", "k", "method"])
    astray.loc[mine & (astray["seed"] == 0), "mse"] = 1e6
    after = summary_table(astray).set_index(["symmetry", "k", "method"])
    key = ("asymmetric", 4, "cnf_mlp")
    assert (before["diverged"].sum(), after.loc[key, "diverged"]) == (0, 3)
    assert after.loc[key, "mse"] > 1e4
    assert after.loc[key, "mse_median"] == pytest.approx(before.loc[key, "mse_median"], rel=0.2)


def test_latex_minus_is_no_hyphen() -> None:
    assert escape_latex("k-osc: -0.5 ± 0.1, 95 %") == r"k-osc: $-$0.5 $\pm$ 0.1, 95 \%"


@pytest.mark.parametrize("task", ["kosc", "vital"])
def test_tables_are_the_stored_ones(task: str, tmp_path: Path) -> None:
    """Two seeds, some NaN."""
    for path in write_tables(STORED / task / "scores.parquet", tmp_path / task):
        stored = STORED / task / path.name
        if path.suffix == ".csv":  # last bits depend on the processor
            pd.testing.assert_frame_equal(pd.read_csv(path), pd.read_csv(stored), rtol=1e-12)
        else:
            assert path.read_bytes() == stored.read_bytes(), path.name
