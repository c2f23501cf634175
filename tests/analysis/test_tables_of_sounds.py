"""Scores of runs become tables: known means and intervals, the paper's numbers, clear errors."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.analysis.gather import gather, main
from src.analysis.intervals import mean_interval
from src.analysis.markup import MARKDOWN
from src.analysis.paper import paper_numbers
from src.analysis.run_folders import RunFolder, parse_runs
from src.analysis.scores import read_scores
from src.analysis.summary import paired_table, summary_table
from src.analysis.table_cells import summary_blocks
from src.analysis.tables import write_tables
from src.study import metrics
from tests.analysis.sounds_study import ITEMS, LEVELS, make_scores, write_run

METRICS = metrics.METRICS["rendered"]


@pytest.fixture(scope="module")
def scores(sound_scores: pd.DataFrame) -> pd.DataFrame:
    return sound_scores


def cells_of(summary: pd.DataFrame) -> pd.DataFrame:
    (block,) = summary_blocks(summary, "rendered", MARKDOWN)
    return block.cells


def test_collected_rows_tell_run_and_item(scores: pd.DataFrame) -> None:
    assert len(scores) == ITEMS * (6 * 2 + 2)
    assert scores["method"].drop_duplicates().tolist() == list(LEVELS)
    row = scores.query("method == 'cnf_mlp' and seed == 1 and item == '000007'").iloc[0]
    assert (row["scale"], row["task"], row["parameters"]) == ("smoke", "vital", 1_234_000)
    assert row["mss"] == make_scores("cnf_mlp", 1)["mss"][7]


def test_summary_averages_over_seeds_first(scores: pd.DataFrame) -> None:
    summary = summary_table(scores).set_index("method")
    seeds = [make_scores("ast", seed)["mss"] for seed in (0, 1)]
    expected = mean_interval((seeds[0] + seeds[1]) / 2)
    row = summary.loc["ast"]
    assert row["mss"] == pytest.approx(expected.mean)
    assert row["mss_ci95"] == pytest.approx(expected.ci95)
    assert row["mss_seed_spread"] == pytest.approx(np.std([s.mean() for s in seeds], ddof=1))
    assert (row["n"], row["seeds"], row["nan"]) == (ITEMS, 2, 0)
    assert row["parameters_million"] == 1.234
    assert math.isnan(summary.loc["random", "mss_seed_spread"])
    assert summary["paper_mss"].isna().all()  # the paper has no Vital


def test_paper_numbers_stand_beside_ours(scores: pd.DataFrame) -> None:
    surge = scores.assign(task="surge_full")
    summary = summary_table(surge).set_index("method")
    assert summary.loc["cnf_param2tok", "paper_wmfcc"] == 9.63
    assert summary.loc["vae_realnvp", "paper_rms_ci95"] == 0.004
    assert math.isnan(summary.loc["random", "paper_mss"])
    table = cells_of(summary_table(surge)).set_index("Method")
    assert table.loc["AST", "MSS (paper)"] == "14.73 ± 0.14"
    assert table.loc["Random patch", "MSS (paper)"] == "-"
    assert table.loc["CNF (MLP)", "Parameters (paper)"] == "41.6"
    assert "MSS (paper)" not in cells_of(summary_table(scores))


def test_every_row_of_the_paper_is_complete() -> None:
    for dataset in ("surge_simple", "surge_full", "nsynth", "fsd50k"):
        numbers = paper_numbers(dataset)
        assert set(numbers) == {"cnf_param2tok", "cnf_mlp", "ast", "vae_realnvp"}
        for row in numbers.values():
            assert {f"{m}{end}" for m in METRICS for end in ("", "_ci95")} < set(row)
            assert not any(map(math.isnan, row.values()))
    assert paper_numbers("vital") == {}


def test_what_went_wrong_is_counted(scores: pd.DataFrame) -> None:
    broken = scores.copy()
    mine = (broken["method"] == "cnf_mlp") & (broken["item"] < "000003")
    broken.loc[mine, ["sot", "rms"]] = np.nan
    broken.loc[mine & (broken["seed"] == 0), "predicted_silent"] = True
    broken.loc[(broken["method"] == "cnf_mlp"), "not_rendered"] = 2
    broken.loc[broken["item"] == "000001", "target_silent"] = True
    row = summary_table(broken).set_index("method").loc["cnf_mlp"]
    found = row[["nan", "predicted_silent", "target_silent", "not_rendered"]].tolist()
    assert found == [2 * 3 * 2, 3, 1, 2 * 2]


def test_paired_differences(scores: pd.DataFrame) -> None:
    paired = paired_table(scores)
    assert len(paired) == len(METRICS) * len(LEVELS) * (len(LEVELS) - 1) // 2
    row = paired.query("method_a == 'rerendered' and method_b == 'random' and metric == 'rms'")
    difference = make_scores("rerendered")["rms"] - make_scores("random")["rms"]
    expected = mean_interval(difference)
    assert row["difference"].item() == pytest.approx(expected.mean)
    assert row["ci95"].item() == pytest.approx(expected.ci95)
    assert row["excludes_zero"].item()
    same = scores[scores["method"] == "ast"].assign(method="ast_sorted")
    pair = paired_table(pd.concat([scores[scores["method"] == "ast"], same]))
    assert not pair["excludes_zero"].any()


def test_best_method_is_bold_references_are_not(scores: pd.DataFrame) -> None:
    table = cells_of(summary_table(scores)).set_index("Method")
    for metric in METRICS.values():
        bold = [name for name, text in table[metric.directed_title].items() if "**" in text]
        assert bold == ["CNF (PARAM2TOK)"]
    assert table.columns[3] == "RMS ↑"


def test_files(scores: pd.DataFrame, tmp_path: Path) -> None:
    scores.to_parquet(tmp_path / "scores.parquet")
    paths = write_tables(tmp_path / "scores.parquet", tmp_path / "vital")
    names = [f"vital{kind}.{end}" for end in ("csv", "md", "tex") for kind in ("", "_paired")]
    assert sorted(path.name for path in paths) == sorted(names)
    again = pd.read_csv(tmp_path / "vital.csv")
    assert again["method"].tolist() == list(LEVELS)
    text = (tmp_path / "vital.md").read_text()
    assert "over 30 pairs of sounds of scores averaged over 1 to 2 seeds" in text
    tex = (tmp_path / "vital.tex").read_text()
    assert r"MSS (dB) $\downarrow$" in tex
    assert "±" not in "".join(line for line in tex.splitlines() if not line.startswith("%"))


def test_runs_of_one_kind() -> None:
    runs = parse_runs(["r/smoke/vital/random/seed0", "r/smoke/vital/cnf_mlp/seed0"])
    assert [run.method for run in runs] == ["cnf_mlp", "random"]
    with pytest.raises(ValueError, match=r"unknown method fnn; .*cnf_param2tok"):
        RunFolder.parse("r/smoke/vital/fnn/seed0")
    with pytest.raises(ValueError, match=r"different tasks \(a, b\)"):
        parse_runs(["r/smoke/a/ast/seed0", "r/smoke/b/ast/seed0"])
    with pytest.raises(ValueError, match="given twice"):
        parse_runs(["r/smoke/a/ast/seed0", "s/smoke/a/ast/seed0"])


def test_unusable_runs_are_named(tmp_path: Path) -> None:
    mlp, ast = (write_run(tmp_path, method) for method in ("cnf_mlp", "ast"))
    scores = make_scores("ast")
    scores.iloc[:20].to_parquet(ast / "scores.parquet")
    with pytest.raises(ValueError, match=r"20 items, but prediction\.json says 30"):
        gather([mlp, ast])
    summary = {"n": 20, "parameters": 1, "not_rendered": 0}
    (ast / "prediction.json").write_text(json.dumps(summary))
    with pytest.raises(ValueError, match=r"on 30 items, ast .* on 20, 20 of them shared"):
        gather([mlp, ast])
    scores.iloc[:0].to_parquet(ast / "scores.parquet")
    with pytest.raises(ValueError, match=r"ast/seed0/scores\.parquet: holds no scores"):
        gather([mlp, ast])
    (ast / "scores.parquet").write_bytes(b"")
    with pytest.raises(ValueError, match=r"scores\.parquet: empty"):
        gather([mlp, ast])
    (ast / "scores.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"scores\.parquet: missing; make it with"):
        gather([mlp, ast])


def test_command_line_ends_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run(tmp_path, "ast")
    main([str(folder), "--output", str(tmp_path / "scores.parquet")])
    assert len(read_scores(tmp_path / "scores.parquet")) == ITEMS
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--output", str(tmp_path / "scores.parquet")])
    assert "not a run folder" in capsys.readouterr().err
