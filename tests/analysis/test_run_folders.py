"""Run folders and what their paths say."""

import json
from pathlib import Path

import pytest

from src.analysis.run_folders import RunFolder, parse_runs
from src.study.layout import Condition
from src.study.methods import METHODS
from src.study.settings import read_settings
from tests.analysis.study import write_run


def test_path_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "results/paper/ksin_shifted/k16-asymmetric/cnf_param2tok_permutation/seed12"
    run = RunFolder.parse(folder)
    assert (run.scale, run.task.name, run.kind) == ("paper", "ksin_shifted", "toy")
    assert run.condition == Condition(16, "asymmetric")
    assert (run.method, run.seed, run.folder) == ("cnf_param2tok_permutation", 12, folder)
    assert (run.variant.method, run.variant.key) == (METHODS["cnf_param2tok"], "permutation")
    assert RunFolder.parse(f"{folder}/") == run


@pytest.mark.parametrize(
    "path",
    [
        "kosc/k4-symmetric/cnf_mlp/seed0",
        "results/smoke/kosc/k4-symmetrical/cnf_mlp/seed0",
        "results/smoke/kosc/k0-symmetric/cnf_mlp/seed0",
        "results/smoke/kosc/k4-symmetric/cnf_mlp/seed0/scores.parquet",
        "results/smoke/kosc/k4-symmetric/cnf_mlp/seed",
    ],
)
def test_wrong_path_is_named_with_the_layout(path: str) -> None:
    with pytest.raises(
        ValueError, match=r"not a run folder; expected .*\{scale\}/\{problem\}"
    ) as info:
        RunFolder.parse(path)
    assert str(info.value).startswith(path)


def test_unknown_method_names_the_known() -> None:
    with pytest.raises(ValueError, match=r"unknown method cnf_gnn; .*cnf_equivariant.*random"):
        RunFolder.parse("results/smoke/kosc/k4-symmetric/cnf_gnn/seed0")


def test_labels_and_order_are_the_papers() -> None:
    settings = read_settings()
    toy = [method for method in METHODS.values() if "toy" in method.kinds]
    assert [settings.variant(method.name).label_on("toy") for method in toy] == [
        "CNF (Equivariant)",
        "CNF (PARAM2TOK)",
        "CNF (MLP)",
        "FFN (MSE)",
        "FFN (Sort)",
        "FFN (Chamfer)",
        "Random",
    ]
    assert settings.variant("cnf_mlp_none").label_on("toy") == "CNF (MLP), no coupling"
    mixed = ["random", "cnf_mlp_minibatch", "ffn_mse", "cnf_mlp", "cnf_equivariant_none"]
    assert sorted(mixed, key=settings.rank) == [mixed[i] for i in (4, 3, 1, 2, 0)]


def test_runs_are_ordered_and_neither_mixed_nor_repeated() -> None:
    root = "results/smoke/kosc"
    paths = [f"{root}/k4-asymmetric/cnf_mlp/seed0", f"{root}/k16-symmetric/random/seed0"]
    paths += [f"{root}/k4-symmetric/ffn_mse/seed1", f"{root}/k4-symmetric/cnf_mlp/seed0"]
    assert [str(run.folder) for run in parse_runs(paths)] == [paths[i] for i in (3, 2, 1, 0)]
    with pytest.raises(ValueError, match=r"given twice: .*seed1"):
        parse_runs([*paths, paths[2]])
    with pytest.raises(ValueError, match=r"different scales \(paper, smoke\)"):
        parse_runs([*paths, "results/paper/kosc/k4-symmetric/cnf_mlp/seed0"])
    with pytest.raises(ValueError, match="no run folder"):
        parse_runs([])


def test_missing_and_broken_files_are_named_with_a_remedy(tmp_path: Path) -> None:
    run = RunFolder.parse(write_run(tmp_path / "smoke", 2, "symmetric", "cnf_mlp", 0))
    assert run.json("run.json", required=["steps"])["steps"] == 60
    with pytest.raises(ValueError, match=r"run\.json: lacks flops, watts"):
        run.json("run.json", required=["steps", "flops", "watts"])
    run.file("run.json").write_text(json.dumps({"steps": 1})[:-3])
    with pytest.raises(ValueError, match=r"run\.json: not readable as JSON"):
        run.json("run.json")
    with pytest.raises(
        FileNotFoundError,
        match=r"gone\.csv: missing; .*snakemake --cores all .*gone\.csv.*scale=smoke",
    ):
        run.file("gone.csv")
